"""The sample has the right three parameters and an empty body. What does it send?"""

import asyncio
from inspect import signature

from django.core.handlers.asgi import ASGIHandler

from ..declare import partly
from ..stage import messages

CLAIM = "A coroutine function of `scope`, `receive` and `send` with an empty body is an ASGI application."
SAID = {"post": "7"}
VERDICT = "The signature is right, and is Django's own; but nobody gets an answer."

_BOTH = ["http.response.start", "http.response.body"]
EXPECTED = {
    "from 3.0": partly({"as shown": [], "completed": _BOTH, "Django takes": ["scope", "receive", "send"]})
}


async def as_shown(scope, receive, send): ...


async def completed(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"tea"})


def types_sent(application):
    return [message["type"] for message in asyncio.run(messages(application))]


def observe():
    return {
        "as shown": types_sent(as_shown),
        "completed": types_sent(completed),
        "Django takes": list(signature(ASGIHandler.__call__).parameters)[1:],
    }
