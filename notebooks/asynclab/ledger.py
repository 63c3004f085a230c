"""The ledger of claims: what was said about async Django, and what each series of Django did then.

`tests/ledger/results.json` holds what the experiments returned; `make ledger` runs them. Here it is read and
shown, and nothing is known by heart. A cell is a symbol and a word; no colour says anything.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from . import table
from .errors import LabError
from .words import COLUMNS, folded

Results = dict[str, Any]  # what results.json holds
RESULTS = Path(__file__).resolve().parents[2] / "tests" / "ledger" / "results.json"
SYMBOLS = {"yes": "✓", "no": "✗", "partly": "◐", "not run": "·", "no Python": "-", "differs": "!"}
NEVER = "not yet"
INDENT = "  "


@dataclass(frozen=True)
class Shown:
    """A table for a cell: in text at most 60 columns wide, in HTML escaped by construction."""

    plain: str
    html: str

    def __repr__(self) -> str:
        return self.plain

    def _repr_html_(self) -> str:
        return self.html


@cache
def read() -> Results:
    """The committed results. Raises LabError where they are not beside the course."""
    try:
        found: Results = json.loads(RESULTS.read_text(encoding="utf-8"))
    except OSError:
        raise LabError(
            "The ledger is not here: its results are in tests/ledger of the repository, "
            "and its table in docs/ledger.md."
        ) from None
    return found


def claims(by: str) -> Shown:
    """The claims of the "post", of the "roadmap" or of the "lesson"s, series by series."""
    results = read()
    chosen = [entry for entry in results["claims"] if any(said.startswith(by) for said in entry["said"])]
    if not chosen:
        raise LabError(f'Nobody called {by!r} claims anything. There are "post", "roadmap" and "lesson".')
    some = {**results, "claims": chosen}
    return Shown(text(some), html(some))


def words(name: str) -> dict[str, str]:
    """What each series says about the claim of that name: {"3.0": "no", "3.1": "yes", …}."""
    results = read()
    entry = next((each for each in results["claims"] if each["name"] == name), None)
    if entry is None:
        raise LabError(f"The ledger has no claim {name!r}.")
    return {column: _word(results, entry, column) for column in series(results)}


# --- Roadmap --------------------------------------------------------------------------------------


def _held(name: str) -> Callable[[Results], str]:
    """The first series from which on this claim holds."""

    def came(results: Results) -> str:
        entry = next(each for each in results["claims"] if each["name"] == name)
        return _since(results, lambda column: _word(results, entry, column) == "yes")

    return came


def _there(name: str, part: str) -> Callable[[Results], str]:
    """The first series from which on this claim's experiment finds that part."""

    def came(results: Results) -> str:
        entry = next(each for each in results["claims"] if each["name"] == name)
        found = {column: run["value"] for run in entry["seen"] for column in run["in"]}
        return _since(results, lambda column: part in (found.get(column) or ()))

    return came


def _since(results: Results, holds: Callable[[str], bool]) -> str:
    first = NEVER
    for column in reversed(series(results)):
        if not holds(column):
            break
        first = column
    return first


# What DEP 9, of May 2019, wanted async, in its order: (what, hoped for in, how the ledger knows).
PLANNED: tuple[tuple[str, str, Callable[[Results], str]], ...] = (
    ("an application for ASGI", "3.0", _held("lesson_01_startproject")),
    ("views", "3.0", _held("post_05_async_views")),
    ("middleware", "3.0", _held("post_10_async_middleware")),
    ("a guard around the ORM", "3.0", _held("lesson_06_guard")),
    ("async tests", "3.0", _held("roadmap_31_async_client")),
    ("queries, in a thread", "3.1", _held("roadmap_41_queries")),
    ("the cache, in a thread", "3.1", _held("roadmap_40_cache")),
    ("templates, in a thread", "3.1", _there("post_19_several_releases", "templates")),
    ("queries without a thread", "later", _there("lesson_10_native", "query")),
    ("the cache without a thread", "later", _there("lesson_10_native", "cache")),
    ("e-mail", "later", _there("post_19_several_releases", "mail")),
    ("forms", "later", _there("post_19_several_releases", "forms")),
)


