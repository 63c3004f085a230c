"""A server process that cannot outlive its owner: not even one that is killed.

    python -I guard.py <plan as JSON>

The owner, a kernel, starts this program and holds its standard input. It runs the plan's commands
one after the other, the last of which is the server, in a session of its own that no interrupt
reaches. Once the input is closed, or the owner is gone, it ends what still runs and removes the
folder. If a command fails or the server ends by itself, it prints why and ends, too.
"""

from __future__ import annotations

import json
import os
import re
import select
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    import psutil

PATIENCE = 5  # seconds that a server gets to end in good order
TAIL = 8000  # bytes kept of what the commands print


def guarded(
    folder: Path, commands: Sequence[Sequence[str]], user: str | None = None
) -> subprocess.Popen[bytes]:
    """Start the guard of a server that lives in `folder`. Close its `stdin` to end it all.

    The last command is the server. All run as `user`, or as you.
    """
    plan = {"owner": os.getpid(), "folder": str(folder), "commands": commands, "user": user}
    return subprocess.Popen(
        [sys.executable, "-I", __file__, json.dumps(plan)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,  # Kernel → Interrupt must not reach it
    )


def end(guard: subprocess.Popen[bytes], folder: Path) -> str:
    """End the guard, its server and the folder; return what it printed. Safe to call again."""
    assert guard.stdin is not None
    assert guard.stdout is not None
    with suppress(OSError):
        guard.stdin.close()  # from here on the guard does the rest, even if we are interrupted
    said = "" if guard.stdout.closed else guard.stdout.read().decode(errors="replace")
    guard.stdout.close()
    guard.wait()
    remove(folder)  # a guard that was killed has left it
    return said.strip()


def remove(folder: Path) -> None:
    """End every process that works in the folder, in good order or not, then remove the folder."""
    import psutil

    # The first is understood by PostgreSQL and MariaDB: now, in good order, without waiting for clients.
    for ending in (signal.SIGQUIT, signal.SIGKILL, signal.SIGKILL):
        for process in (working := working_in(folder)):
            with suppress(psutil.Error):
                process.send_signal(ending)
        psutil.wait_procs(working, PATIENCE)
    shutil.rmtree(folder, ignore_errors=True)


def working_in(folder: Path) -> list[psutil.Process]:
    """The processes that work in this folder or below it, whoever started them.

    By the folder, because a server may write over its environment and its arguments.
    """
    import psutil

    found, folder = [], folder.resolve()
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if Path(process.cwd()).is_relative_to(folder):
                found.append(process)
    return found


def reason(log: str) -> str:
    """What a server's log says of its end, without the time and the process number."""
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    telling = [
        found[1] for line in lines if (found := re.search(r"\b(?:FATAL|PANIC|ERROR|error)\W+(.+)", line))
    ]
    return (telling or lines or ["it said nothing"])[-1]


def _abandoned(owner: int) -> bool:
    """Whether the owner has closed our input, or is gone. A fork of it may keep the input open."""
    return os.getppid() != owner or (bool(select.select([0], [], [], 0)[0]) and not os.read(0, 1))


def main(owner: int, folder: str, commands: list[list[str]], user: str | None) -> NoReturn:
    """Run the plan; see the top of this file."""
    as_user: dict[str, object] = {}
    if user is not None:
        import pwd

        as_user = {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []}
    for command in commands:
        log = b""
        try:
            child = subprocess.Popen(
                command,
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                **as_user,  # type: ignore[call-overload]
            )
        except OSError as error:
            sys.exit(f"{command[0]}: {error.strerror}")
        assert child.stdout is not None
        pipe, running = child.stdout.fileno(), True
        while running:
            ready, _, _ = select.select([0, pipe], [], [], 0.5)
            if pipe in ready:
                log = (log + (some := os.read(pipe, 65536)))[-TAIL:]
                running = bool(some)  # nothing more: it has ended, and all that it started
            else:
                running = child.poll() is None
            if _abandoned(owner):
                remove(Path(folder))
                sys.exit()
        if child.wait() or command is commands[-1]:
            sys.exit(f"{Path(command[0]).name}: {reason(log.decode(errors='replace'))}")
    sys.exit()


if __name__ == "__main__":
    main(**json.loads(sys.argv[1]))
