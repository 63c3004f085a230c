"""What exercise 11.9 lets loose on a learner's tests: whole sets of parts, right and broken."""

from __future__ import annotations

import asyncio
import functools
import inspect
import types
from collections.abc import Callable
from typing import Any

from .declare import Evidence
from .lesson_11_ask_all import ASK_ALL, GATHER, HEAD, ONE
from .lesson_11_ask_all import DEF as ASK_DEF
from .lesson_11_feed import FEED, LISTEN, NO_FINALLY, feed
from .lesson_11_feed import changed as feed_changed
from .lesson_11_timing import AT_ONCE, CLASS, END, IMPORTS, LATER, TIMING, WRAPS, changed
from .mutation import Broken, Case, tried

SECONDS = 2.0  # that an async test may take; the parts themselves take none


def made(name: str, source: str) -> Any:
    """What this source defines under that name."""
    found: dict[str, Any] = {"__name__": __name__}
    exec(compile(source, f"<a part for the tests: {name}>", "exec"), found)
    return found[name]


class Parts:
    """A set of parts: the first solutions, but for those that are given."""

    def __init__(self, name: str, **sources: str) -> None:
        self.__qualname__ = name
        right = {"ask_all": ASK_ALL.solutions[0], "Feed": FEED.solutions[0], "Timing": TIMING.solutions[0]}
        self._parts = {part: made(part, source) for part, source in (right | sources).items()}

    def __call__(self, name: str) -> Any:
        return self._parts[name]


RIGHT = (
    Parts("one"),
    Parts("other", ask_all=ASK_ALL.solutions[2], Feed=FEED.solutions[1], Timing=TIMING.solutions[1]),
)
SYNC_SILENT = """\
    def __call__(self, request):
        return self.later(request) if self.is_async else self.get_response(request)

"""
BROKEN = (
    Broken(
        "one failure loses all",
        "lets one supplier's error through",
        Parts(
            "broken 1",
            ask_all=HEAD
            + ONE.replace('    except Exception:\n        return "failed"\n', "")
            + ASK_DEF
            + GATHER,
        ),
        "What does your test's supplier do that a good one never does?",
    ),
    Broken(
        "late is failed",
        'says "failed" of a supplier who says nothing',
        Parts("broken 2", ask_all=HEAD + ONE.replace('return "late"', 'return "failed"') + ASK_DEF + GATHER),
        "Does one of your suppliers say nothing at all, and do you compare what is said of it?",
    ),
    Broken(
        "sends again",
        "sends everything again to whoever comes back",
        Parts(
            "broken 3",
            Feed=feed(feed_changed(LISTEN, ("> last_id:", "> 0 * last_id:"), ("last_id = number", "pass"))),
        ),
        "Which number comes first for somebody who comes back?",
    ),
    Broken(
        "stays on the list",
        "keeps a listener who has left on the list",
        Parts("broken 4", Feed=feed(NO_FINALLY)),
        "How many `listeners` are there when one has left? `await items.aclose()` is how one leaves.",
    ),
    Broken(
        "before the stream",
        "says how long a stream took before it has run",
        Parts("broken 5", Timing=changed((END + WRAPS, AT_ONCE))),
        "At which moment does the line come: before the first piece, or after the last?",
    ),
    Broken(
        "silent in sync",
        "says nothing where `get_response` is a plain `def`",
        Parts("broken 6", Timing=IMPORTS + CLASS + SYNC_SILENT + LATER + END + WRAPS),
        "Which kind of `get_response` does your test not hand over?",
    ),
)


def limited(case: Case) -> Case:
    """The same tests, each `async def` with a limit: what hangs on a broken part has noticed it."""

    def within(test: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(test)
        async def run(self: Any) -> None:
            try:
                async with asyncio.timeout(SECONDS) as limit:
                    await test(self)
            except TimeoutError as error:
                if limit.expired():
                    raise TimeoutError(
                        f"{test.__name__} had not ended after {SECONDS:g} s, the limit of this check"
                    ) from error
                raise

        return run

    tests = {
        name: within(test)
        for name, test in inspect.getmembers(case, inspect.iscoroutinefunction)
        if name.startswith("test") and isinstance(test, types.FunctionType)
    }
    named = {"__module__": "__main__", "__qualname__": case.__qualname__}
    return types.new_class(case.__name__, (case,), {}, lambda space: space.update(named | tests))


async def try_tests(case: Any) -> Evidence:
    """The learner's tests on two right sets of parts and six broken ones."""
    from ..dashboard.parts import standing_in  # it looks for the exercises, this one among them

    current: list[Any] = []

    def put(tests: Case, subject: str, code: Any) -> Case:
        while current:
            current.pop().__exit__(None, None, None)
        current.append(standing_in(code))
        current[0].__enter__()
        return limited(tests)

    try:
        return await tried(case, "DashboardTest", "the parts", RIGHT, BROKEN, put=put)
    finally:
        while current:
            current.pop().__exit__(None, None, None)
