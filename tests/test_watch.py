"""`watch` records whatever stands in its block, from the first line to the last."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import threading
import time

import pytest
from django.http import HttpRequest, HttpResponse

from asynclab import rescue, seams
from asynclab.client import fetch
from asynclab.errors import Stopped
from asynclab.run import Run
from asynclab.watch import watch

from . import cafe
from .cafe import swept  # noqa: F401 - a fixture

cafe.ready()


def test_a_block_that_never_awaits_is_seen_to_hold_the_loop() -> None:
    async def cell() -> Run:
        async with watch() as run:
            time.sleep(0.2)  # noqa: ASYNC251 - the subject
        return run

    (blocked,) = asyncio.run(cell()).blocked
    line = cell.__code__.co_firstlineno + 2
    assert (blocked.function, blocked.line) == ("cell", line)


def test_what_comes_before_and_after_the_block_is_not_recorded() -> None:
    async def cell() -> Run:
        time.sleep(0.1)  # noqa: ASYNC251 - the subject
        async with watch() as run:
            await asyncio.to_thread(sum, [1, 2])
        await asyncio.to_thread(len, [1, 2])
        return run

    run = asyncio.run(cell())
    assert ([crossing.what for crossing in run.crossings], run.blocked) == (["sum"], [])


@pytest.mark.parametrize("error", [ZeroDivisionError, asyncio.CancelledError])
def test_an_error_in_the_block_escapes_and_leaves_nothing_patched(error: type[BaseException]) -> None:
    async def cell() -> None:
        async with watch():
            raise error

    with pytest.raises(error):
        asyncio.run(cell())
    assert seams.current() is None


@pytest.mark.parametrize("holds", [False, True])
def test_an_interrupt_ends_the_block_and_says_where(holds: bool) -> None:
    begun, before = threading.Event(), signal.getsignal(signal.SIGINT)

    def press() -> None:
        begun.wait(10)
        time.sleep(rescue.HELD + 0.1)
        os.kill(os.getpid(), signal.SIGINT)

    async def cell() -> None:
        threading.Thread(target=press, daemon=True).start()
        async with watch():
            begun.set()
            if holds:
                time.sleep(20)  # noqa: ASYNC251
            await asyncio.sleep(20)

    first = cell.__code__.co_firstlineno
    line = (
        f"{first + 5}: time.sleep(20)  # noqa: ASYNC251" if holds else f"{first + 6}: await asyncio.sleep(20)"
    )
    with pytest.raises(Stopped, match=f"^{re.escape(f'Interrupted at cell, line {line}.')}$"):
        asyncio.run(cell())
    assert (seams.current(), signal.getsignal(signal.SIGINT)) == (None, before)


def test_an_interrupt_in_a_fetch_inside_is_told_as_the_fetch_tells_it() -> None:
    begun = threading.Event()

    async def view(request: HttpRequest) -> HttpResponse:
        begun.set()
        await asyncio.Event().wait()
        return HttpResponse()

    async def cell() -> None:
        def press() -> None:
            begun.wait(10)
            os.kill(os.getpid(), signal.SIGINT)

        threading.Thread(target=press, daemon=True).start()
        async with watch():
            await fetch("/", view=view)

    with pytest.raises(Stopped, match=r"^Interrupted: the request was not answered\."):
        asyncio.run(cell())


def test_a_block_that_is_cancelled_while_it_ends_leaves_nothing_patched() -> None:
    async def block() -> None:
        async with watch():
            asyncio.current_task().cancel()  # type: ignore[union-attr]

    async def cell() -> None:
        await asyncio.gather(block(), return_exceptions=True)
        assert seams.current() is None

    asyncio.run(cell())


def test_a_cell_that_is_cancelled_before_its_block_begins_leaves_nothing_patched() -> None:
    async def cell() -> None:
        asyncio.current_task().cancel()  # type: ignore[union-attr]
        async with watch():
            pytest.fail("it began")

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(cell())
    assert seams.current() is None
