"""Three slow suppliers: an ASGI application by hand, with no framework.

    GET /beans                     200 {"item": "beans", "left": 12, "unit": "kg"} after 0.3 s
    GET /milk?delay=2              the same for milk, after 2 s (0 to 10)
    GET /cups?fail=500             an error of the supplier's own
    GET /cups?fail=timeout         never an answer
    GET /cups?fail=disconnect      half an answer, then the connection breaks
    GET /cups?fail=garbage         an answer that is no JSON

The café calls it in its own process. `uvicorn cafe.suppliers:suppliers --port 8001` makes a server of it.
It knows nothing of Django, so that you can read ASGI here and nothing else.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qs

from cafe.delays import seconds

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

DEFAULT_DELAY = "0.3"  # seconds, as it would stand in the address
FAILURES = ("500", "timeout", "disconnect", "garbage")
SHELVES: dict[str, dict[str, str | int]] = {
    "/beans": {"item": "beans", "left": 12, "unit": "kg"},
    "/milk": {"item": "milk", "left": 40, "unit": "litres"},
    "/cups": {"item": "cups", "left": 250, "unit": "pieces"},
}


async def suppliers(scope: Message, receive: Receive, send: Send) -> None:
    """Answer one request: `scope` tells what was asked, `receive` brings more, `send` carries the answer."""
    if scope["type"] != "http":
        # A server also offers "lifespan" and "websocket". Raising is how an application declines.
        raise ValueError(f"The suppliers speak http, not {scope['type']}.")
    if scope["method"] != "GET":
        return await answer(send, 405, {"problem": "Only GET is answered."}, [(b"allow", b"GET")])
    shelf = SHELVES.get(scope["path"])
    if shelf is None:
        return await answer(send, 404, {"problem": "Nobody here delivers that."})

    asked = parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    fail = asked.get("fail", [""])[-1]
    try:
        delay = seconds(asked.get("delay", [DEFAULT_DELAY])[-1])
    except ValueError as error:
        return await answer(send, 400, {"problem": str(error)})
    if fail and fail not in FAILURES:
        return await answer(send, 400, {"problem": f"fail is one of {', '.join(FAILURES)}."})

    await asyncio.sleep(delay)  # a wait, not work: this thread serves others meanwhile
    match fail:
        case "500":
            await answer(send, 500, {"problem": "The shelf fell down."})
        case "timeout":
            # Say nothing until the client has lost patience. Until then, `receive` simply waits.
            while (await receive())["type"] != "http.disconnect":
                pass
        case "disconnect":
            body = json.dumps(shelf).encode()
            await send({"type": "http.response.start", "status": 200, "headers": head(body)})
            await send({"type": "http.response.body", "body": body[:9], "more_body": True})
            raise ConnectionResetError("The supplier hung up in the middle of a word.")
        case "garbage":
            await send_whole(send, 200, b'{"item": \xff')
        case _:
            await answer(send, 200, shelf)


async def answer(
    send: Send, status: int, content: dict[str, str | int], headers: list[tuple[bytes, bytes]] | None = None
) -> None:
    await send_whole(send, status, json.dumps(content).encode(), headers or [])


async def send_whole(
    send: Send, status: int, body: bytes, headers: list[tuple[bytes, bytes]] | None = None
) -> None:
    """An HTTP answer is two messages: how it starts, and its body."""
    await send({"type": "http.response.start", "status": status, "headers": head(body) + (headers or [])})
    await send({"type": "http.response.body", "body": body})


def head(body: bytes) -> list[tuple[bytes, bytes]]:
    return [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
