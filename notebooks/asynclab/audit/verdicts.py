"""From what the child saw of settings and views, and what was read, to findings: pure functions on data."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .findings import Finding, Weight, finding
from .places import is_installed, setting, short
from .reading import Async, Spot
from .ruff import WAIT, Call, line_of

DJANGOS = ("django.core", "django.contrib.staticfiles")
NOSTATIC = "whitenoise.runserver_nostatic"
MAY_BLOCK = (
    "While it waits its event loop stands still, and with it whatever else runs there. Whether"
    " requests run on that"
    " loop, reading cannot see."
)
BRIEFLY = "It blocks the event loop for as long as the disk, or a new process, takes: mostly short."
WORDS = {
    "ask": "asks the database",
    "loop": "runs a queryset",
    "shortcut": "asks the database",
    "save": "asks the database",
    "atomic": "opens a transaction",
    "relation": "reads a relation that was not fetched",
    "user": "reads the lazy request.user",
    "session": "reads request.session without awaiting",
}


def settings(facts: dict[str, Any], views: dict[str, Any] | None, project: Path) -> Iterator[Finding]:
    """ATOMIC_REQUESTS, CONN_MAX_AGE, a pool, the guard. `views` is None where they could not be listed."""
    files = [each for each in facts["files"] if not is_installed(each)]

    def at(name: str) -> str:
        return short(setting(name, files), project) or short([facts["file"], 1], project)

    for alias, database in facts["databases"].items():
        if database["atomic"]:
            yield from _atomic(alias, views, at("ATOMIC_REQUESTS"), project)
        if database["pool"] and database["age"] != 0:
            yield finding("pool-age", f"Database {alias!r} has a pool and CONN_MAX_AGE.", at("CONN_MAX_AGE"))
        elif database["age"] != 0:
            kept = "for ever" if database["age"] is None else f"{database['age']} s"
            yield finding("conn-max-age", f"Database {alias!r} keeps connections {kept}.", at("CONN_MAX_AGE"))
    if facts["unsafe"]:
        yield finding(
            "unsafe", "DJANGO_ALLOW_ASYNC_UNSAFE is set in this environment.", at("DJANGO_ALLOW_ASYNC_UNSAFE")
        )


def _atomic(alias: str, views: dict[str, Any] | None, at: str, project: Path) -> Iterator[Finding]:
    refused = [
        view for view in (views or {}).get("async", ()) if view["async"] and alias not in view["non_atomic"]
    ]
    if not refused:
        known = "" if views is not None else " (views could not be listed)"
        yield finding("atomic-note", f"ATOMIC_REQUESTS is on for database {alias!r}{known}.", at)
    for view in refused:
        what = f"{view['name']} is async, and ATOMIC_REQUESTS is on for database {alias!r} ({at})."
        yield finding("atomic-requests", what, short(view["where"], project))


def serving(
    facts: dict[str, Any], steps: dict[str, Any], found: Path | None, project: Path
) -> Iterator[Finding]:
    """asgi.py, runserver, static files. `found`: an asgi.py of the project."""
    apps, views = facts["apps"], (steps.get("views") or {}).get("result") or {"async": [], "static": False}
    asgi = steps.get("application") or {}
    at = short([facts["file"], 1], project)
    if facts["asgi"] and "error" in asgi:
        weight: Weight | None = "look" if asgi.get("wanted") or asgi["kind"] in ("Late", "Gone") else None
        what = f"ASGI_APPLICATION = {facts['asgi']!r} cannot be imported: {asgi['error']}"
        yield finding("asgi-import", what, short(asgi.get("at"), project) or at, weight=weight)
    elif not facts["asgi"] and found is None and not (asgi.get("result") or {}).get("beside"):
        yield finding(
            "no-asgi", "No ASGI application: no asgi.py was found, and ASGI_APPLICATION is not set.", at
        )
    command = (steps.get("runserver") or {}).get("result") or ""
    if command in DJANGOS or (command == NOSTATIC and "daphne" not in apps):  # NOSTATIC starts the next one
        count = len([view for view in views["async"] if view["async"]])
        asked = f", and {count} of the views {'is' if count == 1 else 'are'} async" if count else ""
        yield finding("runserver", f"`manage.py runserver` is {command}'s, a WSGI server{asked}.", at)
    if "django.contrib.staticfiles" in apps and facts["static_url"]:
        white = [
            path
            for path in facts["middleware"]
            if "whitenoise" in path.lower() or "servestatic" in path.lower()
        ]
        result = asgi.get("result") or {}
        said = "error" in asgi or mentions_static(result.get("file") or result.get("beside") or found)
        elsewhere = "://" in facts["static_url"] or said
        if not white and not elsewhere:
            routes = (
                "only a route of the URLconf serves files"
                if views["static"]
                else "nothing in Django serves them"
            )
            yield finding(
                "static", f"Static files ({facts['static_url']}): under an ASGI server {routes}.", at
            )


def mentions_static(file: Path | str | None) -> bool:
    """Whether an asgi.py says something of static files: then nothing is claimed of them."""
    try:
        text = Path(file).read_text(encoding="utf-8", errors="replace").lower() if file else ""
    except OSError:
        return True
    return "static" in text or "noise" in text


def views(found: dict[str, Any], project: Path) -> Iterator[Finding]:
    for view in found["async"]:
        where = short(view["where"], project)
        if not view["async"]:
            certain = view["tried"] == "coroutine"
            if view["object"]:
                what = f"{view['name']} has an async __call__, and its object is not marked."
                yield finding("object", what, where)
            elif view["tried"] != "answer":
                what = f"{view['name']} is async, but what the URLconf holds is not" + (
                    ", tried." if certain else "."
                )
                yield finding("hidden" if certain else "hidden-look", what, where)
        elif view["tried"] == "answer":
            yield finding(
                "dispatch", f"{view['name']}: its sync dispatch answers in place of a coroutine.", where
            )


def read(spots: list[Spot], steps: dict[str, Any], facts: dict[str, Any], project: Path) -> Iterator[Finding]:
    """What the reading of async functions found. Of visitor and session it is certain only in Django's own
    kind of view, and where the chain leaves them to be loaded.
    """
    asked = (steps.get("chain") or {}).get("result") or {}
    seen = asked.get("asgi async") or {}
    plain = _plain_views(steps)
    for spot in spots:
        outer, _, method = spot.function.rpartition(".")
        names = {(spot.path, spot.function, False)} | ({(spot.path, outer, True)} if method else set())
        certain = spot.certain
        if spot.kind in ("user", "session"):
            lazy, view = seen.get(f"{spot.kind}_lazy"), bool(names & plain)
            if lazy is False:  # a layer has loaded it for every visitor: the view finds it there
                continue
            certain = bool(certain and lazy and view)
            if not certain and (spot.kind == "session" or not (spot.django or view)):
                continue
        what = f"{spot.function} {WORDS[spot.kind]}: {spot.code}"
        weight: Weight | None = None if certain and not facts.get("unsafe") else "look"
        yield finding(spot.kind, what, short([spot.path, spot.line], project), weight=weight)


def _plain_views(steps: dict[str, Any]) -> set[tuple[str, str, bool]]:
    """(file, name, whether it is a class) of the async views that get Django's own request."""
    found = (steps.get("views") or {}).get("result") or {"async": []}
    return {
        (str(view["where"][0]), _below_module(view), view["class"])
        for view in found["async"]
        if view["async"] and view["plain"] and view["where"]
    }


