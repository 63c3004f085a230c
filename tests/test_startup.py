"""A kernel that has just been started says which cell comes first, even before `boot()` was called."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

SHELL = """
import os
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
shell.colors = "nocolor"
before = set(shell.user_ns)
shell.safe_execfile(os.environ["PYTHONSTARTUP"], shell.user_ns)
print(sorted(set(shell.user_ns) - before - {"__file__"}))
shell.run_cell("greet")
"""


def test_a_name_that_is_missing_before_the_first_cell_has_run_is_explained(
    root: Path, tmp_path: Path
) -> None:
    cells = [
        {"cell_type": "markdown", "source": "## 0.4 Greet"},
        {"cell_type": "code", "source": "def greet(): ..."},
    ]
    notebook = tmp_path / "lesson.ipynb"
    notebook.write_text(json.dumps({"cells": cells}))
    startup = root / "notebooks/asynclab/startup.py"
    environ = {"PYTHONSTARTUP": str(startup), "JPY_SESSION_NAME": str(notebook), "IPYTHONDIR": str(tmp_path)}

    done = subprocess.run(
        [sys.executable, "-c", SHELL],
        cwd=tmp_path,
        env=os.environ | environ,
        capture_output=True,
        text=True,
        check=True,
    )
    lines = done.stdout.strip().splitlines()
    assert lines[0] == "[]", "it leaves a name behind"
    assert lines[-1] == (
        "→ `greet` comes from a cell in section 0.4. Run that cell first, then this one again."
    )
