"""What keeps people out of a page: axe-core's findings, and three rules that it does not know."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Page

SEVERE = ("serious", "critical")

HEADINGS = """places => [...document.querySelectorAll(places)]
    .flatMap(place => [...place.querySelectorAll('h1, h2, h3, h4, h5, h6')])
    .map(heading => Number(heading.tagName[1]))"""
NAMELESS = """places => [...document.querySelectorAll(places)].flatMap(
    place => [...place.querySelectorAll('svg, img, canvas')].filter(picture => {
        if (picture.closest('[aria-hidden=true]') || picture.getAttribute('alt') === '') return false;
        const title = picture.querySelector(':scope > title');
        return !(picture.getAttribute('aria-label') || picture.alt || (title && title.textContent.trim()));
    }).map(picture => picture.outerHTML.slice(0, 120)))"""


def findings(
    page: Page, include: Sequence[str] = ("html",), exclude: Sequence[str] = (), spare: Sequence[str] = ()
) -> list[str]:
    """A line for each element with which axe-core finds something serious or critical, by any other rule."""
    from axe_playwright_python.sync_playwright import Axe

    options: dict[str, Any] = {
        "resultTypes": ["violations"],
        "rules": {rule: {"enabled": False} for rule in spare},
    }
    context: Any = {"include": [[each] for each in include]}
    if exclude:
        context["exclude"] = [[each] for each in exclude]
    violations = Axe().run(page, context=context, options=options).response["violations"]
    return [
        f"{rule['id']} ({rule['impact']}): {node['html']} {' '.join(node['failureSummary'].split())}"
        for rule in violations
        if rule["impact"] in SEVERE
        for node in rule["nodes"]
    ]


def headings(page: Page, within: str) -> list[int]:
    """The levels of the headings, in order."""
    found: list[int] = page.evaluate(HEADINGS, within)
    return found


def skipped(levels: list[int]) -> list[tuple[int, int]]:
    """Where a heading is more than one level below the one before."""
    return [(above, below) for above, below in pairwise(levels) if below > above + 1]


def nameless(page: Page, within: str) -> list[str]:
    """Pictures that say nothing to who cannot see them, unless they are marked as mere decoration."""
    found: list[str] = page.evaluate(NAMELESS, within)
    return found