def blocking(
    calls: list[Call], functions: dict[str, list[Async]], served: set[str], project: Path
) -> Iterator[Finding]:
    """ruff's findings, each in its innermost async function. `served`: "file:name" of what requests run
    through.
    """
    for call in calls:
        around = [each for each in functions.get(call.path, ()) if each.first <= call.line <= each.last]
        if not around:
            continue
        name = max(around, key=lambda each: each.first).name
        waits = call.rule in WAIT
        known = any(f"{call.path}:{each}" in served for each in _outwards(name))
        what = f"{name}: {line_of(call.path, call.line)} ({call.rule})"
        why = "" if waits and known else MAY_BLOCK if waits else BRIEFLY
        weight: Weight = "wrong" if waits and known else "look" if waits else "note"
        where = short([call.path, call.line], project)
        yield finding("blocking", what, where, weight=weight, why=why)


def served(steps: dict[str, Any]) -> set[str]:
    """ "file:name" of the async views and middleware."""
    found = (steps.get("views") or {}).get("result") or {"async": []}
    names = {f"{view['where'][0]}:{_below_module(view)}" for view in found["async"] if view["where"]}
    for step in steps.values():
        row = step.get("result")
        if isinstance(row, dict) and "async_flag" in row and row["where"]:
            names.add(f"{row['where'][0]}:{row['path'].rpartition('.')[2]}")
    return names


def _below_module(view: dict[str, Any]) -> str:
    return str(view["qualname"]).replace("<locals>.", "")


def _outwards(name: str) -> list[str]:
    """`a.b.c`, `a.b`, `a`: a method is its class's, a nested function its outer one's."""
    parts = name.split(".")
    return [".".join(parts[:end]) for end in range(len(parts), 0, -1)]
