"""Exercise 11.9: tests of all three parts, which fail on broken ones and pass on right ones."""

from __future__ import annotations

from collections.abc import Callable

from .declare import Evidence, Exercise, Wrong
from .lesson_11_broken import try_tests
from .mutation import good

IMPORTS = """\
import asyncio

from asynclab.dashboard.parts import feed, suppliers, timing
from django.http import HttpResponse, StreamingHttpResponse
from django.test import RequestFactory, SimpleTestCase


async def ask(name):
    return "12 kg"


"""
STUB = (
    IMPORTS
    + """\
class DashboardTest(SimpleTestCase):
    async def test_suppliers(self):
        states = await suppliers(ask, ["beans", "milk"], 0.1)
        self.assertTrue(states)

    async def test_feed(self):
        orders = feed()
        orders.publish("Ada")
        items = orders.listen()
        self.assertTrue(await anext(items))
        await items.aclose()

    async def test_timing_of_a_stream(self):
        async def pieces():
            yield b"tea"

        async def page(request):
            return StreamingHttpResponse(pieces())

        request = RequestFactory().get("/tea/")
        with self.assertLogs("cafe.timing"):
            response = await timing(page)(request)
            async for piece in response:
                self.assertEqual(piece, b"tea")

    def test_timing_of_a_plain_page(self):
        def page(request):
            return HttpResponse("tea")

        response = timing(page)(RequestFactory().get("/tea/"))
        self.assertEqual(response.status_code, 200)
"""
)
SUPPLIERS = """\
    async def test_suppliers(self):
        async def ask(name):
            if name == "milk":
                raise OSError("no line")
            if name == "cups":
                await asyncio.Event().wait()  # says nothing
            return "12 kg"

        states = await suppliers(ask, ["beans", "milk", "cups"], 0.1)
        self.assertEqual(
            states, {"beans": "12 kg", "milk": "failed", "cups": "late"}
        )

"""
FEED = """\
    async def test_feed(self):
        orders = feed()
        orders.publish("Ada")
        orders.publish("Lin")
        items = orders.listen(1)
        self.assertEqual(await anext(items), (2, "Lin"))
        self.assertEqual(len(orders.listeners), 1)
        await items.aclose()
        self.assertEqual(len(orders.listeners), 0)

"""
STREAM = """\
    async def test_timing_of_a_stream(self):
        async def pieces():
            yield b"tea"

        async def page(request):
            return StreamingHttpResponse(pieces())

        with self.assertNoLogs("cafe.timing", "INFO"):
            response = await timing(page)(RequestFactory().get("/tea/"))
        with self.assertLogs("cafe.timing", "INFO") as seen:
            async for piece in response:
                self.assertEqual(piece, b"tea")
        self.assertEqual(len(seen.output), 1)

"""
PLAIN = """\
    def test_timing_of_a_plain_page(self):
        def page(request):
            return HttpResponse("tea")

        with self.assertLogs("cafe.timing", "INFO") as seen:
            timing(page)(RequestFactory().get("/tea/"))
        self.assertIn("/tea/", seen.output[0])
"""


def written(*methods: str, base: str = "SimpleTestCase", before: str = "") -> str:
    """The class, made of these tests."""
    return f"{before}{IMPORTS}class DashboardTest({base}):\n" + "".join(methods)


def changed(text: str, *pairs: tuple[str, str]) -> str:
    """The text with each first of a pair replaced by its second; each must be there."""
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new)
    return text


