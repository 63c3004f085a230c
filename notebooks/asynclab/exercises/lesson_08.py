"""Lesson 08: Django's own tools for testing async code.

Its exercises stand in modules of their own: `lesson_08_serve` and `lesson_08_sign`.
"""

from __future__ import annotations

from typing import Any

from .declare import Lesson, Prediction
from .lesson_08_serve import SERVE
from .lesson_08_sign import SIGN


def runner_said(said: Any) -> str:
    """What Django's runner said of a test that asserts something false."""
    if "... FAIL" in said:
        return "a"
    return {"... ok": "b", "... ERROR": "c"}[next(word for word in ("... ok", "... ERROR") if word in said)]


def row_stayed(said: Any) -> str:
    """Whether a row is left of a test that ran."""
    if "... ok" not in said or "never awaited" in said:
        raise ValueError("the test did not run")
    return "b" if "rows left: none" in said else "a"


LESSON = Lesson(
    number="08",
    slug="08_testing",
    title="Tests that run, and can fail",
    objectives=(
        "write async tests with Django's tools, and say who awaits them, and on which thread",
        "test a view, a middleware and a stream, with a client and without one",
        "make a test fail on broken code, and pass on right code however it is written",
    ),
    know_first="lessons 04, 05 and 07: the two bridges, a layer in both modes, a stream",
    docs=(
        ("Testing asynchronous code", "topics/testing/tools/#testing-asynchronous-code"),
        ("The request factory", "topics/testing/advanced/#asyncrequestfactory"),
    ),
    errors={
        "You cannot use AsyncToSync in the same thread as an async event loop - "
        "just await the async function directly": "8.7",
        "You cannot call this from an async context - use a thread or sync_to_async": "8.7",
    },
    predictions=(
        Prediction(
            number="8.2",
            question=(
                "`unittest.TestCase` is Python's own base class, from which Django's inherit. This one has "
                "an `async def` test, and the test is false. What does the runner say?"
            ),
            options={
                "a": "FAIL",
                "b": "ok",
                "c": "ERROR: it cannot run an `async def`",
            },
            settle=runner_said,
            replies={
                "a": "To fail, the line with the assertion would have to run. Who awaits it?",
                "b": "Here it said something else. Did you change the cell?",
                "c": "A call of an `async def` is no error. It gives a coroutine, and is over.",
            },
        ),
        Prediction(
            number="8.4",
            question=(
                "An `async def` test in Django's `TestCase` makes a row with `acreate`. The ORM is sync and "
                "runs in a thread, and a transaction belongs to the connection of one thread. What is left "
                "of the row after the test?"
            ),
            options={
                "a": "it stays: it was made in another thread, outside the transaction",
                "b": "nothing: it was rolled back with the test",
            },
            settle=row_stayed,
            replies={
                "a": (
                    "It would, if the thread were another one. But the bridge looks for the thread above it "
                    "first, and that is the one which began the transaction."
                ),
                "b": "Here it stayed. Did you change the cell?",
            },
        ),
    ),
    exercises=(SERVE, SIGN),
    previous="07_streaming",
    next="09_real_servers",
)
