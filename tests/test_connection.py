"""Only a whole answer counts as one."""

from __future__ import annotations

import asyncio

import pytest

from asynclab.connection import CLOSED, CUT, LONGER, RUBBISH, Connection, Failed

from .cafe import run
from .doubtful import OK, Doubtful

HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
Outcome = int | str


async def asked_twice(*answers: bytes | None) -> list[Outcome]:
    """What two requests get, on one connection as long as it lasts."""

    async def answer(number: int) -> bytes | None:
        return answers[number - 1]

    loop, outcomes = asyncio.get_running_loop(), list[Outcome]()
    async with Doubtful(answer) as server:
        host, port = server.url.removeprefix("http://").split(":")
        connection: Connection | None = None
        for _ in answers:
            if connection is None or not connection.open:
                if connection is not None:
                    outcomes.append("anew")
                _, connection = await loop.create_connection(Connection, host, int(port))
            try:
                outcomes.append(await connection.ask(b"GET / HTTP/1.1\r\n\r\n"))
            except Failed as failure:
                outcomes.append(str(failure))
        assert connection is not None
        connection.close()
        await server.none_open.wait()
    return outcomes


@pytest.mark.parametrize(
    "answer",
    [
        OK,
        CHUNKED + b"2\r\nup\r\n0\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n" + OK,
        b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n",
    ],
)
def test_a_connection_serves_again_after_a_whole_answer(answer: bytes) -> None:
    assert run(asked_twice(answer, OK)) == [200, 200]


@pytest.mark.parametrize(
    "answer",
    [
        HEAD + b"Connection: close\r\nContent-Length: 2\r\n\r\nup",
        b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nup",
    ],
)
def test_it_is_not_used_again_where_the_server_says_so(answer: bytes) -> None:
    assert run(asked_twice(answer, OK)) == [200, "anew", 200]


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (OK + b"XTRA", LONGER),
        (OK + OK, LONGER),
        (HEAD + b"Connection: close\r\nContent-Length: 2\r\n\r\nupX", LONGER),
        (b"\0\1 garbage\r\n\r\n", RUBBISH),
        (CHUNKED + b"zz\r\nup", RUBBISH),
        (HEAD + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\nup", RUBBISH),
        (HEAD + b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n2\r\nup\r\n0\r\n\r\n", RUBBISH),
        (b"HTTP/1.1 101 Up\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", RUBBISH),
        (None, CLOSED),
    ],
)
def test_an_answer_that_breaks_the_rules_is_an_error_of_its_kind(answer: bytes | None, kind: str) -> None:
    assert run(asked_twice(answer, OK)) == [kind, "anew", 200]


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (HEAD + b"Content-Length: 9\r\n\r\nup", CUT),
        (CHUNKED + b"5\r\nup", CUT),
        (HEAD + b"Conte", CUT),
        (HEAD + b"\r\nup", 200),  # neither a length nor chunks: it ends with the connection
    ],
)
def test_a_close_in_mid_answer_is_an_error_unless_it_is_the_end(answer: bytes, outcome: Outcome) -> None:
    async def ask() -> list[Outcome]:
        async def closing(number: int) -> bytes:
            asyncio.get_running_loop().call_soon(lambda: [each.transport.close() for each in server.open])
            return answer

        async with Doubtful(closing) as server:
            host, port = server.url.removeprefix("http://").split(":")
            _, connection = await asyncio.get_running_loop().create_connection(Connection, host, int(port))
            try:
                return [await connection.ask(b"GET / HTTP/1.1\r\n\r\n"), connection.open]
            except Failed as failure:
                return [str(failure), connection.open]

    assert run(ask()) == [outcome, False]
