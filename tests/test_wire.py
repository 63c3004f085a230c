"""`wire` carries messages as a server does, keeps each one, and refuses what comes out of turn."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable, Iterator
from typing import Any
from wsgiref.validate import validator

import pytest

from asynclab.errors import ProtocolError, RequestError
from asynclab.messages import Exchange
from asynclab.openings import http_scope, split_target, wsgi_environ
from asynclab.wire import call_asgi, call_wsgi, take_numbers

from .cafe import run

START = {"type": "http.response.start", "status": 200, "headers": [(b"x-a", b"1")]}
BODY = {"type": "http.response.body", "body": b"ok"}
END = {"type": "http.disconnect"}


def sent(*messages: Any) -> Callable[..., Any]:
    """An application that sends just these messages."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        for message in messages:
            await send(message)

    return app


def call(app: Any, *body: bytes, **options: Any) -> Exchange:
    return run(call_asgi(app, http_scope("/"), body or (b"",), **options))


def kept(exchange: Exchange) -> list[tuple[str, dict[str, Any]]]:
    return [(message.direction, message.data) for message in exchange.messages]


# ASGI ---------------------------------------------------------------------------------------------


def test_the_body_arrives_in_its_pieces_and_then_the_client_waits() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        for _ in range(3):
            await receive()
        await send(START)
        await send(BODY)
        assert await receive() == END

    exchange = call(app, b"one", b"two", b"")
    assert exchange.error is None
    assert kept(exchange) == [
        ("receive", {"type": "http.request", "body": b"one", "more_body": True}),
        ("receive", {"type": "http.request", "body": b"two", "more_body": True}),
        ("receive", {"type": "http.request", "body": b"", "more_body": False}),
        ("send", START),
        ("send", BODY),
        ("receive", END),
    ]


def test_the_response_is_put_together_from_its_messages() -> None:
    part = {"type": "http.response.body", "body": b"caf\xc3", "more_body": True}
    exchange = call(sent(START, part, {"type": "http.response.body", "body": b"\xa9"}))
    response = exchange.response
    assert response is not None
    assert (response.status, response.reason, response.headers, response.text) == (
        200,
        "OK",
        (("x-a", "1"),),
        "café",
    )
    assert (response.header("X-A"), response.header("x-b")) == ("1", None)
    assert exchange.first_byte == exchange.messages[1].at


def test_whoever_asks_for_more_than_the_body_waits_until_the_response_is_complete() -> None:
    order: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        async def listen() -> None:
            order.append((await receive())["type"])

        await receive()
        listening = asyncio.create_task(listen())
        await send(START)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        order.append("nobody has left yet")
        await send(BODY)
        await listening

    assert call(app).error is None
    assert order == ["nobody has left yet", "http.disconnect"]


def test_a_client_may_leave_as_soon_as_it_has_asked() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert (await receive())["type"] == "http.request"
        assert await receive() == END

    assert call(app, leave_after=0).error is None


def test_a_client_may_leave_half_way_and_what_is_sent_then_is_dropped() -> None:
    more = {"type": "http.response.body", "body": b"1", "more_body": True}

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send(START)
        await send(more)
        assert await receive() == END
        await send(more)

    exchange = call(app, leave_after=2)
    assert exchange.error is None
    assert kept(exchange)[1:] == [("send", START), ("send", more), ("receive", END)]


