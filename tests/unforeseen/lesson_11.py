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
    "11.3 call_later": """\
import asyncio
async def ask_all(ask, names, patience):
    loop = asyncio.get_running_loop()
    tasks = [loop.create_task(ask(n)) for n in names]
    handles = [loop.call_later(patience, t.cancel) for t in tasks]
    try:
        found = await asyncio.gather(*tasks, return_exceptions=True)
    finally:
        for h in handles: h.cancel()
    def say(x):
        match x:
            case asyncio.CancelledError(): return "late"
            case Exception(): return "failed"
            case _: return x
    return {n: say(x) for n, x in zip(names, found)}
""",
    "11.6 deques and futures": """\
import asyncio
from collections import deque

class Feed:
    def __init__(self, keep=50):
        self.kept = deque(maxlen=keep); self.total = 0; self.listeners = dict()
    def publish(self, text):
        self.total += 1
        self.kept.append((self.total, text))
        for key, fut in self.listeners.items():
            if fut is not None and not fut.done():
                fut.set_result(None)
    async def listen(self, last_id=0):
        me = object()
        self.listeners[me] = None
        try:
            while True:
                item = next((k for k in self.kept if k[0] > last_id), None)
                if item is None:
                    self.listeners[me] = asyncio.get_running_loop().create_future()
                    await self.listeners[me]
                    continue
                last_id, _ = item
                yield item
        finally:
            del self.listeners[me]
""",
    "11.8 ExitStack pop_all": """\
import logging, contextlib, time
from time import perf_counter
from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.utils.decorators import sync_and_async_middleware
from django.utils.deprecation import MiddlewareMixin
log = logging.getLogger("cafe.timing")
def say(request, began):
    log.info("%s %.3f s", request.path, perf_counter() - began)

@contextlib.contextmanager
def clock(request):
    began = perf_counter()
    try:
        yield
    finally:
        say(request, began)

def finish(response, stack):
    if not response.streaming:
        return response
    rest, pieces = stack.pop_all(), response.streaming_content
    def now():
        with rest:
            yield from pieces
    async def later():
        with rest:
            async for piece in pieces:
                yield piece
    response.streaming_content = later() if response.is_async else now()
    return response

@sync_and_async_middleware
def Timing(get_response):
    if iscoroutinefunction(get_response):
        async def middleware(request):
            with contextlib.ExitStack() as stack:
                stack.enter_context(clock(request))
                return finish(await get_response(request), stack)
    else:
        def middleware(request):
            with contextlib.ExitStack() as stack:
                stack.enter_context(clock(request))
                return finish(get_response(request), stack)
    return middleware
""",
    "11.10 include and a path converter": """\
import json, re
from contextlib import aclosing
from django.http import StreamingHttpResponse, HttpResponse
from django.shortcuts import render
from django.urls import path, re_path, include
from django.views import View
from django.views.generic import TemplateView
from django.utils.safestring import mark_safe

def dashboard_urls(suppliers, feed):
    class Frames:
        def __init__(self, last): self.items = feed.listen(last)
        def __aiter__(self): return self
        async def __anext__(self):
            n, t = await anext(self.items)
            return "\\n".join([f"id: {n}", "event: message", "data: " + json.dumps(t), "", ""])
    async def view(request, what=""):
        if not what:
            return render(request, "cafe/dashboard.html", dict(suppliers=await suppliers(request.GET)))
        m = re.fullmatch(r"[0-9]+", request.META.get("HTTP_LAST_EVENT_ID", ""))
        return StreamingHttpResponse(Frames(int(m[0]) if m else 0), content_type="text/event-stream")
    return (path("", include([path("", view), path("<slug:what>/", view)])),)
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
    "11.6 listens, and never yields": (
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
        "TypeError: 'coroutine' object is not an async iterator",
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
    "11.3 always waits for all of `patience`": (
        """\
import asyncio

async def ask_all(ask, names, patience):
    tasks = {n: asyncio.create_task(ask(n)) for n in names}
    try:
        await asyncio.sleep(patience)
        def state(t):
            return "late" if not t.done() else "failed" if t.exception() else t.result()
        return {n: state(t) for n, t in tasks.items()}
    finally:
        for t in tasks.values(): t.cancel()
""",
        "Not yet: when all suppliers answer, it gave no answer within",
    ),
    "11.3 gives up long before `patience`": (
        """\
import asyncio

