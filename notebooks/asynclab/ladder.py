"""Draw the messages of one request: who said what to whom, in order. Events in, text or SVG out."""

from __future__ import annotations

from textwrap import wrap
from typing import Any, NamedTuple

from .errors import ProtocolError
from .messages import Exchange, Message
from .picture.sheet import BLUE, GREEN, GREY, INK, PALE, RED, WIDTH, Sheet
from .words import COLUMNS, clean, shorten

MOST = 24  # rungs; what lies between the first and the last ones is summed up
SHOWN = 18  # bytes of a body that are shown
SAID = 4  # lines of an error that are shown
SERVER, APP = 70, WIDTH - 70  # where the two lines stand
STEP = 46  # pixels from one rung to the next
LINE = 17  # pixels from one line of text to the next


class Rung(NamedTuple):
    """One message: its direction, its name, and what matters in it."""

    to_app: bool | None  # None: no message, but a remark
    name: str
    detail: str
    error: bool = False


def rungs(exchange: Exchange) -> list[Rung]:
    """The opening, each message, and how it ended."""
    opening = exchange.opening
    if "asgi" in opening:
        query = opening["query_string"].decode("ascii", "replace")
        name, method, path = f"scope (type {opening['type']})", opening["method"], opening["path"]
    else:
        query = opening["QUERY_STRING"]
        name, method, path = "environ", opening["REQUEST_METHOD"], opening["PATH_INFO"]
    first = Rung(True, name, f"{method} {path}" + (f"?{query}" if query else ""))
    told, over = [], False
    for message in exchange.messages:
        told.append(_rung(message, over))
        over = over or (message.type == "http.response.body" and not message.data.get("more_body"))
    if len(told) > MOST:
        half = MOST // 2
        left_out = Rung(None, f"… {len(told) - 2 * half} more messages …", "")
        told = [*told[:half], left_out, *told[-half:]]
    if (error := exchange.error) is not None:
        refused = isinstance(error, ProtocolError)  # then the server says it; others reach the server
        told.append(Rung(None if refused else False, type(error).__name__, str(error), error=True))
    return [first, *told]


def _rung(message: Message, over: bool) -> Rung:
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
    return Rung(message.direction == "receive", name, detail)


def _body(body: Any, more: bool) -> str:
    ending = ", more to come" if more else ""
    if not isinstance(body, bytes) or len(body) <= SHOWN:
        return f"{body!r}{ending}"
    size = f"{len(body):,} bytes{ending}"
    return size if more else f"{body[:SHOWN]!r}… {size}"


def text(exchange: Exchange) -> str:
    """The ladder as text: one line a message, ">" towards the application, "<" towards the server."""
    lines = ["server > application, server < application"]
    for rung in rungs(exchange):
        mark = "!" if rung.error else {True: ">", False: "<", None: " "}[rung.to_app]
        line = f"{mark} {rung.name}  {rung.detail}".rstrip()
        lines += _lines(line, COLUMNS, "  ") if rung.error else [shorten(line)]
    return "\n".join(lines)


def _lines(text: str, width: int, indent: str = "") -> list[str]:
    text = clean(text[: 10 * COLUMNS])
    return wrap(text, width, subsequent_indent=indent, max_lines=SAID, placeholder=" …")


def picture(exchange: Exchange) -> str:
    """The ladder as an SVG document, 480 wide."""
    sheet = Sheet()
    told = rungs(exchange)
    said = [_lines(rung.detail, 42) if rung.error else [shorten(rung.detail, 42)] for rung in told]
    bottom = 62 + STEP * len(told) + sum(LINE * (len(lines) - 1) for lines in said if lines)
    for x, name in ((SERVER, "server"), (APP, "application")):
        sheet.box(x - 52, 12, 104, 26, fill=PALE, stroke=GREY, rx=4)
        sheet.write(x, 30, name, text_anchor="middle", font_weight="bold")
        sheet.line(x, 38, x, bottom - 8, stroke=GREY, stroke_dasharray="3 3")
    y = 38
    for rung, lines in zip(told, said, strict=True):
        y += STEP
        _write(sheet, y - 21, rung.name, RED if rung.error else INK, font_weight="bold")
        for number, line in enumerate(lines):
            _write(sheet, y - 4 + LINE * number, line, INK)
        y += LINE * max(0, len(lines) - 1)
        if rung.to_app is not None:
            colour = RED if rung.error else BLUE if rung.to_app else GREEN
            start, end = (SERVER, APP) if rung.to_app else (APP, SERVER)
            back = -9 if rung.to_app else 9
            sheet.line(start, y + 2, end + back, y + 2, stroke=colour, stroke_width=2)
            sheet.add("path", d=f"M {end} {y + 2} l {back} -5 v 10 z", fill=colour)
    return sheet.finish(bottom, "The messages of one request", clean(text(exchange).replace("\n", "; ")))


def _write(sheet: Sheet, y: float, text: str, fill: str, **look: str) -> None:
    sheet.write(WIDTH / 2, y, shorten(text, 44), text_anchor="middle", fill=fill, **look)
