"""Lessons 05 and 05b."""

from __future__ import annotations

from asynclab.exercises import Exercise, find


def altered(number: str, before: str, after: str) -> str:
    """The printed solution with something else in one place."""
    exercise = find(number)
    assert isinstance(exercise, Exercise)
    assert before in exercise.solutions[0]
    return exercise.solutions[0].replace(before, after, 1)


SYNC_LINE = "        response = self.get_response(request)\n"
IN_PROCESS_VIEW = """
    def process_view(self, request, view, args, kwargs):
        if request.path == "/cellar/":
            raise Http404("Staff only.")
"""
QUESTION = '        if request.path == "/cellar/":\n            raise Http404("Staff only.")\n'
RIGHT = {
    "5.9 a factory in place of a class": """\
from django.utils.decorators import async_only_middleware

@async_only_middleware
def Sign(get_response):
    async def open_sign(request):
        response = await get_response(request)
        response.headers["X-Cafe"] = "open"
        return response
    return open_sign
""",
    "5.9 marked from outside, when it is made": """\
from asgiref.sync import markcoroutinefunction

class Sign:
    sync_capable, async_capable = False, True

    def __new__(cls, get_response):
        return markcoroutinefunction(super().__new__(cls))

    def __init__(self, get_response):
        self.get_response = get_response

    async def __call__(self, request):
        response = await self.get_response(request)
        response.headers["X-Cafe"] = "open"
        return response
""",
    "5.9 flags that are true, but are not True": """\
from asgiref.sync import markcoroutinefunction

class Sign:
    async_capable = "yes"
    sync_capable = 0

    def __init__(self, get_response):
        self.get_response = get_response
        markcoroutinefunction(self)

    async def __call__(self, request):
        return await self.later(self.get_response(request))

    async def later(self, coming):
        response = await coming
        response.headers.setdefault("X-Cafe", "open")
        return response
""",
    "5.12 it finds out at each call whether a loop runs here": """\
import asyncio
from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import Http404

class Doorman:
    sync_capable = async_capable = True

    def __init__(self, get_response):
        self.get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request):
        if request.path == "/cellar/":
            raise Http404("Staff only.")
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            response = self.get_response(request)
            response["X-Mode"] = "sync"
            return response
        return self.coming(request)

    async def coming(self, request):
        response = await self.get_response(request)
        response["X-Mode"] = "async"
        return response
""",
    "5.12 one object is one of two functions": """\
from asgiref.sync import iscoroutinefunction
from django.http import Http404

class Doorman:
    sync_capable = async_capable = True

    def __new__(cls, get_response):
        def known(request):
            if request.path == "/cellar/":
                raise Http404("Staff only.")
            return get_response(request)

        def synchronous(request):
            response = known(request)
            response.headers["X-Mode"] = "sync"
            return response

        async def asynchronous(request):
            response = await known(request)
            response.headers["X-Mode"] = "async"
            return response

        return asynchronous if iscoroutinefunction(get_response) else synchronous
""",
    "5.12 it awaits only what can be awaited": """\
import inspect
from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import Http404

class Doorman:
    sync_capable = True
    async_capable = True

    def __init__(self, get_response):
        self.get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request):
        if "/cellar/" == request.get_full_path():
            raise Http404("Staff only.")
        found = self.get_response(request)
        if not inspect.isawaitable(found):
            found.headers["X-Mode"] = "sync"
            return found
        return self.finished(found)

    async def finished(self, coming):
        response = await coming
        response.headers["X-Mode"] = "async"
        return response
""",
    "5.12 the page of the cellar carries the header": altered("5.12", QUESTION, "") + IN_PROCESS_VIEW,
    "5b.9 a plain function around": """\
def signed(app):
    def around(scope, receive, send):
        async def out(message):
            if message["type"].endswith(".start"):
                message["headers"] = list(message.get("headers", ())) + [(b"X-Cafe", b"open")]
            return await send(message)

        return app(scope, receive, out if scope["type"] == "http" else send)

    return around
""",
    "5b.9 a generator of messages in between": """\
import functools

async def relay(send, message):
    match message:
        case {"type": "http.response.start", "headers": headers}:
            await send({**message, "headers": (*headers, (b"x-cafe", b"open"))})
        case _:
            await send(message)

def signed(app):
    async def around(scope, receive, send):
        await app(scope, receive, functools.partial(relay, send))
    return around
""",
}
WRONG = {
    "5.9 it blocks the loop by hand": (
        """\
import time
from asgiref.sync import markcoroutinefunction

class Sign:
    sync_capable, async_capable = False, True

    def __init__(self, get_response):
        self.get_response = get_response
        markcoroutinefunction(self)

    async def __call__(self, request):
        time.sleep(0.3)
        response = await self.get_response(request)
        response.headers["X-Cafe"] = "open"
        return response
""",
        "you blocked the loop: time.sleep(0.3) (Sign.__call__, line 12)",
    ),
    "5.9 it never asks the view": (
        """\
from asgiref.sync import markcoroutinefunction
from django.http import HttpResponse

class Sign:
    sync_capable, async_capable = False, True

    def __init__(self, get_response):
        markcoroutinefunction(self)

    async def __call__(self, request):
        return HttpResponse("tea", headers={"X-Cafe": "open"})
""",
        "a page that is not there: status 200, header 'open'",
    ),
    "5.9 a mistake in its own init": (
        """\
class Sign:
    sync_capable, async_capable = False, True

    def __init__(self, get_response):
        markcoroutinefunction(self)
""",
        "name 'markcoroutinefunction' is not defined, in Sign.__init__, line 5",
    ),
    "5.9 something that is no layer": ("Sign = 42 .__add__\n", "'NotImplementedType' object is not callable"),
    "5.12 it never comes to an end": (
        """\
import asyncio
from asgiref.sync import markcoroutinefunction

class Doorman:
    async_capable = True

    def __init__(self, get_response):
        markcoroutinefunction(self)

    async def __call__(self, request):
        while True:
            await asyncio.sleep(0)
""",
        "It was waiting at Doorman.__call__, line 12",
    ),
    "5.12 it leaves the process": (
        """\
import sys

class Doorman:
    def __init__(self, get_response):
        sys.exit(1)
""",
        "Your `Doorman` ended the process with sys.exit",
    ),
    "5.12 it turns everybody away": (
        """\
from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import Http404

class Doorman:
    sync_capable = async_capable = True

    def __init__(self, get_response):
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request):
        raise Http404("Staff only.")
""",
        "by ASGI: status 404, no header",
    ),
    "5.12 it answers by itself": (
        """\
from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import Http404, HttpResponse

class Doorman:
    sync_capable = async_capable = True

    def __init__(self, get_response):
        self.mode = "async" if iscoroutinefunction(get_response) else "sync"
        if self.mode == "async":
            markcoroutinefunction(self)

    def __call__(self, request):
        if request.path == "/cellar/":
            raise Http404("Staff only.")
        answer = HttpResponse("tea", headers={"X-Mode": self.mode})
        return self.later(answer) if self.mode == "async" else answer

    async def later(self, answer):
        return answer
""",
        "a page that is not there: status 200, header 'async'",
    ),
    "5.12 it lets everybody in before it asks": (
        """\
from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import Http404

class Doorman:
    sync_capable = async_capable = True

    def __init__(self, get_response):
        self.get_response = get_response
        self.is_async = iscoroutinefunction(get_response)
        if self.is_async:
            markcoroutinefunction(self)

    def __call__(self, request):
        if self.is_async:
            return self.later(request)
        return self.done(request, self.get_response(request), "sync")

    async def later(self, request):
        return self.done(request, await self.get_response(request), "async")

    def done(self, request, response, mode):
        if request.path == "/cellar/":
            raise Http404("Staff only.")
        response.headers["X-Mode"] = mode
        return response
""",
        "/cellar/: the view ran all the same",
    ),
    "5.12 async only by name: it blocks for the sync half": (
        """\
from asgiref.sync import async_to_sync, iscoroutinefunction
from django.http import Http404

class Doorman:
    sync_capable = async_capable = True

    def __init__(self, get_response):
        self.get_response = get_response
        self.is_async = iscoroutinefunction(get_response)

    def __call__(self, request):
        if request.path == "/cellar/":
            raise Http404("Staff only.")
        call = async_to_sync(self.get_response) if self.is_async else self.get_response
        response = call(request)
        response.headers["X-Mode"] = "async" if self.is_async else "sync"
        return response
""",
        "in Doorman.__call__, line 15: response = call(request)",
    ),
    "5.12 no 404 but a 403": (
        """\
from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.core.exceptions import PermissionDenied

class Doorman:
    sync_capable = async_capable = True

    def __init__(self, get_response):
        self.get_response = get_response
        self.is_async = iscoroutinefunction(get_response)
        if self.is_async:
            markcoroutinefunction(self)

    def __call__(self, request):
        if request.path == "/cellar/":
            raise PermissionDenied
        if self.is_async:
            return self.later(request)
        response = self.get_response(request)
        response.headers["X-Mode"] = "sync"
        return response

    async def later(self, request):
        response = await self.get_response(request)
        response.headers["X-Mode"] = "async"
        return response
""",
        "/cellar/: status 403, no header",
    ),
    "5b.9 every answer is its own": (
        """\
def signed(app):
    async def around(scope, receive, send):
        if scope["type"] != "http":
            return await app(scope, receive, send)

        async def nowhere(message):
            pass

        await app(scope, receive, nowhere)
        headers = [(b"content-type", b"text/plain"), (b"x-cafe", b"open")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"one tea please"})

    return around
""",
        "none before the application had sent the last",
    ),
    "5b.9 it gives the application back": ("def signed(app):\n    return app\n", "x-cafe was []"),
    "5b.9 it returns nothing": ("def signed(app):\n    app\n", "`signed` returned NoneType"),
    "5b.9 it adds the header twice": (
        """\
def signed(app):
    async def around(scope, receive, send):
        async def out(message):
            if "status" in message:
                message["headers"] += [(b"x-cafe", b"open"), (b"x-cafe", b"open")]
            await send(message)

        await app(scope, receive, out)

    return around
""",
        "x-cafe was ['open', 'open']",
    ),
    "5b.9 it is no layer but an application": (
        """\
async def signed(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body"})
""",
        "cannot call your `signed`: TypeError",
    ),
    "5.9 a misspelt attribute": (
        altered("5.9", "response.headers", "response.heads"),
        "no attribute 'heads', in Sign.__call__, line 14:",
    ),
    "5.12 a misspelt name": (
        altered("5.12", SYNC_LINE, "        misspelt\n" + SYNC_LINE),
        ": misspelt). Begin with that line.",
    ),
    "5.12 the wrong mode": (
        altered("5.12", '"sync"', '"async"'),
        "Not yet: by ASGI, around a sync layer: status 200, header 'async'.",
    ),
    "5b.9 it forgets to return the layer": (
        altered("5b.9", "    return around", "    around"),
        "Not yet: `signed` returned NoneType. A server calls what",
    ),
    "5b.9 a misspelt name": (
        altered("5b.9", "await app", "misspelt; await app"),
        ", in around, line 7: misspelt; await app(",
    ),
    "5b.9 a key that is not in every message": (
        altered("5b.9", 'message["type"] == "http.response.start"', "'body' not in message"),
        "KeyError: 'headers', in out, line ",
    ),
    "5b.9 a start without a status": (
        altered("5b.9", "await app", "await send({'type': 'http.response.start'}); await app"),
        "needs a `status`",
    ),
}
