"""A real PostgreSQL for one lesson: started in a temporary folder, gone with the block or the kernel.

    with postgres() as server:
        server.url         # what DATABASE_URL and psycopg.connect take
        server.count()     # how many clients are connected just now

It listens on a socket in that folder and on no port, so nobody else reaches it; it trusts whoever does. What
it keeps is safe from nothing: it never waits for the disk.
"""

from __future__ import annotations

import os
import select
import subprocess
import sys
import time
import weakref
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from . import guard, quarters
from .errors import NoServer, ServerError

if TYPE_CHECKING:
    import psycopg

NAME = "cafe"  # of the database and of its user
DEADLINE = 60.0  # seconds until it must answer; it takes about one
GET_IT = (
    "There is no PostgreSQL here. Get it with `conda install -c conda-forge postgresql=17`, or on Debian and "
    "Ubuntu with `sudo apt install postgresql`, then run this cell again."
)
GET_IT_ON_WINDOWS = (
    "On Windows this cell has no PostgreSQL to start. Take this part on Binder, or under WSL with "
    "`sudo apt install postgresql`."
)
# No disk to wait for, no memory to speak of; and what a killed server leaves lies in its folder.
SETTINGS = {
    "listen_addresses": "",
    "superuser_reserved_connections": "0",
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "shared_buffers": "16MB",
    "dynamic_shared_memory_type": "mmap",
    "autovacuum": "off",
    "jit": "off",
}


def postgres(max_connections: int = 20) -> Server:
    """Start a PostgreSQL of your own that lets in `max_connections` clients; the next one is refused.

    Takes about a second. Raises NoServer where none is installed, ServerError if it does not start.
    """
    if type(max_connections) is not int or not 1 <= max_connections <= 200:
        raise ServerError(f"`max_connections` is a whole number from 1 to 200, not {max_connections!r}.")
    programs = installed()
    user = quarters.somebody("postgres")  # PostgreSQL refuses to run as root
    folder = quarters.folder(".s.PGSQL.5432", user)
    process = None
    try:
        process = guard.guarded(folder, _commands(programs, folder, max_connections), user)
        return Server(folder, process, _answering(folder, process))
    except BaseException:
        if process is not None:
            guard.end(process, folder)
        guard.remove(folder)
        raise


class Server:
    """A PostgreSQL that runs. `url` leads to an empty database of it, whose user may do anything."""

    def __init__(
        self, folder: Path, process: subprocess.Popen[bytes], own: psycopg.Connection[tuple[int]]
    ) -> None:
        self.folder = folder
        self.url = f"postgres://{NAME}@{quote(str(folder), safe='')}/{NAME}"
        number = own.info.server_version  # 150018 is 15.18
        self.version = f"{number // 10000}.{number % 10000}"
        self._own = own
        self._stop = weakref.finalize(self, _end, process, folder, own, os.getpid())  # also at exit

    def count(self, until: int | None = None, seconds: float = 5.0) -> int:
        """How many clients are connected; the lab's own connection is not counted, and takes nobody's place.

        A client that leaves is counted until the server has noticed. `until=3` waits for 3, at most
        `seconds`, and returns what it is then. Raises ServerError if the server has ended.
        """
        import psycopg

        over = time.monotonic() + seconds
        query = (
            "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' "
            "AND pid <> pg_backend_pid()"
        )
        while True:
            try:
                row = self._own.execute(query).fetchone()
            except psycopg.Error:
                raise ServerError(
                    "This PostgreSQL has ended. Run the cell that starts it again, then this one."
                ) from None
            assert row is not None
            if until is None or row[0] == until or time.monotonic() > over:
                return row[0]
            time.sleep(0.005)

    def stop(self) -> None:
        """End it and remove its folder. Safe to call again."""
        self._stop()

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def installed() -> Path:
    """The folder of `initdb` and `postgres`. Raises NoServer."""
    if sys.platform == "win32":
        raise NoServer(GET_IT_ON_WINDOWS)
    if (folder := quarters.programs(("initdb", "postgres"))) is None:
        raise NoServer(GET_IT)
    return folder


def _commands(programs: Path, folder: Path, max_connections: int) -> list[list[str]]:
    data = str(folder / "data")
    new = [str(programs / "initdb"), "-D", data, "-U", NAME, "--auth=trust", "--encoding=UTF8", "--locale=C"]
    settings = SETTINGS | {
        "max_connections": str(max_connections + 1),  # and one of our own
        "unix_socket_directories": str(folder),
    }
    run = [str(programs / "postgres"), "-D", data]
    return [[*new, "--no-sync"], run + [f"--{name}={value}" for name, value in settings.items()]]


def _answering(folder: Path, process: subprocess.Popen[bytes]) -> psycopg.Connection[tuple[int]]:
    """Our own connection, once the server answers, and the database made. Raises ServerError."""
    import psycopg

    assert process.stdout is not None
    over = time.monotonic() + DEADLINE
    while time.monotonic() < over:
        try:
            own: psycopg.Connection[tuple[int]] = psycopg.connect(
                host=str(folder), user=NAME, dbname="postgres", application_name="asynclab", autocommit=True
            )
        except psycopg.OperationalError:  # not yet, or never: then its guard says why, and ends
            if select.select([process.stdout], [], [], 0.01)[0]:
                raise ServerError(f"PostgreSQL did not start. {guard.end(process, folder)}") from None
        else:
            own.execute(f"CREATE DATABASE {NAME}")
            return own
    raise ServerError(f"PostgreSQL did not answer within {DEADLINE:g} s.")


def _end(
    process: subprocess.Popen[bytes], folder: Path, own: psycopg.Connection[tuple[int]], owner: int
) -> None:
    if os.getpid() == owner:  # not in a process that was forked from this one
        own.close()
        guard.end(process, folder)
