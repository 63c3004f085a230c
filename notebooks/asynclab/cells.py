"""The notebook around us: is there one, what its cells defined, and the text they were typed in."""

from __future__ import annotations

import ast
import linecache
import re
import sys
from collections.abc import Iterator
from typing import Any


def in_notebook() -> bool:
    """Whether this is a kernel, with somebody to show pictures and widgets to."""
    return getattr(_shell(), "kernel", None) is not None


def line_of(file: str, number: int) -> str:
    """One line of a cell or file, without its indentation."""
    return linecache.getline(file, number).strip()


def notebook() -> dict[str, object]:
    """The names that the cells of this notebook have defined so far."""
    return dict(vars(sys.modules["__main__"]))


def last_cell(name: str) -> str | None:
    """The text of the last cell run that defines `name`. Raises SyntaxError if it does not compile."""
    cells = notebook().get("In")
    attempt = re.compile(rf"^\s*(?:(?:async\s+)?def|class)\s+{name}\b|^\s*{name}\s*=", re.MULTILINE)
    for number, cell in reversed(list(enumerate(cells if isinstance(cells, list) else []))):
        if isinstance(cell, str) and attempt.search(cell):
            try:
                defined = {found for node in ast.parse(cell).body for found in _defines(node)}
            except ValueError as error:  # a null character
                raise SyntaxError(str(error)) from None
            if name in defined:
                return _as_typed(number, cell)
    return None


def _as_typed(number: int, cell: str) -> str:
    """The cell with its magics as the learner wrote them; `In` holds what IPython made of them."""
    history = getattr(_shell(), "history_manager", None)
    raw = getattr(history, "input_hist_raw", [])
    return str(raw[number]) if number < len(raw) else cell


def _defines(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.Assign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        yield from (target.id for target in targets if isinstance(target, ast.Name))


def _shell() -> Any:
    python = sys.modules.get("IPython")  # never imported for this
    return python.get_ipython() if python else None