def roadmap() -> Shown:
    """What was planned for when, and when it came."""
    results = read()
    listed: list[table.Row] = [
        {"what": what, "hoped for in": hoped, "came in": came(results)} for what, hoped, came in PLANNED
    ]
    return Shown(table.text(listed), table.html(listed))


# --- Rendering ------------------------------------------------------------------------------------


def cell(word: str) -> str:
    """The word with its symbol; nothing for nothing."""
    return f"{SYMBOLS[word]} {word}" if word else ""


def series(results: Results) -> list[str]:
    """The names of the columns that are a series of Django."""
    return [name for name in results["environments"] if re.fullmatch(r"[\d.]+", name)]


def who(entry: Results) -> str:
    """Who says so: "post 5", "roadmap 4.1" (the release that brings it), "lesson 03b", or two of them."""
    numbered = {"post", "roadmap"}
    return ", ".join(f"{name} {entry['number']}" if name in numbered else name for name in entry["said"])


def rows(results: Results, columns: Sequence[str]) -> list[table.Row]:
    """A row for each claim that at least one of the columns has something to say about."""
    listed = []
    for entry in results["claims"]:
        words = {name: _word(results, entry, name) for name in columns}
        if any(words.values()):
            first = {"who": who(entry), "claim": entry["claim"]}
            listed.append(
                {**first, **{name: cell(words[name]) for name in columns}, "verdict": entry["verdict"]}
            )
    return listed


def _word(results: Results, entry: Results, column: str) -> str:
    if "not run" in entry:
        return "not run" if column in series(results) else ""
    return next((run["word"] for run in entry["seen"] if column in run["in"]), "")


def spans(names: Sequence[str], listed: Sequence[str]) -> str:
    """Which of the listed names: those that follow one another as "3.1 to 4.2"."""
    groups: list[list[str]] = []
    for name in listed:
        if name not in names:
            groups.append([])
        elif groups:
            groups[-1].append(name)
        else:
            groups = [[name]]
    told = [group[0] if len(group) == 1 else f"{group[0]} to {group[-1]}" for group in groups if group]
    return ", ".join(told)


def text(results: Results) -> str:
    """Each claim in a few lines of at most 60 columns: what is claimed, what was seen where, the verdict."""
    lines: list[str] = []
    for entry in results["claims"]:
        lines += ["", who(entry), *_wrapped(entry["claim"])]
        for line in _seen(results, entry):
            lines += _wrapped(line)
        if "not run" in entry:
            lines += _wrapped(f"{cell('not run')}: {entry['not run']}")
        lines += _wrapped(entry["verdict"])
    return "\n".join(lines[1:])


def _seen(results: Results, entry: Results) -> list[str]:
    """For each word a line: "✓ yes: 3.1 to 6.1"."""
    columns = series(results)
    others = [name for name in results["environments"] if name not in columns]
    lines = []
    for word, where in _places(entry).items():
        places = [spans(where, columns), *(name for name in others if name in where)]
        lines.append(f"{cell(word)}: {', '.join(filter(None, places))}")
    return lines


def _places(entry: Results) -> dict[str, list[str]]:
    """For each word where it was seen, whatever the values were."""
    places: dict[str, list[str]] = {}
    for run in entry.get("seen", []):
        places.setdefault(run["word"], []).extend(run["in"])
    return places


def _wrapped(line: str) -> list[str]:
    return [INDENT + part for part in folded(line, COLUMNS - len(INDENT), 12)]


def html(results: Results) -> str:
    """The claims as one HTML table: a sign for each series, and the words beside; escaped by construction."""
    columns = series(results)
    listed: list[table.Row] = []
    for entry in results["claims"]:
        words = {name: _word(results, entry, name) for name in columns}
        seen = "; ".join(_seen(results, entry)) or cell("not run")  # why has addresses, too wide here
        listed.append(
            {
                "claim": f"{who(entry)}: {entry['claim']}",
                **{name: SYMBOLS.get(word, "") for name, word in words.items()},
                "in words": f"{seen}. {entry['verdict']}",
            }
        )
    return table.html(listed)
