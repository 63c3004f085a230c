"""The ladder: what passed between server and application, as lines and as a picture."""

from __future__ import annotations

import asyncio
import re
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from asynclab.ladder import text
from asynclab.messages import Exchange
from asynclab.openings import http_scope, wsgi_environ
from asynclab.picture.ladder import draw_ladder
from asynclab.wire import call_asgi, call_wsgi

from .cafe import run
from .reading.picture import problems

START = {"type": "http.response.start", "status": 200}
KEY = "> to application, < to server, ? asks"


def part(body: bytes, more: bool = True) -> dict[str, Any]:
    return {"type": "http.response.body", "body": body, "more_body": more}


def asgi(app: Any, *pieces: bytes, **options: Any) -> Exchange:
    return run(call_asgi(app, http_scope("/tea/?milk=1"), pieces or (b"",), **options))


def lines(exchange: Exchange) -> list[str]:
    return text(exchange).splitlines()


def drawn(exchange: Exchange) -> list[str]:
    """What the picture says, from top to bottom."""
    root = ET.fromstring(draw_ladder(exchange))
    return [element.text or "" for element in root.iter("{http://www.w3.org/2000/svg}text")]


async def listener(scope: Any, receive: Any, send: Any) -> None:
    while (await receive())["more_body"]:
        pass
    await send(START)
    await send(part(b"ok", more=False))


def test_an_asgi_application_is_called_asks_gets_sends_and_returns() -> None:
    exchange = asgi(listener, b"milk", b"tea")

    assert lines(exchange) == [
        KEY,
        "called with scope (type http)  GET /tea/?milk=1",
        "? await receive()",
        "> http.request  b'milk', more to come",
        "? await receive()",
        "> http.request  b'tea'",
        "< http.response.start  200, 0 headers",
        "< http.response.body  b'ok'",
        "returned nothing",
    ]
    assert drawn(exchange) == [
        "server",
        "application",
        "called with scope (type http)",
        "GET /tea/?milk=1",
        "await receive()",
        "http.request",
        "b'milk', more to come",
        "await receive()",
        "http.request",
        "b'tea'",
        "http.response.start",
        "200, 0 headers",
        "http.response.body",
        "b'ok'",
        "returned nothing",
    ]


def test_a_wsgi_application_answers_by_returning_and_its_pieces_are_taken_afterwards() -> None:
    def app(environ: Any, start_response: Any) -> list[bytes]:
        write = start_response("200 OK", [("X-A", "1")])
        write(b"at once")
        return [b"then"]

    exchange = call_wsgi(app, wsgi_environ("/tea/"))

    assert lines(exchange) == [
        KEY,
        "called with environ  GET /tea/",
        "< start_response  200, 1 header",
        "< piece of body  b'at once'",
        "returned list",
        "< piece of body  b'then'",
    ]
    assert drawn(exchange)[2:] == [
        "called with environ",
        "GET /tea/",
        "start_response",
        "200, 1 header",
        "piece of body",
        "b'at once'",
        "returned list",
        "piece of body",
        "b'then'",
    ]


def test_a_generator_returns_before_it_has_started() -> None:
    def app(environ: Any, start_response: Any) -> Any:
        start_response("200 OK", [])
        yield b"ok"

    assert lines(call_wsgi(app, wsgi_environ("/")))[2:] == [
        "returned generator",
        "< start_response  200, 0 headers",
        "< piece of body  b'ok'",
    ]


def test_an_ask_stands_where_it_was_asked_and_says_so_if_it_had_no_answer() -> None:
    """One that was given up is told apart from one that was answered later, whichever came first."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        given_up = asyncio.ensure_future(receive())
        await asyncio.sleep(0)
        given_up.cancel()
        await send(START)
        listening = asyncio.ensure_future(receive())
        await asyncio.sleep(0)
        await send(part(b"a"))
        await send(part(b"b", more=False))
        await listening

    assert lines(asgi(app))[2:] == [
        "? await receive()",
        "> http.request  b''",
        "? await receive()  not answered",
        "< http.response.start  200, 0 headers",
        "? await receive()",
        "< http.response.body  b'a', more to come",
        "< http.response.body  b'b'",
        "> http.disconnect  the answer is complete",
        "returned nothing",
    ]


def test_an_error_or_a_call_that_was_cut_short_has_no_return() -> None:
    async def failing(scope: Any, receive: Any, send: Any) -> None:
        raise LookupError("no such tea")

    async def cut_short(scope: Any, receive: Any, send: Any) -> None:
        raise asyncio.CancelledError

    exchange = Exchange(http_scope("/"))
    with pytest.raises(asyncio.CancelledError):
        run(call_asgi(cut_short, exchange.opening, into=exchange))
    assert lines(asgi(failing))[2:] == ["! LookupError  no such tea"]
    assert lines(exchange)[2:] == ["it did not return"]


def test_the_application_has_a_bar_from_its_call_to_its_return() -> None:
    def bar(exchange: Exchange) -> tuple[float, float]:
        root = ET.fromstring(draw_ladder(exchange))
        found = root.findall("{http://www.w3.org/2000/svg}rect[@width='10']")
        assert len(found) == 1
        return float(found[0].get("y", 0)), float(found[0].get("height", 0))

    def returning(environ: Any, start_response: Any) -> list[bytes]:
        start_response("200 OK", [])
        return [b"one", b"two"]

    assert bar(asgi(listener)) == (84, 30 + 3 * 46 + 30 + 4)
    assert bar(call_wsgi(returning, wsgi_environ("/"))) == (84, 46 + 30 + 4)


def test_ten_thousand_messages_make_a_small_ladder() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        for _ in range(10_000):
            await receive()
        await send(START)
        for number in range(10_000):
            await send(part(b"x" * 100, more=number < 9_999))

    exchange = asgi(app, *[b"y" * 100] * 10_000)
    told = lines(exchange)

    assert len(told) == 2 + 12 + 1 + 12
    assert told[14] == "… 19,984 more messages, 9,994 more asks …"
    assert told[-1] == "returned nothing"
    assert len(draw_ladder(exchange)) < 12_000


def test_the_return_is_shown_even_if_it_lies_in_the_middle() -> None:
    def app(environ: Any, start_response: Any) -> list[bytes]:
        write = start_response("200 OK", [])
        for _ in range(50):
            write(b"a")
        return [b"b"] * 50

    assert lines(call_wsgi(app, wsgi_environ("/")))[13:17] == [
        "< piece of body  b'a'",
        "… 77 more messages …",
        "returned list",
        "< piece of body  b'b'",
    ]


HOSTILE = "/<script>alert(1)</script>/'\"&\u202e\x1b[31m/" + "☕" * 200


@pytest.mark.parametrize("hostile", [HOSTILE, "x" * 100_000])
def test_whatever_a_name_holds_stays_in_its_place(hostile: str) -> None:
    odd = type(hostile, (Exception,), {})
    path = "/" + hostile.lstrip("/").replace("?", "")

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send(START)
        await send(part(hostile.encode()))
        raise odd(hostile)

    exchange = asgi(app)
    exchange.opening["path"] = path
    exchange.returned = (2, hostile)
    svg = draw_ladder(exchange)

    assert list(problems(svg)) == []
    assert "<script" not in svg
    assert len(svg) < 10_000
    assert all(len(line) <= 60 for line in lines(exchange))
    assert not re.search("[\x00-\x09\x0b-\x1f\u202e]", text(exchange) + svg)
