"""Draw the messages of one request: who said what to whom, in order. Events in, text or SVG out."""

from __future__ import annotations

from typing import Any, NamedTuple

from .messages import Exchange, Message
from .picture.sheet import BLUE, GREEN, GREY, INK, PALE, WIDTH, Sheet
from .words import clean, shorten

MOST = 24  # rungs; what lies between the first and the last ones is summed up
SHOWN = 18  # bytes of a body that are shown
SERVER, APP = 70, WIDTH - 70  # where the two lines stand
STEP = 46  # pixels from one rung to the next


class Rung(NamedTuple):
    """One message: its direction, its name, and what matters in it."""

    to_app: bool | None  # None: a line that sums up what is left out
    name: str
    detail: str


def rungs(exchange: Exchange) -> list[Rung]:
    """The opening, each message, and how it ended."""
    opening = exchange.opening
    asgi = "asgi" in opening
    if asgi:
        query = opening["query_string"].decode("ascii", "replace")
        target = opening["path"] + (f"?{query}" if query else "")
        first = Rung(True, f"scope (type {opening['type']})", f"{opening['method']} {target}")
    else:
        first = Rung(True, "environ", f"{opening['REQUEST_METHOD']} {opening['PATH_INFO']}")
    told = [_rung(message) for message in exchange.messages]
    if len(told) > MOST:
        half = MOST // 2
        left_out = Rung(None, f"… {len(told) - 2 * half} more messages …", "")
        told = [*told[:half], left_out, *told[-half:]]
    if exchange.error is not None:
        told.append(Rung(False, type(exchange.error).__name__, str(exchange.error)))
    return [first, *told]


def _rung(message: Message) -> Rung:
    data = message.data
    name = {"wsgi.response.start": "start_response", "wsgi.response.body": "yield"}.get(
        message.type, message.type
    )
    if message.type.endswith("response.start"):
        count = len(data.get("headers", ()))
        detail = f"{data['status']}, {count} header{'' if count == 1 else 's'}"
    elif message.type.endswith("disconnect"):
        detail = "the client is gone"
    else:
        detail = _body(data.get("body", b""))
        if data.get("more_body"):
            detail += ", more to come"
    return Rung(message.direction == "receive", name, detail)


def _body(body: Any) -> str:
    if not isinstance(body, bytes) or len(body) <= SHOWN:
        return repr(body)
    return f"{body[:SHOWN]!r}… {len(body):,} bytes"


def text(exchange: Exchange) -> str:
    """The ladder as text: one line a message, ">" towards the application, "<" towards the server."""
    lines = ["server > application, server < application"]
    for rung in rungs(exchange):
        mark = {True: ">", False: "<", None: " "}[rung.to_app]
        lines.append(shorten(f"{mark} {rung.name}  {rung.detail}".rstrip()))
    return "\n".join(lines)


def picture(exchange: Exchange) -> str:
    """The ladder as an SVG document, 480 wide."""
    sheet = Sheet()
    told = rungs(exchange)
    bottom = 62 + STEP * len(told)
    for x, name in ((SERVER, "server"), (APP, "application")):
        sheet.box(x - 52, 12, 104, 26, fill=PALE, stroke=GREY, rx=4)
        sheet.write(x, 30, name, text_anchor="middle", font_weight="bold")
        sheet.line(x, 38, x, bottom - 8, stroke=GREY, stroke_dasharray="3 3")
    for number, rung in enumerate(told):
        y = 38 + STEP * (number + 1)
        if rung.to_app is None:
            sheet.write(WIDTH / 2, y - 12, rung.name, text_anchor="middle", fill=GREY)
            continue
        colour = BLUE if rung.to_app else GREEN
        start, end = (SERVER, APP) if rung.to_app else (APP, SERVER)
        back = -9 if rung.to_app else 9
        sheet.line(start, y, end + back, y, stroke=colour, stroke_width=2)
        sheet.add("path", d=f"M {end} {y} l {back} -5 v 10 z", fill=colour)
        sheet.write(WIDTH / 2, y - 21, shorten(rung.name, 40), text_anchor="middle", font_weight="bold")
        sheet.write(WIDTH / 2, y - 6, shorten(rung.detail, 42), text_anchor="middle", fill=INK)
    return sheet.finish(bottom, "The messages of one request", clean(text(exchange).replace("\n", "; ")))