WANTED = """\
        self.assertEqual(
            states, {"beans": "12 kg", "milk": "failed", "cups": "late"}
        )
"""
FAILS = """\
            if name == "milk":
                raise OSError("no line")
"""
SILENT = """\
            if name == "cups":
                await asyncio.Event().wait()  # says nothing
"""
NOBODY_LEFT = "        self.assertEqual(len(orders.listeners), 0)\n"
NOT_YET = """\
        with self.assertNoLogs("cafe.timing", "INFO"):
            response = await timing(page)(RequestFactory().get("/tea/"))
"""
WHENEVER = changed(
    STREAM,
    (NOT_YET, ""),
    (
        "            async for",
        '            response = await timing(page)(RequestFactory().get("/tea/"))\n            async for',
    ),
)
SAID = """\
        with self.assertLogs("cafe.timing", "INFO") as seen:
            timing(page)(RequestFactory().get("/tea/"))
        self.assertIn("/tea/", seen.output[0])
"""
STATUS_ONLY = """\
        response = timing(page)(RequestFactory().get("/tea/"))
        self.assertEqual(response.status_code, 200)
"""
ASYNC_PLAIN = changed(
    PLAIN,
    ("    def test_timing_of_a_plain_page", "    async def test_a_page"),
    ("        def page", "        async def page"),
    ("            timing(page)", "            await timing(page)"),
)
NEVER_RUN = """\
    async def test_timing_of_a_stream(self):
        async def page(request):
            return StreamingHttpResponse([b"tea"])

        response = timing(page)(RequestFactory().get("/tea/"))
        self.assertIsNotNone(response)

"""
INSIDE = """\
        [bell] = orders.listeners
        bell.clear()
        await items.aclose()
"""
LAYER = """\
            layer = timing(page)
            self.assertFalse(layer.is_async)
            layer(RequestFactory"""


OTHER = """\
import asyncio
import logging
from unittest import mock

import asynclab.dashboard.parts as parts
from asgiref.sync import async_to_sync
from django.http import StreamingHttpResponse
from django.test import RequestFactory, TestCase


class DashboardTest(TestCase):
    def setUp(self):
        self.lines = []
        handler = logging.Handler()
        handler.emit = self.lines.append
        log = logging.getLogger("cafe.timing")
        log.addHandler(handler)
        log.setLevel("INFO")
        self.addCleanup(log.removeHandler, handler)

    def test_one_fails(self):
        ask = mock.AsyncMock(side_effect=ValueError)
        self.assertEqual(async_to_sync(parts.suppliers)(ask, ["milk"], 5), {"milk": "failed"})

    def test_one_is_late(self):
        async def ask(name):
            await asyncio.sleep(60)

        self.assertEqual(async_to_sync(parts.suppliers)(ask, ["milk"], 0.01), {"milk": "late"})

    async def test_who_comes_back(self):
        orders, got = parts.feed(3), []
        for name in "abcdef":
            orders.publish(name)

        async def visitor():
            async for number, text in orders.listen(4):
                got.append(number)

        task = asyncio.create_task(visitor())
        await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.wait({task})
        self.assertEqual((got, list(orders.listeners)), ([5, 6], []))

    def test_streams(self):
        said = []

        def pieces():
            yield b"a"
            said.append(len(self.lines))
            yield b"b"

        response = parts.timing(lambda request: StreamingHttpResponse(pieces()))(RequestFactory().get("/x/"))
        assert b"".join(response.streaming_content) == b"ab"
        assert said == [0] and len(self.lines) == 1
"""


def survivors(*names: str) -> Callable[[Evidence], bool]:
    """Whether the tests pass on the right parts, and on one of these broken ones, but not on all."""

    def saw(seen: Evidence) -> bool:
        return bool(seen["ran"] and seen["passes"] and not seen["proves_nothing"]) and any(
            name in seen["alive"] for name in names
        )

    return saw


PASSES = "Your tests pass on a part that {what}. {question}"

