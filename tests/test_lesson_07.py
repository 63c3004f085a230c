"""What lesson 07 claims beyond its declarations, and answers to its exercises that nobody foresaw."""

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
from asynclab.trial import Judge
from tests import cafe, practice

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


# Right answers that are written in an unusual way

TRAYS = {
    "a comprehension": """\
def tray(brew, names):
    return (f"{await brew(name)}\\n" async for name in each(names))

async def each(names):
    for name in names:
        yield name
""",
    "a queue between maker and sender": """\
import asyncio

async def tray(brew, names):
    ready = asyncio.Queue()

    async def work():
        for name in names:
            await ready.put(await brew(name))
        await ready.put(None)

    async with asyncio.TaskGroup() as group:
        group.create_task(work())
        while (cup := await ready.get()) is not None:
            yield f"{cup}\\n".encode()
""",
}
BAD_TRAYS = {
    "in reverse": """\
async def tray(brew, names):
    for name in reversed(names):
        yield f"{await brew(name)}\\n"
""",
    "no cups at all": "async def tray(brew, names):\n    if False:\n        yield\n",
    "made up": """\
async def tray(brew, names):
    for name in names:
        await brew(name)
        yield f"{name}\\n"
""",
    "one too late": """\
async def tray(brew, names):
    before = ""
    for name in names:
        cup = await brew(name)
        yield before
        before = f"{cup}\\n"
    yield before
""",
    "it returns nothing": "def tray(brew, names):\n    pass\n",
    "never ends": """\
import asyncio

async def tray(brew, names):
    while True:
        await asyncio.sleep(0)
    yield
""",
}
NEWSES = {
    "the view waits first, and sends comments between": """\
import asyncio
from django.http import StreamingHttpResponse

async def news(request, feed):
    await asyncio.sleep(0)

    async def lines():
        inbox = feed.join()
        try:
            yield ": welcome\\n\\n"
            while True:
                yield "retry: 500\\n"
                yield f"data: {await inbox.get()}\\n"
                yield "\\n"
        finally:
            feed.leave(inbox)

    response = StreamingHttpResponse(lines())
    response["Content-Type"] = "text/event-stream; charset=utf-8"
    response["Cache-Control"] = "no-cache"
    return response
""",
    "events that have a name": """\
from django.http import StreamingHttpResponse

async def news(request, feed):
    async def lines():
        inbox = feed.join()
        try:
            while True:
                yield f"event: news\\ndata: {await inbox.get()}\\n\\n"
        finally:
            feed.leave(inbox)

    return StreamingHttpResponse(lines(), content_type="text/event-stream")
""",
    "an exit stack": """\
from contextlib import AsyncExitStack
from django.http import StreamingHttpResponse

async def news(request, feed):
    async def lines():
        async with AsyncExitStack() as stack:
            inbox = feed.join()
            stack.callback(feed.leave, inbox)
            while True:
                text = await inbox.get()
                yield b"data:" + text.encode() + b"\\n\\n"

    return StreamingHttpResponse(lines(), content_type="text/event-stream")
""",
    "two handlers, each for its own way to end": """\
import asyncio
from django.http import StreamingHttpResponse

async def news(request, feed):
    async def lines():
        inbox = feed.join()
        try:
            while True:
                yield f"data: {await inbox.get()}\\n\\n"
        except (asyncio.CancelledError, GeneratorExit):
            feed.leave(inbox)
            raise

    return StreamingHttpResponse(lines(), content_type="text/event-stream")
""",
    "a task of its own listens, and is ended": """\
import asyncio
from django.http import StreamingHttpResponse

async def news(request, feed):
    async def lines():
        inbox = feed.join()
        try:
            while True:
                waiting = asyncio.create_task(inbox.get())
                try:
                    yield f"data: {await waiting}\\n\\n"
                finally:
                    waiting.cancel()
        finally:
            feed.leave(inbox)

    return StreamingHttpResponse(lines(), content_type="text/event-stream")
""",
}
BAD_NEWSES = {
    "plain text": NEWSES["an exit stack"].replace("text/event-stream", "text/plain"),
    "nobody listens": """\
from django.http import StreamingHttpResponse

async def news(request, feed):
    async def lines():
        yield "data: the café is open\\n\\n"
    return StreamingHttpResponse(lines(), content_type="text/event-stream")
""",
    "one event and an end": """\
from django.http import HttpResponse

async def news(request, feed):
    inbox = feed.join()
    text = await inbox.get()
    feed.leave(inbox)
    return HttpResponse(f"data: {text}\\n\\n", content_type="text/event-stream")
""",
    "it swallows and goes on": """\
import asyncio
from django.http import StreamingHttpResponse

async def news(request, feed):
    async def lines():
        inbox = feed.join()
        try:
            while True:
                try:
                    yield f"data: {await inbox.get()}\\n\\n"
                except asyncio.CancelledError:
                    pass
        finally:
            feed.leave(inbox)

    return StreamingHttpResponse(lines(), content_type="text/event-stream")
""",
    "a plain generator": """\
from asgiref.sync import async_to_sync
from django.http import StreamingHttpResponse

def news(request, feed):
    def lines():
        inbox = feed.join()
        try:
            while True:
                yield f"data: {async_to_sync(inbox.get)()}\\n\\n"
        finally:
            feed.leave(inbox)

    return StreamingHttpResponse(lines(), content_type="text/event-stream")
""",
    "it leaves at once": """\
from django.http import StreamingHttpResponse

async def news(request, feed):
    async def lines():
        inbox = feed.join()
        feed.leave(inbox)
        for text in feed.items:
            yield f"data: {text}\\n\\n"

    return StreamingHttpResponse(lines(), content_type="text/event-stream")
""",
    "it returns nothing": "async def news(request, feed):\n    feed.join()\n",
}


