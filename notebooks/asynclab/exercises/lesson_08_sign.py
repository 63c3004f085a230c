"""Exercise 8.11: a test of middleware in both modes, without a client."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import sync_and_async_middleware
from django.utils.deprecation import MiddlewareMixin

from .declare import Evidence, Exercise, Wrong
from .mutation import Broken, good, survives, tried

Layer = Callable[[HttpRequest], Any]


class Dual:
    """As in the notebook. What is broken differs from it in one method."""

    sync_capable = async_capable = True

    def __init__(self, get_response: Layer) -> None:
        self.get_response = get_response
        self.waits = iscoroutinefunction(get_response)
        if self.waits:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Any:
        if self.waits:
            return self.later(request)
        return self.opened(self.get_response(request))

    async def later(self, request: HttpRequest) -> Any:
        return self.opened(await self.get_response(request))

    def opened(self, response: Any) -> Any:
        response.headers["X-Cafe"] = "open"
        return response


@sync_and_async_middleware
def two_functions(get_response: Layer) -> Layer:
    if iscoroutinefunction(get_response):

        async def later(request: HttpRequest) -> Any:
            response = await get_response(request)
            response["X-Cafe"] = "open"
            return response

        return later

    def at_once(request: HttpRequest) -> Any:
        response = get_response(request)
        response["X-Cafe"] = "open"
        return response

    return at_once


class OldStyle(MiddlewareMixin):
    def process_response(self, request: HttpRequest, response: Any) -> Any:
        response.headers.setdefault("X-Cafe", "open")
        return response


class NoHeaderAsync(Dual):
    async def later(self, request: HttpRequest) -> Any:
        return await self.get_response(request)


class NoHeaderSync(Dual):
    def __call__(self, request: HttpRequest) -> Any:
        return self.later(request) if self.waits else self.get_response(request)


class Alone(Dual):
    def __call__(self, request: HttpRequest) -> Any:
        return self.later(request) if self.waits else self.opened(HttpResponse("hello"))

    async def later(self, request: HttpRequest) -> Any:
        return self.opened(HttpResponse("hello"))


class Shut(Dual):
    def opened(self, response: Any) -> Any:
        response.headers["X-Cafe"] = "closed"
        return response


RIGHT = (Dual, two_functions, OldStyle)
BROKEN = (
    Broken(
        "no header async",
        "sets no header where `get_response` is an `async def`",
        NoHeaderAsync,
        "What kind of `get_response` does your test not hand over?",
    ),
    Broken(
        "no header sync",
        "sets no header where `get_response` is a plain `def`",
        NoHeaderSync,
        "What kind of `get_response` does your test not hand over?",
    ),
    Broken(
        "alone",
        "never calls `get_response`, and answers by itself",
        Alone,
        "What would be in the answer that only your `get_response` can have put there?",
    ),
    Broken(
        "shut",
        'sets the header to "closed"',
        Shut,
        "Which value should the header have?",
    ),
)


async def try_sign(case: Any) -> Evidence:
    """The learner's test on three right middlewares and four broken ones."""
    return await tried(case, "SignTest", "Sign", RIGHT, BROKEN)


IMPORTS = """\
from django.http import HttpResponse
from django.test import AsyncRequestFactory, RequestFactory, SimpleTestCase


"""
ASYNC = """\
    async def test_async(self):
        async def page(request):
            return HttpResponse("tea")

        request = AsyncRequestFactory().get("/")
        response = await Sign(page)(request)
"""
SYNC = """\
    def test_sync(self):
        def page(request):
            return HttpResponse("tea")

        response = Sign(page)(RequestFactory().get("/"))
"""
HEADER = 'self.assertEqual(response.headers["X-Cafe"], "open")'
TEA = 'self.assertEqual(response.content, b"tea")'


def written(*tests: tuple[str, tuple[str, ...]], base: str = "SimpleTestCase", imports: str = "") -> str:
    """One way to write the tests: of each its beginning, and what it checks."""
    bodies = [start + "".join(f"        {line}\n" for line in lines) for start, lines in tests]
    return f"{imports}{IMPORTS}class SignTest({base}):\n" + "\n".join(bodies)


