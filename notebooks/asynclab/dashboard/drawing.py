"""The dashboard on paper: text first, then a picture, drawn from what the page says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ..picture.sheet import FAINT, GREEN, GREY, PALE, RED, WIDTH, Sheet
from ..shown import show
from ..words import shorten

STATES = {"failed": "failed: no answer we understand", "late": "late: no answer in time"}


@dataclass(frozen=True)
class Dashboard:
    """What a visitor sees: each supplier's state, the newest orders, and who made which step."""

    suppliers: Mapping[str, str]
    orders: Sequence[str]
    steps: Mapping[str, str] = field(default_factory=dict)

    def row(self) -> dict[str, object]:
        """One line of a table, beside the settings that are named after the suppliers."""
        return {f"page: {name}": state for name, state in self.suppliers.items()}

    def text(self) -> str:
        """At most 60 columns wide."""
        width = max(map(len, (*self.suppliers, *self.steps)), default=0)
        lines = ["Dashboard", "Suppliers"]
        lines += [f"  {name:{width}}  {_said(state)}" for name, state in self.suppliers.items()]
        lines += ["Newest orders", *(f"  {order}" for order in self.orders or ["none yet"])]
        if self.steps:
            lines += ["Built of", *(f"  {step:{width}}  {whose}" for step, whose in self.steps.items())]
        return "\n".join(map(shorten, lines))

    def svg(self) -> str:
        """The page as a picture, an SVG document."""
        sheet, gap = Sheet(), 12.0
        sheet.write(12, 26, "Dashboard", font_weight="bold", font_size=18)
        sheet.write(WIDTH - 12, 26, "live", text_anchor="end", fill=GREY)
        wide = (WIDTH - 24 - gap * (len(self.suppliers) - 1)) / max(len(self.suppliers), 1)
        for at, (name, state) in enumerate(self.suppliers.items()):
            x, bad = 12 + at * (wide + gap), state in STATES
            sheet.box(x, 40, wide, 62, fill=PALE, stroke=RED if bad else FAINT, stroke_width=2, rx=6)
            sheet.write(x + 10, 62, shorten(name, int(wide / 9)), font_weight="bold")
            said = f"✗ {state}" if bad else f"{state} left"
            sheet.write(x + 10, 86, shorten(said, int(wide / 8)), fill=RED if bad else GREEN)
        sheet.write(12, 128, "Newest orders", font_weight="bold")
        y = 140.0
        for order in self.orders:
            sheet.box(12, y, WIDTH - 24, 26, fill=PALE, stroke=FAINT, rx=6)
            sheet.write(22, y + 18, shorten(order, 54))
            y += 32
        return sheet.finish(y + 4, "The dashboard", self.text())

    def __repr__(self) -> str:
        return self.text()

    def _ipython_display_(self) -> None:
        show(self.text(), self.svg())


def _said(state: str) -> str:
    return STATES.get(state, f"{state} left")
