"""Reads how long something shall take, as somebody typed it into an address: in seconds, or in work."""

from __future__ import annotations

import re

LONGEST = 10.0  # nobody may hold a connection (or, in a sync view, a thread) for longer
MOST_BEANS = 1_000_000  # nor keep a core busy for much longer than a tenth of a second


def seconds(text: str) -> float:
    """'0.3' → 0.3. Anything but a plain number from 0 to 10 raises ValueError, its message for the visitor.

    `float()` alone would accept 'nan', 'inf', '1e9' and '1_0'.
    """
    if not re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,6})?", text):
        raise ValueError("A delay is a plain number of seconds, such as 0.3.")
    if (number := float(text)) > LONGEST:
        raise ValueError(f"A delay is at most {LONGEST:g} seconds.")
    return number


def beans(text: str) -> int:
    """'20000' → 20000. Anything but a whole number from 0 to a million raises ValueError, as above."""
    if not re.fullmatch(r"[0-9]{1,7}", text) or (number := int(text)) > MOST_BEANS:
        raise ValueError(f"Beans come in whole numbers, at most {MOST_BEANS:,} of them.")
    return number
