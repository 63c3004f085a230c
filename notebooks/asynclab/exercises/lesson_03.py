"""Lesson 03: sync and async views under WSGI and ASGI, and one page that asks several services.

Its exercises stand in modules of their own: `lesson_03_basket` and `lesson_03_notice`.
"""

from __future__ import annotations

from ..run import Run
from .declare import Lesson, Prediction
from .lesson_03_basket import BASKET
from .lesson_03_notice import NOTICE


def what_was_added(run: Run) -> str:
    """What a plain view meets on its way: the loop itself, a trip to a thread and more, or nothing."""
    if run.threads == ("loop",):
        return "b"
    return "c" if run.crossings else "a"


def waiting_together(run: Run) -> str:
    """How many of ten waited at the same moment."""
    return {10: "b", 1: "c"}.get(run.most_at_once, "a")


LESSON = Lesson(
    number="03",
    slug="03_views",
    title="Two kinds of view, two kinds of server",
    objectives=(
        "say on which thread a view runs, and how many visitors it serves at once",
        "tell which pages gain by ASGI, and which lose",
        "ask several services at once, and live with one that fails",
    ),
    know_first="lesson 02: waiting and blocking, `gather`",
    docs=(
        ("Async views", "topics/async/#async-views"),
        ("Performance", "topics/async/#performance"),
        ("How to deploy with ASGI", "howto/deployment/asgi/"),
    ),
    predictions=(
        Prediction(
            number="3.1",
            question=(
                "`quick` is a plain `def` view that waits for nothing. You move it from WSGI to ASGI, and "
                "change no line of it. When does one visitor get the answer?"
            ),
            options={
                "a": "at the same time: the view is the same, and so is the work",
                "b": "sooner: ASGI runs it on the loop, and needs no other thread",
                "c": "later: ASGI has more to do for it",
            },
            settle=what_was_added,
            replies={
                "a": (
                    "The view is the same, but the way to it is not: Django now starts on the loop, and a "
                    "plain view may not run there. It is carried to a thread, and its answer back."
                ),
                "b": (
                    "Django never runs a plain view on the loop: it might block there. It goes to another "
                    "thread, and that costs a little."
                ),
                "c": "Here nothing was added. Did you change the cell?",
            },
        ),
        Prediction(
            number="3.4",
            question=(
                "The page becomes `async def` and awaits `asyncio.sleep`, but the server still speaks WSGI "
                "and has four threads. Ten visitors come at once. How many wait at the same moment?"
            ),
            options={
                "a": "four: as many as the server has threads",
                "b": "ten: at its `await` a view gives its thread away",
                "c": "one: an async view runs on the loop, and that is one thread",
            },
            settle=waiting_together,
            replies={
                "b": (
                    "So it is under ASGI, where all views share one loop. Here each has a loop of its own, "
                    "and the server's thread waits until that loop is done."
                ),
                "c": (
                    "Under ASGI there is one loop for all. Under WSGI there is one for each request, so four "
                    "can wait: each on a loop that nobody else is on."
                ),
                "a": "Here it was not four. Did you change the cell?",
            },
        ),
    ),
    exercises=(BASKET, NOTICE),
    previous="02_one_loop",
    next="04_bridges",
)
