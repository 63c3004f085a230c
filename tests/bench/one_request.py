"""One request, in this process: the wire, httpx's transport, the recorder.

    python -m tests.bench.one_request wire 170      times of each side, as JSON

Each opening of a recording patches a few classes, and Python 3.13 stops optimising calls through a
class that was changed a thousand times. So a process measures few rounds, and `rows.py` starts several.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import sys
from collections.abc import Awaitable, Callable
from time import perf_counter
from typing import Any

import httpx
from django.http import HttpRequest, HttpResponse

from asynclab import boot
from asynclab.openings import http_scope
from asynclab.record import recording
from asynclab.stack import build
from asynclab.wire import call_asgi

from ..seven import SEVEN
from .alternate import Measured, Side, alternate

Call = Callable[[Any, dict[str, Any]], Awaitable[Any]]


async def async_page(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ready")


def sync_page(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ready")


async def by_hand(app: Any, scope: dict[str, Any]) -> list[dict[str, Any]]:
    """The least that a server does: hand over a request, take the response, say when it is over."""
    asked = False
    over = asyncio.Event()
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        nonlocal asked
        if asked:
            await over.wait()
            return {"type": "http.disconnect"}
        asked = True
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)
        if message["type"] == "http.response.body" and not message.get("more_body", False):
            over.set()

    await app(scope, receive, send)
    return sent


async def timed(call: Call, app: Any) -> float:
    """Seconds for one request."""
    scope = http_scope("/")
    began = perf_counter()
    await call(app, scope)
    return perf_counter() - began


LEARNT = 20  # requests: from 3 to 20 the ratio still falls by about 0.03


def settled(call: Call, app: Any, first: int = 1) -> Side:
    """One request, after so many that are not timed: the side before it leaves something behind.

    Opening or closing a recording changes classes, and Python throws away what it had learnt of them.
    It takes some requests to learn it again; what that costs is told in the row "whole".
    """

    async def side() -> float:
        for _ in range(first):
            await call(app, http_scope("/"))
        return await timed(call, app)

    return side


async def wire(rounds: int) -> Measured:
    """`call_asgi` and the same call by hand."""
    app = build("asgi", async_page, SEVEN)
    return await alternate({"theirs": settled(by_hand, app), "wire": settled(call_asgi, app)}, rounds)


async def transport(rounds: int) -> Measured:
    """`call_asgi` and httpx's transport, with a client that stays open."""
    app = build("asgi", async_page, SEVEN)
    client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1:8000")

    async def through_httpx(app: Any, scope: dict[str, Any]) -> None:
        await client.get("/")

    async with client:
        sides = {"theirs": settled(through_httpx, app), "wire": settled(call_asgi, app)}
        return await alternate(sides, rounds)


async def recorded(view: Any, rounds: int) -> Measured:
    """A call by hand, and two that are recorded.

    "open" is a request while recording is on. "whole" is a recording of one request alone: with opening,
    closing, and what Python has to learn again. A `fetch` pays that once, however many requests it sends.
    """
    app = build("asgi", view, SEVEN)
    with recording():  # layers are seen in a handler that was built while recording
        seen = build("asgi", view, SEVEN)

    async def while_open() -> float:
        with recording():
            return await settled(call_asgi, seen, LEARNT)()

    async def whole() -> float:
        for _ in range(3):
            await by_hand(app, http_scope("/"))
        scope = http_scope("/")
        began = perf_counter()
        with recording():
            await call_asgi(seen, scope)
        return perf_counter() - began

    return await alternate(
        {"theirs": settled(by_hand, app, LEARNT), "open": while_open, "whole": whole}, rounds
    )


PARTS: dict[str, Callable[[int], Awaitable[Measured]]] = {
    "wire": wire,
    "transport": transport,
    "async": lambda rounds: recorded(async_page, rounds),
    "sync": lambda rounds: recorded(sync_page, rounds),
}


async def main(part: str, rounds: int) -> Measured:
    """Measure one part."""
    return await PARTS[part](rounds)


if __name__ == "__main__":
    with contextlib.redirect_stdout(io.StringIO()):
        boot()
    print(json.dumps(asyncio.run(main(sys.argv[1], int(sys.argv[2])))))
