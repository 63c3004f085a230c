"""Texts that a program writes into a page that people write: each stands between two markers.

<!-- begin: sizing -->
...
<!-- end: sizing -->
"""

from __future__ import annotations

import re


def with_block(page: str, name: str, text: str) -> str:
    """The page with this text between the markers of that name. Raises LookupError without them."""
    begin, end = f"<!-- begin: {name} -->\n", f"<!-- end: {name} -->"
    if (page.count(begin), page.count(end)) != (1, 1) or page.index(begin) > page.index(end):
        raise LookupError(
            f"The page needs the lines {begin.strip()!r} and {end!r}, once each, in this order."
        )
    before, rest = page.split(begin)
    return f"{before}{begin}{text.strip()}\n{end}{rest.split(end)[1]}"


def block(page: str, name: str) -> str:
    """What stands between the markers of that name."""
    found = re.search(
        rf"<!-- begin: {re.escape(name)} -->\n(.*?)\n?<!-- end: {re.escape(name)} -->", page, re.S
    )
    if not found:
        raise LookupError(f"The page has no block {name!r}.")
    return found[1]