async def ask_all(ask, names, patience):
    async def one(n):
        try:
            return await asyncio.wait_for(ask(n), 0.01)
        except TimeoutError:
            return "late"
        except Exception:
            return "failed"
    return dict(zip(names, await asyncio.gather(*map(one, names))))
""",
        "with `patience` 1 it was given up after 0.0",
    ),
    "11.6 a counter for listeners": (
        """\
import asyncio
from collections import deque

class Feed:
    def __init__(self, keep=50):
        self.kept, self.n, self.listeners, self.ev = deque(maxlen=keep), 0, 0, asyncio.Event()
    def publish(self, text):
        self.n += 1
        self.kept.append((self.n, text))
        self.ev.set(); self.ev = asyncio.Event()
    async def listen(self, last_id=0):
        self.listeners += 1
        try:
            while True:
                for k in tuple(self.kept):
                    if k[0] > last_id:
                        last_id = k[0]
                        yield k
                if self.n <= last_id: await self.ev.wait()
        finally:
            self.listeners -= 1
""",
        "two listen, and `listeners` is 2: nothing that holds entries",
    ),
    "11.6 leaves the list only where it is sent to": (
        """\
import asyncio
from collections import deque

class Feed:
    def __init__(self, keep=50):
        self.kept, self.n, self.listeners = deque(maxlen=keep), 0, set()
    def publish(self, text):
        self.n += 1
        self.kept.append((self.n, text))
        for b in self.listeners: b.set()
    async def listen(self, last_id=0):
        b = asyncio.Event(); self.listeners.add(b)
        while True:
            b.clear()
            for k in tuple(self.kept):
                if k[0] > last_id:
                    last_id = k[0]
                    try:
                        yield k
                    except GeneratorExit:
                        self.listeners.discard(b)
                        raise
            await b.wait()
""",
        "a listener left while he waited for message 1, and is still on the list",
    ),
    "11.6 deque mutated while iterated": (
        """\
import asyncio
from collections import deque

class Feed:
    def __init__(self, keep=50):
        self.kept, self.n, self.listeners = deque(maxlen=keep), 0, set()
    def publish(self, text):
        self.n += 1
        self.kept.append((self.n, text))
        for b in self.listeners: b.set()
    async def listen(self, last_id=0):
        b = asyncio.Event(); self.listeners.add(b)
        try:
            while True:
                b.clear()
                for k in self.kept:
                    if k[0] > last_id:
                        last_id = k[0]
                        yield k
                await b.wait()
        finally:
            self.listeners.discard(b)
""",
        "Your `Feed` raised RuntimeError: deque mutated during iteration",
    ),
    "11.9 a test that takes longer than it may": (
        """\
import asyncio
import unittest
from asynclab.dashboard.parts import feed, suppliers, timing
from asgiref.sync import async_to_sync
from django.http import HttpResponse, StreamingHttpResponse
from django.test import AsyncRequestFactory, RequestFactory, SimpleTestCase, TestCase

class DashboardTest(TestCase):
    async def test_s(self):
        async def ask(name):
            if name == "b": raise RuntimeError("x")
            if name == "c": await asyncio.sleep(60)
            return name * 2
        states = await suppliers(ask, list("abc"), 3)
        self.assertEqual(list(states.values()), ["aa", "failed", "late"])
    async def test_f(self):
        f = feed(keep=2)
        for t in "xyz": f.publish(t)
        got = []
        async for item in f.listen(last_id=2):
            got.append(item)
            self.assertEqual(len(f.listeners), 1)
            break
        self.assertEqual(got, [(3, "z")])
        items = f.listen(1)
        self.assertEqual([await anext(items), await anext(items)], [(2, "y"), (3, "z")])
        waits = asyncio.create_task(anext(items))
        await asyncio.sleep(0)
        waits.cancel()
        with self.assertRaises(asyncio.CancelledError):
            await waits
        import gc; gc.collect(); await asyncio.sleep(0.01)
        self.assertEqual(list(f.listeners), [])
    async def test_t(self):
        seen = []
        async def pieces():
            for p in (b"1", b"2"):
                seen.append(p)
                yield p
        async def view(request): return StreamingHttpResponse(pieces())
        with self.assertLogs("cafe.timing", level="INFO") as logs:
            r = await timing(view)(AsyncRequestFactory().get("/s/"))
            self.assertEqual(logs.records, [])
            self.assertEqual([p async for p in r], [b"1", b"2"])
        self.assertEqual(len(logs.records), 1)
    def test_p(self):
        with self.assertLogs("cafe.timing", level="INFO") as logs:
            r = timing(lambda request: HttpResponse("x"))(RequestFactory().get("/s/"))
        self.assertEqual([r.status_code, len(logs.records)], [200, 1])
