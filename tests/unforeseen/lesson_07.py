"""Lesson 07."""

from __future__ import annotations

RIGHT = {
    "7.6 a comprehension": """\
def tray(brew, names):
    return (f"{await brew(name)}\\n" async for name in each(names))

async def each(names):
    for name in names:
        yield name
""",
    "7.6 a queue between maker and sender": """\
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
    "7.11 the view waits first, and sends comments between": """\
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
    "7.11 events that have a name": """\
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
    "7.11 an exit stack": """\
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
    "7.11 two handlers, each for its own way to end": """\
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
    "7.11 a task of its own listens, and is ended": """\
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
BY_VERSION = ""  # Django 5.2 and 6.1 do not do the same with it, and are not told the same
WRONG = {
    "7.6 in reverse": (
        """\
async def tray(brew, names):
    for name in reversed(names):
        yield f"{await brew(name)}\\n"
""",
        "the client got 'latte ",
    ),
    "7.6 no cups at all": (
        "async def tray(brew, names):\n    if False:\n        yield\n",
        "the client got ''",
    ),
    "7.6 made up": (
        """\
async def tray(brew, names):
    for name in names:
        await brew(name)
        yield f"{name}\\n"
""",
        "the client got 'espresso\\nmocha\\nlatte\\n'",
    ),
    "7.6 one too late": (
        """\
async def tray(brew, names):
    before = ""
    for name in names:
        cup = await brew(name)
        yield before
        before = f"{cup}\\n"
    yield before
""",
        "3 cups were ready before the first one left",
    ),
    "7.6 it returns nothing": (
        "def tray(brew, names):\n    pass\n",
        "'NoneType' object is not an async iterable",
    ),
    "7.6 never ends": (
        """\
import asyncio

async def tray(brew, names):
    while True:
        await asyncio.sleep(0)
    yield
""",
        "Stopped after 5 s",
    ),
    "7.11 plain text": (
        RIGHT["7.11 an exit stack"].replace("text/event-stream", "text/plain"),
        "the content type is 'text/plain'",
    ),
    "7.11 nobody listens": (
        """\
from django.http import StreamingHttpResponse

async def news(request, feed):
    async def lines():
        yield "data: the café is open\\n\\n"
    return StreamingHttpResponse(lines(), content_type="text/event-stream")
""",
        BY_VERSION,
    ),
    "7.11 one event and an end": (
        """\
from django.http import HttpResponse

async def news(request, feed):
    inbox = feed.join()
    text = await inbox.get()
    feed.leave(inbox)
    return HttpResponse(f"data: {text}\\n\\n", content_type="text/event-stream")
""",
        BY_VERSION,
    ),
    "7.11 it swallows and goes on": (
        """\
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
        "did not end until the check gave it up",
    ),
    "7.11 a plain generator": (
        """\
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
        "3 messages were taken from the inbox before the first one left",
    ),
    "7.11 it leaves at once": (
        """\
from django.http import StreamingHttpResponse

async def news(request, feed):
    async def lines():
        inbox = feed.join()
        feed.leave(inbox)
        for text in feed.items:
            yield f"data: {text}\\n\\n"

    return StreamingHttpResponse(lines(), content_type="text/event-stream")
""",
        BY_VERSION,
    ),
    "7.11 it returns nothing": (
        "async def news(request, feed):\n    feed.join()\n",
        "It returned None instead",
    ),
    "7.6 it iterates a list as if it were async": (
        "async def tray(brew, names):\n    async for name in names:\n        yield await brew(name)\n",
        "Your `tray` raised TypeError: 'async for' requires an object with __aiter__ method, got list",
    ),
    "7.11 it awaits what is no coroutine": (
        RIGHT["7.11 events that have a name"].replace("feed.leave", "await feed.leave"),
        "raised TypeError: object NoneType can't be used in 'await' expression",
    ),
    "7.11 the text is quoted": (
        RIGHT["7.11 events that have a name"].replace("await inbox.get()", "(await inbox.get())!r"),
        "Not yet: the message 'café is open",
    ),
}
