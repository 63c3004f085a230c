"""Lesson 03b: threads that wait, decorators, and class-based views.

Its exercise stands in a module of its own: `lesson_03b_when_open`.
"""

from __future__ import annotations

from ..run import Run
from .declare import Lesson, Prediction
from .lesson_03b_when_open import WHEN_OPEN


def threads_besides(run: Run) -> str:
    """How many threads the async requests used beside the loop's."""
    count = len({one.thread for one in run.crossings} - {None, "loop"})
    if count == 0:
        return "a"
    return "c" if count == len(run.exchanges) else "b"


def what_became_of_it(run: Run) -> str:
    """Whether a plain wrapper around an async view was answered, and by which way."""
    if run.error is not None:
        return "b"
    return "a" if run.threads == ("loop",) else "c"


LESSON = Lesson(
    number="03b",
    slug="03b_threads_decorators_classes",
    title="Threads, decorators and classes",
    objectives=(
        "count the threads of a crowd, and say what they cost",
        "write a decorator that serves both kinds of view",
        "keep a class-based view all sync or all async",
    ),
    know_first="lesson 03",
    docs=(
        ("Decorators on async views", "topics/async/#decorators"),
        ("Class-based views", "topics/class-based-views/"),
        ("`View`, its attributes and methods", "ref/class-based-views/base/"),
        ("Signals", "topics/signals/"),
    ),
    errors={
        "didn't return an HttpResponse object. It returned an unawaited coroutine instead. "
        "You may need to add an 'await' into your view.": "3b.5",
        "'coroutine' object does not support item assignment": "3b.5",
        "HTTP handlers must either be all sync or all async.": "3b.8",
    },
    predictions=(
        Prediction(
            number="3b.2",
            question=(
                "Twenty visitors come at once to an `async def` view under ASGI. It awaits, so all twenty "
                "wait on the loop. How many other threads does Django use for them?"
            ),
            options={
                "a": "none: that is the point of async",
                "b": "a handful, which they share",
                "c": "twenty, one for each request",
            },
            settle=threads_besides,
            replies={
                "a": (
                    "Your view uses none. But Django sends a signal when a request begins, its receivers are "
                    "plain functions, and plain functions go to a thread."
                ),
                "b": (
                    "Django keeps plain code of one request together, and of two requests apart: so each "
                    "request gets a thread of its own."
                ),
                "c": "Here they used fewer. Did you change the cell?",
            },
        ),
        Prediction(
            number="3b.5",
            question=(
                "`timed` is a decorator such as many projects have: a plain `def wrapper`, which calls the "
                "view and prints how long that took. It stands above an `async def` view that waits 0.1 s. "
                "What happens?"
            ),
            options={
                "a": "the visitor gets the page, and it prints about 100 ms",
                "b": "the visitor gets an error, and it prints about 0 ms",
                "c": "the visitor gets the page, and it prints about 0 ms",
            },
            settle=what_became_of_it,
            replies={
                "a": (
                    "To call an `async def` function is not to run it: the call returns a coroutine, at "
                    "once. Only an `await` runs it, and a plain wrapper cannot have one."
                ),
                "c": (
                    "The time is right: the call returns at once. But what it returns is a coroutine, and "
                    "Django, which saw a plain function, does not await it."
                ),
                "b": "Here the page was answered. Did you change the cell?",
            },
        ),
    ),
    exercises=(WHEN_OPEN,),
    previous="03_views",
    next="04_bridges",
    minutes_note="an optional deep dive",
)