TESTS = Exercise(
    number="11.9",
    name="DashboardTest",
    title="Step 4: tests for all",
    kind="make",
    minutes=18,
    task=(
        "These four tests pass. They pass on broken parts, too. Sharpen them: they shall pass on "
        "right parts, "
        "however written, and fail on each broken one.\n\n"
        "`suppliers`, `feed` and `timing` are the parts of steps 1 to 3 as they should be, "
        "whatever became of "
        "yours. `check` puts others in their place: two right sets and six sets with one broken part. "
        "`run_tests(DashboardTest)` runs them on the right ones.\n\n"
        "`check` looks at: a supplier who fails, one who says nothing · who comes back, who leaves · *when* "
        "a stream is timed · both kinds of `get_response`."
    ),
    stub=STUB,
    solutions=(written(SUPPLIERS, FEED, STREAM, PLAIN), OTHER),
    wrong=(
        Wrong(
            "never_ran",
            (
                changed(
                    written(SUPPLIERS, FEED, STREAM, PLAIN, base="TestCase"),
                    ("RequestFactory, SimpleTestCase", "RequestFactory\nfrom unittest import TestCase"),
                ),
                written(SUPPLIERS, PLAIN, base="unittest.TestCase", before="import unittest\n"),
            ),
            lambda seen: bool(seen["never_ran"]),
            "The runner called `{never_ran}`, got a coroutine, and took that for a success: nobody awaited "
            "it. Which base class awaits an `async def` test?",
        ),
        Wrong(
            "forgets_await",
            (
                written(
                    changed(
                        SUPPLIERS,
                        ("await suppliers", "suppliers"),
                        (WANTED, "        self.assertTrue(states)\n"),
                    ),
                    FEED,
                    STREAM,
                    PLAIN,
                ),
                written(SUPPLIERS, FEED, NEVER_RUN, PLAIN),
            ),
            lambda seen: bool(seen["unawaited"]),
            "Your test calls `{unawaited}`, and nobody awaits it: it never ran. Which word is missing?",
        ),
        Wrong(
            "looks_inside",
            (
                written(SUPPLIERS, changed(FEED, ("        await items.aclose()\n", INSIDE)), STREAM, PLAIN),
                written(
                    SUPPLIERS,
                    FEED,
                    STREAM,
                    changed(PLAIN, ("            timing(page)(RequestFactory", LAYER)),
                ),
            ),
            lambda seen: bool(seen["rejects_some"]),
            "Your tests pass on one right set of parts and fail on another: {rejected} Do they look at how a "
            "part works, where they should look at what comes of it?",
        ),
        Wrong(
            "proves_nothing",
            (
                changed(STUB, ("self.assertTrue(states)", "self.assertIsNotNone(states)")),
                written(changed(PLAIN, (SAID, STATUS_ONLY))),
            ),
            lambda seen: bool(seen["proves_nothing"]),
            "Your tests pass on all {broken} broken sets. One of them {what}. What do they compare, "
            "and with what?",
        ),
        Wrong(
            "good_suppliers_only",
            (
                written(
                    changed(SUPPLIERS, (FAILS, ""), ('"milk": "failed"', '"milk": "12 kg"')),
                    FEED,
                    STREAM,
                    PLAIN,
                ),
                written(
                    changed(SUPPLIERS, (SILENT, ""), ('"cups": "late"', '"cups": "12 kg"')),
                    FEED,
                    STREAM,
                    PLAIN,
                ),
            ),
            survivors("one failure loses all", "late is failed"),
            PASSES,
        ),
        Wrong(
            "nobody_leaves_or_comes_back",
            (
                written(
                    SUPPLIERS,
                    changed(FEED, ("listen(1)", "listen()"), ('(2, "Lin")', '(1, "Ada")')),
                    STREAM,
                    PLAIN,
                ),
                written(SUPPLIERS, changed(FEED, (NOBODY_LEFT, "")), STREAM, PLAIN),
            ),
            survivors("sends again", "stays on the list"),
            PASSES,
        ),
        Wrong(
            "whenever_it_is_said",
            (written(SUPPLIERS, FEED, WHENEVER, PLAIN), written(SUPPLIERS, FEED, PLAIN)),
            survivors("before the stream"),
            PASSES,
        ),
        Wrong(
            "one_mode",
            (written(SUPPLIERS, FEED, STREAM), written(SUPPLIERS, FEED, STREAM, ASYNC_PLAIN)),
            survivors("silent in sync"),
            PASSES,
        ),
    ),
    hints=(
        "Let `ask` raise for one name, and wait for ever for another (`await "
        "asyncio.Event().wait()`). Compare "
        "the whole dictionary.",
        "`orders.listen(1)` is somebody who comes back. After `await items.aclose()`, how many are in "
        "`orders.listeners`?",
        'Two blocks for the stream: `with self.assertNoLogs("cafe.timing", "INFO"):` around the call, '
        '`with self.assertLogs("cafe.timing", "INFO") as seen:` around the `async for`. The plain page needs '
        "the second one, too.",
    ),
    attempt=try_tests,
    passed=good,
    done="Your tests pass on {right} right sets of parts, and fail on all {broken} broken ones.",
    otherwise="Not yet: {odd}. {question}",
    deadline=40.0,
)
