"""What may hang for ever is shown in a process of its own: who waits at which line, and nothing is left."""

from __future__ import annotations

from typing import Any

import psutil
import pytest

from asynclab.apart import apart

from . import practice

IMPORTS = """\
import asyncio, os, threading
from asgiref.sync import sync_to_async
from django.http import HttpResponse
from asynclab import fetch

"""


def shown(capsys: pytest.CaptureFixture[str], source: str, deadline: float = 1.0) -> list[str]:
    """What `apart` prints of `visit`, which this source defines."""
    apart(practice.defined(IMPORTS + source, "visit"), deadline=deadline)
    assert psutil.Process().children(recursive=True) == []
    return capsys.readouterr().out.splitlines()


def test_an_answer_and_what_was_printed_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    source = 'async def visit():\n    print("on my way")\n    return {"a": 1}\n'
    assert shown(capsys, source) == ["on my way", "It answered: {'a': 1}"]


def test_who_waits_in_a_thread_and_who_waits_for_it_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    source = """\
def hold():
    threading.Event().wait()

async def page(request):
    await sync_to_async(hold)()

async def visit():
    await fetch("/", view=page)
"""
    assert shown(capsys, source) == [
        "It hangs: no answer within 1 s.",
        "a thread at  hold, line 7: threading.Event().wait()",
        "a task at    page, line 10: await sync_to_async(hold)()",
    ]


def test_a_loop_that_stands_still_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    source = """\
async def visit():
    print("before")
    threading.Event().wait()
"""
    assert shown(capsys, source, 0.5) == [
        "before",
        "It hangs: no answer within 0.5 s.",
        "the loop at  visit, line 8: threading.Event().wait()",
    ]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("raise ValueError('<b>no</b>')", ["Your `visit` raised ValueError: <b>no</b> (line 7)."]),
        ("os._exit(3)", ["Your `visit` ended its process (exit code 3). Can it return", "instead?"]),
    ],
)
def test_an_error_or_an_early_end_is_one_sentence(
    capsys: pytest.CaptureFixture[str], body: str, said: list[str]
) -> None:
    assert shown(capsys, f"async def visit():\n    {body}\n") == said


@pytest.mark.parametrize("what", [len, "visit()", None])
def test_only_an_async_function_is_taken(capsys: pytest.CaptureFixture[str], what: Any) -> None:
    apart(what)
    assert capsys.readouterr().out == (
        "`apart` takes an `async def` without arguments: the function\nitself, not a call of it.\n"
    )


def test_what_cannot_travel_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    said = shown(capsys, "lock = threading.Lock()\n\nasync def visit():\n    lock.acquire()\n")
    assert said[0].startswith("`visit` uses `lock` (a lock), which cannot travel")
    assert max(map(len, said)) <= 60
