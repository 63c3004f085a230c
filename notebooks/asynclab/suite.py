"""Run tests with Django's own runner, on an empty database that is gone afterwards.

For processes that can be ended: `testing` and the exercises of lesson 08 call it there, in a thread
without a loop, because that is where tests run in a project, too.
"""

from __future__ import annotations

import gc
import io
import linecache
import re
import tempfile
import traceback
import unittest
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

from django.apps import apps
from django.core.management import call_command
from django.db import connection, connections
from django.test import utils
from django.test.runner import DiscoverRunner

from .places import origin
from .words import COLUMNS, clean, folded, shorten

MOST = 1200  # characters of what the runner says
PRINTED = 400  # characters that the tests themselves may print
Case = type[unittest.TestCase]
Wrapper = Callable[..., Any]
_NEVER = re.compile(r"coroutine (?:method )?'(.+?)'(?: of '.+')? was never awaited")


@dataclass(frozen=True)
class Outcome:
    """What one run of a few test cases came to."""

    ran: int  # without those that were skipped
    skipped: int
    problems: tuple[str, ...]  # of each test that failed, what it failed with
    left: Mapping[str, int]  # rows that were not there before, by model
    unawaited: tuple[str, ...]  # coroutines that nobody awaited, by name

    @property
    def passed(self) -> bool:
        """Whether every test passed. Of no test at all this is true, too."""
        return not self.problems


@contextmanager
def empty_database() -> Iterator[None]:
    """Django's test database: all tables, no row of the café's. A file, which every thread can open."""
    settings = connections.settings["default"]
    kept = {name: settings[name] for name in ("TEST", "OPTIONS")}
    with tempfile.TemporaryDirectory() as folder:
        connections.close_all()
        # As Django has it where nothing is set: the café's own options would lock the whole file at once.
        settings["OPTIONS"] = {"init_command": "PRAGMA synchronous=OFF", "timeout": 1}
        settings["TEST"] = {**settings["TEST"], "NAME": str(Path(folder) / "tests.sqlite3"), "MIGRATE": False}
        runner = DiscoverRunner(verbosity=0, interactive=False)
        utils.setup_test_environment(debug=False)
        try:
            made = runner.setup_databases(serialized_aliases=())  # no copy of what is empty
            try:
                yield
            finally:
                connections.close_all()
                runner.teardown_databases(made)
                connections.close_all()
        finally:
            utils.teardown_test_environment()
            settings.update(kept)


def run(cases: Sequence[Case], shown: TextIO | None = None, wrapper: Wrapper | None = None) -> Outcome:
    """Run them inside `empty_database`; what the runner says goes to `shown`, bit by bit.

    `wrapper` sees each query of this thread, as in Django's `connection.execute_wrapper`.
    """
    loader, before = unittest.defaultTestLoader, _rows()
    suite = unittest.TestSuite(map(loader.loadTestsFromTestCase, cases))
    screen = _Screen(shown)
    says, prints = _Brief(screen, MOST), _Brief(screen, PRINTED)
    with warnings.catch_warnings(record=True) as heard, redirect_stdout(prints), redirect_stderr(prints):
        warnings.simplefilter("default")
        with connection.execute_wrapper(wrapper or _unseen):
            result = _Runner(says, verbosity=2, interactive=False).run_suite(suite)
        gc.collect()  # a forgotten coroutine complains now
    told = dict.fromkeys(str(each.message) for each in heard if issubclass(each.category, RuntimeWarning))
    if says.more:
        screen.line(f"… and {says.more:,} characters more.\nRan {result.testsRun} tests.")
    if prints.more:
        screen.line(f"… and {prints.more:,} characters more that the tests printed.")
    for text in told:
        screen.line("\n".join(folded(f"RuntimeWarning: {text}", COLUMNS, 6)))
    left = {name: more for name, count in _rows().items() if (more := count - before[name])}
    if left:
        call_command("flush", verbosity=0, interactive=False)
    connections.close_all()
    return Outcome(
        ran=max(0, result.testsRun - len(result.skipped)),  # who skips a class in setUpClass is not counted
        skipped=len(result.skipped),
        problems=tuple(_said(result, text) for _, text in [*result.failures, *result.errors])
        + tuple("It passed, and was expected to fail." for _ in result.unexpectedSuccesses),
        left={name: count for name, count in left.items() if count > 0},
        unawaited=tuple(found[1] for text in told if (found := _NEVER.search(text))),
    )


def _said(result: unittest.TestResult, text: str) -> str:
    assert isinstance(result, _Result)
    return result.said[text]


def _rows() -> dict[str, int]:
    return {str(model._meta.verbose_name): model._base_manager.count() for model in apps.get_models()}


def _unseen(execute: Wrapper, *query: object) -> object:
    return execute(*query)


class _Result(unittest.TextTestResult):
    """Of a traceback it keeps your own lines: an error that crosses a bridge brings forty others along."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.said: dict[str, str] = {}

    def getDescription(self, test: unittest.TestCase) -> str:
        """The class and the method, once: "MenuTest.test_page"."""
        said = super().getDescription(test).partition("\n")[0]
        return re.sub(r"^(\w+) \((?:__main__\.)?([\w.]+\.\1)\)", r"\2", said)

    def _exc_info_to_string(self, err: Any, test: unittest.TestCase) -> str:
        error: BaseException = err[1]
        while isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        said = "".join(traceback.format_exception_only(error)).strip()[:MOST]
        lines = list(_yours(error.__traceback__))
        lines += [each for line in said.splitlines() for each in folded(line, COLUMNS, 6)]
        text = "\n".join(lines) + "\n"
        self.said[text] = clean(" ".join(said.split()))[:300]
        return text


def _yours(trace: TracebackType | None) -> Iterator[str]:
    for frame, number in traceback.walk_tb(trace):
        file = frame.f_code.co_filename
        if origin(file) == "yours":
            yield f"  line {number}, in {clean(frame.f_code.co_name)}"
            if code := linecache.getline(file, number).strip():
                yield shorten(f"    {code}")


class _Runner(DiscoverRunner):
    def __init__(self, stream: io.TextIOBase, **options: Any) -> None:
        super().__init__(**options)
        self._stream = stream

    def get_resultclass(self) -> type[unittest.TextTestResult]:
        return _Result

    def get_test_runner_kwargs(self) -> dict[str, Any]:
        return {**super().get_test_runner_kwargs(), "stream": self._stream}


class _Screen:
    """Where the runner and the tests both write: each begins a line of its own."""

    def __init__(self, shown: TextIO | None) -> None:
        self._shown, self._open = shown, False
        self._writer: object = None

    def write(self, text: str, writer: object) -> None:
        if self._shown is None or not text:
            return
        self._shown.write("\n" + text if self._open and writer is not self._writer else text)
        self._shown.flush()  # a test may end the process at any moment
        self._writer, self._open = writer, not text.endswith("\n")

    def line(self, text: str) -> None:
        self.write(text + "\n", self)


class _Brief(io.TextIOBase):
    """Hands on what fits: no clock times, no long lines of dashes, and no megabyte."""

    def __init__(self, screen: _Screen, most: int) -> None:
        self._screen, self._room, self.more = screen, most, 0

    def write(self, text: str) -> int:
        said = re.sub(r"([-=])\1{69}", lambda found: found[1] * COLUMNS, text)
        said = re.sub(r" in \d+\.\d+s$", "", said)
        fits, self._room = said[: self._room], max(self._room - len(said), 0)
        self.more += len(said) - len(fits)
        self._screen.write(fits, self)
        return len(text)
