"""Call an ASGI or a WSGI application with no server in between, and keep every message.

A server does two jobs: it tells the application about the request (`openings.py`), and it carries
messages. Here is the second job alone, in the way Uvicorn does it: the same messages in the same
order, an `http.disconnect` when the client has gone, and a refusal of what comes out of turn.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Iterable, MutableMapping, Sequence
from contextlib import suppress
from contextvars import ContextVar
from time import perf_counter
from typing import Any

from .errors import ProtocolError
from .messages import Exchange, Message

Scope = MutableMapping[str, Any]
ASGIApp = Callable[[Scope, Callable[[], Awaitable[Any]], Callable[[Any], Awaitable[None]]], Awaitable[Any]]
WSGIApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

# Which request the running code belongs to. Set in the request's own task or worker thread, as any
# server may do; asyncio and asgiref carry it along.
request_number: ContextVar[int | None] = ContextVar("asynclab_request", default=None)
_next_number = 1


def take_numbers(count: int) -> range:
    """Numbers for that many requests, used by no other request of this process."""
    global _next_number
    numbers = range(_next_number, _next_number + count)
    _next_number += count
    return numbers


async def call_asgi(
    app: ASGIApp,
    scope: Scope,
    body: Sequence[bytes] = (b"",),
    *,
    pause: float = 0.0,
    leave_after: int | None = None,
    into: Exchange | None = None,
) -> Exchange:
    """Send one request to an ASGI application and keep every message.

    `body` is the request's body in the pieces in which it arrives, one every `pause` seconds. With
    `leave_after=2` the client disconnects once two messages were sent to it (0: `pause` seconds after it
    has sent its request). Whatever the application raises is kept in `Exchange.error`; only a
    cancellation goes on to the caller.
    `into` is an exchange to fill, for a caller that wants to look on.
    """
    exchange = into or Exchange(dict(scope))
    messages = exchange.messages
    pieces = iter(body)
    remaining = len(body)
    wake = asyncio.Event()  # set when the client has gone or the response is complete
    begun = complete = gone = False
    sent = 0

    async def receive() -> dict[str, Any]:
        nonlocal remaining, gone
        asked = len(messages)
        exchange.asks.append(asked)
        while pause and remaining and not gone:  # asked again after each wait: others may have taken it
            due = exchange.started + pause * (len(body) - remaining)
            if (early := due - perf_counter()) <= 0:
                break
            await asyncio.sleep(early)
        if remaining and not gone:
            remaining -= 1
            message = {"type": "http.request", "body": next(pieces), "more_body": remaining > 0}
        else:
            if leave_after == 0 and not (gone or complete):
                if pause:
                    with suppress(TimeoutError):
                        async with asyncio.timeout(pause):
                            await wake.wait()
                if not complete:
                    gone, exchange.left = True, perf_counter()
            elif not (gone or complete):
                await wake.wait()
            message = {"type": "http.disconnect"}
        messages.append(Message("receive", dict(message), perf_counter(), asked))
        return message

    async def send(message: dict[str, Any]) -> None:
        nonlocal begun, complete, gone, sent
        if gone:
            return  # nobody is there to read it; Uvicorn drops it silently, too
        kept = dict(message) if isinstance(message, dict) else message  # the sender may change its own
        if isinstance(kept, dict) and "headers" in kept:
            kept["headers"] = list(kept["headers"])  # any iterable will do, and may be read only once
        kind = check_sent(kept, begun, complete)
        messages.append(Message("send", kept, perf_counter()))
        sent += 1
        if kind == "http.response.start":
            begun = True
            exchange.status = kept["status"]
        else:
            exchange.first_byte = exchange.first_byte or messages[-1].at
            complete = not kept.get("more_body", False)
        if sent == leave_after and not complete:
            gone, exchange.left = True, messages[-1].at
        if complete or gone:
            wake.set()

    exchange.started = perf_counter()
    try:
        answer = app(scope, receive, send)
        if not inspect.isawaitable(answer):
            raise ProtocolError(
                f"An ASGI application is awaited, and this one gave back {type(answer).__name__}: "
                f"write `async def`."
            )
        result = await answer
        exchange.returned = len(messages), type(result).__name__
        if not gone:
            if not begun:
                raise ProtocolError(
                    "The application returned without sending a response. Await `send` first."
                )
            if not complete:
                raise ProtocolError("The application returned before its last `http.response.body`.")
            if result is not None:
                raise ProtocolError(f"An ASGI application returns None, not {type(result).__name__}.")
    except asyncio.CancelledError:
        raise
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        exchange.error = error  # sys.exit ends a request, not the server
    finally:
        exchange.ended = perf_counter()
    return exchange


def check_sent(message: Any, begun: bool, complete: bool) -> str:
    """Refuse a message that a server would refuse; return its type otherwise."""
    if not isinstance(message, dict):
        raise ProtocolError(f"`send` takes a dict, not {type(message).__name__}.")
    kind = message.get("type")
    expected = "http.response.body" if begun else "http.response.start"
    if complete:
        raise ProtocolError(f"{kind!r} was sent after the response was complete (more_body was False).")
    if kind != expected:
        raise ProtocolError(f"Expected the message {expected!r}, but got {kind!r}.")
    if kind == "http.response.start":
        if not isinstance(message.get("status"), int):
            raise ProtocolError("`http.response.start` needs a `status` that is a number, such as 200.")
        for pair in message.get("headers", ()):
            if len(pair) != 2 or not all(isinstance(part, bytes) for part in pair):
                raise ProtocolError(f'Headers are pairs of bytes, such as (b"x-a", b"1"), not {pair!r}.')
    elif not isinstance(message.get("body", b""), bytes):
        raise ProtocolError(
            f"A body is bytes, not {type(message['body']).__name__}: put b in front, or encode it."
        )
    return str(kind)


def call_wsgi(
    app: WSGIApp, environ: dict[str, Any], *, leave_after: int | None = None, into: Exchange | None = None
) -> Exchange:
    """Send one request to a WSGI application, in the calling thread, and keep every call.

    The calls are told as messages, so that both worlds read alike: `wsgi.response.start` for
    `start_response`, and `wsgi.response.body` for each piece that the iterable yields.
    """
    exchange = into or Exchange(dict(environ))
    begun = False

    def start_response(
        status: str, headers: list[tuple[str, str]], exc_info: Any = None
    ) -> Callable[[bytes], None]:
        nonlocal begun
        if begun and exc_info is None:
            raise ProtocolError("`start_response` was called twice.")
        if not isinstance(status, str) or not status[:3].isdigit():
            raise ProtocolError(f'The status is text such as "200 OK", not {status!r}.')
        if not isinstance(headers, list):
            raise ProtocolError(f"The headers are a list of pairs, not {type(headers).__name__}.")
        for pair in headers:
            if len(pair) != 2 or not all(isinstance(part, str) for part in pair):
                raise ProtocolError(f'WSGI headers are pairs of text, such as ("X-A", "1"), not {pair!r}.')
        begun = True
        exchange.status = int(status[:3])
        exchange.keep(
            "send", {"type": "wsgi.response.start", "status": exchange.status, "headers": list(headers)}
        )
        return write

    def write(piece: bytes) -> None:
        if not begun:
            raise ProtocolError("Call `start_response` before the first piece of the body.")
        if not isinstance(piece, bytes):
            raise ProtocolError(
                f"A body is made of bytes, not {type(piece).__name__}: put b in front, or encode it."
            )
        exchange.keep("send", {"type": "wsgi.response.body", "body": piece})
        exchange.first_byte = exchange.first_byte or exchange.messages[-1].at

    exchange.started = perf_counter()
    try:
        result = app(environ, start_response)
        exchange.returned = len(exchange.messages), type(result).__name__
        if isinstance(result, (str, bytes)) or not hasattr(result, "__iter__"):
            shown = type(result).__name__
            raise ProtocolError(
                f"A WSGI application returns an iterable of bytes, such as [b'hi'], not {shown}."
            )
        try:
            for piece in result:
                write(piece)
                if leave_after is not None and len(exchange.messages) >= leave_after:
                    exchange.left = perf_counter()
                    break  # the client is gone: a WSGI server notices when it next writes
        finally:
            if hasattr(result, "close"):
                result.close()
        if not begun:
            raise ProtocolError("The application never called `start_response`.")
    except (Exception, SystemExit) as error:
        exchange.error = error
    finally:
        exchange.ended = perf_counter()
    return exchange
