"""What the signs in a picture mean: those that appear in it, no others."""

from __future__ import annotations

from .arrows import queue, shaft
from .bars import bracket, cross, not_begun, swatch
from .sheet import BLUE, FAINT, GREY, PAPER, SKY, WIDTH, Sheet

MEANINGS = {
    "holds": "holds its thread: nobody else can use it",
    "waits": "waits: the thread is free for others",
    "blocked": "BLOCKED: holds the loop, all others stand still",
    "sent": "sent, but its view has not begun",
    "crowd waits": "so many views under way in the loop's thread",
    "crowd holds": "so many views hold a thread each",
    "crowd sent": "so many requests sent, their view not begun",
    "busy": "the loop's thread is busy",
    "layer": "a layer, from its start to its end",
    "yours": "a crossing of yours",
    "django": "a crossing of Django's own",
    "queued": "queued: it waits for a free thread",
    "failed": "ended with an error",
    "left": "cancelled: the client had left",
}


def draw_legend(sheet: Sheet, y: float, used: set[str], closing: list[str]) -> float:
    """Explain what was used, then how to read the whole; return where it ends."""
    sheet.line(12, y - 10, WIDTH - 12, y - 10, stroke=FAINT)
    y += 12
    for sign, meaning in MEANINGS.items():
        if sign in used:
            _sign(sheet, sign, y)
            sheet.write(50, y, meaning)
            y += 21
    for line in closing:
        sheet.write(12, y, line, fill=GREY)
        y += 19
    return y - 5


def _sign(sheet: Sheet, sign: str, y: float) -> None:
    top, bottom, middle = y - 12, y + 3, y - 5
    if sign in ("yours", "django"):
        shaft(sheet, 12, middle, 40, middle, yours=sign == "yours")
    elif sign == "sent":
        not_begun(sheet, 26, top, bottom)
    elif sign == "busy":
        sheet.line(26, top, 26, bottom, stroke_width=6)
    elif sign == "layer":
        bracket(sheet, 26, top, bottom)
    elif sign == "queued":
        queue(sheet, 26, top, bottom)
    elif sign in ("failed", "left"):
        cross(sheet, 26, middle, left=sign == "left")
    elif sign == "crowd waits":
        sheet.box(16, top + 1, 20, 14, fill=SKY, stroke=BLUE)
    elif sign == "crowd sent":
        sheet.box(16, top + 1, 20, 14, fill=PAPER, stroke=GREY, stroke_dasharray="2 4")
    else:
        swatch(sheet, "holds" if sign == "crowd holds" else sign, 14, top + 1, 24, 14)
