"""Lesson 02b: the loop under a cell, what nest_asyncio does to it, and how tasks end."""

from __future__ import annotations

from ..run import Run
from .declare import Lesson, Prediction
from .lesson_02b_drink import DRINK


def what_became_of_the_thread(run: Run) -> str:
    """Whether the thread's call had ended when the page was answered, and whose error it ended with."""
    [call], [view] = run.recording.yours, run.views
    if call.error is not None:
        return "c"
    return "b" if call.ended is None or (view.end is not None and call.ended > view.end) else "a"


LESSON = Lesson(
    number="02b",
    slug="02b_under_the_cell",
    title="Under the cell, and how tasks end",
    objectives=(
        "say why `asyncio.run` fails in a cell, and give the two answers that need no patch",
        "say what `nest_asyncio` changes, what it does not mend, and what it breaks",
        "choose between `gather` and `TaskGroup`, and set a time limit",
        "clean up after a cancelled task, without swallowing the cancellation",
    ),
    know_first="lesson 02: coroutine, task, blocking, `to_thread`, `watch`",
    docs=(
        ("Async safety", "topics/async/#async-safety"),
        ("Asynchronous support", "topics/async/"),
    ),
    errors={
        "asyncio.run() cannot be called from a running event loop": "2b.1",
        "This event loop is already running": "2b.1",
    },
    predictions=(
        Prediction(
            number="2b.9",
            question=(
                "`cook` sleeps for 0.5 s in a worker thread. The page waits for it, but for 0.1 s at most. "
                "What becomes of `cook`, when the page has answered?"
            ),
            options={
                "a": "it is over: the time limit ended the thread, too",
                "b": "it goes on to its end, and nobody waits for it",
                "c": "it fails: `CancelledError` is raised in the thread",
            },
            settle=what_became_of_the_thread,
            replies={
                "a": "Python has no way to end a thread from outside. Only the *wait* for it was cancelled.",
                "c": (
                    "Cancellation is raised at an `await`, and there is none in `cook`. It hit the task "
                    "that waits for the thread."
                ),
                "b": "Here the thread had ended before the page. Did you change the cell?",
            },
        ),
    ),
    exercises=(DRINK,),
    previous="02_one_loop",
    next="03_views",
)
