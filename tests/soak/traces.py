"""What a run leaves behind: processes that work for its temporary folder, ports they listen on, files."""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path

import psutil

PATIENCE = 10.0  # seconds for what is ending to end: a guard looks five times a second


def workers(folder: Path) -> list[psutil.Process]:
    """Every process that has this folder, or one in it, for its temporary files or to work in.

    A kernel gets no mark of ours: its environment is the same on every machine, but for this folder.
    """
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if process.status() != psutil.STATUS_ZOMBIE and any(
                Path(place).is_relative_to(folder) for place in places(process)
            ):
                found.append(process)
    return found


def places(process: psutil.Process) -> list[str]:
    """Where it works, and where its temporary files go. Some may hide the one or the other."""
    told = []
    with suppress(psutil.Error, OSError):
        told.append(process.cwd())
    with suppress(psutil.Error, OSError):
        told.append(process.environ().get("TMPDIR", ""))
    return told


def left_in(folder: Path) -> list[str]:
    """All that a run has left behind, a line each; then it is removed."""
    _, alive = psutil.wait_procs(workers(folder), timeout=PATIENCE)
    told = [f"process {described(each)}" for each in alive]
    for each in alive:
        with suppress(psutil.Error):
            told += [
                f"port {one.laddr.port}" for one in each.net_connections("inet") if one.status == "LISTEN"
            ]
    told += [f"file {path.relative_to(folder)}" for path in sorted(folder.iterdir())]
    end(folder)
    return told


def end(folder: Path) -> None:
    """End whoever still works for this folder, and remove it."""
    for _ in range(10):  # what is being ended may start another at this very moment
        family = workers(folder)
        for process in family:
            with suppress(psutil.Error):
                process.kill()
        if not family:
            break
        psutil.wait_procs(family, timeout=2)
    shutil.rmtree(folder, ignore_errors=True)


def described(process: psutil.Process) -> str:
    """Its command, or its number if it is gone by now."""
    with suppress(psutil.Error):
        return " ".join(process.cmdline())[:120]
    return str(process.pid)


def files(*folders: Path) -> set[Path]:
    """Every file that a lesson could have left beside the notebooks."""
    return {path for folder in folders for path in folder.rglob("*") if "__pycache__" not in path.parts}