BOTH = HEADER, TEA
ASYNC_HELPER = """\
class SignTest(SimpleTestCase):
    def setUp(self):
        self.tea = HttpResponse("tea", status=404)
        self.request = RequestFactory().post("/tea/")

    def page(self, request):
        self.assertIs(request, self.request)
        return self.tea

    def see(self, response):
        self.assertIs(response, self.tea)
        assert response["x-cafe"] == "open"

    def test(self):
        self.see(Sign(self.page)(self.request))

    async def test_it(self):
        async def page(request):
            return self.page(request)

        self.see(await Sign(page)(self.request))
"""
BY_MOCKS = """\
from unittest import mock
from asgiref.sync import async_to_sync


class SignTest(SimpleTestCase):
    def test_both(self):
        for make in (mock.Mock, mock.AsyncMock):
            with self.subTest(make=make):
                page = make(return_value=HttpResponse("tea"))
                sign = Sign(page)
                call = async_to_sync(sign) if make is mock.AsyncMock else sign
                response = call("a request")
                page.assert_called_once_with("a request")
                self.assertEqual(response.headers["X-Cafe"], "open")
                self.assertEqual(response.getvalue(), b"tea")
"""
WITH_CLIENT = """\
    async def test_client(self):
        response = await self.async_client.get("/slow/?delay=0")
"""

SIGN = Exercise(
    number="8.11",
    name="SignTest",
    kind="make",
    minutes=7,
    task=(
        "Write `SignTest`, a test of `Sign` from above, without a client, without a URL. `Sign` gets "
        "the next layer, `get_response`, hands the request on to it, and sets the header "
        "`X-Cafe: open` on the response that comes back. It does so in both modes: `get_response` may "
        "be an `async def` or a plain `def`.\n\n"
        "`check` runs your test on three right middlewares, written differently, and on four broken ones."
    ),
    stub="from django.test import SimpleTestCase\n\n\nclass SignTest(SimpleTestCase):\n    ...\n",
    solutions=(
        written((ASYNC, BOTH), (SYNC, BOTH)),
        IMPORTS + ASYNC_HELPER,
        IMPORTS + BY_MOCKS,
    ),
    wrong=(
        Wrong(
            "never_ran",
            (
                written(
                    (ASYNC, BOTH), (SYNC, BOTH), base="TestCase", imports="from unittest import TestCase\n"
                ),
                written((ASYNC, ("self.fail()",)), base="unittest.TestCase", imports="import unittest\n"),
            ),
            lambda seen: bool(seen["never_ran"]),
            "The runner called `{never_ran}`, got a coroutine, and took that for a success: nobody awaited "
            "it, so it never ran. Which base class awaits an `async def` test?",
        ),
        Wrong(
            "forgets_await",
            (
                written((ASYNC.replace("await ", ""), ("self.assertIsNotNone(response)",)), (SYNC, BOTH)),
                written((SYNC.replace("        def page", "        async def page"), ("assert response",))),
            ),
            lambda seen: bool(seen["unawaited"]),
            "Nobody awaits `{unawaited}`: it never ran. Who has to await what `Sign` gives back "
            "if `get_response` is an `async def`?",
        ),
        Wrong(
            "looks_inside",
            (
                written((ASYNC, (*BOTH, "self.assertTrue(Sign(page).waits)")), (SYNC, BOTH)),
                written(
                    (
                        ASYNC.replace(
                            "response = await Sign(page)(request)", "response = await page(request)"
                        ),
                        ("response = Sign(page).opened(response)", *BOTH),
                    ),
                    (SYNC, BOTH),
                ),
            ),
            lambda seen: bool(seen["rejects_some"]),
            "Your test passes on one right middleware and fails on another: {rejected} Does it look at how "
            "`Sign` works, where it should look at what comes out?",
        ),
        Wrong(
            "proves_nothing",
            (
                written((WITH_CLIENT, (HEADER,))),
                written((ASYNC, ("self.assertEqual(response.status_code, 200)",)), (SYNC, ("response",))),
            ),
            lambda seen: bool(seen["proves_nothing"]),
            "Your test passes on all {broken} broken middlewares. One of them {what}. Does the response that "
            "you look at come out of `Sign`, and would it look different without it?",
        ),
        Wrong(
            "one_mode",
            (written((ASYNC, BOTH)), written((SYNC, BOTH))),
            lambda seen: survives("no header async")(seen) or survives("no header sync")(seen),
            "Your test passes on a middleware that {what}. {question}",
        ),
        Wrong(
            "forgets_what_is_inside",
            (
                written((ASYNC, (HEADER,)), (SYNC, (HEADER,))),
                written((ASYNC, (HEADER, "self.assertTrue(response.content)")), (SYNC, BOTH[:1])),
            ),
            survives("alone"),
            "Your test passes on a middleware that {what}. {question}",
        ),
    ),
    hints=(
        "`Sign(page)` is a layer, and `page` is any function that takes a request and gives a response.",
        "Two tests: an `async def` with an async `page`, whose answer you await; a `def` with a sync one.",
        "In each, compare the header with what it should be, and the content with what `page` gave.",
    ),
    attempt=try_sign,
    passed=good,
    done="Your test passes on {right} right middlewares and fails on all {broken} broken ones.",
    otherwise="Not yet: {odd}. {question}",
    deadline=20.0,
)
