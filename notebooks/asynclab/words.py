"""Make any name safe to show, and any line narrow enough for a phone.

Names come from learners: a view may be called anything, a path may hold line breaks, terminal
codes or marks that reverse the text after them. What is shown must say so and stay in its place.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from statistics import median
from textwrap import wrap

COLUMNS = 60  # a phone shows this many without scrolling
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")


def clean(text: object) -> str:
    """One harmless line: what cannot be seen becomes a sign, addresses in memory go."""
    text = unicodedata.normalize("NFC", str(text).replace("\t", " "))
    return "".join(map(_visible, _ADDRESS.sub("", text)))


def _visible(char: str) -> str:
    if char < " ":
        return chr(0x2400 + ord(char))  # ␊ for a line feed, ␛ for an escape
    # C: control, format (this holds the bidi overrides), surrogate, unassigned; Zl, Zp: separators
    category = unicodedata.category(char)
    return "\ufffd" if category[0] == "C" or category in {"Zl", "Zp"} else char


def columns(text: str) -> int:
    """How many columns `text` takes where every character has the same width."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def shorten(text: object, limit: int = COLUMNS) -> str:
    """`text`, cleaned, in at most `limit` columns; "…" stands for what was cut."""
    # A name of a million characters is cut before it is looked at one by one.
    line = clean(text if not isinstance(text, str) else text[: 4 * limit + 4])
    if columns(line) <= limit:
        return line
    while columns(line) > limit - 1:
        line = line[:-1]
    return line + "…"


def folded(text: object, limit: int, most: int) -> list[str]:
    """`text`, cleaned, in at most `most` lines; "…" stands for what was cut."""
    return wrap(clean(str(text)[: 2 * limit * most]), limit, max_lines=most, placeholder=" …")


def said(error: BaseException) -> str:
    """What an error says: "ValueError: no such drink". One that cannot say anything, too."""
    try:
        text = str(error)
    except Exception:  # an exception class of the learner's may fail to describe itself
        text = ""
    name = type(error).__name__
    return f"{name}: {text}" if text else name


def duration(seconds: float) -> str:
    """A time in at most seven characters, about two digits of it true: "12 s", "0.31 s", "4.2 ms"."""
    if seconds >= 0.0995:
        value, unit = seconds, "s"
    elif seconds >= 0.0000995:
        value, unit = seconds * 1e3, "ms"
    else:
        return f"{seconds * 1e6:.0f} µs" if seconds > 0 else "0 s"
    return f"{value:.{2 if value < 0.995 else 1 if value < 9.95 else 0}f} {unit}"


def typical(values: Iterable[float]) -> str:
    """The median of several times, as a duration."""
    return duration(median(list(values) or [0.0]))
