"""Lesson 09b: the same request to each server, and what each does when it is told to end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from ..run import Run
from .declare import Lesson, Prediction

Columns = Mapping[str, Mapping[str, Any]]


def what_the_boards_say(run: Run) -> str:
    """Whether the greatest number on a board is that of all boards that are open."""
    ((_, seen),) = cast(Columns, run).items()
    if seen["boards open"] < 2:
        raise ValueError("these are no boards")
    return "a" if seen["one of them shows 16"] else "b" if seen["one of them shows more than 1"] else "c"


def who_answers_after_the_signal(run: Run) -> str:
    """How many of the servers answered all requests that were under way."""
    columns = cast(Columns, run).values()
    complete = [seen["answered"] == seen["under way"] > 0 for seen in columns]
    none = [seen["answered"] == 0 for seen in columns]
    if len(complete) < 3:
        raise ValueError("too few servers")
    letters = {(0, len(complete)): "a", (len(complete), 0): "b", (len(complete) - 1, 1): "c"}
    return letters[sum(complete), sum(none)]


LESSON = Lesson(
    number="09b",
    slug="09b_servers_compared",
    title="Servers compared",
    objectives=(
        "say what a server decides, and what ASGI decides",
        "find out why a page has no style, and which client Django sees",
        "foretell what a second worker, and a stop, do to your requests",
    ),
    know_first="lesson 09",
    docs=(
        ("How to deploy with ASGI", "howto/deployment/asgi/"),
        ("How to deploy with WSGI", "howto/deployment/wsgi/"),
        ("How to deploy static files", "howto/static-files/deployment/"),
        ("runserver", "ref/django-admin/#runserver"),
    ),
    errors={
        "ASGI 'lifespan' protocol appears unsupported": "9b.5",
        "Not Found: /static/": "9b.5",
        "Server disconnected without sending a response": "9b.9",
        "timeout graceful shutdown exceeded": "9b.9",
    },
    predictions=(
        Prediction(
            number="9b.6",
            question=(
                "Granian serves the café with `workers=2`. Its board counts in a set of the module how many "
                "boards are open, and sends that number. You open sixteen, one after the other. Which is the "
                "greatest number that any of them shows?"
            ),
            options={
                "a": "16: the last one sees all",
                "b": "less than 16, and nobody knows how much less",
                "c": "1: each board has a process of its own",
            },
            settle=what_the_boards_say,
            replies={
                "a": "In whose memory? A worker sees its own, and there are two.",
                "c": "There are two processes for sixteen boards. One worker holds many.",
                "b": "Here it was not. Did you change the cell?",
            },
        ),
        Prediction(
            number="9b.8",
            question=(
                "Each of four servers has two requests under way that take half a second more. Now it gets "
                "SIGTERM, as at every deploy. Each was started with its option for patience at one second. "
                "Who answers?"
            ),
            options={
                "a": "nobody: SIGTERM ends a process",
                "b": "all four: a server ends gracefully",
                "c": "all but one",
            },
            settle=who_answers_after_the_signal,
            replies={
                "a": "A process may catch SIGTERM, and servers do. Which of them used the second?",
                "b": "Look for the column with 0. It has such an option, and means something else by it.",
                "c": "Here it was not so. Did you change the cell?",
            },
        ),
    ),
    previous="09_real_servers",
    next="09c_websockets",
)
