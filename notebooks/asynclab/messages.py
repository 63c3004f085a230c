"""The messages of one request, and the answer that they make up: plain data."""

from __future__ import annotations

import http
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Message:
    """One message: what the application received, or what it sent."""

    direction: Literal["receive", "send"]
    data: dict[str, Any]
    at: float  # seconds on the clock of time.perf_counter
    asked: int | None = None  # received: how many messages had passed when it was asked for

    @property
    def type(self) -> str:
        """The kind of message, such as "http.response.start"."""
        return str(self.data.get("type"))


@dataclass(frozen=True, slots=True)
class Response:
    """What the client got: `status` (int), `headers` (pairs of str), `body` (bytes)."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def reason(self) -> str:
        """The status in words: "OK", "Not Found" …"""
        try:
            return http.HTTPStatus(self.status).phrase
        except ValueError:
            return ""

    @property
    def text(self) -> str:
        """The body as text, read as UTF-8."""
        return self.body.decode("utf-8", errors="replace")

    def header(self, name: str) -> str | None:
        """The first header of that name (upper or lower case), or None."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


@dataclass(slots=True)
class Exchange:
    """One request and everything that answered it."""

    opening: dict[str, Any]  # the scope, or the environ, as the application gets it
    messages: list[Message] = field(default_factory=list)  # WSGI: the calls, told in the same form
    started: float = 0.0
    first_byte: float | None = None
    ended: float | None = None
    status: int | None = None
    left: float | None = None  # when the client went before the answer was complete
    error: BaseException | None = None
    asks: list[int] = field(default_factory=list)  # at each `receive()`: how many messages had passed
    returned: tuple[int, str] | None = None  # after how many messages the call returned, and what type

    def keep(self, direction: Literal["receive", "send"], data: dict[str, Any]) -> None:
        """Add one message, with the moment at which it passed."""
        self.messages.append(Message(direction, data, perf_counter()))

    @property
    def response(self) -> Response | None:
        """The answer put together from its messages; None if none was begun."""
        sent = [message.data for message in self.messages if message.direction == "send"]
        start = next((data for data in sent if data["type"].endswith("response.start")), None)
        if start is None:
            return None
        headers = tuple((_text(name), _text(value)) for name, value in start.get("headers", ()))
        parts = [data.get("body", b"") for data in sent if data["type"].endswith("response.body")]
        return Response(start["status"], headers, b"".join(parts))


def _text(value: bytes | str) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value
