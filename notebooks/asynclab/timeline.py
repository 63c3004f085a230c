"""A recording as text: what ran where, in lines of at most 60 columns.

The same program gives the same text, durations aside. So nothing here depends on which of two
threads was quicker: each kind of thread is told on its own, and calls that are alike are counted.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Sized
from typing import TypeVar

from .events import LOOP, Blocked, Crossing, Recording, Span, Visit
from .lanes import Lives, last_moment, number_of, role
from .words import COLUMNS, columns, duration, folded, said, shorten, typical

LABEL = 14  # columns for the word that a line begins with
SAID = 4  # lines of one error
KINDS = 6  # of requests, views, errors …; those beyond are only counted

Row = tuple[str, str]  # a label (or nothing, where a line continues the one above) and what it says
Item = TypeVar("Item")
Key = TypeVar("Key")


def text(recording: Recording, *, heading: str = "", show: Collection[str] = ("lanes",)) -> str:
    """Tell a recording in a few lines.

    Args:
        recording: what `fetch` or `watch` saw.
        heading: a first line of your own.
        show: what to tell in detail: "lanes" (always), "crossings", "layers".
    """
    lines = [shorten(heading)] if heading else []
    return "\n".join([*lines, *headline(recording), *written(rows(recording, show))])


def written(told: Iterable[Row]) -> Iterator[str]:
    """Rows as lines: the labels in a column of their own."""
    for label, value in told:
        indent = max(LABEL, columns(label) + 1)
        yield label + " " * (indent - columns(label)) + shorten(value, COLUMNS - indent)


def headline(recording: Recording) -> list[str]:
    """How many requests, where to, the answer, how long: one line, or one for each kind of request."""
    kinds, took = _alike(recording.visits, _answer), duration(_took(recording))
    if not kinds:
        numbered = {view.request for view in recording.views} - {None}
        if numbered:  # `watch` saw what ran for them; only `fetch` knows what their clients saw
            return [f"{_many(numbered, 'request')} · {took}"]
        if recording.views:
            return [f"{_many(recording.views, 'view call')}, no request · {took}"]
        return [f"No request · {took}" if _anything(recording) else "Nothing ran."]
    first = _many(recording.visits, "request")
    if len(kinds) == 1:
        [((path, answer), _)] = kinds
        room = COLUMNS - 7 - columns(f"{first} ·  · {answer} · ")  # a duration takes up to 7
        return [f"{first} · {_asked(path, room)} · {answer} · {took}"]
    lines = [f"  {len(same)} × {_asked(path, 34)} · {answer}" for (path, answer), same in kinds[:KINDS]]
    return [f"{first} · {took}", *lines, *(value for _, value in _more(kinds))]


def _asked(asked: str, room: int) -> str:
    """What was asked, and of whom: "GET /menu/ · ASGI". If that is too long, the path is cut."""
    path, dot, server = asked.rpartition(" · ")
    return shorten(shorten(path, max(room - columns(dot + server), 1)) + dot + server if dot else asked, room)


def rows(recording: Recording, show: Collection[str] = ("lanes",)) -> list[Row]:
    """All that is told below the headline."""
    told = (views(recording) or loop(recording)) + troubles(recording)
    if "layers" in show:
        told += layers(recording)
    if recording.views:
        told.append(("most at once", str(recording.most_at_once)))
    if "crossings" in show:
        yours, djangos = len(recording.yours), len(recording.djangos)
        told.append(("crossings", f"{yours} yours, {djangos} Django's own"))
        told += _crossings("  yours", recording.yours) + _crossings("  Django's", recording.djangos)
    return told


def views(recording: Recording) -> list[Row]:
    """For each kind of thread: which views ran there, how many at once, what they did with it."""
    lives, told = Lives(recording), list[Row]()
    first = min((item.start for item in recording.visits or recording.views), default=0.0)
    for kind in sorted({role(thread) for thread in recording.threads}, key=lambda kind: (kind != LOOP, kind)):
        threads = [thread for thread in recording.threads if role(thread) == kind]
        label = "on the loop" if kind == LOOP else f"on {number_of(threads, kind)}"
        room = COLUMNS - max(LABEL, columns(label) + 1)
        here = sorted((view for view in recording.views if role(view.thread) == kind), key=_sent)
        kinds = _alike(here, lambda view: (view.name, view.mode))
        for (name, mode), same in kinds[:KINDS]:
            start, how = f"{len(same)} × ", _together(same)
            told.append((label, start + shorten(name, room - columns(start + how)) + how))
            told.append(("", _time(same, lives, waits=kind == LOOP and mode == "async")))
            if len(same) > 1:
                last = max(view.start for view in same) - first
                told.append(("", f"the last one begins after {duration(last)}"))
            label = ""
        told += _more(kinds)
    return told


def loop(recording: Recording) -> list[Row]:
    """Without a request: how busy the loop's thread was, and for how long it took nothing else on."""
    busy = [turn.end - turn.start for turn in recording.turns]
    if not busy or recording.visits:
        return []
    return [("on the loop", f"busy for {duration(sum(busy))}, at most {duration(max(busy))} at a time")]


