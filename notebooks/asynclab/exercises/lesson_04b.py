"""Lesson 04b: what the bridges carry, where they hang, and what no cancelling can stop.

Its exercise stands in a module of its own: `lesson_04b_labels`.
"""

from __future__ import annotations

from ..run import Run
from .declare import Lesson, Prediction
from .lesson_04b_labels import LABELS


def came_back(run: Run) -> str:
    """Whether the view read what the function in the thread had set."""
    return {"Polish": "b", "unknown": "a"}[run.response.text]


LESSON = Lesson(
    number="04b",
    slug="04b_inside_the_bridges",
    title="Inside the bridges",
    objectives=(
        "say which values cross a bridge, and which come back",
        "recognise a deadlock between sync and async code, and mend it",
        "say what a timeout stops, and what it does not",
    ),
    know_first="lesson 04",
    docs=(
        ("Async adapter functions", "topics/async/#async-adapter-functions"),
        ("Asynchronous support: async safety", "topics/async/#async-safety"),
    ),
    errors={
        "executor must not be set when thread_sensitive is True": "4b.6",
        "CurrentThreadExecutor already quit or is broken": "4b.10",
        "Event loop is closed": "4b.12",
    },
    predictions=(
        Prediction(
            number="4b.2",
            question=(
                "An async view awaits `sync_to_async(look_up)()`. In its thread, `look_up` sets a "
                '`ContextVar` that was "unknown". What does the view read afterwards?'
            ),
            options={
                "a": "what was there before: a thread has a context of its own",
                "b": "the new value",
            },
            settle=came_back,
            replies={
                "a": (
                    "So it is with a plain thread. But the bridge takes your context along, and brings back "
                    "what was changed in it."
                ),
                "b": "Here it did not come back. Did you change the cell?",
            },
        ),
    ),
    exercises=(LABELS,),
    previous="04_bridges",
    next="05_middleware",
)
