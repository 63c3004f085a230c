"""What lesson 05 claims beyond its declarations, and answers to its exercises that nobody foresaw."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.decorators import async_only_middleware

from asynclab.client import fetch
from asynclab.exercises import Exercise, Prediction, find
from asynclab.trial import Judge
from tests import cafe, practice

from .cafe import swept  # noqa: F401 - 5.7 lets an error escape
from .seven import SEVEN

Layer = Callable[[Any], Any]


# What the runs decide


async def page(request: HttpRequest) -> HttpResponse:
    return HttpResponse("tea")


async def nap(request: HttpRequest) -> HttpResponse:
    await asyncio.sleep(0.01)
    return HttpResponse("ready")


class Plain:
    def __init__(self, get_response: Layer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> Any:
        return self.get_response(request)


class Closed:
    """As in 5.7: flags, and no mark."""

    sync_capable, async_capable = False, True

    def __init__(self, get_response: Layer) -> None:
        pass

    async def __call__(self, request: HttpRequest) -> HttpResponse:
        raise Http404("We are closed.")


@async_only_middleware
def native(get_response: Layer) -> Layer:
    async def layer(request: HttpRequest) -> Any:
        return await get_response(request)

    return layer


COMMON, XFRAME = SEVEN[2], SEVEN[6]


@pytest.mark.parametrize(
    ("number", "view", "layers", "times", "letter"),
    [
        ("5.3", page, [COMMON, Plain, XFRAME], 1, "c"),
        ("5.7", page, [Closed], 1, "c"),
        ("5.7", page, [Plain, XFRAME], 1, None),  # the cell was changed: it decides nothing
        ("5b.3", nap, [native] * 7, 20, "c"),
    ],
)
def test_the_run_of_a_prediction_decides_it(
    number: str, view: Any, layers: list[Any], times: int, letter: str | None
) -> None:
    cafe.ready()

    async def send() -> Any:
        return await fetch("/", view=view, middleware=layers, times=times)

    run, asked = cafe.run(send()), find(number)
    assert isinstance(asked, Prediction)
    if letter is None:
        with pytest.raises(KeyError):
            asked.settle(run)
    else:
        assert asked.settle(run) == letter


# Right answers that are written in an unusual way

SIGNS = {
    "a factory in place of a class": """\
from django.utils.decorators import async_only_middleware

@async_only_middleware
def Sign(get_response):
    async def open_sign(request):
        response = await get_response(request)
        response.headers["X-Cafe"] = "open"
        return response
    return open_sign
""",
    "marked from outside, when it is made": """\
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
    "flags that are true, but are not True": """\
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
}
DOORMEN = {
    "it finds out at each call whether a loop runs here": """\
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
    "one object is one of two functions": """\
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
    "it awaits only what can be awaited": """\
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
}


@pytest.mark.parametrize("source", SIGNS.values(), ids=SIGNS)
def test_an_unusual_sign_passes(judge: Judge, source: str) -> None:
    assert practice.judged(judge, "5.9", source).state == "passed"


@pytest.mark.parametrize("source", DOORMEN.values(), ids=DOORMEN)
def test_an_unusual_doorman_passes(judge: Judge, source: str) -> None:
    assert practice.judged(judge, "5.12", source).state == "passed"


SIGNERS = {
    "a plain function around": """\
def signed(app):
    def around(scope, receive, send):
        async def out(message):
            if message["type"].endswith(".start"):
                message["headers"] = list(message.get("headers", ())) + [(b"X-Cafe", b"open")]
            return await send(message)

        return app(scope, receive, out if scope["type"] == "http" else send)

    return around
""",
    "a generator of messages in between": """\
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
BAD_SIGNERS = {
    "every answer is its own": """\
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
    "it gives the application back": "def signed(app):\n    return app\n",
    "it returns nothing": "def signed(app):\n    app\n",
    "it adds the header twice": """\
def signed(app):
    async def around(scope, receive, send):
        async def out(message):
            if "status" in message:
                message["headers"] += [(b"x-cafe", b"open"), (b"x-cafe", b"open")]
            await send(message)

        await app(scope, receive, out)

    return around
""",
    "it is no layer but an application": """\
async def signed(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body"})
""",
}


