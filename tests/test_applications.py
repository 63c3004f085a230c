"""Applications of one's own: which are called, how they end, and what a run tells of their messages."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import pytest

from asynclab.client import fetch
from asynclab.errors import RequestError, StackError
from asynclab.run import Run

START = {"type": "http.response.start", "status": 200}


def sent(*args: Any, **kwargs: Any) -> Run:
    async def run() -> Run:
        return await fetch(*args, **kwargs)

    return asyncio.run(run())


def told(run: Run) -> list[str]:
    """What is told below the headline, which ends in a time."""
    return run.text().splitlines()[1:]


async def hello(scope: Any, receive: Any, send: Any) -> None:
    await send(START)
    await send({"type": "http.response.body", "body": b"hello"})


class Hello:
    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await hello(scope, receive, send)


async def configured(app: Any, scope: Any, receive: Any, send: Any) -> None:
    await app(scope, receive, send)


@pytest.mark.parametrize(
    "app",
    [
        hello,
        Hello(),
        Hello().__call__,
        partial(configured, hello),
        lambda scope, receive, send: hello(scope, receive, send),
    ],
    ids=["function", "object", "method", "partial", "plain function that hands on"],
)
def test_whatever_can_be_called_and_awaited_is_an_asgi_application(app: Any) -> None:
    run = sent("/tea/?milk=1", app=app)

    assert told(run) == [
        "> to application, < to server, ? asks",
        "called with scope (type http)  GET /tea/?milk=1",
        "< http.response.start  200, 0 headers",
        "< http.response.body  b'hello'",
        "returned nothing",
    ]


def old_hello(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    start_response("200 OK", [])
    return [b"hel", b"lo"]


def test_a_wsgi_application_is_told_in_the_same_way() -> None:
    run = sent("/tea/?milk=1", app=old_hello, via="wsgi")

    assert run.opening["QUERY_STRING"] == "milk=1"
    assert told(run) == [
        "> to application, < to server, ? asks",
        "called with environ  GET /tea/?milk=1",
        "< start_response  200, 0 headers",
        "returned list",
        "< piece of body  b'hel'",
        "< piece of body  b'lo'",
    ]


@pytest.mark.parametrize(("app", "via", "other"), [(old_hello, "asgi", "wsgi"), (hello, "wsgi", "asgi")])
def test_an_application_of_the_other_kind_is_refused_in_a_sentence(app: Any, via: str, other: str) -> None:
    with pytest.raises(StackError, match=f'If that is meant: via="{other}"'):
        sent("/", app=app, via=via)


@pytest.mark.parametrize("django", [{"view": print}, {"middleware": []}], ids=["view", "middleware"])
def test_an_application_has_no_view_and_no_middleware_of_djangos(django: dict[str, Any]) -> None:
    with pytest.raises(StackError, match=r"^`app` is called in Django's place: leave `view` and"):
        sent("/", app=hello, **django)


def test_a_plain_function_that_hands_on_nothing_is_told_to_be_async() -> None:
    run = sent("/", app=lambda scope, receive, send: None)

    assert told(run)[-2:] == [
        "! ProtocolError  An ASGI application is awaited, and this",
        "  one gave back NoneType: write `async def`.",
    ]


def test_a_broken_rule_is_told_in_full_and_in_the_picture() -> None:
    async def silent(scope: Any, receive: Any, send: Any) -> None:
        pass

    run = sent("/", app=silent)

    assert told(run)[-2:] == [
        "! ProtocolError  The application returned without sending a",
        "  response. Await `send` first.",
    ]
    assert ">response. Await `send` first.</text>" in run.svg()


def test_a_long_piece_says_its_size_and_that_more_comes() -> None:
    async def long(scope: Any, receive: Any, send: Any) -> None:
        await send(START)
        await send({"type": "http.response.body", "body": b"x" * 70_000, "more_body": True})
        await send({"type": "http.response.body", "body": b"x" * 70_000})

    assert told(sent("/", app=long))[-3:-1] == [
        "< http.response.body  70,000 bytes, more to come",
        "< http.response.body  b'xxxxxxxxxxxxxxxxxx'… 70,000 bytes",
    ]


def test_a_disconnect_says_whether_the_client_left_early() -> None:
    async def curious(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await hello(scope, receive, send)
        await receive()

    assert told(sent("/", app=curious))[-2] == "> http.disconnect  the answer is complete"
    assert told(sent("/", app=curious, leave_after=1))[-2] == "> http.disconnect  the client is gone"


@pytest.mark.parametrize("via", ["asgi", "wsgi"])
def test_sys_exit_in_an_application_ends_its_request_and_no_more(via: str) -> None:
    async def leaving(scope: Any, receive: Any, send: Any) -> None:
        sys.exit("bye")

    def old_leaving(environ: Any, start_response: Any) -> Iterable[bytes]:
        sys.exit("bye")

    run = sent("/", app=leaving if via == "asgi" else old_leaving, via=via, deadline=5)

    assert isinstance(run.error, SystemExit)
    assert run.notes == []


def test_with_a_pause_an_application_waits_for_each_piece_and_others_are_served_meanwhile() -> None:
    order = list[str]()

    async def told_apart(scope: Any, receive: Any, send: Any) -> None:
        if scope["path"] == "/upload/":
            while (message := await receive())["more_body"]:
                order.append(message["body"].decode())
        order.append(scope["path"])
        await hello(scope, receive, send)

    run = sent(["/upload/", "/quick/"], app=told_apart, body=[b"one", b"two", b"three"], pause=0.05)

    assert order == ["one", "/quick/", "two", "/upload/"]
    assert run.seconds >= 0.1


def test_with_a_pause_a_wsgi_body_is_read_as_it_comes() -> None:
    took = list[bytes]()

    def reading(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        took.extend([environ["wsgi.input"].read(5), environ["wsgi.input"].read(9)])
        return old_hello(environ, start_response)

    run = sent("/", app=reading, via="wsgi", body=[b"one", b"two", b"", b"three"], pause=0.03)

    assert took == [b"onetw", b"othree"]
    assert run.seconds > 0.06  # the last piece came 0.09 s after the request was made


def test_a_client_that_has_left_sends_no_further_piece() -> None:
    heard = list[str]()

    async def polls(scope: Any, receive: Any, send: Any) -> None:
        waiting = [asyncio.ensure_future(receive()) for _ in range(2)]
        await asyncio.sleep(0)
        await send(START)
        heard.extend([(await message)["type"] for message in waiting])

    sent("/", app=polls, body=[b"one", b"two"], pause=0.05, leave_after=1)

    assert heard == ["http.request", "http.disconnect"]


@pytest.mark.parametrize("pause", [-1, 11, "1", None])
def test_a_pause_that_is_no_time_is_refused_in_a_sentence(pause: Any) -> None:
    with pytest.raises(RequestError, match="`pause` is a time from 0 to 10 seconds"):
        sent("/", app=hello, pause=pause)