@pytest.mark.parametrize("source", TRAYS.values(), ids=TRAYS)
def test_an_unusual_tray_passes(judge: Judge, source: str) -> None:
    verdict = practice.judged(judge, "7.6", source)
    assert verdict.state == "passed", verdict


@pytest.mark.parametrize("source", BAD_TRAYS.values(), ids=BAD_TRAYS)
def test_a_wrong_tray_that_nobody_foresaw_fails(judge: Judge, source: str) -> None:
    verdict = practice.judged(judge, "7.6", source)
    assert verdict.state in ("failed", "late"), verdict


@pytest.mark.parametrize("source", NEWSES.values(), ids=NEWSES)
def test_unusual_news_pass(judge: Judge, source: str) -> None:
    verdict = practice.judged(judge, "7.11", source)
    assert verdict.state == "passed", verdict


@pytest.mark.parametrize("source", BAD_NEWSES.values(), ids=BAD_NEWSES)
def test_wrong_news_that_nobody_foresaw_fail(judge: Judge, source: str) -> None:
    verdict = practice.judged(judge, "7.11", source)
    assert verdict.state in ("failed", "late"), verdict


# What the verdict says of an error that Django took for another one, and of news in other words


@pytest.mark.parametrize(
    ("number", "source", "words"),
    [
        (
            "7.6",
            "async def tray(brew, names):\n    async for name in names:\n        yield await brew(name)\n",
            "Your `tray` raised TypeError: 'async for' requires an object with __aiter__ method, got list",
        ),
        (
            "7.11",
            NEWSES["events that have a name"].replace("feed.leave", "await feed.leave"),
            "raised TypeError: object NoneType can't be used in 'await' expression",
        ),
        (
            "7.11",
            NEWSES["events that have a name"].replace("await inbox.get()", "(await inbox.get())!r"),
            "Not yet: the message 'café is open",
        ),
    ],
)
def test_the_verdict_tells_the_error_that_was_raised(
    judge: Judge, number: str, source: str, words: str
) -> None:
    verdict = practice.judged(judge, number, source)
    assert verdict.state == "failed"
    assert words in verdict.message
