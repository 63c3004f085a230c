"""Where a project is: its folder, its manage.py, its asgi.py, its async functions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .files import NOT_CODE, NOT_OURS, Files, python_files, tree_of
from .places import short
from .reading import Async, Spot, async_functions, spots


@dataclass
class Read:
    """What reading a project's files gave."""

    files: Files
    functions: dict[str, list[Async]] = field(default_factory=dict)  # of each file that has any
    spots: list[Spot] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    in_tests: int = 0  # async functions
    asgi: Path | None = None


def manage_of(project: Path) -> Path | None:
    """manage.py of this folder, or the only one up to two levels below."""
    if (project / "manage.py").is_file():
        return project / "manage.py"
    for pattern in ("*/manage.py", "*/*/manage.py"):
        skipped = NOT_OURS | NOT_CODE
        found = [
            path for path in project.glob(pattern) if skipped.isdisjoint(path.relative_to(project).parts)
        ]
        if len(found) == 1:
            return found[0]
    return None


def read(project: Path, models: Sequence[dict[str, Any]] | None) -> Read:
    """Every file that somebody wrote for this project. `models`: as the child knows them, or None."""
    found = Read(python_files(project))
    names = [model["name"] for model in models or ()]
    unique = {model["name"]: model for model in models or () if names.count(model["name"]) == 1}
    for path in found.files.code:
        tree, why = tree_of(path)
        if tree is None:
            found.unread.append(f"{short([path, 0], project).removesuffix(':0')} ({why})")
            continue
        functions = [
            Async(
                name, min([node.lineno, *(each.lineno for each in node.decorator_list)]), node.end_lineno or 0
            )
            for name, node in async_functions(tree)
        ]
        if functions:
            found.functions[str(path)] = functions
            found.spots += spots(path, tree, unique)
        if path.name == "asgi.py" and found.asgi is None:
            found.asgi = path
    for path in found.files.tests:
        tree, _ = tree_of(path)
        found.in_tests += len(list(async_functions(tree))) if tree is not None else 0
    return found
