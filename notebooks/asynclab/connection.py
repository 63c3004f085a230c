"""One connection to a server, as a client holds it: ask, get an answer, ask again.

The protocol is h11's. So an answer that breaks the rules of HTTP is an error here and no answer: one that is
cut short, one longer than it said, bytes that nobody asked for.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

import h11

REFUSED = "connection refused"
CLOSED = "closed without an answer"
CUT = "answer cut short"
LONGER = "answer longer than announced"
RUBBISH = "answer that is no HTTP"


class Failed(Exception):
    """A request that came to nothing. Its text is one of the kinds above, by which it is counted."""


class Connection(asyncio.Protocol):
    """Carries one request at a time: `status = await connection.ask(request)`."""

    def __init__(self, on_data: Callable[[bytes], None] | None = None) -> None:
        self.open = False  # whether another request may be sent
        self.received = 0  # bytes, with the headers
        self._on_data = on_data
        self._wire = h11.Connection(h11.CLIENT)
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[int] | None = None
        self._before = self._status = 0

    def ask(self, request: h11.Request) -> asyncio.Future[int]:
        """Send a request without a body. The status comes when the answer is complete; or Failed."""
        assert self._transport is not None
        self._answer = asyncio.get_running_loop().create_future()
        self._before, self._status = self.received, 0
        if self.open:
            sent = self._wire.send(request) or b""
            self._transport.write(sent + (self._wire.send(h11.EndOfMessage()) or b""))
        else:
            self._fail(CLOSED)
        return self._answer

    def close(self) -> None:
        """Close it at once, whatever is under way."""
        self.open = False
        if self._transport is not None:
            self._transport.abort()

    @property
    def status(self) -> int:
        """The status of the answer that is under way; 0 before it is known."""
        return self._status

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport, self.open = transport, True
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def data_received(self, data: bytes) -> None:
        self.received += len(data)
        if self._answer is None or self._answer.done():  # nobody asked: of no use for another request
            self.close()
            return
        try:
            self._wire.receive_data(data)
            self._read()
        except h11.RemoteProtocolError:
            self._fail(RUBBISH)

    def connection_lost(self, error: Exception | None) -> None:
        self.open = False
        if self._answer is None or self._answer.done():
            return
        kind = CLOSED if self.received == self._before else CUT
        if error is None:
            try:
                self._wire.receive_data(b"")  # for an answer without a length the end is the close
                self._read()
            except h11.RemoteProtocolError:
                pass
        self._fail(kind)

    def _read(self) -> None:
        while (event := self._wire.next_event()) not in (h11.NEED_DATA, h11.PAUSED):
            if isinstance(event, h11.Data):
                if self._on_data is not None:
                    self._on_data(bytes(event.data))
            elif isinstance(event, h11.Response):
                self._status = event.status_code
            elif isinstance(event, h11.EndOfMessage):
                self._end()
                return

    def _end(self) -> None:
        if self._wire.trailing_data[0]:
            self._fail(LONGER)
            return
        if self._wire.our_state is h11.DONE and self._wire.their_state is h11.DONE:
            self._wire.start_next_cycle()
        else:  # HTTP/1.0, or "Connection: close"
            self.close()
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(self._status)

    def _fail(self, kind: str) -> None:
        self.close()
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(Failed(kind))
