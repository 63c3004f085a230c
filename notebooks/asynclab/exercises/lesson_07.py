"""Lesson 07: answers that leave piece by piece, events for a browser, and visitors who go.

Its exercises stand in modules of their own: `lesson_07_tray` and `lesson_07_news`.
"""

from __future__ import annotations

from ..run import Run
from .declare import Lesson, Prediction
from .lesson_07_news import NEWS
from .lesson_07_tray import TRAY


def at_the_end(run: Run) -> str:
    """Whether Django had gone through the whole iterator before the first piece left."""
    pieces = [each for each in run.messages if each.type == "http.response.body" and each.data.get("body")]
    if run.response.status != 200 or len(pieces) < 2:
        return "c"
    collected = [each for each in run.recording.crossings if each.what == "list" and each.ended is not None]
    if not collected:
        return "a"
    (end,) = (run.recording.began + each.ended for each in collected if each.ended is not None)
    return "b" if end <= pieces[0].at else "a"


def after_the_visitor(run: Run) -> str:
    """What the generator noted in its request's scope after the visitor had gone."""
    diary = run.opening["diary"]
    made = sum(line.startswith("made") for line in diary)
    if made == 5 and "behind the loop" in diary:
        return "a"
    return {True: "b", False: "c"}["finally" in diary]


LESSON = Lesson(
    number="07",
    slug="07_streaming",
    title="Streams, and visitors who leave",
    objectives=(
        "send an answer piece by piece, under WSGI and under ASGI",
        "push events to a page that updates itself",
        "clean up when the visitor leaves, and prove it",
    ),
    know_first="lessons 00, 02, 03, 04, and `acreate` of 06; of lesson 01 what `send` and `receive` are",
    docs=(
        ("StreamingHttpResponse", "ref/request-response/#streaminghttpresponse-objects"),
        ("Asynchronous support: handling disconnects", "topics/async/#handling-disconnects"),
    ),
    errors={
        "StreamingHttpResponse must consume synchronous iterators in order to serve them asynchronously. "
        "Use an asynchronous iterator instead": "7.3",
        "StreamingHttpResponse must consume asynchronous iterators in order to serve them synchronously. "
        "Use a synchronous iterator instead": "7.4",
        "TypeError: 'async_generator' object is not iterable": "7.4",
        "CancelledError": "7.9",
    },
    predictions=(
        Prediction(
            number="7.2",
            question=(
                "The site moves to ASGI. `/stream` of 7.1 stays as it is: a plain view, a plain generator. "
                "When does the first cup reach the client?"
            ),
            options={
                "a": "as before: when it is made",
                "b": "at the end, together with all the others",
                "c": "never: under ASGI a plain generator is an error",
            },
            settle=at_the_end,
            replies={
                "a": (
                    "The loop cannot wait in a plain `for`. So Django goes through the whole generator in a "
                    "thread first, and has a list."
                ),
                "c": "All the cups came. A sync iterator is allowed. But look when they came.",
                "b": "Here they came one by one. Did you change the cell?",
            },
        ),
        Prediction(
            number="7.8",
            question=(
                "`watched` makes five cups and waits before each. The client leaves after two of them. What "
                "becomes of the generator, which waits for the third cup at that moment?"
            ),
            options={
                "a": "it goes on to the fifth: nobody tells it",
                "b": "it ends where it waits; what stands in its `finally` runs",
                "c": "it stops where it waits, and nothing in it runs any more",
            },
            settle=after_the_visitor,
            replies={
                "a": (
                    "Django listens for `http.disconnect` beside your view, and cancels what it was sending."
                ),
                "c": "It is not dropped: an error is raised in it, at its `await`, and passes `finally`.",
                "b": "Here it did something else. Did you change the cell?",
            },
        ),
    ),
    exercises=(TRAY, NEWS),
    previous="06_orm",
    next="08_testing",
)
