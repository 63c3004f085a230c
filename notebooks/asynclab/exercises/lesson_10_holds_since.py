"""Exercise 10.12: from which series on a claim of the ledger holds."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any, NamedTuple

from ..words import shorten
from .declare import Evidence, Exercise, Wrong
from .trying import said, unawaited

SERIES = ("3.0", "3.1", "3.2", "4.0", "4.1", "4.2", "5.0", "5.1", "5.2", "6.0", "6.1")
LATER = ("6.2", "7.0", "10.0")  # the ledger will have them, and as text "10.0" comes before "9.0"


class Row(NamedTuple):
    """A row of a ledger: what each series says, the oldest first."""

    words: dict[str, str]

    @property
    def right(self) -> str | None:
        since = None
        for name in reversed(self.words):
            if self.words[name] != "yes":
                break
            since = name
        return since

    @property
    def first(self) -> str | None:
        """The first series that says yes, whatever came after it."""
        return next((name for name, word in self.words.items() if word == "yes"), None)

    @property
    def generous(self) -> str | None:
        """As `right`, if "partly" were a yes."""
        return Row({name: "yes" if word == "partly" else word for name, word in self.words.items()}).right

    @property
    def told(self) -> str:
        """Runs of the same word: "3.0 no, 3.1 to 6.1 yes"."""
        runs: list[list[str]] = []
        for name, word in self.words.items():
            if runs and runs[-1][0] == word:
                runs[-1].append(name)
            else:
                runs.append([word, name])
        return ", ".join(
            f"{names[0]} {word}" if len(names) == 1 else f"{names[0]} to {names[-1]} {word}"
            for word, *names in runs
        )


def rows() -> list[Row]:
    """Claims that came and stayed, came and went, went and came back, came in part, never came."""
    names = SERIES + LATER
    found = []
    for _ in range(6):
        a, b, c = sorted(random.sample(range(1, len(names) - 1), 3))
        for lengths in (
            (("no", a), ("yes", len(names))),
            (("no", a), ("yes", b), ("no", len(names))),
            (("no", a), ("yes", b), ("no", c), ("yes", len(names))),
            (("no", a), ("partly", b), ("yes", len(names))),
            (("yes", a), ("partly", len(names))),
            (("yes", len(names)),),
            (("no", len(names)),),
        ):
            found.append(Row(dict(zip(names, _spread(lengths, len(names)), strict=True))))
    random.shuffle(found)
    return found


def _spread(runs: tuple[tuple[str, int], ...], count: int) -> list[str]:
    return [next(word for word, end in runs if at < end) for at in range(count)]


Told = tuple[Row, object]


def like(seen: list[Told], rule: Callable[[Row], object]) -> bool:
    return all(got == rule(row) for row, got in seen)


async def try_holds_since(holds_since: Any) -> Evidence:
    """What it says of all the rows."""
    error: Exception | None = None
    seen = list[Told]()
    at, *_ = asked = rows()
    for at in asked:
        try:
            got = holds_since(dict(at.words))
        except Exception as raised:
            error = raised
            break
        seen.append((at, "a coroutine" if unawaited(got) else got))
    wrong = [(row, got) for row, got in seen if got != row.right]
    row, got = wrong[0] if wrong else (at, None)
    if error is not None:
        row = at
    gone = [(each, got) for each, got in seen if each.right is None]
    stays = [(each, got) for each, got in seen if each.right is not None]
    some = error is None and bool(wrong)
    asks = f"{row.told}: " + (
        f"your function raised {said(error)}" if error else f"you say {shorten(repr(got), 40)}"
    )
    return Evidence(
        facts={
            "right": error is None and not wrong,
            "told": row.told,
            "got": shorten(got if isinstance(got, str) else repr(got), 40),
            "should": repr(row.right),
            "newest": next(reversed(row.words)),
            "asked": asks,
            "next": "Mend that first."
            if error
            else "What does the newest series say, and how far back is it the same?"
            if got is None or got in row.words
            else "It shall return the name of a series, or `None`.",
            "first yes": some and like(seen, lambda each: each.first),
            "partly": some and like(seen, lambda each: each.generous),
            "newest or none": some
            and like(seen, lambda each: next(reversed(each.words)) if each.right else None),
            "before": some and like(stays, _before) and bool(stays) and like(gone, lambda each: None),
        },
    )


def _before(row: Row) -> str | None:
    """The last series that does not say yes."""
    return next((name for name in reversed(row.words) if row.words[name] != "yes"), None)


HOLDS_SINCE = Exercise(
    number="10.12",
    name="holds_since",
    kind="modify",
    minutes=4,
    task=(
        "`holds_since` gets one row of the ledger, the oldest series first: "
        '`{"3.0": "no", "3.1": "yes", …}`. It shall return the series since which the claim holds, '
        "**without a break up to the newest**; `None` if the newest does not say `yes`. "
        "`partly` is no `yes`.\n\n"
        "Put what is missing in place of the two `...`: it goes from the newest series backwards. "
        "`check` has rows of its own, with series that do not exist yet."
    ),
    stub=(
        "def holds_since(words):\n"
        "    since = None\n"
        "    for series in reversed(words):\n"
        "        if ...:\n"
        "            break\n"
        "        since = ...\n"
        "    return since\n"
    ),
    solutions=(
        "def holds_since(words):\n"
        "    since = None\n"
        "    for series in reversed(words):\n"
        '        if words[series] != "yes":\n'
        "            break\n"
        "        since = series\n"
        "    return since\n",
        "from itertools import takewhile\n\n\n"
        "def holds_since(words):\n"
        '    held = list(takewhile(lambda name: words[name] == "yes", reversed(words)))\n'
        "    return held[-1] if held else None\n",
        "def holds_since(words):\n"
        "    since = None\n"
        "    for series, word in words.items():\n"
        '        since = (since or series) if word == "yes" else None\n'
        "    return since\n",
    ),
    wrong=(
        Wrong(
            "the_first_yes",
            (
                "def holds_since(words):\n"
                "    since = None\n"
                "    for series in reversed(words):\n"
                '        if words[series] == "yes":\n'
                "            since = series\n"
                "    return since\n",
                "def holds_since(words):\n"
                "    for series, word in words.items():\n"
                '        if word == "yes":\n'
                "            return series\n",
            ),
            lambda seen: seen["first yes"],
            "{told}: you say {got}, the first series that said yes. What was true once need not be true "
            "now. Where does your loop stop?",
        ),
        Wrong(
            "partly_is_yes",
            (
                "def holds_since(words):\n"
                "    since = None\n"
                "    for series in reversed(words):\n"
                '        if words[series] == "no":\n'
                "            break\n"
                "        since = series\n"
                "    return since\n",
                "def holds_since(words):\n"
                "    since = None\n"
                "    for series, word in words.items():\n"
                '        since = None if word == "no" else since or series\n'
                "    return since\n",
            ),
            lambda seen: seen["partly"],
            "{told}: you say {got}, and it should be {should}. You stop at `no` alone. "
            "Which other word is no `yes`?",
        ),
        Wrong(
            "only_the_newest",
            (
                "def holds_since(words):\n"
                "    for series in reversed(words):\n"
                '        if words[series] != "yes":\n'
                "            break\n"
                "        return series\n",
                "def holds_since(words):\n"
                "    newest = list(words)[-1]\n"
                '    return newest if words[newest] == "yes" else None\n',
            ),
            lambda seen: seen["newest or none"],
            "{told}: you say {got}, the newest. It holds there, but since when? Go on backwards "
            "for as long as there is a `yes`.",
        ),
        Wrong(
            "one_too_far",
            (
                "def holds_since(words):\n"
                "    since = None\n"
                '    if words[list(words)[-1]] != "yes":\n'
                "        return None\n"
                "    for series in reversed(words):\n"
                '        if words[series] != "yes":\n'
                "            since = series\n"
                "            break\n"
                "    return since\n",
                "def holds_since(words):\n"
                "    names = list(words)\n"
                '    if words[names[-1]] != "yes":\n'
                "        return None\n"
                '    return next((n for n in names[::-1] if words[n] != "yes"), None)\n',
            ),
            lambda seen: seen["before"],
            "{told}: you say {got}, the last series in which it did not hold. Which one comes after it?",
        ),
    ),
    hints=(
        "`reversed(words)` gives the names of the series, the newest first; `words[series]` is what it says.",
        "Stop as soon as a series does not say `yes`, whatever else it says.",
        "The last series before you stopped is the answer: remember each one as you pass it.",
    ),
    attempt=try_holds_since,
    passed=lambda seen: bool(seen["right"]),
    done="Right for claims that came, went, came back, or never came.",
    otherwise="Not yet. {asked}. {next}",
)
