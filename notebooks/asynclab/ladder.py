"""What passed between server and application in one request, in order: data in, lines of text out.

Four things pass. The server *calls* the application. The application *asks* for a message, with
`receive`. *Messages* go both ways. And the call *returns*, or it ends with an error.
`picture/ladder.py` draws the same rungs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from textwrap import wrap
from typing import Any, Literal, NamedTuple

from .errors import ProtocolError
from .messages import Exchange, Message
from .words import COLUMNS, clean, shorten

MOST = 24  # rungs; what lies between the first and the last ones is summed up
SHOWN = 18  # bytes of a body that are shown
SAID = 4  # lines of an error that are shown

Kind = Literal["call", "ask", "in", "out", "return", "error", "refusal", "remark"]
MARKS: dict[Kind, str] = {"ask": "? ", "in": "> ", "out": "< ", "error": "! ", "refusal": "! "}


class Rung(NamedTuple):
    """One step: what it is, its name, and what matters in it."""

    kind: Kind
    name: str
    detail: str = ""


def rungs(exchange: Exchange) -> list[Rung]:
    """The call, all that passed, and how it ended."""
    told = list(_passed(exchange))
    if len(told) > MOST:
        half = MOST // 2
        first, middle, last = told[:half], told[half:-half], told[-half:]
        count = Counter(rung.kind for rung in middle)
        asks = f", {count['ask']:,} more asks" if count["ask"] else ""
        left_out = Rung("remark", f"… {count['in'] + count['out']:,} more messages{asks} …")
        told = [*first, left_out, *(rung for rung in middle if rung.kind == "return"), *last]
    if (error := exchange.error) is not None:
        refused = isinstance(error, ProtocolError)  # then the server says it; others reach the server
        told.append(Rung("refusal" if refused else "error", type(error).__name__, str(error)))
    elif exchange.returned is None:
        told.append(Rung("remark", "it did not return"))
    return [_call(exchange.opening), *told]


def _call(opening: dict[str, Any]) -> Rung:
    if "asgi" in opening:
        query = opening["query_string"].decode("ascii", "replace")
        name, method, path = f"scope (type {opening['type']})", opening["method"], opening["path"]
    else:
        query = opening["QUERY_STRING"]
        name, method, path = "environ", opening["REQUEST_METHOD"], opening["PATH_INFO"]
    return Rung("call", f"called with {name}", f"{method} {path}" + (f"?{query}" if query else ""))


def _passed(exchange: Exchange) -> Iterator[Rung]:
    """Each ask, each message and the return, where it happened."""
    asked, answered = Counter(exchange.asks), Counter(message.asked for message in exchange.messages)
    over = False
    for passed in range(len(exchange.messages) + 1):
        for number in range(asked[passed]):
            yield Rung("ask", "await receive()", "" if number < answered[passed] else "not answered")
        if exchange.returned and exchange.returned[0] == passed:
            what = exchange.returned[1]
            yield Rung("return", f"returned {'nothing' if what == 'NoneType' else what}")
        if passed < len(exchange.messages):
            message = exchange.messages[passed]
            yield _message(message, over)
            over = over or (message.type == "http.response.body" and not message.data.get("more_body"))


def _message(message: Message, over: bool) -> Rung:
    data = message.data
    name = {"wsgi.response.start": "start_response", "wsgi.response.body": "piece of body"}.get(
        message.type, message.type
    )
    if message.type.endswith("response.start"):
        count = len(data.get("headers", ()))
        detail = f"{data['status']}, {count} header{'' if count == 1 else 's'}"
    elif message.type.endswith("disconnect"):
        detail = "the answer is complete" if over else "the client is gone"
    else:
        detail = _body(data.get("body", b""), bool(data.get("more_body")))
    return Rung("in" if message.direction == "receive" else "out", name, detail)


def _body(body: Any, more: bool) -> str:
    ending = ", more to come" if more else ""
    if not isinstance(body, bytes) or len(body) <= SHOWN:
        return f"{body!r}{ending}"
    size = f"{len(body):,} bytes{ending}"
    return size if more else f"{body[:SHOWN]!r}… {size}"


def text(exchange: Exchange) -> str:
    """One line a rung: ">" towards the application, "<" back to the server, "?" for an ask."""
    lines = ["> to application, < to server, ? asks"]
    for rung in rungs(exchange):
        line = f"{MARKS.get(rung.kind, '')}{rung.name}  {rung.detail}".rstrip()
        lines += sentences(line, COLUMNS, "  ") if rung.kind in ("error", "refusal") else [shorten(line)]
    return "\n".join(lines)


def sentences(text: str, width: int, indent: str = "") -> list[str]:
    """An error's words in a few short lines."""
    text = clean(text[: 10 * COLUMNS])
    return wrap(text, width, subsequent_indent=indent, max_lines=SAID, placeholder=" …")
