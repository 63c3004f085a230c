"""results.json as text, as Markdown and as HTML: pure functions, for a terminal, for GitHub, for a lesson.

A cell is a symbol and a word; no colour says anything. On the page for GitHub it is the symbol alone, so that
a phone has room for it; the words stand above each table.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from asynclab import table
from asynclab.words import COLUMNS, folded

from .book import DIFFERS, NO_PYTHON, Results

SYMBOLS = {"yes": "✓", "no": "✗", "partly": "◐", "not run": "·", NO_PYTHON: "-", DIFFERS: "!"}
INDENT = "  "


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
    columns = series(results)
    others = [name for name in results["environments"] if name not in columns]
    lines: list[str] = []
    for entry in results["claims"]:
        lines += ["", who(entry), *_wrapped(entry["claim"])]
        for word, where in _places(entry).items():
            places = [spans(where, columns), *(name for name in others if name in where)]
            lines += _wrapped(f"{cell(word)}: {', '.join(filter(None, places))}")
        if "not run" in entry:
            lines += _wrapped(f"{cell('not run')}: {entry['not run']}")
        lines += _wrapped(entry["verdict"])
    return "\n".join(lines[1:])


def _places(entry: Results) -> dict[str, list[str]]:
    """For each word where it was seen, whatever the values were."""
    places: dict[str, list[str]] = {}
    for run in entry.get("seen", []):
        places.setdefault(run["word"], []).extend(run["in"])
    return places


def _wrapped(line: str) -> list[str]:
    return [INDENT + part for part in folded(line, COLUMNS - len(INDENT), 12)]


def html(results: Results) -> str:
    """The claims and the series as one HTML table, escaped by construction."""
    return table.html(rows(results, series(results)))


def markdown(results: Results) -> str:
    """The page for GitHub: claims and series, what else was varied, what was not run, the versions."""
    columns = series(results)
    others = [name for name in results["environments"] if name not in columns]
    not_run = [entry for entry in results["claims"] if "not run" in entry]
    told = rows(results, columns)
    parts = [
        "# The ledger",
        "What the post of 2019, Django's release notes and the lessons claim, tried on every series\n"
        "of Django. Written by `make ledger` from `tests/ledger/`; its `results.json` has all that was seen.",
        "Below each claim stands the verdict.",
        *_claims("## The post of 2019", [row for row in told if row["who"].startswith("post")]),
        *_claims("## The roadmap as it came", [row for row in told if row["who"].startswith("roadmap")]),
        *_claims("## What the lessons say", [row for row in told if row["who"].startswith("lesson")]),
        *_claims(
            "## Where the line is drawn at another version",
            rows(results, others),
            "From one series to the next Django, asgiref and Python may all differ. Here one thing does:\n"
            "Django 2.2 stands before 3.0; the others are 3.1 or 5.2 with another asgiref, 5.2 with another\n"
            "Python, and 6.1 with Python 3.14.",
        ),
        *_section("## Not run", [{"who": who(each), "instead": each["not run"]} for each in not_run]),
        *_section("## Versions", [_versions(name, held) for name, held in results["environments"].items()]),
    ]
    return "\n\n".join(parts) + "\n"


def _claims(title: str, listed: Sequence[table.Row], *prose: str) -> list[str]:
    """A section of claims, in as few and as narrow columns as will do."""
    narrow = [
        {
            "claim": f"**{row['who']}** {_plain(row['claim'])}<br>*{_plain(row['verdict'])}*",
            **{name: row[name].partition(" ")[0] for name in row if name not in ("who", "claim", "verdict")},
        }
        for row in listed
    ]
    return _section(title, narrow, *prose, ", ".join(map(cell, SYMBOLS)) + ".")


def _plain(words: str) -> str:
    """Text for Markdown in which nothing is a tag."""
    return words.replace("<", "&lt;")


def _section(title: str, listed: Sequence[table.Row], *prose: str) -> list[str]:
    """Title, prose and table; nothing where there are no rows."""
    return [title, *prose, _markdown(listed)] if listed else []


def _versions(name: str, held: Results) -> table.Row:
    if "missing" in held:
        return {"column": name, "python": f"no {held['missing']} on the machine"}
    return {"column": name, **{key: held[key] or "" for key in ("django", "asgiref", "python", "date")}}


def _markdown(listed: Sequence[table.Row]) -> str:
    names = list(dict.fromkeys(name for row in listed for name in row))
    lines = [names, ["---"] * len(names), *([str(row.get(name, "")) for name in names] for row in listed)]
    return "\n".join("| " + " | ".join(cell.replace("|", r"\|") for cell in line) + " |" for line in lines)
