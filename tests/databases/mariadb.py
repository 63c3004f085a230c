"""A MariaDB in a temporary folder, as `asynclab.postgres` has PostgreSQL."""

from __future__ import annotations

import select
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from asynclab import guard, quarters
from asynclab.errors import NoServer, ServerError

PROGRAMS = ("mariadb-install-db", "mariadbd")
SOCKET = "mariadb"
DEADLINE = 120.0  # seconds until it must answer; it takes about two


class MariaDB:
    """One that runs. `url` is what DATABASE_URL takes; its user may do anything."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.url = f"mysql://root@{quote(str(folder / SOCKET), safe='')}/cafe"
        self.version = _greeting(folder).removeprefix("5.5.5-").split("-")[0]  # 5.5.5-10.11.6-MariaDB…

    def check(self) -> None:
        """Raise ServerError if it has ended."""
        try:
            _greeting(self.folder)
        except OSError:
            raise ServerError("MariaDB ended in the middle of the run.") from None


@contextmanager
def mariadb() -> Iterator[MariaDB]:
    """A server for the length of a block. Raises NoServer or ServerError."""
    programs = [quarters.programs([name]) for name in PROGRAMS]  # Debian has one in bin, one in sbin
    if None in programs:
        raise NoServer("There is no MariaDB here.")
    commands = [f"{place}/{name}" for place, name in zip(programs, PROGRAMS, strict=True)]
    user = quarters.somebody("mysql")
    folder = quarters.folder(SOCKET, user)
    process = None
    try:
        process = guard.guarded(folder, _commands(*commands, folder), user)
        _wait(folder, process)
        yield MariaDB(folder)
    finally:
        if process is not None:
            guard.end(process, folder)
        guard.remove(folder)


def _commands(install: str, server: str, folder: Path) -> list[list[str]]:
    data = f"--datadir={folder}/data"
    new = [install, "--no-defaults", data, "--skip-test-db", "--force"]  # asks no DNS for this machine's name
    run = [server, "--no-defaults", data, f"--socket={folder}/{SOCKET}"]
    run += ["--skip-networking", f"--pid-file={folder}/pid", f"--tmpdir={folder}"]
    run += ["--character-set-server=utf8mb4"]  # as Debian configures it
    run += ["--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=32M", "--skip-log-bin"]
    return [[*new, "--auth-root-authentication-method=normal"], run]


def _greeting(folder: Path) -> str:
    """The version that a server says first of all. Raises OSError where none answers."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(10)
        client.connect(str(folder / SOCKET))
        said = client.recv(200)  # four bytes of length, one of the protocol, then the version and a zero
    version, _, rest = said[5:].partition(b"\0")
    if not rest:
        raise ConnectionError("It hung up.")
    return version.decode()


def _wait(folder: Path, process: subprocess.Popen[bytes]) -> None:
    assert process.stdout is not None
    over = time.monotonic() + DEADLINE
    while time.monotonic() < over:
        try:
            _greeting(folder)
            return
        except OSError:  # not yet, or never: then its guard says why, and ends
            if select.select([process.stdout], [], [], 0.02)[0]:
                raise ServerError(f"MariaDB did not start. {guard.end(process, folder)}") from None
    raise ServerError(f"MariaDB did not answer within {DEADLINE:g} s.")
