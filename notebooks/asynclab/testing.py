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
import sys
import threading
import unittest
from collections.abc import Awaitable, Callable, Sequence
from contextlib import redirect_stderr, redirect_stdout
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, TextIO, cast

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
DJANGO_SETTINGS_MODULE = config.settings
addopts = -v --no-header --no-migrations --tb=no --color=no -p no:cacheprovider -p no:xdist
    -p no:faulthandler --capture=sys
asyncio_default_fixture_loop_scope = function
"""
Base = type[unittest.TestCase]
Row = dict[str, str]
_rows: dict[tuple[Base, str], Row] = {}  # what `one_row` has measured


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


def one_row(base: Base, method: str) -> Row:
    """What becomes of a row that a test of this base class makes, if it is a "def" or an "async def".

    "query in" says whether the query ran in the same thread where the test class was set up, "atomic"
    whether in a transaction. To start a process takes longest, so one measures all the usual classes.
    """
    from django import test

    usual: list[Base] = [test.TestCase, test.TransactionTestCase, test.SimpleTestCase]
    usual += [unittest.TestCase, unittest.IsolatedAsyncioTestCase]
    asked = [(each, kind) for each in (usual if base in usual else [base]) for kind in ("async def", "def")]

    async def tests() -> None:
        from asynclab.testing import show_rows

        await asyncio.to_thread(show_rows, asked)

    if (base, method) not in _rows:
        lines = _said(_named(tests, "one_row"), 20.0).splitlines()
        if len(lines) != 3 * len(asked):
            raise LabError(f"The row could not be measured: {lines[-1] if lines else 'nothing was said'}")
        for number, key in enumerate(asked):
            _rows[key] = dict(line.split(": ", 1) for line in lines[3 * number : 3 * number + 3])
    return dict(_rows[base, method])


def show_rows(asked: Sequence[tuple[Base, str]]) -> None:
    """The same in this very process, three lines for each."""
    from .suite import empty_database

    with empty_database():
        for base, method in asked:
            print(*(f"{name}: {value}" for name, value in _one_row(base, method).items()), sep="\n")


def _one_row(base: Base, method: str) -> Row:
    from .suite import run

    seen: Row = {}

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
    outcome = run([RowTest])
    row = {"query in": "never ran" if outcome.passed else "refused", "atomic": "-"}
    row |= seen if outcome.passed else {}
    row["rows left"] = str(sum(outcome.left.values()))
    return row


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
        from asynclab.testing import show_pytest

        await asyncio.to_thread(show_pytest, source, memory, deadline)

    said = _said(_named(tests, "run_pytest"), deadline)
    print(said)
    if settles:
        print(settle(settles, cast("Run", said)))


def show_pytest(source: str, memory: bool, deadline: float) -> None:
    """The same in this very process, line by line; no clock times, no place, no dashes at the sides."""
    import pytest
    from django.db import connections

    folder = Path.cwd() / "pytest"
    folder.mkdir()
    for name, text in {"pytest.ini": INI, "test_cell.py": source}.items():
        (folder / name).write_text(text, encoding="utf-8")
    os.chdir(folder)
    os.environ["COLUMNS"] = "200"  # or pytest cuts its sentences
    settings = connections.settings["default"]
    # As Django has it where nothing is set: the café's own options would lock the whole file at once.
    settings["OPTIONS"] = {"init_command": "PRAGMA synchronous=OFF", "timeout": 1}
    settings["TEST"] = {**settings["TEST"], "NAME": None if memory else "tests.sqlite3"}
    connections.close_all()
    said = _Tidy(sys.stdout)
    overdue = threading.Timer(max(deadline - 1, deadline / 2), said.uncover)
    overdue.daemon = True
    overdue.start()
    with redirect_stdout(said), redirect_stderr(said):
        pytest.main([])
    overdue.cancel()


class _Tidy(io.TextIOBase):
    """Hands on each line as soon as it is whole: a test may end the process at any moment."""

    def __init__(self, shown: TextIO) -> None:
        self._shown, self._begun = shown, ""

    def write(self, text: str) -> int:
        *lines, self._begun = (self._begun + text).split("\n")
        for line in filter(None, chain.from_iterable(map(_tidied, lines))):
            print(line, file=self._shown, flush=True)
        return len(text)

    def uncover(self) -> None:
        """Say which test runs. pytest keeps what is printed, but not what is said of a test that hangs."""
        self.write("\n")
        sys.stdout = self._shown


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
