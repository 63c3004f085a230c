"""README's index from the words of an error to the section that explains it, made from the declarations."""

from __future__ import annotations

import re
from collections.abc import Iterator

from nbformat import NotebookNode

from asynclab.exercises import lessons

from . import NOTEBOOKS

README = NOTEBOOKS.parent / "README.md"
HEADING = "## From an error to its explanation"


def index_of_errors() -> str:
    """The table, in Markdown: the words in alphabetical order, each with its lesson and section."""
    rows = [
        f"| {in_a_table(words)} | [{lesson.number}](notebooks/{lesson.slug}.ipynb), {section} |"
        for lesson in lessons()
        for words, section in {**lesson.errors, **lesson.newer_words}.items()
    ]
    by_words = sorted(rows, key=lambda row: re.sub(r"[^a-z]", "", row.lower()))
    return "\n".join(["| the error says | lesson, section |", "|---|---|", *by_words])


def in_a_table(words: str) -> str:
    """Code that GitHub shows as it is, within a row."""
    fence = "``" if "`" in words else "`"
    return fence + words.replace("|", "\\|") + fence


def with_index(readme: str) -> str:
    """README's text with the table as it should be. Raises ValueError if its heading is gone."""
    before, heading, after = readme.partition(f"{HEADING}\n")
    if not heading:
        raise ValueError(f"README.md has no heading {HEADING!r}.")
    introduction, _, rest = after.partition("\n| the error says")
    following = rest[rest.index("\n## ") :] if "\n## " in rest else "\n"
    return f"{before}{heading}{introduction}\n{index_of_errors()}\n{following}"


def said_in(notebook: NotebookNode, section: str) -> str:
    """All that the code cells of one section print or raise, on one line: some of it is wrapped."""
    said: list[str] = []
    for cell in _cells(notebook, section):
        for output in cell.get("outputs", []):
            texts = [output.get("text", ""), *output.get("data", {}).values(), output.get("evalue", "")]
            said += [text for text in texts if isinstance(text, str)]
    return " ".join(" ".join(said).split())


def written_in(notebook: NotebookNode, section: str) -> str:
    """The text of one section, on one line."""
    texts = [cell.source for cell in _cells(notebook, section) if cell.cell_type == "markdown"]
    return " ".join(" ".join(texts).split())


def _cells(notebook: NotebookNode, section: str) -> Iterator[NotebookNode]:
    inside = False
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and (heading := re.search(r"^## (\S+)", cell.source, re.MULTILINE)):
            inside = heading[1] == section
        if inside:
            yield cell
