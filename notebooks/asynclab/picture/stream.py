"""Answers as they arrived: a column is one request, time runs down, a mark is a piece that came."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..stream import Flow, label, text
from ..words import shorten
from . import ticks
from .bars import cross, not_begun
from .board import HEIGHT, LEFT
from .sheet import BLUE, FAINT, GREY, PALE, SKY, WIDTH, Sheet, wide

MOST = 6  # columns
BAR = 18  # pixels: a bar's width
BELOW = 18  # pixels: room for the last label
NEAR = 14.0  # pixels: pieces that come closer than that share one label

Scale = Callable[[float], float]  # how far down a moment lies


def draw_stream(found: Sequence[Flow], headline: Sequence[str]) -> str:
    """The flows as an SVG document, 480 wide."""
    sheet = Sheet()
    title, *others = headline
    sheet.write(12, 24, title, font_weight="bold")
    for number, line in enumerate(others, 1):
        sheet.write(12, 24 + 19 * number, line.strip())
    top = 24.0 + 19 * len(others) + 40
    drawn = found[:MOST]
    seconds = max((flow.close or 0.0 for flow in drawn), default=0.0) or 1e-3
    pitch = (WIDTH - 12 - LEFT) / max(len(drawn), 1)

    def y(moment: float) -> float:
        return top + 4 + HEIGHT * min(max(moment, 0.0), seconds) / seconds

    for place, flow in enumerate(drawn):
        x = LEFT + pitch * place
        head = shorten(flow.asked.partition(" ")[2], int((pitch - 8) / 8.2))
        sheet.write(x + (pitch - 6) / 2, top - 10, head, font_weight="bold", text_anchor="middle")
        sheet.box(x, top, pitch - 6, HEIGHT + BELOW, fill=PALE, stroke=GREY, rx=4)
    for moment, words in ticks(seconds):
        sheet.line(LEFT - 4, y(moment), WIDTH - 18, y(moment), stroke=FAINT)
        sheet.write(LEFT - 8, y(moment) + 5, words, text_anchor="end")
    for place, flow in enumerate(drawn):
        _column(sheet, flow, LEFT + pitch * place, pitch - 6, [y(moment) for moment, _ in flow.pieces], y)
    bottom = _legend(sheet, top + HEIGHT + BELOW + 24, drawn)
    if len(found) > MOST:
        sheet.write(12, bottom + 5, f"{len(found) - MOST} more are not drawn.", fill=GREY)
        bottom += 19
    return sheet.finish(bottom, title, text(found).replace("\n", "; "))


def _column(sheet: Sheet, flow: Flow, x: float, width: float, at: list[float], y: Scale) -> None:
    """Nothing yet, then the bar from the first byte to the last, with a mark for each piece."""
    middle = x + 6 + BAR / 2
    close = flow.close if flow.close is not None else 0.0
    not_begun(sheet, middle, y(0), at[0] if at else y(close))
    if at:
        height = max(y(close) - at[0], 2)
        sheet.box(middle - BAR / 2, at[0], BAR, height, fill=SKY, stroke=BLUE)
    room = int((width - BAR - 14) / 7.6)
    first = 0
    for number, place in enumerate(at):
        sheet.box(middle - BAR / 2, place - 2, BAR, 4, fill=BLUE)
        if number + 1 == len(at) or at[number + 1] - at[first] > NEAR:
            words = label(flow.pieces[first : number + 1], room)
            line, left = max(place, y(0) + 10), middle + BAR / 2 + 5
            if words:
                sheet.box(left - 2, line - 8, wide(words) + 4, 16, fill=PALE)  # above the axis' lines
                sheet.write(left, line + 5, words)
            first = number + 1
    if flow.left is not None or flow.failed:
        cross(sheet, middle, y(close), left=flow.left is not None)


def _legend(sheet: Sheet, y: float, drawn: Sequence[Flow]) -> float:
    sheet.line(12, y - 10, WIDTH - 12, y - 10, stroke=FAINT)
    y += 12
    not_begun(sheet, 26, y - 12, y + 3)
    sheet.write(50, y, "the client waits, and has no byte yet")
    if any(flow.pieces for flow in drawn):
        y += 21
        sheet.box(17, y - 12, BAR, 15, fill=SKY, stroke=BLUE)
        sheet.box(17, y - 6, BAR, 4, fill=BLUE)
        sheet.write(50, y, "from the first byte to the last; a mark is a piece")
    if any(flow.left is not None for flow in drawn):
        y += 21
        cross(sheet, 26, y - 5, left=True)
        sheet.write(50, y, "the client left")
    if any(flow.failed and flow.left is None for flow in drawn):
        y += 21
        cross(sheet, 26, y - 5, left=False)
        sheet.write(50, y, "it broke off with an error")
    y += 21
    sheet.write(12, y, "A column is a request. Time runs down.", fill=GREY)
    return y + 14