def _together(same: list[Span]) -> str:
    most = Recording(spans=same).most_at_once
    if len(same) == 1:
        return ""
    if most == 1:
        return ", one after another"
    return ", all at once" if most == len(same) else f", {most} at once"


def _time(same: list[Span], lives: Lives, waits: bool) -> str:
    held = [lives.holds(view) for view in same]
    each = "each " if len(same) > 1 else ""
    if waits:
        waited = [lives.end(view) - view.start - hold for view, hold in zip(same, held, strict=True)]
        if all(lives.blocked(view) for view in same):
            return f"{each}holds the loop for {typical(held)}"
        return f"{each}runs {typical(held)}, waits {typical(waited)}"
    return f"{each}holds its thread for {typical(held)}"


def troubles(recording: Recording) -> list[Row]:
    """Who blocked the loop, at which line, for how long; which views never ended, or failed, and how."""
    told = list[Row]()
    by_line = _alike(recording.blocked, lambda block: (block.function, block.line, block.code))
    for (function, line, code), blocks in by_line[:KINDS]:
        took = duration(sum(block.seconds for block in blocks))
        told.append(("BLOCKED", f"the loop: {_many(blocks, 'time')}, {took} in all"))
        place = f"{shorten(function, 20)}, line {line}: {code}" if line else "by code that is not yours"
        told.append(("", place))
    told += _more(by_line)
    endless = sorted((view for view in recording.views if view.end is None), key=_sent)
    lost = _alike(endless, lambda view: view.name)
    for name, same in lost[:KINDS]:
        told.append(("LOST", f"{len(same)} × {shorten(name, 20)} never came back"))
    told += _more(lost)
    gone = _alike((span.name for span in cancelled(recording).values()), lambda name: name)
    for name, left in gone[:KINDS]:
        told.append(("client left", f"{len(left)} × {shorten(name, 20)}: cancelled"))
    told += _more(gone)
    errors = _alike(_errors(recording), lambda error: error)
    for (name, what, where), found in errors[:KINDS]:
        told.append(("ERROR", f"{len(found)} × {shorten(name, 20)}"))
        told += [("", line) for line in folded(what, COLUMNS - LABEL, SAID)]
        told += [("", where)] if where else []
    return told + _more(errors)


def _owners(recording: Recording) -> dict[int, Span]:
    """For each error, by its id: where it began. Of several the innermost, which began last."""
    spans = sorted(recording.spans, key=lambda span: span.start)
    return {id(span.error): span for span in spans if span.error is not None}


def cancelled(recording: Recording) -> dict[int, Span]:
    """What was cancelled, for its client had gone: no error of yours. By the id of its error."""
    left = {visit.request: visit.left for visit in recording.visits if visit.left is not None}

    def is_late(span: Span) -> bool:
        return span.request in left and span.end is not None and span.end >= left[span.request]

    owners = sorted(_owners(recording).items(), key=lambda owner: _sent(owner[1]))
    return {
        key: span for key, span in owners if isinstance(span.error, asyncio.CancelledError) and is_late(span)
    }


