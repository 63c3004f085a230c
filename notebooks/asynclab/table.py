"""Rows as a table: in text at most 60 columns wide, and in HTML that is escaped by construction."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree as ET

from .words import COLUMNS, clean, columns, shorten

Row = dict[str, object]


def text(rows: Sequence[Row]) -> str:
    """The rows below their column names, as plain text."""
    names = _names(rows)
    cells = [[clean(name) for name in names]]
    cells += [[clean(row.get(name, "")) for name in names] for row in rows]
    widths = [max(columns(line[n]) for line in cells) for n in range(len(names))]
    while sum(widths) + 2 * (len(widths) - 1) > COLUMNS and max(widths) > 6:
        widths[widths.index(max(widths))] -= 1  # the widest column gives way
    lines = [
        "  ".join(_padded(shorten(cell, width), width) for cell, width in zip(line, widths, strict=True))
        for line in cells
    ]
    return "\n".join(line.rstrip() for line in lines)


def element(rows: Sequence[Row]) -> ET.Element:
    """The rows as an HTML table."""
    names = _names(rows)
    table = ET.Element("table")
    head = ET.SubElement(ET.SubElement(table, "thead"), "tr")
    for name in names:
        ET.SubElement(head, "th", scope="col").text = clean(name)
    body = ET.SubElement(table, "tbody")
    for row in rows:
        line = ET.SubElement(body, "tr")
        for name in names:
            ET.SubElement(line, "td").text = clean(row.get(name, ""))
    return table


def html(rows: Sequence[Row]) -> str:
    """The rows as the text of an HTML table."""
    return ET.tostring(element(rows), encoding="unicode", method="html")


def _names(rows: Sequence[Row]) -> list[str]:
    return list(dict.fromkeys(name for row in rows for name in row))


def _padded(cell: str, width: int) -> str:
    return cell + " " * (width - columns(cell))
