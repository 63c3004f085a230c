"""Run tests that a cell has written, and see the runner's own words.

    run_tests(MenuTest)        # Django's runner, on an empty test database
    run_pytest(\"\"\"
    async def test_menu(async_client): ...
    \"\"\")                       # pytest, on a file with this text

Both run in a process of its own: a test that hangs is told with its line, one that ends its process
takes nothing else along, and its database and its folder are gone afterwards.
"""

from __future__ import annotations

import asyncio
import io
import os
import re
import subprocess
import sys
import threading
import unittest
from collections.abc import Awaitable, Callable, Sequence
from contextlib import redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, cast

from asgiref.sync import sync_to_async

from .apart import apart
from .errors import LabError
from .predict import settle
from .words import COLUMNS, folded

if TYPE_CHECKING:
    from .run import Run

NOTHING_LEFT = "rows left: none"
INI = """\
[pytest]
DJANGO_SETTINGS_MODULE = settings
addopts = -v --no-header --no-migrations --tb=no --color=no -p no:cacheprovider -p no:xdist
asyncio_default_fixture_loop_scope = function
"""
SETTINGS = """\
from config.settings import *

# As Django has it where nothing is set: the café's own options would lock the whole file at once.
DATABASES["default"]["OPTIONS"] = {"init_command": "PRAGMA synchronous=OFF", "timeout": 1}
"""
IN_A_FILE = 'DATABASES["default"]["TEST"] = {"NAME": "tests.sqlite3"}\n'


def run_tests(*cases: type[unittest.TestCase], settles: str = "", deadline: float = 10.0) -> None:
    """Run these test classes with Django's runner; print what it says, and which rows are left afterwards.

    Clock times are left out, and of a traceback all lines that are not yours. What still runs after
    `deadline` seconds is ended. `settles` names the prediction that this run decides.
    """
    for case in cases:
        if not (isinstance(case, type) and issubclass(case, unittest.TestCase)):
            raise LabError("`run_tests` takes test classes: run_tests(MenuTest).")

    every = type("Every", (), {"__module__": "__main__"} | {case.__name__: case for case in cases})

    async def tests() -> None:
        from asynclab.testing import show

        await asyncio.to_thread(show, [case for case in vars(every).values() if isinstance(case, type)])

    said = _said(_named(tests, cases[0].__name__ if cases else "run_tests"), deadline)
    print(said)
    if settles:
        print(settle(settles, cast("Run", said)))


def one_row(base: type[unittest.TestCase], method: str) -> dict[str, str]:
    """What becomes of a row that a test of this base class makes, if it is a "def" or an "async def".

    "query in" says whether the query ran in the same thread where the test class was set up, "atomic"
    whether in a transaction.
    """

    async def tests() -> None:
        from asynclab.testing import show_one_row

        await asyncio.to_thread(show_one_row, base, method)

    said = _said(_named(tests, "one_row"), 20.0)
    return dict(line.split(": ", 1) for line in said.splitlines())


def show_one_row(base: type[unittest.TestCase], method: str) -> None:
    """The same in this very process, line by line."""
    from .suite import empty_database, run

    seen: dict[str, str] = {}

    class RowTest(base):  # type: ignore[valid-type, misc]
        @classmethod
        def setUpClass(cls) -> None:
            super().setUpClass()
            cls.home = threading.get_ident()

        def make(self) -> None:
            from django.db import connection

            from cafe.models import Supplier

            Supplier.objects.create(name="Tea", slug="tea")
            seen["query in"] = "same" if threading.get_ident() == self.home else "another"
            seen["atomic"] = "yes" if connection.in_atomic_block else "no"

        async def make_async(self) -> None:
            await sync_to_async(self.make)()

    RowTest.test = RowTest.make if method == "def" else RowTest.make_async
    with empty_database():
        outcome = run([RowTest])
    row = {"query in": "never ran" if outcome.passed else "refused", "atomic": "-"}
    row |= seen if outcome.passed else {}
    row["rows left"] = str(sum(outcome.left.values()))
    print(*(f"{name}: {value}" for name, value in row.items()), sep="\n")


def show(cases: Sequence[type[unittest.TestCase]]) -> None:
    """The same in this very process."""
    from .suite import empty_database, run

    with empty_database():
        left = run(cases, sys.stdout).left
    counted = ", ".join(f"{count} {name}" for name, count in left.items())
    print(f"rows left: {counted}" if counted else NOTHING_LEFT)


def run_pytest(source: str, *, memory: bool = False, settles: str = "", deadline: float = 30.0) -> None:
    """Write `source` into a file in a temporary folder, run pytest on it, print what it says.

    pytest finds the café's settings, the plugins pytest-django and pytest-asyncio, and a test database in
    a file; with `memory=True` it is where Django puts it for SQLite if nothing is set.
    """
    if not isinstance(source, str):
        raise LabError("`run_pytest` takes the text of a test file.")

    async def tests() -> None:
        from asynclab.testing import pytest_says

        print(await asyncio.to_thread(pytest_says, source, memory))

    said = _said(_named(tests, "run_pytest"), deadline)
    print(said)
    if settles:
        print(settle(settles, cast("Run", said)))


def pytest_says(source: str, memory: bool) -> str:
    """The same in a process that this one starts; no clock times, no place, no dashes at the sides."""
    folder = Path.cwd() / "pytest"
    folder.mkdir(exist_ok=True)
    settings = SETTINGS + ("" if memory else IN_A_FILE)
    for name, text in {"pytest.ini": INI, "settings.py": settings, "test_cell.py": source}.items():
        (folder / name).write_text(text, encoding="utf-8")
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), *filter(None, sys.path)])}
    environ.pop("DJANGO_SETTINGS_MODULE", None)
    environ["COLUMNS"] = "200"  # or pytest cuts its sentences
    done = subprocess.run(
        [sys.executable, "-m", "pytest"],
        cwd=folder,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    said = done.stdout.replace(f"{folder}{os.sep}", "")
    return "\n".join(line for each in said.splitlines() for line in _tidied(each) if each)


def _tidied(line: str) -> list[str]:
    line = re.sub(r"^=+ (.+?) =+$", r"\1", line.rstrip())
    if line.startswith(("test session starts", "collecting ", "short test summary")):
        return []
    line = re.sub(r" in \d+\.\d+s$", "", re.sub(r" +\[ *\d+%\]$", "", line))
    return folded(line, COLUMNS, 6)


def _said(function: Callable[[], Awaitable[None]], deadline: float) -> str:
    with redirect_stdout(io.StringIO()) as said:
        apart(function, deadline=deadline)
    return said.getvalue().rstrip()


def _named(function: Callable[[], Awaitable[None]], name: str) -> Callable[[], Awaitable[None]]:
    """As if a cell had defined it under this name: it travels with the code of the cells that it uses."""
    function.__module__, function.__name__ = "__main__", name
    return function
