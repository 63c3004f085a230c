"""What must be the same before and after a hostile input."""

from __future__ import annotations

import os
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psutil

from asynclab.database import CAFE


@contextmanager
def unchanged(*folders: Path, database: Path | None = None) -> Iterator[None]:
    """Fail if the block changes a file in these folders, the café's code or rows, or this process."""
    before = state(folders, database)
    yield
    assert state(folders, database) == before


def state(folders: tuple[Path, ...], database: Path | None) -> dict[str, object]:
    """All that an input could have changed."""
    return {
        "files": {folder: files(folder) for folder in (CAFE, *folders)},
        "rows": rows(database) if database else None,
        "environment": dict(os.environ),
        "working folder": Path.cwd(),
        "import path": list(sys.path),
        "main": {name for name in vars(sys.modules["__main__"]) if not name.startswith("_")},
        "processes": {each.pid for each in psutil.Process().children(recursive=True) if alive(each)},
    }


def files(folder: Path) -> dict[str, object]:
    """Each file with its content, each folder, each link with where it leads."""
    return {
        str(path.relative_to(folder)): path.readlink() if path.is_symlink() else content(path)
        for path in folder.rglob("*")
        if "__pycache__" not in path.parts
    }


def content(path: Path) -> object:
    return path.read_bytes() if path.is_file() else "folder"


def rows(database: Path) -> list[str]:
    """The database as SQL, without the sessions, which the café starts by itself."""
    with closing(sqlite3.connect(database)) as connection:
        return [line for line in connection.iterdump() if '"django_session"' not in line]


def alive(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False
