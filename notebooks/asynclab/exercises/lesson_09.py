"""Lesson 09: real servers under load, beside what arithmetic gives.

Its exercises stand in modules of their own: `lesson_09_last_answer` and `lesson_09_threads_needed`.
"""

from __future__ import annotations

from math import log
from typing import Any

from .declare import Lesson, Prediction
from .lesson_09_last_answer import LAST_ANSWER
from .lesson_09_threads_needed import THREADS_NEEDED

AHEAD = 3.0  # times as many: a busy machine alone may make it two


def how_they_waited(load: Any) -> str:
    """At once, in rounds, or one after another: to which of them the time is nearest."""
    if load.answered != load.clients or not load.threads or not load.waits:
        raise ValueError("this load has no such rounds")
    rounds = -(-load.clients // load.threads)
    waits = {"a": 1, "b": rounds, "c": load.clients}
    return min(waits, key=lambda letter: abs(log(load.seconds / (waits[letter] * load.waits))))


def who_is_ahead(loads: Any) -> str:
    """Whether the loop or the threads answered several times as many."""
    threads, loop, *_ = loads.loads
    if threads.failed or loop.failed or threads.threads is None or loop.threads is not None:
        raise ValueError("these are not threads and a loop")
    if loop.throughput > AHEAD * threads.throughput:
        return "a"
    return "b" if threads.throughput > AHEAD * loop.throughput else "c"


LESSON = Lesson(
    number="09",
    slug="09_real_servers",
    title="Real servers under load",
    objectives=(
        "serve a project with Gunicorn and with Uvicorn, and send it many clients at once",
        "foretell how long they wait, from d, c, N and T",
        "decide for threads, a loop or more workers, by your own figures",
    ),
    know_first="lessons 00 and 03: the four kinds of view",
    docs=(
        ("How to deploy with WSGI", "howto/deployment/wsgi/"),
        ("How to deploy with ASGI", "howto/deployment/asgi/"),
        ("Performance", "topics/async/#performance"),
    ),
    predictions=(
        Prediction(
            number="9.2",
            question=(
                "A `def` page waits 0.2 s for a supplier. Gunicorn runs it in one worker, a process, with "
                "four threads. Forty clients ask at the same moment. When has the last of them its answer?"
            ),
            options={
                "a": "after about 0.2 s: they wait side by side",
                "b": "after about 2 s: four at a time, ten rounds",
                "c": "after about 8 s: one after another",
            },
            settle=how_they_waited,
            replies={
                "a": "A `def` page that waits keeps its thread. Who waits for the fifth client?",
                "c": "Four threads can wait at the same time.",
                "b": "Here they did not. Did you change the cell?",
            },
        ),
        Prediction(
            number="9.5",
            question=(
                "Now a page that computes, and waits for nothing. Forty clients ask Gunicorn with four "
                "threads, then forty ask Uvicorn. Who answers more of them in a second?"
            ),
            options={
                "a": "Uvicorn, more than three times as many: it was ahead with waiting, too",
                "b": "Gunicorn, more than three times as many: four threads compute at once",
                "c": "neither is ahead by as much as that",
            },
            settle=who_is_ahead,
            replies={
                "a": "A loop gains from waits, and here nobody waits.",
                "b": "Threads of one process take turns: one of them runs Python at a time.",
                "c": "Here one of them was. Did you change the cell, or is the machine busy? Run it again.",
            },
        ),
    ),
    exercises=(LAST_ANSWER, THREADS_NEEDED),
    previous="08_testing",
    next="10_upgrade",
)
