"""Loads as bars: what was measured, and below it what theory gives."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..loads import Load, counted, rate
from ..words import duration, shorten
from .sheet import BLUE, FAINT, GREY, PAPER, RED, WIDTH, Sheet

HALVES = (12.0, 250.0)  # where the left and the right half begin
LONGEST = 118.0  # pixels of the longest bar
BAR, STEP = 14.0, 19.0
HEAD = 44.0


def draw_loads(loads: Sequence[Load], description: str) -> str:
    """One block a load, all on the same two scales: throughput on the left, on the right the median time, and
    a thin line from it to the time within which 95 % were answered."""
    sheet = Sheet()
    one = len(loads) == 1
    title = f"{loads[0].clients} clients at once" if one else "Loads compared"
    sheet.write(HALVES[0], 24, "answers a second", font_weight="bold")
    sheet.write(HALVES[1], 24, "median time of an answer", font_weight="bold")
    scales = [
        max([each.throughput for each in loads] + [t.throughput for each in loads if (t := each.expected)]),
        max([each.p95 for each in loads] + [t.median for each in loads if (t := each.expected)]),
    ]
    y = HEAD
    for load in loads:
        sheet.line(12, y - 10, WIDTH - 12, y - 10, stroke=FAINT)
        y += 8
        sheet.write(12, y, shorten(load.label, 58))
        y += 8
        theory = load.expected
        _pair(sheet, HALVES[0], y, load.throughput, theory.throughput if theory else None, scales[0], rate)
        if load.answered:
            expected = theory.median if theory else None
            _pair(sheet, HALVES[1], y, load.median, expected, scales[1], duration, load.p95)
        y += 2 * STEP + 4
        if load.errors:
            sheet.write(12, y + 10, shorten(f"✗ {counted(load.errors)}", 58), fill=RED, font_weight="bold")
            y += STEP
        y += 14
    sheet.line(12, y - 10, WIDTH - 12, y - 10, stroke=FAINT)
    _bar(sheet, 12, y, 28, True)
    sheet.write(50, y + 12, "measured")
    _tail(sheet, 122, y, 28)
    sheet.write(158, y + 12, "to 95 %")
    _bar(sheet, HALVES[1], y, 28, False)
    sheet.write(HALVES[1] + 38, y + 12, "in theory")
    return sheet.finish(y + 26, title, description)


def _pair(
    sheet: Sheet,
    x: float,
    y: float,
    measured: float,
    theory: float | None,
    scale: float,
    said: Callable[[float], str],
    tail: float = 0.0,
) -> None:
    """A bar for what was measured, with its tail if it has one, and below it a bar for theory."""
    for number, value in enumerate((measured, theory)):
        if value is not None:
            long = max(LONGEST * value / scale, 1.5) if scale else 1.5
            top = y + number * STEP
            _bar(sheet, x, top, long, not number)
            if not number and tail > value:
                _tail(sheet, x + long, top, further := LONGEST * (tail - value) / scale)
                long += further
            sheet.write(x + long + 6, top + 12, said(value), fill=GREY if number else BLUE)


def _tail(sheet: Sheet, x: float, y: float, long: float) -> None:
    sheet.line(x, y + BAR / 2, x + long, y + BAR / 2, stroke=BLUE)
    sheet.line(x + long, y + 3, x + long, y + BAR - 3, stroke=BLUE)


def _bar(sheet: Sheet, x: float, y: float, long: float, measured: bool) -> None:
    if measured:
        sheet.box(x, y, long, BAR, fill=BLUE)
    else:
        sheet.box(
            x + 0.5, y + 0.5, max(long - 1, 0.5), BAR - 1, fill=PAPER, stroke=GREY, stroke_dasharray="4 3"
        )
