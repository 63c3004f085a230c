"""What patches Python or hangs for ever is shown in a process of its own, and nothing of it is left."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from asynclab.apart import apart
from asynclab.errors import LabError

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


def test_of_a_function_that_returns_nothing_only_its_own_words_are_shown(
    capsys: pytest.CaptureFixture[str],
) -> None:
    source = "async def visit():\n    print(os.getpid(), 'café')\n    asyncio.sleep(1)  # never awaited\n"
    (line,) = shown(capsys, source)
    number, word = line.split()
    assert (int(number) != os.getpid(), word) == (True, "café")


def test_what_it_patches_stays_there(capsys: pytest.CaptureFixture[str]) -> None:
    source = """\
async def visit():
    import nest_asyncio

    nest_asyncio.apply()
    print(asyncio.run.__module__, asyncio.run(asyncio.sleep(0, "nested")))
    raise ValueError("burnt")
"""
    assert shown(capsys, source) == [
        "nest_asyncio nested",
        "Your `visit` raised ValueError: burnt (line 11).",
    ]
    assert asyncio.run.__module__ == "asyncio.runners"


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


def test_a_task_of_a_loop_in_a_thread_is_told_too(capsys: pytest.CaptureFixture[str]) -> None:
    source = """\
async def inner():
    await asyncio.Event().wait()

def run():
    asyncio.run(inner())

async def visit():
    await asyncio.to_thread(run)
"""
    assert shown(capsys, source) == [
        "It hangs: no answer within 1 s.",
        "a thread at  run, line 10: asyncio.run(inner())",
        "a task at    inner, line 7: await asyncio.Event().wait()",
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


def test_an_interrupt_ends_it(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    begun = tmp_path / "begun"

    def interrupt() -> None:
        while not begun.exists():
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=interrupt).start()
    source = f"async def visit():\n    open({str(begun)!r}, 'w').close()\n    threading.Event().wait()\n"
    assert shown(capsys, source, 60) == ["Interrupted: its process is ended."]


async def greet(name: str) -> None: ...


@pytest.mark.parametrize("what", [len, "visit()", None, greet])
def test_only_an_async_function_without_arguments_is_taken(
    capsys: pytest.CaptureFixture[str], what: Any
) -> None:
    apart(what)
    assert capsys.readouterr().out == (
        "`apart` takes an `async def` without arguments: the function\nitself, not a call of it.\n"
    )


@pytest.mark.parametrize("deadline", [0, True, "1 s", float("nan")])
def test_a_deadline_is_a_number_of_seconds(deadline: Any) -> None:
    with pytest.raises(LabError, match=r"`deadline` is a time from 0\.1 to"):
        apart(greet, deadline=deadline)  # type: ignore[arg-type]


def test_what_cannot_travel_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    said = shown(capsys, "lock = threading.Lock()\n\nasync def visit():\n    lock.acquire()\n")
    assert said[0].startswith("`visit` uses `lock` (a lock), which cannot travel")
    assert max(map(len, said)) <= 60
