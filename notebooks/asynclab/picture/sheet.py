"""A sheet to draw on: SVG with presentation attributes only, escaped by construction.

GitHub strips `style`, classes and scripts, so there are none. The sheet is opaque: it looks the
same on a dark page. Colours are Okabe and Ito's, which colour-blind readers can tell apart.
"""

from __future__ import annotations

from xml.etree import ElementTree as ET

from ..words import clean, columns, shorten

WIDTH = 480
SIZE = 14  # of letters, in pixels; smaller ones cannot be read on a phone
PAPER, INK, GREY, PALE, FAINT = "#ffffff", "#1a1a1a", "#595959", "#f0f0f0", "#bfbfbf"
BLUE, SKY, RED, GREEN = (
    "#0072b2",
    "#d6ebf7",
    "#b34700",
    "#007a5a",
)  # the last two darker: read as text

Look = dict[str, float | str]  # presentation attributes, "_" for "-"


def wide(text: str, bold: bool = False) -> float:
    """About how many pixels a text takes: a little more than in most fonts."""
    return columns(text) * (8.2 if bold else 7.6)


class Sheet:
    """Draws in pixels from the top left corner."""

    def __init__(self) -> None:
        self._root = ET.Element("svg", xmlns="http://www.w3.org/2000/svg", role="img")
        self._root.set("font-family", "sans-serif")
        self._root.set("font-size", str(SIZE))
        self._root.set("fill", INK)
        self._title = ET.SubElement(self._root, "title")
        self._desc = ET.SubElement(self._root, "desc")
        self._paper = self.box(0.5, 0.5, WIDTH - 1, 0, fill=PAPER, stroke="#bfbfbf", rx=6)
        self._taken: list[tuple[float, float, float, float]] = []

    def add(self, tag: str, content: str = "", /, **attributes: float | str) -> ET.Element:
        """Add one element; `stroke_width=2` becomes the attribute `stroke-width="2"`."""
        element = ET.SubElement(self._root, tag)
        for name, value in attributes.items():
            element.set(name.replace("_", "-"), value if isinstance(value, str) else _number(value))
        element.text = content or None
        return element

    def box(self, x: float, y: float, width: float, height: float, **look: float | str) -> ET.Element:
        """A rectangle; not filled unless `fill` says so."""
        return self.add("rect", x=x, y=y, width=width, height=height, **({"fill": "none"} | look))

    def line(self, x1: float, y1: float, x2: float, y2: float, **look: float | str) -> None:
        """A straight line."""
        self.add("line", x1=x1, y1=y1, x2=x2, y2=y2, **({"stroke": INK} | look))

    def write(self, x: float, y: float, text: str, **look: float | str) -> None:
        """A text on the line at `y`, from `x`; `text_anchor="middle"` centres it there."""
        self.add("text", clean(text), x=x, y=y, **look)

    def label(
        self,
        text: str,
        x: float,
        y: float,
        *,
        paper: str = PAPER,
        ink: str = INK,
        bold: bool = False,
        upright: bool = False,
    ) -> bool:
        """A text with its middle at x, y, on paper of its own; False if the place is taken."""
        width, height = wide(text, bold) + 6, SIZE + 4.0
        if upright:
            width, height = height, width
        left, top, right, bottom = x - width / 2, y - height / 2, x + width / 2, y + height / 2
        if any(left < c and a < right and top < d and b < bottom for a, b, c, d in self._taken):
            return False
        self._taken.append((left, top, right, bottom))
        self.box(left, top, width, height, fill=paper, rx=2)
        look: Look = {"fill": ink}
        if bold:
            look["font_weight"] = "bold"
        if upright:
            look["transform"] = f"rotate(-90 {_number(x)} {_number(y)})"
        self.write(x, y + 5, text, text_anchor="middle", **look)
        return True

    def note(self, y: float, label: str, text: str, indent: float = 110) -> float:
        """A line below the picture, its label in bold; where the next one goes."""
        if label:
            self.write(12, y, label, font_weight="bold")
        self.write(12 + indent, y, shorten(text, int((WIDTH - 24 - indent) / 7.2)))
        return y + SIZE + 5

    def finish(self, height: float, title: str, description: str) -> str:
        """The document, as text."""
        height = round(height)
        self._root.set("viewBox", f"0 0 {WIDTH} {height}")
        self._root.set("width", str(WIDTH))
        self._root.set("height", str(height))
        self._paper.set("height", str(height - 1))
        self._title.text, self._desc.text = title, description
        return ET.tostring(self._root, encoding="unicode")


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
