"""More than fifty requests: how many views were under way, moment by moment."""

from __future__ import annotations

from ..events import Recording
from ..lanes import Lives
from .board import HEIGHT, Board, Lane
from .sheet import BLUE, GREY, PAPER, SKY, Sheet, wide

ROWS = 150  # moments that are told apart


def draw_crowd(sheet: Sheet, board: Board, lives: Lives, recording: Recording) -> set[str]:
    """Draw each lane as a shape, as wide as views were under way; say what was used, for the legend."""
    used = set[str]()
    for lane in board.lanes:
        threads = set(lane.threads)
        views = [view for view in recording.views if view.thread in threads]
        if not views:
            continue
        begun = _most([(view.start, lives.end(view)) for view in views], board.seconds)
        sent = [(lives.sent(view), lives.end(view)) for view in views]
        asked = _most([(start, end) for start, end in sent if start is not None], board.seconds)
        room = (lane.width - lane.rail - 12) / max(max(begun), max(asked))
        if max(asked) > max(begun):
            used.add("crowd sent")
            _shape(sheet, board, lane, asked, room, fill=PAPER, stroke=GREY, stroke_dasharray="2 4")
        state = "crowd waits" if lane.rail else "crowd holds"
        used.add(state)
        look = {"fill": SKY, "stroke": BLUE} if lane.rail else {"fill": BLUE, "stroke": BLUE}
        _shape(sheet, board, lane, begun, room, **look)
        word = f"{max(begun)} at once"
        y = board.y(board.seconds * (begun.index(max(begun)) + 0.5) / ROWS)
        x = min(lane.x + lane.rail + 10 + wide(word) / 2, lane.x + lane.width - wide(word) / 2)
        sheet.label(word, x, min(max(y, board.top + 14), board.bottom - 14))
    return used


def _most(times: list[tuple[float, float]], seconds: float) -> list[int]:
    """In each row: the most that were under way at the same moment."""
    most, depth, row = [0] * ROWS, 0, 0
    moments = sorted([(start, 1) for start, _ in times] + [(end, -1) for _, end in times])
    for moment, step in moments:  # at a tie an end comes first
        now = min(int(moment / seconds * ROWS), ROWS - 1)
        for passed in range(row + 1, now + 1):
            most[passed] = depth
        row, depth = max(row, now), depth + step
        most[row] = max(most[row], depth)
    return most


def _shape(sheet: Sheet, board: Board, lane: Lane, counts: list[int], room: float, **look: str) -> None:
    left, row = lane.x + lane.rail + 4, HEIGHT / ROWS
    sides = "".join(f"H{left + count * room:.0f}v{row:.0f}" for count in counts)
    sheet.add("path", d=f"M{left:.0f} {board.y(0):.0f}{sides}H{left:.0f}z", **look)
