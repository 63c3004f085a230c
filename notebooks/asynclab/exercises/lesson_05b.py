"""Lesson 05b: what any list of middleware costs, the hooks, and layers outside Django.

Its exercise stands in a module of its own: `lesson_05b_signed`.
"""

from __future__ import annotations

from ..events import LOOP
from ..run import Run
from .declare import Lesson, Prediction
from .lesson_05b_signed import SIGNED


def threads_beside_the_loop(run: Run) -> str:
    """How many other threads anything of these requests ran in."""
    used = {crossing.thread for crossing in run.crossings} - {LOOP, None}
    return {0: "a", 1: "b", len(run.exchanges): "c"}[len(used)]


LESSON = Lesson(
    number="05b",
    slug="05b_any_stack",
    title="Any stack of layers, and what it costs",
    objectives=(
        "draw the chain of any list, and count its crossings",
        "say what a sync layer costs, and where Django's order comes from",
        "write layers as functions, with hooks, and as pure ASGI around Django",
    ),
    know_first="lesson 05",
    docs=(
        ("Middleware ordering", "ref/middleware/#middleware-ordering"),
        ("Middleware: other hooks", "topics/http/middleware/#other-middleware-hooks"),
        ("Asynchronous support: performance", "topics/async/#performance"),
        ("Applying ASGI middleware", "howto/deployment/asgi/#applying-asgi-middleware"),
    ),
    errors={
        "Asynchronous handler adapted for middleware": "5b.2",
        "The Django authentication middleware requires session middleware to be installed": "5b.5",
    },
    predictions=(
        Prediction(
            number="5b.3",
            question=(
                "`only_async` seven times, layers with nothing sync in them, and an async view that awaits. "
                "Twenty visitors come at once. "
                "In how many threads beside the loop's does something run for them?"
            ),
            options={
                "a": "in none: all of it is async",
                "b": "in one, shared by all",
                "c": "in twenty: one for each request",
            },
            settle=threads_beside_the_loop,
            replies={
                "a": (
                    "All of *yours* is. Django itself has two small sync jobs in each request: receivers of "
                    "the signal that it began, and closing the response."
                ),
                "b": (
                    "By the rule of lesson 04, sync code of one request shares a thread, and each request "
                    "has one of its own."
                ),
                "c": "Here there were not as many threads as requests. Did you change the cell?",
            },
        ),
    ),
    exercises=(SIGNED,),
    previous="05_middleware",
    next="06_orm",
)
