"""Lesson 01: two ways in which a server calls Django, and what goes in and out.

Its exercises stand in modules of their own: `lesson_01_door` and `lesson_01_shout`.
"""

from __future__ import annotations

from ..run import Run
from .declare import Lesson, Prediction
from .lesson_01_door import DOOR
from .lesson_01_shout import SHOUT


def unheard(run: Run) -> str:
    """What became of a body that the application did not ask for."""
    if run.notes:
        return "c"
    return "a" if run.error is not None or run.response.status >= 400 else "b"


def pieces_sent(run: Run) -> str:
    """How many messages Django made of its answer."""
    sent = [message.type for message in run.messages if message.direction == "send"]
    return {2: "a", 3: "c"}.get(len(sent), "b")


LESSON = Lesson(
    number="01",
    slug="01_two_callables",
    title="Two ways to call Django",
    objectives=(
        "write a WSGI and an ASGI application by hand",
        "read `environ`, `scope`, `receive` and `send`",
        "follow the same request into both of Django's handlers",
    ),
    know_first="lesson 00: `fetch`, `predict`, `check`, and what `await` does",
    docs=(
        ("How to deploy with WSGI", "howto/deployment/wsgi/"),
        ("How to deploy with ASGI", "howto/deployment/asgi/"),
        ("Request and response objects", "ref/request-response/"),
    ),
    errors={"Django can only handle ASGI/HTTP connections, not websocket": "1.12"},
    predictions=(
        Prediction(
            number="1.5",
            question=(
                "`greeter` of 1.4 does nothing with `receive`. Now a client POSTs a body to it, in three "
                "pieces. What happens?"
            ),
            options={
                "a": "the server refuses the answer: the body has not been read",
                "b": "it answers as before",
                "c": "it hangs until somebody has read the pieces",
            },
            settle=unheard,
            replies={
                "a": (
                    "No rule of ASGI makes an application ask. Whether it wants the body is its own affair; "
                    "the server's is to hand over what is asked for."
                ),
                "c": (
                    "Messages do not push their way in. `receive` is a question that the application asks, "
                    "and one that is never asked holds nobody up."
                ),
                "b": "Here it did not answer. Did you change the cell?",
            },
        ),
        Prediction(
            number="1.10",
            question=(
                "A Django view returns one `HttpResponse` of 200,000 bytes. How many messages does Django's "
                "ASGI handler send?"
            ),
            options={
                "a": "two: a start, and the body",
                "b": "more than three: a start, and the body in pieces",
                "c": "three: a start, the body, and an empty body that ends it",
            },
            settle=pieces_sent,
            replies={
                "a": (
                    "So it was with the menu, which is small. But a body may go out in pieces just as it may "
                    "come in, and Django cuts a long one."
                ),
                "c": (
                    "No empty message is needed at the end: the last piece says itself that no other "
                    "follows. And Django cuts a long body."
                ),
                "b": "Here it took no more than three. Did you change the cell?",
            },
        ),
    ),
    exercises=(DOOR, SHOUT),
    previous="00_start_here",
    next="02_one_loop",
)
