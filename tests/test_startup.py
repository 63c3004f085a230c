"""A kernel that has just been started says which cell comes first, even before `boot()` was called."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from .reading import NOTEBOOKS
from .reading.cells import code_cells

LESSONS = sorted(NOTEBOOKS.glob("*.ipynb"))
SHELL = """
import json, os
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
shell.colors = "nocolor"
before = set(shell.user_ns)
shell.safe_execfile(os.environ["PYTHONSTARTUP"], shell.user_ns)
print(sorted(set(shell.user_ns) - before - {"__file__"}))
begun = dict(shell.user_ns)
for source in json.loads(os.environ["CELLS"]):
    shell.user_ns.clear()
    shell.user_ns.update(begun)
    print("\\f", end="")
    print("works" if shell.run_cell(source).success else "fails")
"""


def begins(notebook: Path, cells: list[str], root: Path, folder: Path) -> list[str]:
    """What is said of each cell in a kernel that has run none before."""
    environ = {
        "PYTHONSTARTUP": str(root / "notebooks/asynclab/startup.py"),
        "JPY_SESSION_NAME": str(notebook),
        "IPYTHONDIR": str(folder),
        "PYTHONPATH": str(root / "notebooks"),
        "CELLS": json.dumps(cells),
    }
    done = subprocess.run(
        [sys.executable, "-c", SHELL],
        cwd=folder,
        env=os.environ | environ,
        capture_output=True,
        text=True,
        check=True,
    )
    left, *said = done.stdout.split("\f")
    assert left == "[]\n", "it leaves a name behind"
    return said


def test_a_name_that_is_missing_before_the_first_cell_has_run_is_explained(
    root: Path, tmp_path: Path
) -> None:
    cells = [
        {"cell_type": "markdown", "source": "## 0.4 Greet"},
        {"cell_type": "code", "source": "def greet(): ..."},
    ]
    notebook = tmp_path / "lesson.ipynb"
    notebook.write_text(json.dumps({"cells": cells}))

    (said,) = begins(notebook, ["greet"], root, tmp_path)
    assert said.splitlines()[-2:] == [
        "→ `greet` comes from a cell in section 0.4. Run that cell first, then this one again.",
        "fails",
    ]


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_any_cell_of_a_lesson_that_is_run_first_works_or_says_which_one_comes_before_it(
    path: Path, root: Path, tmp_path: Path
) -> None:
    cells = [cell.source for _, cell in code_cells(nbformat.read(path, as_version=4))]
    early = [source for source in cells if not re.search(r"^boot\(", source, re.MULTILINE)]

    for source, said in zip(early, begins(path, early, root, tmp_path), strict=True):
        *_, advice, outcome = ["", *said.splitlines()]
        assert outcome == "works" or advice.startswith("→ `"), source
