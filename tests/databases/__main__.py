"""`make test-databases`: the café's own tests on SQLite, PostgreSQL and MariaDB, each started here.

Exits with 1 if a test fails or a server does. What Debian would have to bring is named: in continuous
integration (CI is set) that is a failure, elsewhere the database is passed over.
"""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from time import perf_counter
from typing import Protocol

from asynclab.errors import NoServer, ServerError
from asynclab.postgres import Server, installed, postgres

from . import driver
from .mariadb import mariadb

CAFE = driver.ROOT / "sample_project"
DEADLINE = 600  # seconds for the tests on one database; they take about ten
ROW = "{:<12} {:<9} {:>5} {:>8}  {}"


class Database(Protocol):
    """Something to test on: an empty URL is the café's own choice, a file of SQLite's."""

    url: str
    version: str

    def check(self) -> None:
        """Raise ServerError if it has ended."""


@dataclass
class Outcome:
    """What the tests on one database came to."""

    name: str
    version: str = "–"
    tests: str = "–"
    seconds: str = "–"
    result: str = ""
    failed: bool = True
    output: str = ""

    def __str__(self) -> str:
        return ROW.format(self.name, self.version, self.tests, self.seconds, self.result)


class SQLite:
    """No server; the tests run in memory."""

    url = ""
    version = sqlite3.sqlite_version

    def check(self) -> None:
        """Nothing can have ended."""


@contextmanager
def sqlite() -> Iterator[Database]:
    yield SQLite()


class PostgreSQL:
    """The lab's own."""

    def __init__(self, server: Server) -> None:
        self.url, self.version, self._server = server.url, server.version, server

    def check(self) -> None:
        try:
            self._server.count()
        except ServerError:
            raise ServerError("PostgreSQL ended in the middle of the run.") from None


@contextmanager
def postgresql() -> Iterator[Database]:
    with postgres() as server:
        yield PostgreSQL(server)


DATABASES: dict[str, Callable[[], AbstractContextManager[Database]]] = {
    "SQLite": sqlite,
    "PostgreSQL": postgresql,
    "MariaDB": mariadb,
}


def missing() -> dict[str, list[str]]:
    """For each database that cannot be had here, the packages that bring it."""
    packages: dict[str, list[str]] = {}
    try:
        installed()
    except NoServer:
        packages["PostgreSQL"] = ["postgresql"]
    if wanted := driver.missing():
        packages["MariaDB"] = wanted
    return packages


def run(name: str, start: Callable[[], AbstractContextManager[Database]]) -> Outcome:
    """Start a database, run the café's tests on it, stop it. Warnings are errors."""
    try:
        if name == "MariaDB":
            driver.build()
        with start() as database:
            return _tested(name, database)
    except ServerError as error:
        return Outcome(name, result=str(error))
    except driver.Unbuilt as error:
        return Outcome(name, result=f"Its driver could not be built: {error}")


def _tested(name: str, database: Database) -> Outcome:
    paths = [str(driver.FOLDER)] if name == "MariaDB" else []
    environ = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
    environ["PYTHONPATH"] = os.pathsep.join(paths)
    if database.url:
        environ["DATABASE_URL"] = database.url
    began = perf_counter()
    try:
        code, output = _run([sys.executable, "-W", "error", "manage.py", "test", "--noinput"], environ)
    except subprocess.TimeoutExpired:
        database.check()
        return Outcome(name, database.version, result=f"no end within {DEADLINE} s")
    count = re.search(r"^Ran (\d+) tests? in", output, re.MULTILINE)
    told = re.findall(r"^FAILED .*", output, re.MULTILINE) or output.strip().splitlines() or ["no output"]
    passed = code == 0 and count is not None
    if not passed:
        database.check()  # one that has ended says more than what it made of the tests
    return Outcome(
        name,
        database.version,
        count[1] if count else "–",
        f"{perf_counter() - began:.1f} s",
        "passed" if passed else told[-1],
        failed=not passed,
        output="" if passed else output,
    )


def _run(command: list[str], environ: dict[str, str]) -> tuple[int, str]:
    """Its exit code and what it printed. However this ends, so does the command, with all that it started."""
    with subprocess.Popen(
        command,
        cwd=CAFE,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            output, _ = process.communicate(timeout=DEADLINE)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    return process.returncode, output


def main() -> int:
    packages = missing()
    if packages and os.environ.get("CI"):
        wanted = " ".join(package for each in packages.values() for package in each)
        print(f"{' and '.join(packages)} cannot be tested here: sudo apt install {wanted}")
        return 1
    print(ROW.format("database", "version", "tests", "time", "result"), flush=True)
    outcomes = []
    for name, start in DATABASES.items():
        if name in packages:
            wanted = " ".join(packages[name])
            outcome = Outcome(name, result=f"skipped: sudo apt install {wanted}", failed=False)
        else:
            outcome = run(name, start)
        print(outcome, flush=True)
        outcomes.append(outcome)
    for outcome in outcomes:
        if outcome.output:
            print(f"\n--- {outcome.name} {'-' * 60}\n{outcome.output}")
    return int(any(outcome.failed for outcome in outcomes))


def start() -> None:
    """The same, as a command."""
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("Interrupted: nothing is left running.")


if __name__ == "__main__":
    start()