@pytest.mark.parametrize(
    ("messages", "said"),
    [
        ((), "The application returned without sending a response. Await `send` first."),
        ((START,), "The application returned before its last `http.response.body`."),
        ((BODY,), "Expected the message 'http.response.start', but got 'http.response.body'."),
        ((START, START), "Expected the message 'http.response.body', but got 'http.response.start'."),
        (
            (START, BODY, BODY),
            "'http.response.body' was sent after the response was complete (more_body was False).",
        ),
        (("hello",), "`send` takes a dict, not str."),
        (
            ({"type": "http.response.start"},),
            "`http.response.start` needs a `status` that is a number, such as 200.",
        ),
        (
            ({**START, "headers": [("x-a", "1")]},),
            "Headers are pairs of bytes, such as (b\"x-a\", b\"1\"), not ('x-a', '1').",
        ),
        ((START, {**BODY, "body": "ok"}), "A body is bytes, not str: put b in front, or encode it."),
        (
            ({"type": "websocket.accept"},),
            "Expected the message 'http.response.start', but got 'websocket.accept'.",
        ),
    ],
)
def test_what_a_server_would_refuse_is_refused_in_one_sentence(messages: tuple[Any, ...], said: str) -> None:
    error = call(sent(*messages)).error
    assert isinstance(error, ProtocolError)
    assert str(error) == said
    assert error._render_traceback_() == [said]


def test_an_application_that_returns_something_is_told_so() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> str:
        await send(START)
        await send(BODY)
        return "done"

    assert str(call(app).error) == "An ASGI application returns None, not str."


def test_what_the_application_raises_is_kept_and_goes_no_further() -> None:
    error = LookupError("mine")

    async def app(scope: Any, receive: Any, send: Any) -> None:
        raise error

    assert call(app).error is error


@pytest.mark.parametrize("error", [KeyboardInterrupt, asyncio.CancelledError])
def test_a_cancellation_and_an_interrupt_go_on_to_the_caller(error: type[BaseException]) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        raise error

    async def scenario() -> Exchange:
        exchange = Exchange({})
        with pytest.raises(error):
            await call_asgi(app, http_scope("/"), into=exchange)
        return exchange

    exchange = asyncio.run(scenario())
    assert exchange.error is None
    assert exchange.ended is not None


def test_a_message_that_its_sender_changes_later_is_kept_as_it_was_sent() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        message = {"type": "http.response.start", "status": 200, "headers": iter([(b"a", b"b")])}
        await send(message)
        message["status"] = 500
        await send(BODY)

    assert kept(call(app))[0][1] == {
        "type": "http.response.start",
        "status": 200,
        "headers": [(b"a", b"b")],
    }


# What an application is told ----------------------------------------------------------------------


def test_the_scope_holds_path_and_query_as_a_server_gives_them() -> None:
    scope = http_scope("/caf%C3%A9/a b/?q=1&é", "get", [("X-Name", "value")])
    assert (scope["path"], scope["raw_path"], scope["query_string"], scope["method"]) == (
        "/café/a b/",
        b"/caf%C3%A9/a%20b/",
        b"q=1&%C3%A9",
        "GET",
    )
    assert scope["headers"] == [(b"host", b"127.0.0.1:8000"), (b"x-name", b"value")]


@pytest.mark.parametrize(
    "path", ["/", "/a'b\"c/", "/<script>alert(1)</script>/", "/%2F/%25/", "/é/☕/", "/a?b?c"]
)
def test_asgi_and_wsgi_are_told_the_same_path(path: str) -> None:
    scope, environ = http_scope(path), wsgi_environ(path)
    assert environ["PATH_INFO"].encode("latin-1").decode() == scope["path"]
    assert environ["QUERY_STRING"].encode() == scope["query_string"]


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("menu/", "A path starts with \"/\": write '/menu/' instead of 'menu/'."),
        ("", "A path starts with \"/\": write '/' instead of ''."),
        (3, 'The path is text, such as "/menu/", not int.'),
        ("/\ud800", "This path holds half a character (a lone surrogate): take it out."),
    ],
)
def test_what_is_no_path_is_refused_in_one_sentence(target: Any, said: str) -> None:
    with pytest.raises(RequestError) as refused:
        split_target(target)
    assert str(refused.value) == said