@pytest.mark.parametrize("source", SIGNERS.values(), ids=SIGNERS)
def test_an_unusual_signer_passes(judge: Judge, source: str) -> None:
    verdict = practice.judged(judge, "5b.9", source)
    assert verdict.state == "passed", verdict


@pytest.mark.parametrize("source", BAD_SIGNERS.values(), ids=BAD_SIGNERS)
def test_a_wrong_signer_that_nobody_foresaw_fails(judge: Judge, source: str) -> None:
    verdict = practice.judged(judge, "5b.9", source)
    assert verdict.state == "failed", verdict


# Wrong answers that are not among the declared ones

BAD_SIGNS = {
    "it blocks the loop by hand": """\
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
    "it never asks the view": """\
from asgiref.sync import markcoroutinefunction
from django.http import HttpResponse

class Sign:
    sync_capable, async_capable = False, True

    def __init__(self, get_response):
        markcoroutinefunction(self)

    async def __call__(self, request):
        return HttpResponse("tea", headers={"X-Cafe": "open"})
""",
    "a mistake in its own init": """\
class Sign:
    sync_capable, async_capable = False, True

    def __init__(self, get_response):
        markcoroutinefunction(self)
""",
    "something that is no layer": "Sign = 42 .__add__\n",
}
BAD_DOORMEN = {
    "it never comes to an end": """\
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
    "it leaves the process": """\
import sys

class Doorman:
    def __init__(self, get_response):
        sys.exit(1)
""",
    "it turns everybody away": """\
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
    "it answers by itself": """\
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
    "it lets everybody in before it asks": """\
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
    "async only by name: it blocks for the sync half": """\
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
    "no 404 but a 403": """\
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
}


@pytest.mark.parametrize("source", BAD_SIGNS.values(), ids=BAD_SIGNS)
def test_a_wrong_sign_that_nobody_foresaw_fails(judge: Judge, source: str) -> None:
    verdict = practice.judged(judge, "5.9", source)
    assert verdict.state == "failed", verdict


@pytest.mark.parametrize("source", BAD_DOORMEN.values(), ids=BAD_DOORMEN)
def test_a_wrong_doorman_that_nobody_foresaw_fails(judge: Judge, source: str) -> None:
    verdict = practice.judged(judge, "5.12", source)
    assert verdict.state == "failed", verdict


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


@pytest.mark.parametrize(
    ("number", "before", "after", "words"),
    [
        ("5.9", "response.headers", "response.heads", "no attribute 'heads', in Sign.__call__, line 14:"),
        ("5.12", SYNC_LINE, "        misspelt\n" + SYNC_LINE, ": misspelt). Begin with that line."),
        ("5.12", '"sync"', '"async"', "Not yet: by ASGI, around a sync layer: status 200, header 'async'."),
        (
            "5b.9",
            "    return around",
            "    around",
            "Not yet: `signed` returned NoneType. A server calls what",
        ),
        ("5b.9", "await app", "misspelt; await app", ", in around, line 7: misspelt; await app("),
        (
            "5b.9",
            'message["type"] == "http.response.start"',
            "'body' not in message",
            "KeyError: 'headers', in out, line ",
        ),
        ("5b.9", "await app", "await send({'type': 'http.response.start'}); await app", "needs a `status`"),
    ],
)
def test_what_went_wrong_is_said_and_nothing_else_is_blamed(
    judge: Judge, number: str, before: str, after: str, words: str
) -> None:
    verdict = practice.judged(judge, number, altered(number, before, after))
    assert verdict.state == "failed"
    assert words in verdict.message


def test_the_page_of_the_cellar_may_carry_the_header(judge: Judge) -> None:
    question = '        if request.path == "/cellar/":\n            raise Http404("Staff only.")\n'
    assert practice.judged(judge, "5.12", altered("5.12", question, "") + IN_PROCESS_VIEW).state == "passed"
