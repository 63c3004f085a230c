"""What lesson 05 claims beyond its declarations, and answers to its exercises that nobody foresaw."""

from __future__ import annotations

import re
from collections.abc import Iterator

import nbformat
import pytest

from asynclab.exercises import Exercise, find
from asynclab.trial import Judge, Verdict
from tests import practice

from .reading import NOTEBOOKS


@pytest.fixture(scope="module")
def judge() -> Iterator[Judge]:
    with Judge() as judge:
        yield judge


def judged(judge: Judge, number: str, source: str) -> Verdict:
    exercise = find(number)
    assert isinstance(exercise, Exercise)
    return judge(exercise, practice.defined(source, exercise.name))


def printed(name: str, cell_id: str) -> str:
    """What a committed cell has printed."""
    notebook = nbformat.read(NOTEBOOKS / name, as_version=4)
    (cell,) = [cell for cell in notebook.cells if cell.id == cell_id]
    return "".join(output.text for output in cell.outputs if output.output_type == "stream")


# The claims of measured cells


def test_a_sync_layer_below_the_seven_crosses_less_and_is_not_slower() -> None:
    rows = re.findall(
        r"^(seven(?: \+ Plain)?) +(\d+) crossings each +([\d.]+) s$",
        printed("05_middleware.ipynb", "slow"),
        re.M,
    )
    assert [(name, crossings) for name, crossings, _ in rows] == [("seven", "15"), ("seven + Plain", "5")] * 3
    times = {name: sorted(float(took) for which, _, took in rows if which == name) for name, _, _ in rows}
    assert times["seven + Plain"][1] <= 1.1 * times["seven"][1]  # the median of three


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
    assert judged(judge, "5.9", source).state == "passed"


@pytest.mark.parametrize("source", DOORMEN.values(), ids=DOORMEN)
def test_an_unusual_doorman_passes(judge: Judge, source: str) -> None:
    assert judged(judge, "5.12", source).state == "passed"


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
    verdict = judged(judge, "5.9", source)
    assert verdict.state == "failed", verdict


@pytest.mark.parametrize("source", BAD_DOORMEN.values(), ids=BAD_DOORMEN)
def test_a_wrong_doorman_that_nobody_foresaw_fails(judge: Judge, source: str) -> None:
    verdict = judged(judge, "5.12", source)
    assert verdict.state == "failed", verdict
