"""Lesson 06: the ORM in async code: what the guard refuses, and what comes lazily.

Its exercises stand in modules of their own: `lesson_06_my_orders` and `lesson_06_card`.
"""

from __future__ import annotations

from ..run import Run
from .declare import Lesson, Prediction
from .lesson_06_card import CARD
from .lesson_06_my_orders import MY_ORDERS


def in_turn(run: Run) -> str:
    """Where three gathered queries ran: on the loop, side by side, or in turn in one thread."""
    counts = [each for each in run.recording.yours if each.what.endswith("count")]
    if len(counts) != 3:
        raise ValueError("another view")
    if {each.thread for each in counts} == {"loop"}:
        return "c"
    return "b" if len({each.thread for each in counts}) == 1 else "a"


def what_ada_got(run: Run) -> str:
    """What a visitor who is logged in got."""
    if run.response.status == 500:
        return "c"
    return "b" if "Anonymous" in run.response.text else "a"


LESSON = Lesson(
    number="06",
    slug="06_orm",
    title="The database from async code",
    objectives=(
        "say what Django's guard refuses, what it lets through, and why",
        "use the ORM's twins with an `a`, and say what they gain and what they do not",
        "find what comes lazily, relations and `request.user` among it, and fetch it in time",
    ),
    know_first="lessons 02 to 04: the loop, `gather`, `sync_to_async` and its one thread a request",
    docs=(
        ("Asynchronous queries", "topics/db/queries/#asynchronous-queries"),
        ("Async safety", "topics/async/#async-safety"),
        ("HttpRequest.auser()", "ref/request-response/#django.http.HttpRequest.auser"),
        ("prefetch_related_objects()", "ref/models/querysets/#prefetch-related-objects"),
    ),
    errors={
        "object QuerySet can't be used in 'await' expression": "6.3",
        "You cannot call this from an async context - use a thread or sync_to_async": "6.1",
        "SynchronousOnlyOperation: You cannot call this from an async context - "
        "use a thread or sync_to_async": "6.7",  # a relation
        "SynchronousOnlyOperation: You cannot call this from an async context": "6.11",  # request.user
    },
    predictions=(
        Prediction(
            number="6.5",
            question=(
                "The database is far away: every query takes 0.1 s. An async view gathers three of them: "
                "`asyncio.gather` over three calls of `acount()`. How do they run?"
            ),
            options={
                "a": "at once, in three threads: 0.1 s",
                "b": "one after another, in one thread: 0.3 s",
                "c": "at once, on the loop: `acount` is async, so it needs no thread. 0.1 s",
            },
            settle=in_turn,
            replies={
                "a": "A thread belongs to a request, not to a query: `acount` goes over the bridge of 4.3.",
                "c": "`acount` can be awaited. Inside it is `count`, carried into a thread.",
                "b": "Here they did not take turns. Did you change the cell?",
            },
        ),
        Prediction(
            number="6.11",
            question=("The same page, the same code. Now Ada logs in and asks for it. What does she get?"),
            options={
                "a": "`Hello ada`",
                "b": "`Hello AnonymousUser`: an async view cannot know her",
                "c": "an error page",
            },
            settle=what_ada_got,
            replies={
                "a": "For her there is a row to fetch, and fetching it here is refused.",
                "b": "The view does know that there is a session. It looks up whose, and that is refused.",
                "c": "Here it worked. Did you change the cell?",
            },
        ),
    ),
    exercises=(MY_ORDERS, CARD),
    previous="05_middleware",
    next="07_streaming",
)
