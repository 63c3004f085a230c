"""What a rule looks at: one notebook, its lesson, and the folder it stands in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from asynclab.exercises import Lesson

Breaches = Iterator[str]  # one line each, with the cell's place counted from 1


@dataclass(frozen=True)
class Page:
    """One notebook of the reading edition."""

    notebook: NotebookNode
    lesson: Lesson
    folder: Path

    @property
    def text(self) -> str:
        """The notebook as it is committed."""
        return str(nbformat.writes(self.notebook)) + "\n"
