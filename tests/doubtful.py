"""A small server in this loop that answers as a test wants it to: rightly, wrongly, late or never."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nup"
EVENT = b"1c\r\nevent: board\ndata: {}\n\nretry\r\n"  # one event, and the first letters of the next

Answer = Callable[[int], Awaitable[bytes | None]]


async def up(number: int) -> bytes:
    return OK


class Doubtful:
    """`async with Doubtful(answer) as server:`; `answer(number)` gives the bytes for the request of that
    number, counted from 1; None closes the connection."""

    def __init__(self, answer: Answer = up) -> None:
        self.answer = answer
        self.asked: list[bytes] = []  # the head of each request
        self.connections = 0
        self.open = set[_Connection]()
        self.none_open = asyncio.Event()

    @property
    def url(self) -> str:
        host, port = self._server.sockets[0].getsockname()
        return f"http://{host}:{port}"

    def die(self) -> None:
        """Listen no more, and let go of everybody."""
        self._server.close()
        for connection in self.open:
            connection.transport.abort()

    async def __aenter__(self) -> Doubtful:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Connection(self), "127.0.0.1", 0)
        return self

    async def __aexit__(self, *error: object) -> None:
        self.die()
        if self.open:
            await self.none_open.wait()


class _Connection(asyncio.Protocol):
    def __init__(self, server: Doubtful) -> None:
        self._server, self._read = server, b""
        self._task: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self._server.connections += 1
        self._server.open.add(self)
        self._server.none_open.clear()

    def data_received(self, data: bytes) -> None:
        self._read += data
        if b"\r\n\r\n" in self._read:
            self._server.asked.append(self._read)
            self._task = asyncio.ensure_future(self._serve(self._read, len(self._server.asked)))
            self._read = b""

    async def _serve(self, head: bytes, number: int) -> None:
        answer = await self._server.answer(number)
        self.transport.write(answer or b"")
        if answer is None or b"Connection: close" in head:
            self.transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        if self._task is not None:
            self._task.cancel()
        self._server.open.discard(self)
        if not self._server.open:
            self._server.none_open.set()
