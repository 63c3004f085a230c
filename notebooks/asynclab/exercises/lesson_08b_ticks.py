"""Exercise 8b.6: a test that a stream counts its visitor, and lets go of this one when it is closed."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

from .declare import Evidence, Exercise, Wrong
from .mutation import Broken, good, survives, tried

Watching = set[object]


async def with_finally(watching: Watching) -> AsyncIterator[str]:
    """As in the notebook."""
    me = object()
    watching.add(me)
    try:
        while True:
            yield "tick"
            await asyncio.sleep(0.01)
    finally:
        watching.discard(me)


@contextmanager
def counted(watching: Watching) -> Iterator[None]:
    me = ["somebody"]
    watching.add(id(me))
    try:
        yield
    finally:
        watching.remove(id(me))


async def with_a_manager(watching: Watching) -> AsyncIterator[str]:
    with counted(watching):
        for _ in range(1000):
            yield "tick"
            await asyncio.sleep(0)


async def after_the_loop(watching: Watching) -> AsyncIterator[str]:
    me = object()
    watching.add(me)
    for _ in range(1000):
        yield "tick"
        await asyncio.sleep(0)
    watching.discard(me)


async def only_exceptions(watching: Watching) -> AsyncIterator[str]:
    me = object()
    watching.add(me)
    try:
        while True:
            yield "tick"
            await asyncio.sleep(0)
    except Exception:
        watching.discard(me)


async def counts_nobody(watching: Watching) -> AsyncIterator[str]:
    while True:
        yield "tick"
        await asyncio.sleep(0)


async def lets_go_of_all(watching: Watching) -> AsyncIterator[str]:
    watching.add(object())
    try:
        while True:
            yield "tick"
            await asyncio.sleep(0)
    finally:
        watching.clear()


RIGHT = (with_finally, with_a_manager)
BROKEN = (
    Broken(
        "after the loop",
        "lets go of its visitor after its loop, which a visitor who leaves never lets it reach",
        after_the_loop,
        "What must `watching` hold after `await stream.aclose()`?",
    ),
    Broken(
        "only exceptions",
        "lets go of its visitor for an `Exception` only, and the end of a generator is none",
        only_exceptions,
        "What must `watching` hold after `await stream.aclose()`?",
    ),
    Broken(
        "counts nobody",
        "never counts anybody",
        counts_nobody,
        "What must `watching` hold while the stream is open?",
    ),
    Broken(
        "lets go of all",
        "lets go of every visitor as soon as one leaves",
        lets_go_of_all,
        "Who else could be watching in your test?",
    ),
)


async def try_ticks(case: Any) -> Evidence:
    """The learner's test on two right streams and four broken ones."""
    return await tried(case, "TicksTest", "ticks", RIGHT, BROKEN)


IMPORTS = "from django.test import SimpleTestCase\n\n\n"
OPEN = (
    "watching = set()",
    "one, two = ticks(watching), ticks(watching)",
    "await anext(one)",
    "await anext(two)",
)
ONE = ("watching = set()", "one = ticks(watching)", "await anext(one)")
TWO_ARE, NONE_ARE = "self.assertEqual(len(watching), 2)", "self.assertEqual(len(watching), 0)"
ONE_IS = "self.assertEqual(len(watching), 1)"
CLOSE = "await one.aclose()"
UNAWAITED = re.compile(r"^ *(?:anext\(|\w+\.aclose\()", re.MULTILINE)  # a statement of its own


def written(*lines: str, imports: str = IMPORTS, base: str = "SimpleTestCase") -> str:
    """One way to write the test."""
    body = "".join(f"        {line}\n" for line in lines)
    return f"{imports}class TicksTest({base}):\n    async def test_ticks(self):\n{body}"


