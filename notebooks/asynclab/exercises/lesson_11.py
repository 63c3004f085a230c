"""Lesson 11: the café's live dashboard, in five steps, each of which can be done without the others.

Its exercises stand in modules of their own: `lesson_11_ask_all`, `_feed`, `_timing`, `_tests`, `_urls`; what
their checks look at, in `_suppliers`, `_listeners`, `_timed`, `_broken`, `_pages`.
"""

from __future__ import annotations

from ..run import Run
from .declare import Lesson, Prediction, Size
from .lesson_11_ask_all import ASK_ALL
from .lesson_11_feed import FEED
from .lesson_11_tests import TESTS
from .lesson_11_timing import TIMING
from .lesson_11_urls import URLS


def one_failed(run: Run) -> str:
    """What came of a page of which one supplier had failed and another said nothing."""
    answer = run.responses[0]
    if answer is None:
        return "c"
    return "b" if answer.status == 500 else "a"


def when_said(run: Run) -> str:
    """Whether the layer noted its time before the first piece, after the last, or in between."""
    diary = run.opening["diary"]
    at = diary.index("noted")
    if at == 0:
        return "b"
    return "a" if at == len(diary) - 1 else "c"


LESSON = Lesson(
    number="11",
    slug="11_capstone",
    title="A live dashboard, from a stub",
    objectives=(
        "ask several services at once, and say of each what came of it",
        "stream events to visitors who leave, come back and dawdle",
        "time requests in both modes, streams included",
        "test all that so that a broken part turns a test red",
        "put it together, and open it in a browser",
    ),
    know_first="lessons 03, 05, 07 and 08: fan-out, a layer in both modes, a stream, async tests",
    docs=(
        ("Asynchronous support", "topics/async/"),
        ("Asynchronous support: handling disconnects", "topics/async/#handling-disconnects"),
        ("Middleware: asynchronous support", "topics/http/middleware/#asynchronous-support"),
        ("StreamingHttpResponse", "ref/request-response/#streaminghttpresponse-objects"),
    ),
    predictions=(
        Prediction(
            number="11.2",
            question=(
                "A page asks three suppliers with `await asyncio.gather(…)`. Beans answers, milk fails, cups "
                "says nothing for ten seconds. What does the visitor get?"
            ),
            options={
                "a": "the page, with what beans said",
                "b": "an error page, as soon as milk has failed",
                "c": "nothing until cups has answered",
            },
            settle=one_failed,
            replies={
                "a": "`gather` has one result or one error, and this is an error.",
                "c": "`gather` waits for all only as long as none fails.",
                "b": "Here something else came. Did you change the cell?",
            },
        ),
        Prediction(
            number="11.7",
            question=(
                "A layer notes the time before and after `await self.get_response(request)`. The "
                "page streams "
                "three pieces, one every 0.1 s. What does the layer measure?"
            ),
            options={
                "a": "the whole stream, about 0.3 s",
                "b": "next to nothing: not one piece is made yet",
                "c": "the time to the first piece, about 0.1 s",
            },
            settle=when_said,
            replies={
                "a": "A view that streams returns at once. Who goes through its generator, and when?",
                "c": "The first piece is made when somebody asks for it. The layer has not asked.",
                "b": "Here it came at another moment. Did you change the cell?",
            },
        ),
    ),
    exercises=(ASK_ALL, FEED, TIMING, TESTS, URLS),
    previous="10_upgrade",
    size=Size(minutes=90, exercises=5),
)
