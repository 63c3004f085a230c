"""What a cell is: its part in the lesson, its tags, its text."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from html.parser import HTMLParser

from nbformat import NotebookNode

from asynclab.exercises import Lesson

WORDS_A_MINUTE = 180
MINUTES_A_PREDICTION = 2

SECTION_HEADING = re.compile(r"^## (\d+[a-z]?\.\d+)\b", re.MULTILINE)
_CODE = re.compile(r"^ {0,3}(```|~~~).*?^ {0,3}\1[^\n]*$", re.MULTILINE | re.DOTALL)
_TARGET = re.compile(r"(?<=\])\([^)]*\)|<[^>]+>")


def part(cell: NotebookNode) -> str | None:
    """Its part: header, prediction, task, stub, solution, links; None if it is written by hand."""
    name: str | None = cell.metadata.get("asynclab", {}).get("part")
    return name


def number(cell: NotebookNode) -> str | None:
    """The prediction or exercise that it belongs to."""
    found: str | None = cell.metadata.get("asynclab", {}).get("number")
    return found


def tagged(cell: NotebookNode, tag: str) -> bool:
    """Whether it carries this tag."""
    return tag in cell.metadata.get("tags", [])


def code_cells(notebook: NotebookNode) -> Iterator[tuple[int, NotebookNode]]:
    """Each code cell with its place, counted from 1 over all cells."""
    return ((at, cell) for at, cell in enumerate(notebook.cells, 1) if cell.cell_type == "code")


def markdown_cells(notebook: NotebookNode) -> Iterator[tuple[int, NotebookNode]]:
    """Each Markdown cell with its place, counted from 1 over all cells."""
    return ((at, cell) for at, cell in enumerate(notebook.cells, 1) if cell.cell_type == "markdown")


def without_code(markdown: str) -> str:
    """The text without code blocks and code words; a pair of backticks marks where one stood."""
    return re.sub(r"`[^`\n]+`", "``", _CODE.sub("", markdown))


def prose(markdown: str) -> str:
    """The text without code blocks, HTML tags and the targets of links."""
    return _TARGET.sub("", _CODE.sub("", markdown))


def headings(markdown: str) -> list[tuple[int, str]]:
    """(level, text) of each heading outside code blocks."""
    found = re.findall(r"^(#{1,6})\s+(.+?)\s*$", _CODE.sub("", markdown), re.MULTILINE)
    return [(len(marks), text) for marks, text in found]


def minutes(notebook: NotebookNode, lesson: Lesson) -> int:
    """How long a lesson takes: what is read, foretold and written. Nobody reads header or solutions."""
    read = [cell.source for _, cell in markdown_cells(notebook) if part(cell) not in {"header", "solution"}]
    words = sum(len(prose(source).split()) for source in read)
    declared = MINUTES_A_PREDICTION * len(lesson.predictions) + sum(e.minutes for e in lesson.exercises)
    return math.ceil(words / WORDS_A_MINUTE) + declared


class _Text(HTMLParser):
    """Collects what a page says; of a picture only its title and description."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self._inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"svg", "style", "script", "title", "desc"}:
            self._inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._inside:
            self._inside.remove(tag)

    def handle_data(self, data: str) -> None:
        if data.strip() and (not self._inside or self._inside[-1] in {"title", "desc"}):
            self.words.append(data.strip())


def words_of(html: str) -> list[str]:
    """What HTML or SVG says, without the labels of a picture: they depend on who was quicker."""
    reader = _Text()
    reader.feed(html)
    reader.close()
    return reader.words
