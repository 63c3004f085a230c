"""Lesson 09c: WebSockets, which Django does not speak and Channels does."""

from __future__ import annotations

import re
from typing import Any

from .declare import Lesson, Prediction
from .lesson_09c_bell import BELL


def what_the_handshake_got(said: Any) -> str:
    """Whether the foreign page's socket was opened, and as whom."""
    (got,) = re.findall(r"^evil\.example: (.+)$", said, re.MULTILINE)
    return {"refused": "a", "accepted, as nobody": "b", "accepted, as ada": "c"}[got]


def who_is_in_the_group(said: Any) -> str:
    """What was called, and who was left, after a handler had raised."""
    (called,) = re.findall(r"^disconnect called: (\w+)$", said, re.MULTILINE)
    (left,) = re.findall(r"^in the group: (\d)$", said, re.MULTILINE)
    ok = "RubbishTest.test ... ok" in said
    return "a" if ok else {("True", "0"): "b", ("False", "1"): "c"}[called, left]


LESSON = Lesson(
    number="09c",
    slug="09c_websockets",
    title="WebSockets",
    objectives=(
        "say what Django does with a WebSocket, and put Channels beside it",
        "refuse a client without a session, and a page of another site, before you accept",
        "write a consumer that survives rubbish and leaves nothing behind, and test it",
    ),
    know_first="lessons 07, 08 and 09",
    docs=(
        ("How to deploy with ASGI", "howto/deployment/asgi/"),
        ("Cross Site Request Forgery protection", "ref/csrf/"),
        ("CSRF_TRUSTED_ORIGINS", "ref/settings/#csrf-trusted-origins"),
    ),
    errors={
        "Django can only handle ASGI/HTTP connections, not websocket": "9c.1",
        "server rejected WebSocket connection: HTTP 500": "9c.1",
        "server rejected WebSocket connection: HTTP 403": "9c.7",
        "No route found for path": "9c.3",
        "No application configured for scope type": "9c.3",
        "You cannot use AsyncToSync in the same thread as an async event loop - just await the async "
        "function directly": "9c.12",
    },
    predictions=(
        Prediction(
            number="9c.5",
            question=(
                "Ada is logged in to the café. In another tab she opens a page of `evil.example`. Its script "
                "opens a WebSocket to the café, and the handshake comes with Ada's cookie. The consumer "
                "lets in who is logged in. What happens?"
            ),
            options={
                "a": "the handshake is refused: a page may only connect to its own site",
                "b": "the socket opens, without a user: there is no CSRF token",
                "c": "the socket opens, and the page speaks for Ada",
            },
            settle=what_the_handshake_got,
            replies={
                "a": "That is a rule for `fetch` and its answers. No such rule covers a WebSocket.",
                "b": "`CsrfViewMiddleware` looks at POST requests. A handshake is a GET, and Channels "
                "runs none of Django's middleware.",
                "c": "Here it did not. Did you change the cell?",
            },
        ),
        Prediction(
            number="9c.9",
            question=(
                "`Careless` joins a group in `connect` and leaves it in `disconnect`. Its `receive` calls "
                "`json.loads`. A client sends `rubbish`. What follows?"
            ),
            options={
                "a": "the error is logged, and the socket stays open",
                "b": "the socket closes, and `disconnect` leaves the group",
                "c": "the socket closes, `disconnect` is not called, and the group keeps the dead member",
            },
            settle=who_is_in_the_group,
            replies={
                "a": "Nobody catches it: the consumer itself ends.",
                "b": "`disconnect` answers the message `websocket.disconnect`. Who is there to receive it?",
                "c": "Here it was otherwise. Did you change the cell?",
            },
        ),
    ),
    exercises=(BELL,),
    previous="09b_servers_compared",
    next="10_upgrade",
)
