"""Alter one line of a lesson's code, to see whether the freshness test would notice."""

from __future__ import annotations

import copy
import re

from nbformat import NotebookNode

from .cells import code_cells, part, tagged

# Each changes what happens, not how it is written: how many came, which way, who waited, what was said.
ALTERATIONS: tuple[tuple[str, str], ...] = (
    (r"\btimes=\d+", "times=3"),
    (r"""\bvia=["']asgi["']""", 'via="wsgi"'),
    (r"\bstatus=\d+", "status=418"),
    (r"\bawait asyncio\.sleep\(", "time.sleep("),
    (r"""(HttpResponse\(b?["'])""", r"\1altered "),
    (r"""(\bprint\(f?["'])""", r"\1altered "),
    (r"""(["'])(?=\w)""", r"\1altered "),
)


def alter_one_line(notebook: NotebookNode) -> tuple[str, NotebookNode]:
    """A copy of the notebook with its most telling line altered, and what was done."""
    for pattern, replacement in ALTERATIONS:
        for at, cell in code_cells(notebook):
            if part(cell) or tagged(cell, "measured"):
                continue
            lines = cell.source.splitlines()
            for line, text in enumerate(lines):
                new = re.sub(pattern, replacement, text, count=1)
                if new == text or text.lstrip().startswith(("#", "import ", "from ")):
                    continue
                altered = copy.deepcopy(notebook)
                altered.cells[at - 1].source = "\n".join([*lines[:line], new, *lines[line + 1 :]])
                return f"cell {at}, line {line + 1}: {text.strip()} → {new.strip()}", altered
    raise LookupError("no line of this notebook can be altered")
