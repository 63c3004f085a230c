"""Lesson 11."""

from __future__ import annotations

RIGHT = {
    "11.3 tasks that report to a queue": """\
import asyncio

async def ask_all(ask, names, patience):
    states, told = dict.fromkeys(names, "late"), asyncio.Queue()

    async def one(name):
        try:
            told.put_nowait((name, await ask(name)))
        except Exception:
            told.put_nowait((name, "failed"))

    tasks = [asyncio.ensure_future(one(name)) for name in names]
    try:
        async with asyncio.timeout(patience):
            for _ in names:
                name, state = await told.get()
                states[name] = state
    except TimeoutError:
        pass
    finally:
        for task in tasks:
            task.cancel()
    return states
""",
    "11.3 as_completed, and one limit for all": """\
import asyncio

async def ask_all(ask, names, patience):
    async def one(name):
        try:
            return name, await ask(name)
        except Exception:
            return name, "failed"

    states = dict.fromkeys(names, "late")
    tasks = [asyncio.create_task(one(name)) for name in names]
    try:
        for done in asyncio.as_completed(tasks, timeout=patience):
            name, state = await done
            states[name] = state
    except TimeoutError:
        pass
    finally:
        for task in tasks:
            task.cancel()
    return states
""",
    "11.6 a condition, told by a task": """\
import asyncio

class Feed:
    def __init__(self, keep=50):
        self.keep, self.count, self.texts = keep, 0, {}
        self.listeners, self.changed = [], asyncio.Event()

    def publish(self, text):
        self.count += 1
        self.texts[self.count] = text
        self.texts.pop(self.count - self.keep, None)
        self.changed.set()
        self.changed = asyncio.Event()

    async def listen(self, last_id=0):
        self.listeners.append(last_id)
        try:
            while True:
                last_id = max(last_id, self.count - self.keep)
                while last_id < self.count:
                    last_id += 1
                    if last_id in self.texts:
                        yield last_id, self.texts[last_id]
                await self.changed.wait()
        finally:
            self.listeners.pop()
""",
    "11.6 with a context manager, the class a subclass of list": """\
import asyncio
import contextlib

class Feed(list):
    def __init__(self, keep=50):
        self.keep, self.listeners = keep, {}

    def publish(self, text):
        self.append((self[-1][0] + 1 if self else 1, text))
        del self[: -self.keep]
        for wake in self.listeners.values():
            wake.set()

    @contextlib.contextmanager
    def present(self):
        wake = asyncio.Event()
        self.listeners[id(wake)] = wake
        try:
            yield wake
        finally:
            del self.listeners[id(wake)]

    async def listen(self, last_id=0):
        with self.present() as wake:
            while True:
                new = [item for item in self if item[0] > last_id]
                for item in new[:1]:
                    last_id = item[0]
                    yield item
                if not new:
                    wake.clear()
                    await wake.wait()
""",
    "11.8 beside the response's own close": """\
import logging
from time import monotonic
from asgiref.sync import iscoroutinefunction, markcoroutinefunction

class Timing:
    async_capable = True

    def __init__(self, get_response):
        self.get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request):
        began = monotonic()

        def say():
            logging.getLogger("cafe.timing").info("%s: %f", request.get_full_path(), monotonic() - began)

        def now(pieces):
            try:
                for piece in pieces:
                    yield piece
            finally:
                say()

        async def later(pieces):
            try:
                async for piece in pieces:
                    yield piece
            finally:
                say()

        def leave(response):
            if response.streaming:
                wrap = later if response.is_async else now
                response.streaming_content = wrap(response.streaming_content)
            else:
                say()
            return response

        async def asynchronously():
            try:
                response = await self.get_response(request)
            except BaseException:
                say()
                raise
            return leave(response)

        if iscoroutinefunction(self.get_response):
            return asynchronously()
        try:
            response = self.get_response(request)
        except BaseException:
            say()
            raise
        return leave(response)
""",
    "11.10 a sync page, and events through bytes": """\
import json
from asgiref.sync import async_to_sync
from django.http import StreamingHttpResponse
from django.shortcuts import render
from django.urls import path

def dashboard_urls(suppliers, feed):
    def page(request):
        found = async_to_sync(suppliers)(request.GET)
        return render(request, "cafe/dashboard.html", {"suppliers": found})

    async def events(request):
        match request.headers.get("last-event-id", "0").strip():
            case number if number.isascii() and number.isdigit():
                last = int(number)
            case _:
                last = 0

        async def frames():
            yield b": welcome" + b"\\\\n" * 2
            orders = feed.listen(last_id=last)
            try:
                async for number, text in orders:
                    yield b"id: %d\\\\n" % number
                    yield b"data: " + json.dumps(text).encode() + b"\\\\n"
                    yield b"\\\\n"
            finally:
                await orders.aclose()

        return StreamingHttpResponse(frames(), headers={"content-type": "text/event-stream"})

    return [path("", page), path("events/", events)]
""".replace("\\\\n", "\\n"),
    "11.9 tests with helpers and subtests": """\
import asyncio
from asynclab.dashboard import parts
from django.http import HttpResponse, StreamingHttpResponse
from django.test import AsyncRequestFactory, TransactionTestCase

class DashboardTest(TransactionTestCase):
    async def asked(self, way):
        async def ask(name):
            await way()
        return (await parts.suppliers(ask, ["x"], 0.05))["x"]

    async def test_states(self):
        async def raises():
            raise RuntimeError
        for way, state in ((raises, "failed"), (asyncio.Event().wait, "late")):
            with self.subTest(state):
                self.assertEqual(await self.asked(way), state)

    async def test_visitors(self):
        news = parts.feed()
        for text in "ab":
            news.publish(text)
        for last, first in ((0, (1, "a")), (1, (2, "b"))):
            items = news.listen(last)
            assert await anext(items) == first
            await items.aclose()
            assert not news.listeners

    def test_clock(self):
        pieces = iter([b"1", b"2"])
        layer = parts.timing(lambda request: StreamingHttpResponse(pieces))
        with self.assertLogs("cafe.timing", "INFO") as seen:
            response = layer(AsyncRequestFactory().get("/x/"))
            early = len(seen.output)
            b"".join(response.streaming_content)
        self.assertEqual((early, len(seen.output)), (0, 1))
""",
}

