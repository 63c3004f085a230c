"""A function in a process of its own: what it prints comes back, and nothing of it stays."""

from __future__ import annotations

import asyncio
import os
import re

import psutil
import pytest

from asynclab.elsewhere import elsewhere
from asynclab.errors import LabError


def children() -> set[int]:
    return {process.pid for process in psutil.Process().children(recursive=True)}


def test_it_runs_in_another_process_and_what_it_prints_appears(capsys: pytest.CaptureFixture[str]) -> None:
    def where() -> None:
        import os

        print(os.getpid(), "café")

    asyncio.run(elsewhere(where))
    number, word = capsys.readouterr().out.split()
    assert (int(number) != os.getpid(), word) == (True, "café")


def test_an_async_function_runs_inside_a_running_loop_and_may_import_the_course(
    capsys: pytest.CaptureFixture[str],
) -> None:
    async def inside() -> None:
        import asyncio

        import asynclab.elsewhere

        print(asyncio.get_running_loop().is_running(), asynclab.elsewhere.__name__)

    asyncio.run(elsewhere(inside))
    assert capsys.readouterr().out == "True asynclab.elsewhere\n"


def test_what_hangs_is_ended_at_its_deadline_and_its_words_are_kept(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def hang() -> None:
        import threading

        print("before")
        threading.Event().wait()

    asyncio.run(elsewhere(hang, deadline=1))
    assert capsys.readouterr().out == "before\nEnded after 1 s: it had not finished.\n"
    assert children() == set()


def test_an_interrupted_cell_leaves_no_process() -> None:
    def hang() -> None:
        import threading

        threading.Event().wait()

    async def interrupted() -> None:
        running = asyncio.create_task(elsewhere(hang))
        while not children():  # noqa: ASYNC110 - nobody tells when a process has begun
            await asyncio.sleep(0.01)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running

    asyncio.run(interrupted())
    assert children() == set()


def test_of_an_error_only_what_it_says_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> None:
        print("first")
        raise ValueError("burnt")

    asyncio.run(elsewhere(fail))
    assert capsys.readouterr().out == "first\nValueError: burnt\n"


@pytest.mark.parametrize("wrong", [3, lambda: None, lambda order: None])
def test_what_is_no_function_without_arguments_is_told_so(wrong: object) -> None:
    with pytest.raises(LabError, match=re.escape("`elsewhere` takes")):
        asyncio.run(elsewhere(wrong))  # type: ignore[arg-type]


def test_a_function_whose_source_is_gone_is_told_so() -> None:
    namespace: dict[str, object] = {}
    exec("def gone(): pass", namespace)
    with pytest.raises(LabError, match="The source of `gone` cannot be found here"):
        asyncio.run(elsewhere(namespace["gone"]))  # type: ignore[arg-type]
