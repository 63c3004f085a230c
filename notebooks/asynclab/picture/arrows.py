"""Crossings as arrows: from the thread that asked to the thread that ran, yours apart from Django's."""

from __future__ import annotations

from ..events import Crossing, Recording
from ..words import shorten
from .board import Board
from .sheet import GREEN, GREY, PAPER, Look, Sheet, wide

MOST_ARROWS = 120
PLACE = 18  # pixels from one to the next, of several that are under way in one column


def draw_arrows(sheet: Sheet, board: Board, recording: Recording) -> set[str]:
    """Draw each crossing that ran; say what was used, for the legend."""
    ran = [crossing for crossing in recording.crossings if crossing.started is not None]
    yours = [crossing for crossing in ran if crossing.owner == "yours"][:MOST_ARROWS]
    djangos = [crossing for crossing in ran if crossing.owner == "django"][: MOST_ARROWS - len(yours)]
    used, told, aside = set[str](), set[str](), _side_by_side(board, yours)
    for crossing in djangos + yours:  # yours lie on top
        used |= _arrow(sheet, board, crossing, told, aside.get(id(crossing), 0.0))
    return used


def _side_by_side(board: Board, crossings: list[Crossing]) -> dict[int, float]:
    """How far each goes aside from the middle of its column: where several queue there, all are seen."""
    columns: dict[tuple[float, float], list[Crossing]] = {}
    for crossing in sorted(crossings, key=lambda crossing: crossing.asked):
        if crossing.thread is None or crossing.started is None:
            continue
        goal, room = board.column_at(crossing.thread, crossing.request, crossing.started)
        if not room:
            columns.setdefault((goal, board.lane(crossing.thread).pitch), []).append(crossing)
    aside: dict[int, float] = {}
    for (_, pitch), same in columns.items():
        places, free = list[int](), list[float]()  # which place each has, and when each place is free again
        for crossing in same:
            place = next((n for n, moment in enumerate(free) if moment <= crossing.asked), len(free))
            free[place : place + 1] = [board.seconds if crossing.ended is None else crossing.ended]
            places.append(place)
        step = max(0.0, min(PLACE, (pitch - PLACE) / len(free)))
        for crossing, place in zip(same, places, strict=True):
            aside[id(crossing)] = (place - (len(free) - 1) / 2) * step
    return aside


def _arrow(sheet: Sheet, board: Board, crossing: Crossing, told: set[str], aside: float) -> set[str]:
    """Across when it was asked for, then down: queued, then running."""
    if crossing.thread is None or crossing.started is None:
        return set()
    yours = crossing.owner == "yours"
    used = {"yours" if yours else "django"}
    begin, width = board.column_at(crossing.from_thread, crossing.request, crossing.asked)
    goal, room = board.column_at(crossing.thread, crossing.request, crossing.started)
    goal += aside
    asked, started = board.y(crossing.asked), board.y(crossing.started)
    ended = board.y(board.seconds if crossing.ended is None else crossing.ended)
    side = 1 if goal > begin else -1
    queued = started - asked > 3
    tip = goal - side * ((5 if queued else room / 2) + 1)
    if queued:
        used.add("queued")
        queue(sheet, goal, asked, started)
    if not room:  # no view and no layer: what ran was this alone
        bottom = max(ended, started + 1)
        sheet.line(goal, started, goal, bottom, stroke=GREEN if yours else GREY, stroke_width=4)
    shaft(sheet, begin + side * width / 2, asked, tip, asked, yours)
    if yours and crossing.what not in told:
        name = shorten(crossing.what, 20)
        half = wide(name) / 2 + 6
        x = min((begin + tip) / 2, tip - half) if side == 1 else max((begin + tip) / 2, tip + half)
        if sheet.label(name, max(x, half), asked + 13, ink=GREEN):
            told.add(crossing.what)
    return used


def queue(sheet: Sheet, x: float, top: float, bottom: float) -> None:
    """A dotted, empty box: it waits for a free thread."""
    look: Look = {"fill": PAPER, "stroke": GREEN, "stroke_width": 1.5, "stroke_dasharray": "2 2"}
    sheet.box(x - 5, top, 10, bottom - top, **look)


def shaft(sheet: Sheet, x1: float, y1: float, x2: float, y2: float, yours: bool) -> None:
    """The arrow itself: yours bold, Django's thin and dashed."""
    side = 1 if x2 > x1 else -1
    if yours:
        sheet.line(x1, y1, x2 - side * 4, y2, stroke=GREEN, stroke_width=2.5)
        sheet.add("path", d=f"M{x2:.1f} {y2:.1f}l{-8 * side} -5v10z", fill=GREEN)
    else:
        sheet.line(x1, y1, x2, y2, stroke=GREY, stroke_dasharray="4 3")
        sheet.add("path", d=f"M{x2:.1f} {y2:.1f}l{-5 * side} -3v6z", fill=GREY)