WRONG = {
    "11.3 answers by heart": (
        """\
async def ask_all(ask, names, patience):
    return {"beans": "12 kg", "milk": "failed", "cups": "late"}
""",
        "Not yet: when all suppliers answer, it gave",
    ),
    "11.3 a list in place of a dictionary": (
        """\
import asyncio

async def ask_all(ask, names, patience):
    return await asyncio.gather(*map(ask, names))
""",
        "Milk failed, and the visitor gets no page at all",
    ),
    "11.6 numbers from 0": (
        """\
import asyncio

class Feed:
    def __init__(self, keep=50):
        self.kept, self.listeners = [], set()

    def publish(self, text):
        self.kept.append((len(self.kept), text))
        for bell in self.listeners:
            bell.set()

    async def listen(self, last_id=-1):
        bell = asyncio.Event()
        self.listeners.add(bell)
        try:
            while True:
                bell.clear()
                while last_id + 1 < len(self.kept):
                    last_id += 1
                    yield self.kept[last_id]
                await bell.wait()
        finally:
            self.listeners.discard(bell)
""",
        "Not yet: a listener was there when 3 orders came, and got [(0, ",
    ),
    "11.6 looks for news every now and then, and never ends": (
        """\
import asyncio

class Feed:
    def __init__(self, keep=50):
        self.kept, self.listeners = [], set()

    def publish(self, text):
        self.kept.append((len(self.kept) + 1, text))

    async def listen(self, last_id=0):
        while True:
            await asyncio.sleep(0)
""",
        "Not yet: a listener was there when 3 orders came, and got []",
    ),
    "11.8 always says a second": (
        """\
import logging
from asgiref.sync import iscoroutinefunction
from django.utils.decorators import sync_and_async_middleware

@sync_and_async_middleware
def Timing(get_response):
    def say(request):
        logging.getLogger("cafe.timing").info("%s 1.000", request.path)

    async def later(request):
        response = await get_response(request)
        say(request)
        return response

    def now(request):
        response = get_response(request)
        say(request)
        return response

    return later if iscoroutinefunction(get_response) else now
""",
        "Of a stream you said how long it took before it had run",
    ),
    "11.10 no URLs": (
        """\
def dashboard_urls(suppliers, feed):
    return {"": suppliers, "events/": feed}
""",
        "The check cannot call your `dashboard_urls`: TypeError: dashboard_urls gives {",
    ),
    "11.9 a test that holds the loop for ever": (
        """\
import asyncio
from django.test import SimpleTestCase

class DashboardTest(SimpleTestCase):
    async def test_it(self):
        while True:
            await asyncio.sleep(0)
""",
        "Not yet: your test fails on a right one: TimeoutError",
    ),
}
