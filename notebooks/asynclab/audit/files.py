"""Which files are the project's own, and what is in them. Nothing is run; links are not followed."""

from __future__ import annotations

import ast
import os
import warnings
from dataclasses import dataclass, field
from pathlib import Path

NOT_OURS = {"node_modules", "bower_components", "site-packages", "dist-packages", "__pycache__", "migrations"}
# Not entered, unless they are packages:
NOT_CODE = {"venv", "env", "build", "dist", "docs", "doc", "templates", "project_template"}
TESTS = {"tests", "test", "testing", "testsuite", "test_utils", "e2e"}
LARGEST = 2_000_000  # bytes: beyond, it is data written as Python


@dataclass
class Files:
    code: list[Path] = field(default_factory=list)
    tests: list[Path] = field(default_factory=list)


def python_files(top: Path) -> Files:
    """Every .py file below `top` that somebody wrote for this project; its tests apart."""
    found = Files()
    for folder, names, files in os.walk(top):
        here = Path(folder)
        names[:] = sorted(name for name in names if _enter(here / name))
        inside = not TESTS.isdisjoint(here.relative_to(top).parts)
        for name in sorted(files):
            path = here / name
            if name.endswith(".py") and not path.is_symlink():
                (found.tests if inside or _is_test(name) else found.code).append(path)
    return found


def _enter(folder: Path) -> bool:
    name = folder.name
    if name in NOT_OURS or name.startswith(".") or name.endswith(".egg-info"):
        return False
    if name in NOT_CODE and not (folder / "__init__.py").exists():
        return False
    return not folder.is_symlink() and not (folder / "pyvenv.cfg").exists()


def _is_test(name: str) -> bool:
    return (
        name.startswith("test_")
        or name.endswith(("_test.py", "_tests.py"))
        or name in ("tests.py", "conftest.py")
    )


def tree_of(path: Path) -> tuple[ast.Module | None, str]:
    """The syntax tree of a file, or None and the reason in a few words."""
    try:
        content = path.read_bytes()
        if len(content) > LARGEST:
            return None, "larger than 2 MB"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an invalid escape is the project's affair
            return ast.parse(content, str(path)), ""
    except SyntaxError as error:
        return None, f"line {error.lineno}: {error.msg}" if error.lineno else error.msg
    except (OSError, ValueError, RecursionError, MemoryError) as error:
        return None, str(error) or type(error).__name__
