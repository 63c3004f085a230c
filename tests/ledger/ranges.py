"""Ranges of versions, as a claim names them: "3.0", "3.1 to 4.2", "from 5.0", "Python up to 3.11".

A range without a name is Django's. Several, separated by ", ", all count.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from packaging.version import Version

Versions = Mapping[str, str | None]  # what an environment has: django, asgiref, python
_RANGE = re.compile(
    r"(?:(Django|Python|asgiref) )?(?:from (?P<low>[\d.]+)|up to (?P<high>[\d.]+)|(\S+) to (\S+)|([\d.]+))"
)


def covers(key: str, versions: Versions) -> bool:
    """Whether an environment with these versions lies in the range. Raises ValueError for nonsense."""
    return all(_covers(part, versions) for part in key.split(", "))


def about(key: str) -> set[str]:
    """Whose versions the range speaks of: Django, Python, asgiref."""
    return {_parsed(part)[0] for part in key.split(", ")}


def _covers(part: str, versions: Versions) -> bool:
    name, low, high = _parsed(part)
    had = versions[name.lower()]
    if had is None:
        return False
    release = _series(had)
    return (low is None or _series(low) <= release) and (high is None or release <= _series(high))


def _parsed(part: str) -> tuple[str, str | None, str | None]:
    found = _RANGE.fullmatch(part)
    if found is None:
        raise ValueError(
            f"{part!r} is no range. Write '3.0', '3.1 to 4.2', 'from 5.0' or 'Python up to 3.11'."
        )
    name, low, high, first, last, only = found.groups()
    return name or "Django", low or first or only, high or last or only


def _series(version: str) -> tuple[int, ...]:
    return Version(version).release[:2]
