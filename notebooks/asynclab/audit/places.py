"""How a place is written: below the project's folder, or below site-packages; and where a setting stands."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

INSTALLED = ("site-packages", "dist-packages")


def is_installed(path: str) -> bool:
    return any(name in Path(path).parts for name in INSTALLED)


def short(place: Any, project: Path) -> str:
    """[file, line] as "cafe/views.py:12"."""
    if not place or not place[0]:
        return ""
    path = Path(place[0])
    for name in INSTALLED:
        if name in path.parts:
            last = len(path.parts) - 1 - path.parts[::-1].index(name)
            return f"{Path(*path.parts[last + 1 :]).as_posix()}:{place[1]}"
    shown = path.relative_to(project) if path.is_relative_to(project) else path
    return f"{shown.as_posix()}:{place[1]}"


def setting(name: str, files: Iterable[str]) -> list[Any] | None:
    """[file, line] of the last line that sets this name; None if it is set in no file."""
    word = re.compile(rf"^(?!\s*#).*\b{re.escape(name)}\b")
    found: list[Any] | None = None
    for file in files:
        try:
            lines = Path(file).read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            continue
        for number, line in enumerate(lines, 1):
            if word.search(line):
                found = [file, number]
    return found
