"""One request drawn as a ladder, read downwards: the server's line, the application's line, the rungs."""

from __future__ import annotations

from ..ladder import Kind, Rung, rungs, sentences, text
from ..messages import Exchange
from ..words import clean, shorten
from .sheet import BLUE, GREEN, GREY, INK, PALE, RED, SKY, WIDTH, Sheet

SERVER, APP = 70, WIDTH - 70  # where the two lines stand
BAR = 5  # half the width of the bar on the application's line: it lasts as long as the call
LINE = 17  # pixels from one line of text to the next
TALL, LOW = 46, 30  # a rung with two lines of text, and with one
COLOURS: dict[Kind, str] = {"ask": GREY, "in": BLUE, "out": GREEN, "error": RED, "refusal": RED}


def draw_ladder(exchange: Exchange) -> str:
    """The ladder as an SVG document, 480 wide."""
    sheet = Sheet()
    drawn = [(rung, _lines(rung)) for rung in rungs(exchange)]
    places, y = list[int](), 38
    for _, lines in drawn:
        y += (LOW if len(lines) == 1 else TALL) + LINE * max(0, len(lines) - 2)
        places.append(y)
    bottom = y + 24
    for x, name in ((SERVER, "server"), (APP, "application")):
        sheet.box(x - 52, 12, 104, 26, fill=PALE, stroke=GREY, rx=4)
        sheet.write(x, 30, name, text_anchor="middle", font_weight="bold")
        sheet.line(x, 38, x, bottom - 8, stroke=GREY, stroke_dasharray="3 3")
    ends = [y for (rung, _), y in zip(drawn, places, strict=True) if rung.kind in ("return", "error")]
    end = ends[0] if ends else places[-1]
    sheet.box(APP - BAR, places[0], 2 * BAR, end - places[0] + 4, fill=SKY, stroke=BLUE)
    for (rung, lines), y in zip(drawn, places, strict=True):
        _write(sheet, rung, lines, y)
        _arrow(sheet, rung.kind, y + 2, APP - BAR if y <= end else APP)
    return sheet.finish(bottom, "One request, step by step", clean(text(exchange).replace("\n", "; ")))


def _lines(rung: Rung) -> list[str]:
    if rung.kind in ("ask", "return", "remark"):  # one line will do
        return [shorten(f"{rung.name} {rung.detail}".strip(), 42)]
    if rung.kind in ("error", "refusal"):
        return [shorten(rung.name, 42), *sentences(rung.detail, 42)]
    return [shorten(rung.name, 42), shorten(rung.detail, 42)]


def _write(sheet: Sheet, rung: Rung, lines: list[str], y: int) -> None:
    """The lines above the arrow at `y`; the first one is the name."""
    for number, line in enumerate(lines):
        top = y - 4 - LINE * (len(lines) - 1 - number)
        look = {"fill": RED} if rung.kind in ("error", "refusal") and not number else {"fill": INK}
        if not number and rung.kind not in ("ask", "remark"):
            look["font_weight"] = "bold"
        sheet.write(WIDTH / 2, top, line, text_anchor="middle", **look)


def _arrow(sheet: Sheet, kind: Kind, y: int, app: int) -> None:
    """Messages are thin with a full head, a call and its return thick, an ask dashed with an open head."""
    if kind in ("remark", "refusal"):
        return
    to_app = kind in ("call", "in")
    start, end, back = (SERVER, app, -1) if to_app else (app, SERVER, 1)
    colour = COLOURS.get(kind, INK)
    if kind == "ask":
        sheet.line(start, y, end, y, stroke=colour, stroke_dasharray="6 4")
        sheet.add("path", d=f"M {end + 9} {y - 5} L {end} {y} l 9 5", fill="none", stroke=colour)
        return
    thick, size = (5, 8) if kind in ("call", "return") else (2, 5)
    sheet.line(start, y, end + 9 * back, y, stroke=colour, stroke_width=thick)
    sheet.add("path", d=f"M {end} {y} l {(size + 4) * back} {-size} v {2 * size} z", fill=colour)
