"""Lesson 02: one thread, one loop, and what keeps it from serving others.

Its exercises stand in modules of their own: `lesson_02_stock` and `lesson_02_ask_all`.
"""

from __future__ import annotations

from ..run import Run
from .declare import Lesson, Prediction
from .lesson_02_ask_all import ASK_ALL
from .lesson_02_stock import STOCK


def five_stirred(run: Run) -> str:
    """How many of five were served at the same moment, and where."""
    if len(run.threads) > 1 or run.recording.yours:
        return "c"
    return "b" if run.most_at_once == 1 else "a"


def fifty_handed_over(run: Run) -> str:
    """The most calls that ran in worker threads at the same moment: an order of events, not a time."""
    moments = [(call.started, 1) for call in run.recording.yours if call.started is not None]
    moments += [(call.ended, -1) for call in run.recording.yours if call.ended is not None]
    most = now = 0
    for _, step in sorted(moments):
        now += step
        most = max(most, now)
    return {1: "c", len(run.views): "a"}.get(most, "b")


LESSON = Lesson(
    number="02",
    slug="02_one_loop",
    title="One loop, one thread",
    objectives=(
        "tell waiting from blocking, and find the line that blocks",
        "start several waits at once with `gather`, at most so many at a time",
        "move what must block into a thread with `to_thread`, and say what that costs",
        "keep the tasks that you start",
    ),
    know_first="lesson 00: `fetch`, `predict`, `check`. Never written `async def`? Start here",
    docs=(("Asynchronous support", "topics/async/"), ("Performance", "topics/async/#performance")),
    errors={
        "was never awaited": "2.1",
        "Task was destroyed but it is pending!": "2.11",
    },
    predictions=(
        Prediction(
            number="2.4",
            question=(
                "`stir` is an `async def`, and this page awaits it. Five visitors come at once. "
                "How are they served?"
            ),
            options={
                "a": "all at once: `await` lets the others go on",
                "b": "one after another, although there is an `await`",
                "c": "all at once: an `async def` runs in a thread of its own",
            },
            settle=five_stirred,
            replies={
                "a": (
                    "`await` is a place where a task *may* pause. Whether it does is decided further down, "
                    "and there stands `time.sleep`, which never pauses."
                ),
                "c": (
                    "No thread is started. `async def` code runs on the loop's own thread, whoever awaits it."
                ),
                "b": "Here they were served at once. Did you change the cell?",
            },
        ),
        Prediction(
            number="2.7",
            question=(
                "Fifty visitors at once, and each page hands a `time.sleep` to `to_thread`. "
                "How do those fifty calls run?"
            ),
            options={
                "a": "all fifty at the same moment: nobody blocks the loop",
                "b": "a few at a time, the others queue",
                "c": "one after another: `to_thread` has one thread",
            },
            settle=fifty_handed_over,
            replies={
                "a": (
                    "The loop is free, and that is all it is. Each call that blocks needs a whole thread, "
                    "and the pool has only so many."
                ),
                "c": "The pool has more than one thread, so that several calls run side by side.",
                "b": "Here they did not run a few at a time. Did you change the cell?",
            },
        ),
    ),
    exercises=(STOCK, ASK_ALL),
    previous="01_two_callables",
    next="03_views",
)
