"""Lesson 04: the two bridges between sync and async code, and on which thread each call lands.

Its exercises stand in modules of their own: `lesson_04_bill` and `lesson_04_stock`.
"""

from __future__ import annotations

from ..events import Crossing, Recording, Span
from ..run import Run
from .declare import Lesson, Prediction
from .lesson_04_bill import BILL
from .lesson_04_stock import STOCK


def carried(run: Run) -> list[Crossing]:
    """Your calls of `sync_to_async` that ran, in a view that asked for at least two."""
    calls = [each for each in run.recording.yours if each.bridge == "sync_to_async"]
    if len(calls) < 2 or any(each.thread is None or each.started is None for each in calls):
        raise ValueError("this run has not carried two calls")
    return calls


def in_one_view(run: Run) -> str:
    """Whether calls that were gathered ran side by side, and in how many threads."""
    calls = carried(run)
    if len({each.thread for each in calls}) > 1:
        return "a"
    return "c" if side_by_side(calls) else "b"


def side_by_side(calls: list[Crossing]) -> bool:
    """Whether two of these calls were under way at the same moment: an order of events."""
    ran = [
        Span("view", each.what, "sync", None, each.thread or "", None, each.started or 0.0, each.ended)
        for each in calls
    ]
    return Recording(spans=ran).most_at_once > 1


def where_to(run: Run) -> str:
    """Whether `async_to_sync` went to the loop that was there, to another, or nowhere."""
    calls = [each for each in run.recording.yours if each.bridge == "async_to_sync"]
    if not calls or calls[0].thread is None:
        return "c"
    return "b" if calls[0].thread == "loop" else "a"


LESSON = Lesson(
    number="04",
    slug="04_bridges",
    title="Two bridges",
    objectives=(
        "call sync code from async code, and async code from sync code",
        "say on which thread such a call lands, and why",
        "read the errors of both bridges, and find your line in a long traceback",
    ),
    know_first="lessons 00, 02 and 03: the loop, `gather`, and on which thread a view runs",
    docs=(
        ("Async adapter functions", "topics/async/#async-adapter-functions"),
        ("Asynchronous support: async safety", "topics/async/#async-safety"),
    ),
    errors={
        "object SyncToAsync can't be used in 'await' expression": "4.2",
        "sync_to_async can only be applied to sync functions": "4.2",
        "You cannot use AsyncToSync in the same thread as an async event loop - "
        "just await the async function directly": "4.7",
        "Single thread executor already being used, would deadlock": "4.9",
    },
    predictions=(
        Prediction(
            number="4.3",
            question=(
                "One visitor, one async view. It asks three suppliers at once: `asyncio.gather` over three "
                "calls of `sync_to_async(ask)`. How do the three calls run?"
            ),
            options={
                "a": "at once, in three threads: each call gets a thread",
                "b": "one after another, in one thread",
                "c": "at once, in one thread: `sync_to_async` made `ask` async",
            },
            settle=in_one_view,
            replies={
                "a": (
                    "Four visitors had four threads. But a thread belongs to a request here, not to a call, "
                    "and this is one request."
                ),
                "c": (
                    "The body of `ask` is what it was. While it sleeps it holds a thread, and a thread does "
                    "one thing at a time."
                ),
                "b": "Here they did not take turns. Did you change the cell?",
            },
        ),
        Prediction(
            number="4.6",
            question=(
                "A `def` view needs `rate`, which is an `async def`. It calls `async_to_sync(rate)()`, "
                "and the site runs under ASGI. Where does `rate` run?"
            ),
            options={
                "a": "in the view's own thread, on a new loop",
                "b": "on the loop that serves all requests, and the view's thread waits for it",
                "c": "nowhere: a sync view cannot call async code",
            },
            settle=where_to,
            replies={
                "a": (
                    "There was no need for a new loop: the one that had sent the view into its thread was "
                    "free, and the bridge remembers it."
                ),
                "c": "A plain call would only make a coroutine. The bridge finds a loop, and waits for it.",
                "b": "Here it ran elsewhere. Did you change the cell?",
            },
        ),
    ),
    exercises=(BILL, STOCK),
    previous="03_views",
    next="05_middleware",
)
