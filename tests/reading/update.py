"""One notebook's reading edition: as it is committed, and as it should be."""

from __future__ import annotations

import copy
import datetime
import functools
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from asynclab.exercises import Lesson, lessons

from .cells import tagged
from .execute import run
from .generate import refresh
from .normalise import difference, tidy, tidy_cell


@dataclass(frozen=True)
class Edition:
    """A notebook before and after a run; `stale` says in which cells they differ, and how."""

    path: Path
    committed: str
    fresh: str
    stale: tuple[str, ...]
    notebook: NotebookNode  # what `fresh` holds

    def write(self) -> bool:
        """Bring the file up to date, all of it or nothing; returns whether it was stale."""
        if self.fresh == self.committed:
            return False
        handle, draft = tempfile.mkstemp(dir=self.path.parent, prefix=f".{self.path.name}.")
        try:
            with open(handle, "w", encoding="utf-8", newline="\n") as file:
                file.write(self.fresh)
            os.chmod(draft, 0o644)
            os.replace(draft, self.path)
        except BaseException:
            os.unlink(draft)
            raise
        return True


def differs(cell: NotebookNode, committed: NotebookNode) -> bool:
    """Whether this run of one cell says something else than what is committed."""
    pair = copy.deepcopy((cell, committed))
    for one in pair:
        tidy_cell(one)
    return difference(*pair) is not None


def lesson_of(path: Path) -> Lesson | None:
    """The declaration of this notebook, found by its file's name."""
    return next((lesson for lesson in lessons() if lesson.slug == path.stem), None)


def edition(path: Path, lesson: Lesson | None, *, again: bool = False, redraw: bool = False) -> Edition:
    """Run the notebook and see what has changed. `redraw` keeps no committed output. Raises Failed."""
    text = path.read_text(encoding="utf-8")
    committed = nbformat.reads(text, as_version=4)
    notebook = copy.deepcopy(committed)
    if lesson:
        refresh(notebook, lesson, path.parent)
    ran = run(notebook, path.parent, again=again)
    stale = settle(ran, committed, redraw)
    fresh = nbformat.writes(ran) + "\n"
    if fresh != text and not stale:
        stale = ["its metadata or its formatting"]
    return Edition(path, text, fresh, tuple(stale), ran)


@functools.cache
def once(path: Path) -> Edition:
    """The edition of this notebook, run twice over in one kernel: once for all tests of a session."""
    return edition(path, lesson_of(path), again=True)


def settle(ran: NotebookNode, committed: NotebookNode, redraw: bool = False) -> list[str]:
    """Tidy a run and keep of the committed outputs what it confirms; says which cells changed."""
    before = copy.deepcopy(committed)
    tidy(before)
    tidy(ran)
    changed = []
    for at, (new, old) in enumerate(zip(ran.cells, before.cells, strict=True), 1):
        if new.source != old.source:
            changed.append(f"cell {at}: its text no longer is what the lesson declares")
        if new.cell_type != "code":
            continue
        otherwise = "is drawn anew" if redraw else difference(new, old)
        if not otherwise:
            new.outputs = old.outputs
            continue
        changed.append(f"cell {at}: its output is stale: {otherwise}")
        if tagged(new, "measured"):
            new.metadata.setdefault("asynclab", {})["measured"] = datetime.date.today().isoformat()
    return changed
