"""A recording as a picture: time runs downwards, a box is a thread, a column in it is a request.

So the three ways to serve ten slow pages can be told apart at a glance: ten boxes with a bar each;
one box with a staircase; one box in which ten wait side by side.
"""

from __future__ import annotations

from collections.abc import Collection
from math import floor, log10

from ..events import Recording
from ..lanes import Lives
from ..timeline import cancelled, headline, layers, text, troubles
from ..words import shorten
from .arrows import draw_arrows
from .bars import draw_bars
from .board import LEFT, Board
from .crowd import draw_crowd
from .legend import draw_legend
from .sheet import FAINT, GREY, INK, PALE, RED, WIDTH, Sheet

MOST_COLUMNS = 50  # with more requests a column would be too thin to be seen


def picture(recording: Recording, *, show: Collection[str] = ("lanes",), seconds: float = 0.0) -> str:
    """Draw a recording as an SVG document, 480 pixels wide.

    Args:
        recording: what `fetch` or `watch` saw.
        show: "lanes" (always), "crossings", "layers" (of the first request).
        seconds: draw at least so long a time, so that pictures can be compared.
    """
    sheet, description = Sheet(), text(recording, show=show)
    title, *others = headline(recording)
    sheet.write(12, 24, title, font_weight="bold")
    for number, line in enumerate(others, 1):
        sheet.write(12, 24 + 19 * number, line.strip())
    y = 36.0 + 19 * len(others)
    if not recording.spans and (recording.visits or not recording.turns):  # else the loop's strip tells
        return sheet.finish(y, title, description)
    notes, closing = troubles(recording), ["A box is a thread, a column in it a request. Time runs down."]
    if not recording.spans:
        closing = ["A box is a thread. Time runs down."]
    lives = Lives(recording)  # of all requests, even where only one is drawn: they shared the loop
    if "layers" in show:
        notes += layers(recording)
        closing = ["A box is a thread, a column in it a layer. Time runs down."]
        recording, left_out = _first_request(recording)
        if left_out:
            closing.insert(0, f"Request 1 alone is drawn, {left_out} more are not.")
    crowded = len(recording.views) > MOST_COLUMNS
    if crowded:
        many = f"{len(recording.views)} views are too many to draw one by one:"
        closing = [many, "the wider the shape, the more at once. Time runs down."]
    board = Board(recording, ("lanes",) if crowded else show, y + 40, seconds, crowded)
    _frame(sheet, board)
    if crowded:
        used = draw_crowd(sheet, board, lives, recording)
    else:
        used = draw_bars(sheet, board, lives, cancelled(recording))
        used |= draw_arrows(sheet, board, recording) if "crossings" in show else set()
    used |= _rail(sheet, board, recording)
    y = board.bottom + 24
    for label, value in notes:
        y = sheet.note(y, label, value, 84)
    return sheet.finish(draw_legend(sheet, y, used, closing), title, description)


def _first_request(recording: Recording) -> tuple[Recording, int]:
    """The same recording with its first request alone, and how many were left out."""
    requests = sorted({span.request for span in recording.spans if span.request is not None})
    if len(requests) < 2:
        return recording, 0
    alone = Recording(
        visits=[visit for visit in recording.visits if visit.request == requests[0]],
        spans=[span for span in recording.spans if span.request == requests[0]],
        crossings=[crossing for crossing in recording.crossings if crossing.request == requests[0]],
        blocked=[block for block in recording.blocked if block.request == requests[0]],
        turns=recording.turns,
    )
    return alone, len(requests) - 1


def _frame(sheet: Sheet, board: Board) -> None:
    """The boxes with their names, the numbers of the columns, the axis of time."""
    for lane in board.lanes:
        name = "loop: one thread" if lane.rail and lane.width > 150 else lane.name
        name = shorten(name, int(lane.width / 7))
        sheet.write(lane.x + lane.width / 2, board.top - 26, name, font_weight="bold", text_anchor="middle")
        for x, width in lane.boxes() if not board.crowded else [(lane.x, lane.width)]:
            sheet.box(x, board.top, width, board.bottom - board.top, fill=PALE, stroke=GREY, rx=4)
    for moment, label in ticks(board.seconds):
        y = board.y(moment)
        sheet.line(LEFT - 4, y, WIDTH - 12, y, stroke=FAINT)
        sheet.write(LEFT - 8, y + 5, label, text_anchor="end")
    if board.crowded or not board.drawn:
        return
    counted = "layer" if board.layered else "request"
    sheet.write(LEFT - 6, board.top - 7, counted, text_anchor="end", fill=GREY)
    for x, number in board.heads():
        sheet.write(x, board.top - 7, number, text_anchor="middle", fill=GREY)


def ticks(seconds: float) -> list[tuple[float, str]]:
    """A few round moments from 0 to the end, with their labels."""
    rough = seconds / 6
    power = 10.0 ** floor(log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough)
    size, unit = (1, "s") if seconds >= 0.1 else (1e-3, "ms") if seconds >= 1e-4 else (1e-6, "µs")
    digits = max(0, -floor(log10(step / size) + 1e-9))
    moments = [number * step for number in range(int(seconds / step) + 1)]
    return [(moment, f"{moment / size:.{digits if moment else 0}f} {unit}") for moment in moments]


def _rail(sheet: Sheet, board: Board, recording: Recording) -> set[str]:
    """A strip at the loop's left edge: when its thread was busy, for whomever; where it was blocked."""
    used = set[str]()
    blocked = [(block.start, block.start + block.seconds) for block in recording.blocked]
    busy = [(turn.start, turn.end) for turn in recording.turns]
    for lane in board.lanes:
        if not lane.rail:
            continue
        for sign, ink, width, times in (("blocked", RED, 12, blocked), ("busy", INK, 5, busy)):
            shape = "".join(f"M{lane.x + 7:.1f} {y:.1f}v{height:.1f}" for y, height in board.stretches(times))
            if shape:
                used.add(sign)
                sheet.add("path", d=shape, stroke=ink, stroke_width=width)
        in_views = {(view.request, view.thread) for view in recording.views}
        for block in recording.blocked:
            if board.crowded or (block.request, lane.threads[0]) not in in_views:
                y = max(board.y(block.start + block.seconds / 2), board.top + 14)
                any(sheet.label("BLOCKED", lane.x + 52, y + 20 * row, ink=RED, bold=True) for row in range(3))
                break
    return used
