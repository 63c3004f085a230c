"""What the room should see: one committed output of a lesson, as text and as a picture."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from asynclab.exercises import Lesson

from ..reading.cells import SECTION_HEADING
from . import DOCS, NOTEBOOKS

PICTURES = DOCS / "pictures"


def sections(notebook: NotebookNode) -> dict[str, list[NotebookNode]]:
    """The cells of each section, by its number."""
    found: dict[str, list[NotebookNode]] = {}
    number = ""
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and (heading := SECTION_HEADING.search(cell.source)):
            number = heading[1]
        found.setdefault(number, []).append(cell)
    return found


def read(lesson: Lesson) -> NotebookNode:
    """The reading edition of a lesson."""
    return nbformat.read(NOTEBOOKS / f"{lesson.slug}.ipynb", as_version=4)


def seen(cells: list[NotebookNode]) -> tuple[str, str]:
    """The text and the picture (SVG) of the first run among these cells. Raises LookupError without one."""
    for cell in cells:
        texts = list(_texts(cell))
        for output in cell.get("outputs", []):
            svg = output.get("data", {}).get("image/svg+xml")
            if svg:
                return "\n".join(texts).strip("\n"), svg
    raise LookupError("no cell of this section shows a picture")


def file_of(lesson: Lesson) -> Path:
    """Where the guide's picture of a lesson lies."""
    return PICTURES / f"{lesson.slug}.svg"


def _texts(cell: NotebookNode) -> Iterator[str]:
    """The text outputs before the picture, without what a prediction says."""
    for output in cell.get("outputs", []):
        if "image/svg+xml" in output.get("data", {}):
            return
        if set(output.get("data", {})) == {"text/plain"}:
            yield output.data["text/plain"]
        elif output.output_type == "stream":
            yield output.text
