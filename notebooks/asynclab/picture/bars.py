"""What a view did, as a bar in its column: it held its thread, it waited, it blocked the loop."""

from __future__ import annotations

from collections.abc import Container

from ..events import Span
from ..lanes import Lives, Piece
from ..words import shorten
from .board import Board
from .sheet import BLUE, GREY, INK, PAPER, RED, SKY, Look, Sheet, wide


def draw_bars(sheet: Sheet, board: Board, lives: Lives, gone: Container[int]) -> set[str]:
    """Draw every view, and every layer if layers are shown; say what was used, for the legend.

    `gone` are the ids of the errors that mean no more than that the client had left.
    """
    used, told = set[str](), set[str]()
    for span in board.drawn:
        x, width = board.column(span)
        if span.kind == "view":
            used |= _view(sheet, board, lives, span, x, width)
            end = board.y(lives.end(span)) - 4
        else:
            used.add("layer")
            end = board.y(lives.end(span))
            bracket(sheet, x, board.y(span.start), end)
        if span.error is not None:
            left = id(span.error) in gone
            used.add("left" if left else "failed")
            cross(sheet, x, end, left=left)
    for span in board.drawn:
        if span.kind == "view":
            _write_on(sheet, board, lives, span, told)
    return used


def _view(sheet: Sheet, board: Board, lives: Lives, view: Span, x: float, width: float) -> set[str]:
    used, sent = set[str](), lives.sent(view)
    if sent is not None and not board.layered and board.y(view.start) - board.y(sent) > 12:
        used.add("sent")
        not_begun(sheet, x, board.y(sent), board.y(view.start))
    pieces = lives.of(view)
    blocked = sum(end - start for state, start, end, _ in pieces if state == "blocked")
    if blocked and board.y(lives.end(view)) - board.y(view.start + blocked) < 3:
        pieces = [piece for piece in pieces if piece.state == "blocked"]  # the rest could not be seen
    for state, start, end, _ in pieces:
        top = board.y(start)
        used.add(state)
        swatch(sheet, state, x - width / 2, top, width, max(board.y(end) - top, 1.5))
    return used


def swatch(sheet: Sheet, state: str, x: float, y: float, width: float, height: float) -> None:
    """What a state looks like: a solid bar; a thin outline with rungs; a bold border."""
    if state == "holds":
        sheet.box(x, y, width, height, fill=BLUE)
    elif state == "waits":
        middle, thin = x + width / 2, width * 0.7
        # An outline around very little would leave nothing of what is inside.
        sheet.box(middle - thin / 2, y, thin, height, fill=SKY, stroke=BLUE if thin >= 4 else SKY)
        if height > 8:
            rungs: Look = {"stroke": BLUE, "stroke_width": thin, "stroke_dasharray": "1 7"}
            sheet.line(middle, y + 4, middle, y + height, **rungs)
    else:
        border = min(3.0, width / 3, height / 3)
        sheet.box(
            x + border / 2, y + border / 2, width - border, height - border,
            fill="#fbe3d6", stroke=RED, stroke_width=border,
        )  # fmt: skip


def not_begun(sheet: Sheet, x: float, top: float, bottom: float) -> None:
    """A dotted line: the request is there, nobody has time for it."""
    sheet.line(x, top, x, bottom, stroke=GREY, stroke_width=2, stroke_dasharray="2 4")


def bracket(sheet: Sheet, x: float, top: float, bottom: float) -> None:
    """A layer: all that lies inside it happens between its two ends."""
    shape = f"M{x - 6:.1f} {top:.1f}h12m-6 0V{bottom:.1f}m-6 0h12"
    sheet.add("path", d=shape, fill="none", stroke=INK, stroke_width=2)


def cross(sheet: Sheet, x: float, y: float, *, left: bool) -> None:
    """An end before its time: by an error, in red; or because the client had left."""
    shape = f"M{x - 5:.1f} {y - 5:.1f}l10 10m0 -10l-10 10"
    sheet.add("path", d=shape, stroke=PAPER, stroke_width=7, fill="none")
    sheet.add("path", d=shape, stroke=INK if left else RED, stroke_width=3, fill="none")


def _write_on(sheet: Sheet, board: Board, lives: Lives, view: Span, told: set[str]) -> None:
    """Say on a view's bar what it is, where there is room: across it, up along it, or beside it."""
    pieces = lives.of(view)
    blocked = [piece for piece in pieces if piece.state == "blocked"]
    for piece in blocked or [max(pieces, key=lambda piece: piece.end - piece.start)]:
        name = shorten(view.name, 16)
        words = {"holds": [name], "waits": [f"{name} waits", "waits"], "blocked": ["BLOCKED"]}[piece.state]
        if view.end is None:
            words.insert(0, "never came back")
        if piece.state == "blocked":
            if piece.where in told:
                continue  # to say it once is enough: the others look alike
            words.insert(0, f"BLOCKED by {shorten(piece.where, 26)}")
        if any(_fits(sheet, board, view, piece, word) for word in words):
            told.add(piece.where)


def _fits(sheet: Sheet, board: Board, view: Span, piece: Piece, word: str) -> bool:
    x, width = board.column(view)
    y, height = board.y((piece.start + piece.end) / 2), board.y(piece.end) - board.y(piece.start)
    bold = piece.state == "blocked"
    ink, paper = (PAPER, BLUE) if piece.state == "holds" else (RED if bold else INK, PAPER)
    room = wide(word, bold) + 6
    across, along = height >= 20 and width >= room, height >= room and width >= 18
    if across or along:
        return sheet.label(word, x, y, paper=paper, ink=ink, bold=bold, upright=not across)
    lane, aside = board.lane(view.thread), (width + room) / 2 + 3
    if not bold and len(lane.places) > 1:
        return False  # beside it stands another view
    return any(
        lane.x < side - room / 2
        and side + room / 2 < lane.x + lane.width
        and sheet.label(word, side, y, paper=PAPER, ink=RED if bold else INK, bold=bold)
        for side in (x + aside, x - aside)
    )
