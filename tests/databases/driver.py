"""MariaDB's driver: compiled once, into a folder of its own inside this environment."""

from __future__ import annotations

import importlib.machinery
import shutil
import sysconfig
from pathlib import Path

from asynclab import quarters

from .. import extras
from .mariadb import PROGRAMS

ROOT = extras.ROOT
FOLDER = extras.folder("databases")
Unbuilt = extras.NotInstalled


def missing() -> list[str]:
    """Debian's packages without which there is no MariaDB here, or no driver for it."""
    wanted = {"mariadb-server-core": all(quarters.programs([name]) for name in PROGRAMS)}
    if not _built():
        wanted |= {
            "gcc": shutil.which("cc") or shutil.which("gcc"),
            "pkg-config": shutil.which("pkg-config"),
            "libmariadb-dev": shutil.which("mariadb_config"),
            "python3-dev": (Path(sysconfig.get_path("include")) / "Python.h").exists(),
        }
    return [package for package, found in wanted.items() if not found]


def build() -> None:
    """Compile what the group `databases` of uv.lock says. Raises Unbuilt. The second time it does nothing."""
    if not _built():
        extras.install(FOLDER.name)


def _built() -> bool:
    return importlib.machinery.PathFinder.find_spec("MySQLdb", [str(FOLDER)]) is not None