def test_the_environ_has_what_pep_3333_asks_for() -> None:
    environ = wsgi_environ("/a", "post", [("Content-Length", "2"), ("X-A", "1"), ("X-A", "2")], b"hi")
    assert environ["REQUEST_METHOD"] == "POST"
    assert (environ["CONTENT_LENGTH"], environ["HTTP_X_A"]) == ("2", "1,2")
    assert environ["wsgi.input"].read() == b"hi"

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"valid"]

    checked = {key: value for key, value in environ.items() if key != "wsgi.input"}
    answer = validator(app)(  # type: ignore[arg-type]
        {**checked, "wsgi.input": io.BytesIO()}, lambda *args: lambda piece: None
    )
    try:
        assert list(answer) == [b"valid"]
    finally:
        answer.close()  # type: ignore[attr-defined]


def test_no_two_requests_get_the_same_number() -> None:
    first, second = take_numbers(2), take_numbers(1)
    assert (len(first), len(second), second[0] - first[-1]) == (2, 1, 1)


# WSGI ---------------------------------------------------------------------------------------------


def wsgi(app: Any, **options: Any) -> Exchange:
    return call_wsgi(app, wsgi_environ("/"), **options)


def test_a_wsgi_application_is_told_in_the_same_words() -> None:
    def app(environ: dict[str, Any], start_response: Any) -> Iterator[bytes]:
        write = start_response("404 Not Found", [("X-A", "1")])
        write(b"first ")
        yield b"then"

    exchange = wsgi(app)
    assert exchange.error is None
    assert kept(exchange) == [
        ("send", {"type": "wsgi.response.start", "status": 404, "headers": [("X-A", "1")]}),
        ("send", {"type": "wsgi.response.body", "body": b"first "}),
        ("send", {"type": "wsgi.response.body", "body": b"then"}),
    ]
    assert exchange.response is not None
    assert (exchange.response.status, exchange.response.text) == (404, "first then")


def answering(result: Any, status: Any = "200 OK", headers: Any = (), calls: int = 1) -> Callable[..., Any]:
    def app(environ: dict[str, Any], start_response: Any) -> Any:
        for _ in range(calls):
            start_response(status, headers if headers != () else [])
        return result

    return app


@pytest.mark.parametrize(
    ("app", "said"),
    [
        (answering(None), "A WSGI application returns an iterable of bytes, such as [b'hi'], not NoneType."),
        (answering("text"), "A WSGI application returns an iterable of bytes, such as [b'hi'], not str."),
        (answering(b"one"), "A WSGI application returns an iterable of bytes, such as [b'hi'], not bytes."),
        (answering(["text"]), "A body is made of bytes, not str: put b in front, or encode it."),
        (answering([], calls=0), "The application never called `start_response`."),
        (answering([b"x"], calls=0), "Call `start_response` before the first piece of the body."),
        (answering([], calls=2), "`start_response` was called twice."),
        (answering([], status=200), 'The status is text such as "200 OK", not 200.'),
        (answering([], headers=3), "The headers are a list of pairs, not int."),
        (
            answering([], headers=[(b"a", b"b")]),
            "WSGI headers are pairs of text, such as (\"X-A\", \"1\"), not (b'a', b'b').",
        ),
    ],
)
def test_what_a_wsgi_server_would_refuse_is_refused_in_one_sentence(app: Any, said: str) -> None:
    error = wsgi(app).error
    assert isinstance(error, ProtocolError)
    assert str(error) == said


class Closing(list[bytes]):
    closed = 0

    def close(self) -> None:
        self.closed += 1


@pytest.mark.parametrize("options", [{}, {"leave_after": 2}])
def test_the_iterable_is_closed_once_even_if_the_client_leaves(options: dict[str, int]) -> None:
    body = Closing([b"a", b"b", b"c"])
    exchange = wsgi(answering(body), **options)
    assert body.closed == 1
    assert len(exchange.messages) == (2 if options else 4)


def test_the_iterable_is_closed_when_it_raises() -> None:
    class Raising(Closing):
        def __iter__(self) -> Iterator[bytes]:
            yield b"a"
            raise OSError("half-way")

    body = Raising()
    exchange = wsgi(answering(body))
    assert (repr(exchange.error), body.closed, len(exchange.messages)) == ("OSError('half-way')", 1, 2)
