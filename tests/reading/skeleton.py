"""`python -m tests.reading.skeleton 12`: the cells that a declaration asks for, as a notebook to fill in.

Where the notebook exists, only the cells that it lacks are added, before its exit question: move them
where they belong. Nothing that is written in it is touched.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from asynclab.exercises import Exercise, Lesson, Prediction, lesson

from . import NOTEBOOKS
from .cells import number, part
from .generate import refresh
from .normalise import tidy

FIRST = "from asynclab import boot, check, fetch, predict\n\nboot()"
CLOSING = {
    "Exit question": "…?\n\n<details>\n<summary>Answer</summary>\n\nWhy it is so.\n\n</details>",
    "Key points": "- What they take home.",
    "In your project": "**Search** …\n\n**Ask:** …\n\n**Keep this test.**\n\n```python\n```",
}


def completed(notebook: NotebookNode | None, declared: Lesson, folder: Path) -> NotebookNode:
    """The notebook with every cell that its declaration asks for; a new one if there is none."""
    if notebook is None:
        notebook = new_notebook(cells=_frame(declared))
    there = {(part(cell), number(cell)) for cell in notebook.cells}
    lacking = [
        cell
        for each in sorted((*declared.predictions, *declared.exercises), key=lambda each: _place(each.number))
        if (_parts(each)[0], each.number) not in there
        for cell in _cells_of(each)
    ]
    at = next(
        (at for at, cell in enumerate(notebook.cells) if "Exit question" in cell.source), len(notebook.cells)
    )
    notebook.cells[at:at] = lacking
    refresh(notebook, declared, folder)
    tidy(notebook)
    return notebook


def _frame(declared: Lesson) -> list[NotebookNode]:
    taken = [_place(each.number)[1] for each in (*declared.predictions, *declared.exercises)]
    first = [] if 1 in taken else [new_markdown_cell(f"## {declared.chapter}.1 The first thing to see")]
    closing = list(CLOSING.items())[: 3 if declared.core else 2]
    return [
        _generated("header"),
        new_markdown_cell("The hook: one real error, or one surprising measurement."),
        *first,
        new_code_cell(FIRST),
        *(
            new_markdown_cell(f"## {declared.chapter}.{at} {title}\n\n{text}")
            for at, (title, text) in enumerate(closing, max([1, *taken]) + 1)
        ),
        _generated("links"),
    ]


def _parts(each: Prediction | Exercise) -> tuple[str, ...]:
    return ("task", "stub", "solution") if isinstance(each, Exercise) else ("prediction",)


def _cells_of(each: Prediction | Exercise) -> list[NotebookNode]:
    if isinstance(each, Prediction):
        asks = new_code_cell(f'predict("{each.number}", "")')
        settles = new_code_cell(f'await fetch("/", settles="{each.number}")')
        return [_generated("prediction", each.number), asks, settles]
    task, stub, solution = (_generated(name, each.number) for name in _parts(each))
    return [task, stub, new_code_cell(f'check("{each.number}", {each.name})'), solution]


def _generated(name: str, of: str = "") -> NotebookNode:
    about = {"part": name} | ({"number": of} if of else {})
    new = new_code_cell if name == "stub" else new_markdown_cell
    return new("", metadata={"asynclab": about})


def _place(of: str) -> tuple[str, int]:
    chapter, section = of.split(".")
    return chapter, int(section)


def main(arguments: list[str] | None = None) -> int:
    """The command line: 1 if there is no such declaration."""
    parser = argparse.ArgumentParser(prog="python -m tests.reading.skeleton", description=__doc__)
    parser.add_argument("lesson", help="its number, as in lesson_12.py")
    try:
        declared = lesson(parser.parse_args(arguments).lesson)
    except LookupError as error:
        print(f"{error.args[0]} Write notebooks/asynclab/exercises/lesson_….py first.", file=sys.stderr)
        return 1
    path = NOTEBOOKS / f"{declared.slug}.ipynb"
    notebook = nbformat.read(path, as_version=4) if path.exists() else None
    before = len(notebook.cells) if notebook else 0
    made = completed(notebook, declared, NOTEBOOKS)
    nbformat.write(made, path)
    print(
        f"{path.name}: {len(made.cells) - before} cells added; write what is missing, then run make notebooks"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
