"""Ticks, and the short code that carries them: pure functions, no file, no kernel."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass

NUMBER = re.compile(r"([0-9]{1,2})([a-d]?)\.([1-9][0-9]?)")
_GROUP = re.compile(r"([0-9]{2})([a-d]?)(?:p([0-9]{1,30}))?(?:e([0-9]{1,30}))?")


@dataclass(frozen=True)
class Ticks:
    """Which predictions you made before the run, and which exercises you passed, by number."""

    predicted: frozenset[str] = frozenset()
    passed: frozenset[str] = frozenset()


def lesson_of(number: str) -> str:
    """The lesson in which a number stands: "00" for "0.4", "02b" for "2b.1"."""
    found = NUMBER.fullmatch(number)
    return f"{int(found[1]):02}{found[2]}" if found else ""


def to_code(ticks: Ticks) -> str:
    """A short code for the ticks alone: `AD1-00p2e16-11`. It carries no answers.

    Each lesson's predictions (p) and exercises (e) are one number each, with bit n-1 set for n.
    """
    masks: dict[str, dict[str, int]] = {}
    for kind, numbers in (("p", ticks.predicted), ("e", ticks.passed)):
        for number in numbers:
            if found := NUMBER.fullmatch(number):
                group = masks.setdefault(lesson_of(number), {"p": 0, "e": 0})
                group[kind] |= 1 << (int(found[3]) - 1)
    parts = [
        lesson + "".join(f"{kind}{mask}" for kind, mask in group.items() if mask)
        for lesson, group in sorted(masks.items())
    ]
    body = "-".join(("AD1", *parts))
    return f"{body}-{_checksum(body)}"


def from_code(text: str) -> Ticks:
    """The ticks in a short code. Raises ValueError with one sentence."""
    code = str(text).strip()[:2000]
    body, _, checksum = code.rpartition("-")
    start, *parts = body.split("-")
    groups = [_GROUP.fullmatch(part) for part in parts]
    if start != "AD1" or not all(groups):
        raise ValueError("That is no progress code: one looks like AD1-00p2e16-11.")
    if checksum != _checksum(body):
        raise ValueError("That progress code is incomplete or mistyped: copy the whole of it.")
    numbers: dict[str, set[str]] = {"p": set(), "e": set()}
    for group in filter(None, groups):
        for kind, mask in (("p", group[3]), ("e", group[4])):
            bits = int(mask or 0)
            numbers[kind] |= {f"{int(group[1])}{group[2]}.{n}" for n in range(1, 100) if bits >> (n - 1) & 1}
    return Ticks(frozenset(numbers["p"]), frozenset(numbers["e"]))


def _checksum(body: str) -> str:
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    high, low = divmod(zlib.crc32(body.encode(errors="replace")) % 36**2, 36)
    return digits[high] + digits[low]
