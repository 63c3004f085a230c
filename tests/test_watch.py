"""`watch` records whatever stands in its block, from the first line to the last."""

from __future__ import annotations

import asyncio
import time

import pytest

from asynclab import seams
from asynclab.run import Run
from asynclab.watch import watch

from . import cafe

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


def test_a_block_that_is_cancelled_while_it_ends_leaves_nothing_patched() -> None:
    async def block() -> None:
        async with watch():
            asyncio.current_task().cancel()  # type: ignore[union-attr]

    async def cell() -> None:
        await asyncio.gather(block(), return_exceptions=True)
        assert seams.current() is None

    asyncio.run(cell())
