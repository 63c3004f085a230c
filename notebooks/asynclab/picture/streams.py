"""The server's memory while more and more clients listen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..loads import size
from ..theory import line
from .sheet import BLUE, FAINT, GREY, WIDTH, Sheet

if TYPE_CHECKING:
    from ..streams import Streams

LEFT, TOP, BOTTOM, RIGHT = 84.0, 60.0, 260.0, WIDTH - 24.0


def draw_streams(streams: Streams) -> str:
    """A point for each weighing, and the straight line nearest to them."""
    sheet = Sheet()
    dropped = f"{streams.open:,} of {streams.clients:,} streams open, {streams.dropped:,} dropped"
    sheet.write(12, 24, dropped, font_weight="bold")
    if streams.each is None:
        return sheet.finish(40, "Streams", streams.text())
    points = [(at.clients, at.own) for at in streams.weighed]
    slope, height, _ = line(points)
    most = max(max(y for _, y in points), height + slope * points[-1][0]) or 1
    wide = points[-1][0] or 1

    def at(x: float, y: float) -> tuple[float, float]:
        return LEFT + (RIGHT - LEFT) * x / wide, BOTTOM - (BOTTOM - TOP) * y / most

    sheet.write(12, TOP - 12, "the server's own memory", fill=GREY)
    for share in (0, 0.5, 1):
        x, y = at(share * wide, share * most)
        sheet.line(LEFT, y, RIGHT, y, stroke=FAINT)
        sheet.write(LEFT - 6, y + 5, size(share * most), text_anchor="end")
        sheet.write(x, BOTTOM + 20, f"{share * wide:.0f}", text_anchor="end" if share == 1 else "middle")
    sheet.line(
        *at(0, height), *at(wide, height + slope * wide), stroke=GREY, stroke_dasharray="4 3", stroke_width=2
    )
    for x, y in points:
        here = at(x, y)
        sheet.add("circle", cx=here[0], cy=here[1], r=5, fill=BLUE)
    sheet.write((LEFT + RIGHT) / 2, BOTTOM + 40, "clients that listen", text_anchor="middle", fill=GREY)
    sheet.note(BOTTOM + 66, "", f"dashed: {size(streams.each)} a client", 0)
    return sheet.finish(BOTTOM + 80, "Memory of a server with many streams", streams.text())
