"""Processes that belong together, known by a mark which each of them inherits: found, and ended together.

A server starts workers, and they may start others or run away from their parent; the mark, a variable
of their environment, stays with all of them. Run as a program, this file stands guard:
`python family.py PID VARIABLE MARK` ends that family as soon as the process PID is gone, even if that
was killed and could not clean up.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psutil

LOOK = 0.2  # seconds between two looks of the guard


def members(variable: str, mark: str) -> list[psutil.Process]:
    """Every living process whose environment holds this mark in this variable."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if process.status() != psutil.STATUS_ZOMBIE and process.environ().get(variable) == mark:
                found.append(process)
    return found


def end(variable: str, mark: str) -> None:
    """Kill them all, and see them gone."""
    for _ in range(10):  # what is being ended may start another at this very moment
        family = members(variable, mark)
        for process in family:
            with suppress(psutil.Error):
                process.kill()
        if not family:
            return
        psutil.wait_procs(family, timeout=2)


def guard(variable: str, mark: str) -> subprocess.Popen[bytes]:
    """Start a process that ends the family when this one is gone. End it when the family has ended."""
    return subprocess.Popen(
        [sys.executable, "-P", __file__, str(os.getpid()), variable, mark],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # what ends this process, with all of its group, must not end the guard
        creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
    )


@contextmanager
def guarded(variable: str) -> Iterator[str]:
    """A mark for a new family. It ends with the block, or with this process if that is killed."""
    mark = os.urandom(16).hex()
    watch = guard(variable, mark)
    try:
        yield mark
    finally:
        end(variable, mark)
        watch.terminate()
        watch.wait()


def _stand_guard(pid: int, variable: str, mark: str) -> None:
    with suppress(psutil.Error):
        watched = psutil.Process(pid)
        # A number may be given to another process; and of one that was killed, a zombie may be left.
        while watched.is_running() and watched.status() != psutil.STATUS_ZOMBIE:
            time.sleep(LOOK)
    end(variable, mark)


if __name__ == "__main__":
    _stand_guard(int(sys.argv[1]), *sys.argv[2:])
