"""Tests that a cell has written run in a process of their own, and nothing of them is left."""

from __future__ import annotations

import os
import tempfile
import unittest
from pathlib import Path

import psutil
import pytest
from django.test import TestCase

from asynclab import testing
from asynclab.database import FOLDER
from asynclab.errors import LabError
from asynclab.testing import NOTHING_LEFT, one_row, run_pytest, run_tests
from tests import cafe, practice

IMPORTS = """\
import asyncio, os, sys, unittest
from cafe.models import Supplier
from django.test import TestCase

class CellTest({base}):
"""
TEA = "await Supplier.objects.acreate(name='Tea', slug='tea')"


@pytest.fixture(autouse=True, scope="module")
def booted() -> None:
    cafe.ready()


def shown(
    capsys: pytest.CaptureFixture[str], body: str, base: str = "TestCase", deadline: float = 10.0
) -> str:
    """What `run_tests` prints of one class with this body."""
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    run_tests(practice.defined(IMPORTS.format(base=base) + lines, "CellTest"), deadline=deadline)
    said = capsys.readouterr().out
    assert psutil.Process().children(recursive=True) == []
    assert max(map(len, said.splitlines())) <= 60
    return said


def test_the_runners_words_are_shown_without_clock_times(capsys: pytest.CaptureFixture[str]) -> None:
    body = f"async def test_row(self):\n    {TEA}\n    print('made')"
    assert shown(capsys, body).splitlines() == [
        "CellTest.test_row ... ",
        "made",
        "ok",
        "",
        "-" * 60,
        "Ran 1 test",
        "",
        "OK",
        NOTHING_LEFT,
    ]


def test_a_row_that_is_left_is_counted(capsys: pytest.CaptureFixture[str]) -> None:
    body = f"async def test_row(self):\n    {TEA}"
    said = shown(capsys, body, "unittest.IsolatedAsyncioTestCase")
    assert said.splitlines()[-1] == "rows left: 1 supplier"


def test_of_a_traceback_only_your_lines_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    said = shown(capsys, "async def test_page(self):\n    self.client.get('/orders/')")
    assert "  line 7, in test_page\n    self.client.get('/orders/')\nRuntimeError: You cannot use" in said
    assert "site-packages" not in said


def test_a_test_that_hangs_is_told_with_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    said = shown(capsys, "async def test_end(self):\n    await asyncio.Event().wait()", deadline=1.0)
    assert said.splitlines() == [
        "CellTest.test_end ... ",
        "It hangs: no answer within 1 s.",
        "a task at    CellTest.test_end, line 7: await asyncio.Event…",
    ]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("os._exit(3)", "Your `CellTest` ended its process (exit code 3)."),
        ("sys.exit(3)", "SystemExit: 3"),
        (
            "print('x' * 1_000_000)",
            "ok\n\n" + "-" * 60 + "\nRan 1 test\n\nOK\n… and 999,601 characters more that the",
        ),
        ("os.write(1, b'x' * 1_000_000)", "\nRan 1 test\n\nOK"),
        ("os.kill(os.getpid(), 9)", "Your `CellTest` was ended by the system"),
        ("self.fail('x' * 1_000_000)", "FAILED (failures=1)"),
        ("[self.subTest(n=n).__enter__() for n in range(3)]", "Ran 1 test"),
    ],
)
@pytest.mark.parametrize("kind", ["def", "async def"])
def test_a_test_may_do_its_worst(
    capsys: pytest.CaptureFixture[str], kind: str, line: str, words: str
) -> None:
    assert words in shown(capsys, f"{kind} test_worst(self):\n    {line}")


def test_a_coroutine_that_nobody_awaited_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    said = shown(capsys, "async def test_false(self):\n    self.fail()", "unittest.TestCase")
    told = " ".join(said.splitlines())
    assert f"RuntimeWarning: coroutine 'CellTest.test_false' was never awaited {NOTHING_LEFT}" in told


def test_a_test_file_is_run_by_pytest(capsys: pytest.CaptureFixture[str]) -> None:
    run_pytest("import pytest\n\ndef test_sum():\n    assert 1 + 1 == 3\n")
    assert capsys.readouterr().out.splitlines() == [
        "test_cell.py::test_sum FAILED",
        "FAILED test_cell.py::test_sum - assert (1 + 1) == 3",
        "1 failed",
    ]
    assert psutil.Process().children(recursive=True) == []


def test_a_test_file_that_hangs_is_ended(capsys: pytest.CaptureFixture[str]) -> None:
    run_pytest("import threading\n\ndef test_end():\n    threading.Event().wait()\n", deadline=4.0)
    assert capsys.readouterr().out.splitlines()[:2] == [
        "test_cell.py::test_end",
        "It hangs: no answer within 4 s.",
    ]
    assert psutil.Process().children(recursive=True) == []


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("os._exit(3)", "Your `run_pytest` ended its process (exit code 3)."),
        ("os.kill(os.getpid(), 9)", "Your `run_pytest` was ended by the system"),
        ("print('x' * 1_000_000)", "test_cell.py::test_worst PASSED\n1 passed"),
        ("os.write(1, b'x' * 1_000_000)", "1 passed"),
        ("sys.exit(3)", "FAILED test_cell.py::test_worst - SystemExit: 3"),
    ],
)
def test_a_test_file_may_do_its_worst(capsys: pytest.CaptureFixture[str], line: str, words: str) -> None:
    run_pytest(f"import os, sys\n\ndef test_worst():\n    {line}\n")
    said = capsys.readouterr().out
    assert words in said
    assert len(said) < 3000
    assert psutil.Process().children(recursive=True) == []


def test_all_the_usual_classes_are_measured_by_one_process() -> None:
    assert one_row(TestCase, "def") == {"query in": "same", "atomic": "yes", "rows left": "0"}
    assert one_row(unittest.TestCase, "def")["rows left"] == "1"
    assert one_row(unittest.TestCase, "async def")["query in"] == "never ran"
    assert len(testing._rows) == 10


@pytest.mark.parametrize("what", [None, "CellTest", object])
def test_only_test_classes_are_taken(what: object) -> None:
    with pytest.raises(LabError, match="takes test classes"):
        run_tests(what)  # type: ignore[arg-type]


def test_the_folders_are_gone() -> None:
    left = list(Path(tempfile.gettempdir()).glob(f"{FOLDER}{os.getpid()}-*"))
    assert len(left) <= 1, "only this process's own database"