TICKS = Exercise(
    number="8b.6",
    name="TicksTest",
    kind="make",
    minutes=6,
    task=(
        "Write `TicksTest`, a test of `ticks` from above, without ASGI: an async generator has `anext` and "
        "`aclose`. Each stream that is open is counted in the set that it was given. Closing one lets go of "
        "that one, and of no other.\n\n"
        "`check` runs your test on two right generators and on four broken ones."
    ),
    stub=IMPORTS + "class TicksTest(SimpleTestCase):\n    async def test_ticks(self):\n        ...\n",
    solutions=(
        written(*OPEN, TWO_ARE, CLOSE, ONE_IS, "await two.aclose()", NONE_ARE),
        written(
            "from contextlib import aclosing",
            "watching = {'somebody else'}",
            "async with aclosing(ticks(watching)) as stream:",
            "    async for part in stream:",
            "        assert len(watching) == 2",
            "        break",
            "assert watching == {'somebody else'}",
        ),
        written(
            *OPEN,
            "counts = [len(watching)]",
            "for stream in (two, one):",
            "    await stream.aclose()",
            "    counts.append(len(watching))",
            "self.assertEqual(counts, [2, 1, 0])",
            imports="from unittest import IsolatedAsyncioTestCase\n\n\n",
            base="IsolatedAsyncioTestCase",
        ),
    ),
    wrong=(
        Wrong(
            "never_ran",
            (
                written(*ONE, ONE_IS, imports="import unittest\n\n\n", base="unittest.TestCase"),
                written("self.fail()", imports="from unittest import TestCase\n\n\n", base="TestCase"),
            ),
            lambda seen: bool(seen["never_ran"]),
            "The runner called `{never_ran}`, got a coroutine, and took that for a success: nobody awaited "
            "it, so your test never ran. Which base class awaits an `async def` test?",
        ),
        Wrong(
            "forgets_await",
            (
                written(*ONE, ONE_IS, "one.aclose()", NONE_ARE),
                written(*OPEN[:2], "anext(one)", "anext(two)", TWO_ARE, CLOSE, ONE_IS),
            ),
            lambda seen: not good(seen) and UNAWAITED.search(seen.source) is not None,
            "A call of `anext` or `aclose` gives something to await. Nobody awaits one of yours, so it did "
            "nothing. Which word is missing?",
            reads_source=True,  # the older Pythons have no warning for it
        ),
        Wrong(
            "proves_nothing",
            (
                written("stream = ticks(set())", 'self.assertEqual(await anext(stream), "tick")'),
                written(*ONE, CLOSE, "self.assertIsNotNone(watching)"),
            ),
            lambda seen: bool(seen["proves_nothing"]),
            "Your test passes on all {broken} broken generators. One of them {what}. What do you compare "
            "with what, and when?",
        ),
        Wrong(
            "only_while_open",
            (written(*ONE, ONE_IS, CLOSE), written(*OPEN, TWO_ARE, CLOSE, "await two.aclose()")),
            survives("after the loop"),
            "Your test passes on a generator that {what}. {question}",
        ),
        Wrong(
            "only_when_closed",
            (written(*ONE, CLOSE, NONE_ARE), written(*OPEN, CLOSE, "await two.aclose()", NONE_ARE)),
            survives("counts nobody"),
            "Your test passes on a generator that {what}. {question}",
        ),
        Wrong(
            "nobody_else",
            (
                written(*ONE, ONE_IS, CLOSE, NONE_ARE),
                written(*OPEN, TWO_ARE, CLOSE, "await two.aclose()", NONE_ARE),
            ),
            survives("lets go of all"),
            "Your test passes on a generator that {what}. {question}",
        ),
    ),
    hints=(
        "`stream = ticks(watching)` runs nothing yet. `await anext(stream)` runs it to its first part.",
        "Look at `len(watching)` twice: while streams are open, and after `await stream.aclose()`.",
        "Open two streams. Count: two. Close one. Count: one.",
    ),
    attempt=try_ticks,
    passed=good,
    done="Your test passes on {right} right generators and fails on all {broken} broken ones.",
    otherwise="Not yet: {odd}. {question}",
    deadline=20.0,
)
