"""results.json as Markdown, for GitHub. What a lesson shows of it, `asynclab.ledger` makes.

A cell is a symbol and a word; no colour says anything. On the page for GitHub it is the symbol alone, so that
a phone has room for it; the words stand above each table.
"""

from __future__ import annotations

from collections.abc import Sequence

from asynclab import table
from asynclab.ledger import SYMBOLS, Results, cell, html, rows, series, spans, text, who

__all__ = ["SYMBOLS", "cell", "html", "markdown", "rows", "series", "spans", "text", "who"]


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
