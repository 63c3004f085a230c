"""Lesson 05: middleware that serves both modes, and the samples that serve neither.

Its exercises stand in modules of their own: `lesson_05_sign` and `lesson_05_doorman`.
"""

from __future__ import annotations

from ..events import LOOP
from ..run import Run
from .declare import Lesson, Prediction
from .lesson_05_doorman import DOORMAN
from .lesson_05_sign import SIGN


def in_a_thread(run: Run) -> str:
    """Which of the three layers ran in a thread."""
    answers = {
        ("Plain",): "a",
        ("Plain", "XFrameOptionsMiddleware"): "b",
        ("CommonMiddleware", "Plain"): "c",
    }
    return answers[tuple(sorted(layer.name for layer in run.layers if layer.thread != LOOP))]


def what_came(run: Run) -> str:
    """What the visitor got: the page that was meant, an error page, or nothing."""
    answer = run.responses[0]
    return "c" if answer is None else {404: "a", 500: "b"}[answer.status]


LESSON = Lesson(
    number="05",
    slug="05_middleware",
    title="Layers around a view",
    objectives=(
        "say for each layer of a stack whether it runs on the loop or in a thread, and why",
        "mend the broken samples of async middleware that circulate",
        "write middleware that serves both modes",
    ),
    know_first="lessons 03 and 04: where a view runs, and what a crossing is",
    docs=(
        ("Middleware: asynchronous support", "topics/http/middleware/#asynchronous-support"),
        ("Asynchronous support", "topics/async/"),
    ),
    errors={
        "'coroutine' object has no attribute 'headers'": "5.5",
        "'coroutine' object has no attribute '_resource_closers'": "5.5",
        "was never awaited": "5.5",
        "can't be used in 'await' expression": "5.7",
        "async_to_sync was passed a non-async-marked callable": "5.8",
    },
    newer_words={"object can't be awaited": "5.7"},  # Python 3.14
    predictions=(
        Prediction(
            number="5.3",
            question=(
                "An async view with three layers around it, the outermost first: `CommonMiddleware`, "
                "`Plain`, `XFrameOptionsMiddleware`. The two of Django's can run in either mode. Which of "
                "the three run in a thread?"
            ),
            options={
                "a": "only `Plain`: the others can run on the loop",
                "b": "`Plain` and what is inside it: `XFrameOptionsMiddleware`",
                "c": "`Plain` and what is around it: `CommonMiddleware`",
            },
            settle=in_a_thread,
            replies={
                "a": (
                    "Then Django would go loop, thread, loop, and back. It saves a passage: what is around "
                    "a sync layer, and can be sync, stays sync with it."
                ),
                "b": (
                    "You find this in many an issue, and it is the other way round. Each layer takes the "
                    "mode of what it wraps; `XFrameOptionsMiddleware` wraps an async view."
                ),
                "c": "Here others ran in a thread. Did you change the cell?",
            },
        ),
        Prediction(
            number="5.7",
            question=(
                "In a view, `Http404` becomes Django's 404 page, and in a layer it should. `Closed` is "
                "`FlagsOnly`, and raises it. What does the visitor get?"
            ),
            options={
                "a": "the 404 page",
                "b": "Django's page for errors, with status 500",
                "c": "nothing from Django: the error goes through it to the server",
            },
            settle=what_came,
            replies={
                "a": (
                    "So it would be, did Django await your layer where it catches errors. It takes this "
                    "one for sync: the call gives it a coroutine, and no error yet."
                ),
                "b": (
                    "For that page, too, Django would have to be there when the error comes. It has called "
                    "your layer, got a coroutine, and thinks that all went well."
                ),
                "c": "Here Django sent a page. Did you change the cell?",
            },
        ),
    ),
    exercises=(SIGN, DOORMAN),
    previous="04_bridges",
    next="06_orm",
)
