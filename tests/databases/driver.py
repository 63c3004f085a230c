"""MariaDB's driver: compiled once, into a folder of its own inside this environment."""

from __future__ import annotations

import importlib.machinery
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

from asynclab import quarters

from .mariadb import PROGRAMS

ROOT = Path(__file__).resolve().parents[2]
FOLDER = (
    Path(sys.prefix) / "databases"
)  # it comes and goes with the environment, and `make test` never sees it


class Unbuilt(Exception):
    """The driver could not be built; the message is what the compiler or the index said last."""


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
    """Install what the group `databases` of uv.lock says. Raises Unbuilt. The second time it does nothing."""
    if _built():
        return
    uv = Path(sys.executable).with_name("uv")
    export = [uv, "export", "--quiet", "--frozen", "--no-emit-project", "--only-group", "databases"]
    pins = _run([*export, "--python", sys.executable])
    listed = FOLDER.with_suffix(".txt")
    listed.write_text(pins)
    install = [uv, "pip", "install", "--quiet", "--target", FOLDER, "--python", sys.executable]
    _run([*install, "--require-hashes", "--requirements", listed])


def _built() -> bool:
    return importlib.machinery.PathFinder.find_spec("MySQLdb", [str(FOLDER)]) is not None


def _run(command: list[str | Path]) -> str:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        said = [line.strip(" ×├─▶╰│") for line in done.stderr.splitlines() if line.strip(" ×├─▶╰│")]
        raise Unbuilt((said or ["no word about it"])[-1])
    return done.stdout
