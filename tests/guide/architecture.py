"""The picture of the instrument's layers, for docs/architecture.md: what imports what, from the top down.

A module imports what stands in its own box or in a row below. A test compares this with the imports at the
head of each module. What a function imports when it is called may come from anywhere: `boot` puts work back,
`fetch` asks `predict`, and neither needs the other in order to load.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from textwrap import wrap

from asynclab.picture.sheet import BLUE, GREY, PALE, WIDTH, Sheet

from . import NOTEBOOKS

LAB = NOTEBOOKS / "asynclab"

Box = tuple[str, str]  # what it does, its modules

ROWS: tuple[tuple[Box, ...], ...] = (
    (
        ("many clients", "load conductor traffic clients listeners connection address"),
        ("the projects of lessons 10 and 11", "upgrade cafe_2019/ dashboard/"),
    ),
    (
        (
            "predictions and exercises",
            "exercises/ predict check trial judge submission progress work testing suite apart beside ready",
        ),
    ),
    (
        ("asking from a cell", "client watch control live choice giveup mistakes"),
        ("real servers", "servers server commands proxy postgres quarters guard child family"),
    ),
    (
        ("recording", "record recorder seams rescue"),
        ("showing", "run timeline ladder lanes stream table shown picture/ loads streams theory ledger"),
    ),
    (("Django, called as a server calls it", "boot database stack wire workers messages request openings"),),
    (
        ("used by all", "events places words errors names cells bar store ticks interrupt"),
        ("the audit, by itself", "audit/"),
    ),
)
ALONE: Box = ("each by itself", "editions startup")


def modules(box: Box) -> set[str]:
    """The names of a box's modules and packages."""
    return {name.rstrip("/") for name in box[1].split()}


def imported(path: Path) -> set[str]:
    """The modules of asynclab that this one of its files imports when it is loaded."""
    package = ("asynclab", *path.relative_to(LAB).parts[:-1])
    found = set()
    for node in _at_load(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = (*package[: len(package) - node.level + 1], *(node.module or "").split("."))
            targets = (
                [base[1]] if base[1:2] != ("",) and len(base) > 1 else [name.name for name in node.names]
            )
            found |= set(targets)
    return found - {path.relative_to(LAB).parts[0].removesuffix(".py"), ""}


def _at_load(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.iter_child_nodes(tree):
        typing_only = isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        if not typing_only and not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node
            yield from _at_load(node)


def twin() -> str:
    """The same in words, for whoever does not see the picture, and for a text search."""
    lines = [
        f"{at}. " + "; ".join(f"**{name}**: {_code(names)}" for name, names in row)
        for at, row in enumerate(ROWS, 1)
    ]
    lines.append(f"\nBeside them, **{ALONE[0]}**: {_code(ALONE[1])}.")
    return "\n".join(lines)


def drawing() -> str:
    """The picture, as SVG."""
    sheet, y = Sheet(), 16.0
    for row in ROWS:
        y = _row(sheet, y, row) + 10
    sheet.line(12, y + 2, WIDTH - 12, y + 2, stroke=GREY, stroke_dasharray="4 4")
    y = _row(sheet, y + 14, (ALONE,))
    y = sheet.note(y + 26, "", "A module imports from its own box, and from the rows below it.", indent=0)
    return sheet.finish(y, "The layers of asynclab", twin().replace("**", "").replace("`", ""))


def _row(sheet: Sheet, y: float, row: tuple[Box, ...]) -> float:
    """Draw boxes side by side; where the next row begins."""
    width = (WIDTH - 24 - 10 * (len(row) - 1)) / len(row)
    texts = [wrap(names, int((width - 20) / 7.4)) for _, names in row]
    height = 30 + 19 * max(map(len, texts))
    for place, ((name, _), lines) in enumerate(zip(row, texts, strict=True)):
        x = 12 + place * (width + 10)
        sheet.box(x, y, width, height, fill=PALE, stroke=GREY, rx=4)
        sheet.write(x + 10, y + 20, name, font_weight="bold", fill=BLUE)
        for at, line in enumerate(lines):
            sheet.write(x + 10, y + 39 + 19 * at, line)
    return y + height


def _code(names: str) -> str:
    return ", ".join(f"`{name}`" for name in names.split())
