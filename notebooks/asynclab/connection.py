"""One connection to a server, as a client holds it: ask, get an answer, ask again.

The parser is httptools, the one of Node.js: many answers that arrive at once are read in a moment, and what
breaks the rules of HTTP is an error here and no answer: one that is cut short, one longer than it said.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

import httptools

REFUSED = "connection refused"
CLOSED = "closed without an answer"
CUT = "answer cut short"
LONGER = "answer longer than announced"
RUBBISH = "answer that is no HTTP"

OnAnswer = Callable[[int, int, bool], bool]


class Failed(Exception):
    """A request that came to nothing. Its text is one of the kinds above, by which it is counted."""


class Connection(asyncio.Protocol):
    """Carries one request at a time: `status = await connection.ask(request)`."""

    def __init__(self, on_data: Callable[[bytes], None] | None = None) -> None:
        self.open = False  # whether another request may be sent
        self.received = 0  # bytes, with the headers
        self._on_data = on_data
        self._parser = httptools.HttpResponseParser(self)
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[int] | None = None
        self._request = b""
        self._on_answer: OnAnswer | None = None
        self._before = 0  # bytes received before this answer
        self._complete = self._bounded = self._begun = self._lasts = False

    def ask(self, request: bytes, on_answer: OnAnswer | None = None) -> asyncio.Future[int]:
        """Send a request without a body. The status comes when the answer is complete; or Failed.

        `on_answer` hears of it at once: of its status, its bytes, and whether the connection lasts. If it
        returns True the same request is sent again, and the future is about that one.
        """
        self._answer = asyncio.get_running_loop().create_future()
        self._request, self._on_answer = request, on_answer
        self._send()
        return self._answer

    def close(self) -> None:
        """Close it at once, whatever is under way."""
        self.open = False
        if self._transport is not None:
            self._transport.abort()

    # What asyncio calls

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
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._fail(LONGER if self._complete else RUBBISH)
            return
        if self._complete:
            self._finish()

    def connection_lost(self, error: Exception | None) -> None:
        self.open = False
        if self._answer is None or self._answer.done():
            return
        if error is None and self._begun and not self._bounded:  # such an answer ends with the connection
            self._finish()
        else:
            self._fail(CLOSED if self.received == self._before else CUT)

    # What httptools calls

    def on_message_begin(self) -> None:
        if self._complete:  # a second answer to one request
            self._fail(LONGER)

    def on_header(self, name: bytes, value: bytes) -> None:
        if name.lower() in (b"content-length", b"transfer-encoding"):
            self._bounded = True

    def on_headers_complete(self) -> None:
        self._begun = True

    def on_body(self, body: bytes) -> None:
        if self._on_data is not None:
            self._on_data(body)

    def on_message_complete(self) -> None:
        if self._parser.get_status_code() >= 200:  # else it only announces the answer
            self._complete, self._lasts = True, self._parser.should_keep_alive()

    # And what comes of it

    def _send(self) -> None:
        assert self._transport is not None
        self._before = self.received
        self._complete = self._bounded = self._begun = self._lasts = False
        if self.open:
            self._transport.write(self._request)
        else:
            self._fail(CLOSED)

    def _finish(self) -> None:
        status = self._parser.get_status_code()
        if not self._lasts:  # HTTP/1.0, or "Connection: close"
            self.close()
        if self._on_answer is not None and self._on_answer(status, self.received - self._before, self.open):
            self._send()
            return
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(status)

    def _fail(self, kind: str) -> None:
        self.close()
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(Failed(kind))