def _errors(recording: Recording) -> list[tuple[str, str, str]]:
    """For each error, once: whose it was, what it says, and your line, if it passed through one."""
    places = {id(failure.error): failure.place for failure in recording.failures}
    owners, gone = _owners(recording), cancelled(recording)
    found = [
        (_sent(span), span.name, span.error)
        for key, span in owners.items()
        if span.error is not None and key not in gone
    ]
    for failure in recording.failures:
        if id(failure.error) not in owners:
            found.append((failure.request or sys.maxsize, "outside the view", failure.error))
    found.sort(key=lambda item: item[:2])
    return [(name, said(error), str(places.get(id(error)) or "")) for _, name, error in found]


def layers(recording: Recording) -> list[Row]:
    """The layers of a request, outermost first, where each ran; once for requests that had the same."""
    chains: dict[int | None, list[tuple[str, str, str]]] = {}
    for span in sorted(recording.spans, key=lambda span: span.start):
        step = (span.name, span.mode, _kind(span.thread))
        chains.setdefault(span.request, []).append(step)
    kinds = _alike((chain for _, chain in sorted(chains.items(), key=lambda item: item[0] or 0)), tuple)
    told = list[Row]()
    for chain, same in kinds[:KINDS]:
        label = f"layers of {len(same)}" if len(kinds) > 1 else "layers"
        for number, (name, mode, kind) in enumerate(chain, 1):
            told.append((label if number == 1 else "", f"{number}. {shorten(name, 26)}, {mode}, {kind}"))
    return told + _more(kinds)


def _crossings(label: str, crossings: list[Crossing]) -> list[Row]:
    """Crossings that are alike, once: what was carried, from where to where, queued against running."""
    kinds = _alike(
        sorted(crossings, key=lambda crossing: (_sent(crossing), crossing.asked)),
        lambda c: (c.what, c.bridge, _kind(c.from_thread), _kind(c.thread or "nowhere"), c.line or ""),
    )
    told = list[Row]()
    for (what, bridge, origin, goal, line), same in kinds[:KINDS]:
        told.append((label, f"{len(same)} × {shorten(what, 20)}, {bridge}"))
        queued = [crossing.queued for crossing in same if crossing.queued is not None]
        ran = [c.ended - c.started for c in same if c.started is not None and c.ended is not None]
        told.append(
            ("", f"{origin} → {goal}: " + (f"queued {typical(queued)}" if queued else "never started"))
        )
        if ran:
            told.append(("", f"ran {typical(ran)}" + (" each" if len(ran) > 1 else "")))
        told += [("", line)] if line else []
    return told + _more(kinds)


def _took(recording: Recording) -> float:
    """From the first request sent to the last answer received; if one is missing, to the very end."""
    ends = [visit.end for visit in recording.visits if visit.end is not None]
    if not ends or len(ends) < len(recording.visits):
        return last_moment(recording)
    return max(ends) - min(visit.start for visit in recording.visits)


def _anything(recording: Recording) -> bool:
    """Whether something ran, although no view did: tasks of your own, a thread."""
    return bool(recording.turns or recording.blocked or recording.crossings)


def _answer(visit: Visit) -> tuple[str, str]:
    return visit.path, "no answer" if visit.status is None else str(visit.status)


def _kind(thread: str) -> str:
    return shorten(role(thread), 10)


def _sent(item: Span | Crossing | Blocked) -> int:
    return sys.maxsize if item.request is None else item.request


def _many(items: Sized, noun: str) -> str:
    return f"{len(items)} {noun}" if len(items) == 1 else f"{len(items)} {noun}s"


def _more(kinds: Sized) -> list[Row]:
    return [("", f"+{len(kinds) - KINDS} more")] if len(kinds) > KINDS else []


def _alike(items: Iterable[Item], key: Callable[[Item], Key]) -> list[tuple[Key, list[Item]]]:
    """Items with the same key, together, in order of their first."""
    kinds: dict[Key, list[Item]] = {}
    for item in items:
        kinds.setdefault(key(item), []).append(item)
    return list(kinds.items())
