"""When something is missing because its cell has not been run: say which cell to run first."""

from __future__ import annotations

import ast
import json
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PROJECT = ("cafe", "config")  # packages that can be imported once Django runs
UNSET = "settings are not configured"  # Django, of a setting that it needs
BOOT = "→ `boot()` starts Django and finds the café. Run the cell with boot() first, then this one again."


def explain_missing_names() -> None:
    """From now on an error that a missing cell explains ends in a sentence of ours. Elsewhere: nothing."""
    ipython: Any = sys.modules.get("IPython")  # to import it takes as long as half of Django
    shell = ipython and ipython.get_ipython()
    if shell is not None:
        from django.core.exceptions import ImproperlyConfigured

        shell.set_custom_exc((NameError, ModuleNotFoundError, ImproperlyConfigured), _show)


def _show(shell: Any, kind: Any, error: Exception, traceback: Any, tb_offset: int | None = None) -> None:
    shell.showtraceback((kind, error, traceback), tb_offset=tb_offset)
    name = str(getattr(error, "name", None) or "")
    if isinstance(error, NameError):
        sentence = advice(name, os.environ.get("JPY_SESSION_NAME", ""))
    else:
        sentence = BOOT if name.partition(".")[0] in PROJECT or UNSET in str(error) else None
    if sentence:
        print(sentence)


def advice(name: str, notebook: str) -> str | None:
    """Which cell of the notebook (a path) gives this name; None if none does."""
    if not name:
        return None
    section = ""
    for cell in _cells(notebook):
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            section = next(iter(re.findall(r"^## (\d+[a-z]?\.\d+)", source, re.MULTILINE)), section)
        elif name in _defined(source):
            where = f"section {section}" if section else "its first code cell"
            return f"→ `{name}` comes from a cell in {where}. Run that cell first, then this one again."
    return None


def _cells(notebook: str) -> list[Any]:
    """The cells of that notebook, or of the one by that name in the kernel's own folder."""
    for path in (Path(notebook), Path.cwd() / Path(notebook).name):  # a server may know it by another path
        try:
            return list(json.loads(path.read_text(encoding="utf-8"))["cells"])
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return []


def _defined(source: str) -> set[str]:
    try:
        tree = ast.parse(source)
    except SyntaxError:  # a magic, or a cell that the learner has not finished
        return set()
    return {name for statement in tree.body for name in _names(statement)}


def _names(statement: ast.stmt) -> Iterator[str]:
    """What one statement at the top of a cell defines."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield statement.name
    elif isinstance(statement, ast.Import | ast.ImportFrom):
        yield from ((alias.asname or alias.name).partition(".")[0] for alias in statement.names)
    else:
        for node in ast.walk(statement):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                yield node.id