""",
        "test_s had not ended after 2 s, the limit of this check",
    ),
    "11.10 holds on to its listener": (
        """\
import json, re
from contextlib import aclosing
from django.http import StreamingHttpResponse, HttpResponse
from django.shortcuts import render
from django.urls import path, re_path, include
from django.views import View
from django.views.generic import TemplateView
from django.utils.safestring import mark_safe

FEEDS = []
def dashboard_urls(suppliers, feed):
    async def page(request):
        return render(request, "cafe/dashboard.html", {"suppliers": await suppliers(request.GET)})
    async def events(request):
        v = request.headers.get("Last-Event-ID", "")
        last = int(v) if v.isdecimal() else 0
        async def frames():
            kept = feed.listen(last)
            frames.__dict__.setdefault("all", []).append(kept)
            FEEDS.append(kept)
            async for n, t in kept:
                yield f"id: {n}\\ndata: {json.dumps(t)}\\n\\n"
        return StreamingHttpResponse(frames(), content_type="text/event-stream")
    return [path("", page), path("events/", events)]
""",
        "who left while the first event was on its way still listens",
    ),
    "11.10 says goodbye to a visitor who has left": (
        """\
import json, re
from contextlib import aclosing
from django.http import StreamingHttpResponse, HttpResponse
from django.shortcuts import render
from django.urls import path, re_path, include
from django.views import View
from django.views.generic import TemplateView
from django.utils.safestring import mark_safe

def dashboard_urls(suppliers, feed):
    async def page(request):
        return render(request, "cafe/dashboard.html", {"suppliers": await suppliers(request.GET)})
    async def events(request):
        v = request.headers.get("Last-Event-ID", "")
        last = int(v) if v.isdecimal() else 0
        async def frames():
            try:
                async for n, t in feed.listen(last):
                    yield f"id: {n}\\ndata: {json.dumps(t)}\\n\\n"
            except BaseException:
                yield "data: bye\\n\\n"
        return StreamingHttpResponse(frames(), content_type="text/event-stream")
    return [path("", page), path("events/", events)]
""",
        "a visitor left while the stream waited, it was cancelled, and went on",
    ),
    "11.10 own numbers": (
        """\
import json, re
from contextlib import aclosing
from django.http import StreamingHttpResponse, HttpResponse
from django.shortcuts import render
from django.urls import path, re_path, include
from django.views import View
from django.views.generic import TemplateView
from django.utils.safestring import mark_safe

def dashboard_urls(suppliers, feed):
    async def page(request):
        return render(request, "cafe/dashboard.html", {"suppliers": await suppliers(request.GET)})
    async def events(request):
        v = request.headers.get("Last-Event-ID", "")
        last = int(v) if v.isdecimal() else 0
        async def frames():
            n = 0
            async for _, t in feed.listen(last):
                n += 1
                yield f"id: {n}\\ndata: {json.dumps(t)}\\n\\n"
        return StreamingHttpResponse(frames(), content_type="text/event-stream")
    return [path("", page), path("events/", events)]
""",
        "who comes back with `Last-Event-ID: 2` gets the numbers [1]",
    ),
    "11.10 replace newline": (
        """\
import json, re
from contextlib import aclosing
from django.http import StreamingHttpResponse, HttpResponse
from django.shortcuts import render
from django.urls import path, re_path, include
from django.views import View
from django.views.generic import TemplateView
from django.utils.safestring import mark_safe

def dashboard_urls(suppliers, feed):
    async def page(request):
        return render(request, "cafe/dashboard.html", {"suppliers": await suppliers(request.GET)})
    async def events(request):
        v = request.headers.get("Last-Event-ID", "")
        last = int(v) if v.isdecimal() else 0
        async def frames():
            async for n, t in feed.listen(last):
                yield f"id: {n}\\ndata: " + t.replace("\\n", " ") + "\\n\\n"
        return StreamingHttpResponse(frames(), content_type="text/event-stream")
    return [path("", page), path("events/", events)]
