"""What lesson 07 claims beyond its declarations."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, Iterator
from typing import Any

import psutil
import pytest
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse

from asynclab.client import fetch
from asynclab.exercises import Prediction, find
from tests import cafe

# What the runs decide


def plain() -> Iterator[str]:
    yield from ("cup 1", "cup 2", "cup 3")


async def native(diary: list[str]) -> AsyncGenerator[str]:
    try:
        for number in range(1, 6):
            await asyncio.sleep(0.001)
            diary.append(f"made {number}")
            yield f"cup {number}"
        diary.append("behind the loop")
    finally:
        diary.append("finally")


def streams(request: HttpRequest) -> StreamingHttpResponse:
    return StreamingHttpResponse(plain())


def keeps(request: Any) -> StreamingHttpResponse:
    diary = request.scope["diary"] = []
    return StreamingHttpResponse(native(diary))


@pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume")
@pytest.mark.parametrize(
    ("number", "view", "leave_after", "letter"),
    [
        ("7.2", streams, None, "b"),
        ("7.2", keeps, None, "a"),  # the cell was changed
        ("7.8", keeps, 3, "b"),
        ("7.8", keeps, None, "a"),  # the cell was changed
    ],
)
def test_the_run_of_a_prediction_decides_it(
    number: str, view: Any, leave_after: int | None, letter: str
) -> None:
    cafe.ready()

    async def send() -> Any:
        return await fetch("/", view=view, leave_after=leave_after)

    run, asked = cafe.run(send()), find(number)
    assert isinstance(asked, Prediction)
    assert asked.settle(run) == letter


def test_the_run_of_7b_decides_what_became_of_the_task() -> None:
    cafe.ready()
    kept = set()

    async def receipt(log: list[str]) -> None:
        try:
            await asyncio.sleep(0.05)
            log.append("sent")
        except asyncio.CancelledError:
            log.append("cancelled")
            raise

    async def order(request: Any) -> HttpResponse:
        log = request.META["log"] = []
        kept.add(asyncio.create_task(receipt(log)))
        if request.GET:
            await asyncio.sleep(0.1)
        return HttpResponse("thank you")

    async def send(path: str) -> Any:
        return await fetch(path, view=order, via="wsgi")

    asked = find("7b.8")
    assert isinstance(asked, Prediction)
    assert asked.settle(cafe.run(send("/"))) == "b"
    assert asked.settle(cafe.run(send("/?waits=1"))) == "c"  # the cell was changed


# A client that leaves at every message


def open_databases() -> int:
    return sum("sqlite" in each.path for each in psutil.Process(os.getpid()).open_files())


@pytest.mark.parametrize("leave_after", range(7))
def test_whoever_leaves_the_board_leaves_nothing_behind(
    leave_after: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    cafe.ready()
    from cafe import board

    monkeypatch.setattr(board, "EVERY", 0.001)
    monkeypatch.setattr(board, "KEEP_ALIVE", 1)
    before = open_databases()

    async def send() -> tuple[Any, set[Any]]:
        tasks = asyncio.all_tasks()
        run = await fetch("/board/events/", leave_after=leave_after, show="stream")
        return run, asyncio.all_tasks() - tasks

    run, tasks = cafe.run(send())
    pieces = max(leave_after - 1, 0)
    many = "no piece" if not pieces else f"{pieces} piece{'s' if pieces > 1 else ''}"
    assert f"GET /board/events/: {many}, then the client left" in run.text().splitlines()
    assert (run.error, tasks, board.watching, open_databases()) == (None, set(), set(), before)
