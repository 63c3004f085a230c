"""Which steps of the dashboard are yours: those whose newest text has passed its check."""

from __future__ import annotations

from typing import Any

from ..cells import last_cell, notebook
from ..exercises import Exercise, find
from ..progress import load
from ..submission import untouched

STEPS = {"ask_all": "11.3", "Feed": "11.6", "Timing": "11.8", "dashboard_urls": "11.10"}
WHAT = {
    "ask_all": "1, the suppliers",
    "Feed": "2, the feed",
    "Timing": "3, the clock",
    "dashboard_urls": "5, the pages",
}
REFERENCE = "the course's"


def yours() -> dict[str, Any]:
    """Your own definition of each step that counts."""
    return {name: notebook()[name] for name in STEPS if why_not(name) == ""}


def why_not(name: str) -> str:
    """Why the course's own part stands in for yours; nothing if it need not."""
    exercise, names = find(STEPS[name]), notebook()
    assert isinstance(exercise, Exercise)
    if name not in names or untouched(exercise, names[name]):
        return "yours is not written yet"
    answer = load().answers.get(exercise.number)
    if answer is None:
        return "yours has not been checked"
    try:
        same = (last_cell(name) or "").strip() == answer.text.strip()
    except SyntaxError:
        same = False
    if not answer.passed:
        return "yours has not passed its check"
    return "" if same else "yours has changed since its check"


def told() -> dict[str, str]:
    """Of each step a word: "yours", or whose part stands in and why."""
    return {WHAT[name]: f"{REFERENCE}: {reason}" if (reason := why_not(name)) else "yours" for name in STEPS}