""",
        "arrives as 'Mocha for Ada', and should be its text as JSON",
    ),
    "11.10 absolute path": (
        """\
import json, re
from contextlib import aclosing
from django.http import StreamingHttpResponse, HttpResponse
from django.shortcuts import render
from django.urls import path, re_path, include
from django.views import View
from django.views.generic import TemplateView
from django.utils.safestring import mark_safe

def dashboard_urls(suppliers, feed):
    async def page(request):
        return render(request, "cafe/dashboard.html", {"suppliers": await suppliers(request.GET)})
    async def events(request):
        v = request.headers.get("Last-Event-ID", "")
        last = int(v) if v.isdecimal() else 0
        async def frames():
            async for n, t in feed.listen(last):
                yield f"id: {n}\\ndata: {json.dumps(t)}\\n\\n"
        return StreamingHttpResponse(frames(), content_type="text/event-stream")
    return [path("/", page), path("/events/", events)]
""",
        "Not yet: the page failed: status 404",
    ),
    "11.8 swallows the cancellation of a stream": (
        """\
import logging, contextlib, time
from time import perf_counter
from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.utils.decorators import sync_and_async_middleware
from django.utils.deprecation import MiddlewareMixin
log = logging.getLogger("cafe.timing")
def say(request, began):
    log.info("%s %.3f s", request.path, perf_counter() - began)

@sync_and_async_middleware
def Timing(get_response):
    def wrap(request, response, b):
        if response is None or not response.streaming: return say(request,b)
        p=response.streaming_content
        async def later():
            try:
                async for x in p: yield x
            except LookupError: raise
            except BaseException: pass
            finally: say(request,b)
        def now():
            try: yield from p
            finally: say(request,b)
        response.streaming_content = later() if response.is_async else now()
    if iscoroutinefunction(get_response):
        async def m(request):
            b=perf_counter(); r=None
            try:
                r = await get_response(request); return r
            finally: wrap(request,r,b)
        return m
    def m(request):
            b=perf_counter(); r=None
            try:
                r = get_response(request); return r
            finally: wrap(request,r,b)
    return m
""",
        "a visitor leaves while the stream waits: it was cancelled, and went on",
    ),
    "11.8 always zero": (
        """\
import logging, contextlib, time
from time import perf_counter
from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.utils.decorators import sync_and_async_middleware
from django.utils.deprecation import MiddlewareMixin
log = logging.getLogger("cafe.timing")
def say(request, began):
    log.info("%s %.3f s", request.path, 0.0)

@sync_and_async_middleware
def Timing(get_response):
    def wrap(request, response, b):
        if response is None or not response.streaming: return say(request,b)
        p=response.streaming_content
        async def later():
            try:
                async for x in p: yield x
            finally: say(request,b)
        def now():
            try: yield from p
            finally: say(request,b)
        response.streaming_content = later() if response.is_async else now()
    if iscoroutinefunction(get_response):
        async def m(request):
            b=perf_counter(); r=None
            try:
                r = await get_response(request); return r
            finally: wrap(request,r,b)
        return m
    def m(request):
            b=perf_counter(); r=None
            try:
                r = get_response(request); return r
            finally: wrap(request,r,b)
    return m
""",
        "by ASGI: it says 0 s, and between",
    ),
    "11.6 sync generator": (
        """\
import asyncio
from collections import deque

class Feed:
    def __init__(self, keep=50): self.listeners=set()
    def publish(self,t): pass
    def listen(self,last_id=0):
        yield 1, 'a'
""",
        "TypeError: 'generator' object is not an async iterator",
    ),
    "11.9 setUpClass breaks": (
        """\
import asyncio
import unittest
from asynclab.dashboard.parts import feed, suppliers, timing
from asgiref.sync import async_to_sync
from django.http import HttpResponse, StreamingHttpResponse
from django.test import AsyncRequestFactory, RequestFactory, SimpleTestCase, TestCase

class DashboardTest(SimpleTestCase):
    @classmethod
    def setUpClass(cls): raise OSError('no')
    def test_x(self): pass
""",
        "your test fails on a right one: OSError: no",
    ),
    "11.9 all are skipped": (
        """\
import unittest
from django.test import SimpleTestCase

@unittest.skip("later")
class DashboardTest(SimpleTestCase):
    def test_suppliers(self): pass
    def test_feed(self): pass
""",
        "no test of yours ran. It was skipped: what says so?",
    ),
}
