"""Record what runs where and when: `with recording() as seen: …`.

One `Recorder` serves the whole process. It is fed by the seams, which are patched in when the first
recording opens and taken out when the last one closes. A recording is a window on it: whatever was
written between opening and closing, with times counted from the opening and threads called by
their role.
"""

from __future__ import annotations

import _thread
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from time import perf_counter
from typing import TypeVar

from . import seams
from .events import Blocked, Crossing, Failure, Recording, Span, Turn
from .recorder import Recorder, roles

Row = TypeVar("Row", Span, Crossing, Blocked, Failure)

_open = 0
_lock = threading.Lock()


@contextmanager
def recording(requests: range | None = None) -> Iterator[Recording]:
    """Record all that happens inside the `with` block; the `Recording` is filled at its end.

    With `requests`, the numbers of one fetch, the work of other requests is left out. Recordings may
    be nested and may overlap. Nothing stays patched after the last one.
    """
    global _open
    with _lock:
        recorder = seams.current()
        if recorder is None:
            recorder = Recorder()
            seams.install(recorder)
            # Not a `Thread`: nobody who counts threads should find one more while we record.
            _thread.start_new_thread(recorder.watch_loop, ())
        _open += 1
    window = Recording()
    began = perf_counter()
    marks = [len(rows) for rows in (recorder.spans, recorder.crossings, recorder.blocked, recorder.failures)]
    try:
        yield window
    finally:
        recorder.settle(now := perf_counter())
        recorder.end_turn(now)
        with _lock:
            _open -= 1
            if _open == 0:
                seams.uninstall()
                recorder.close()
        _fill(window, recorder, marks, began, requests)


def _fill(
    window: Recording, recorder: Recorder, marks: list[int], began: float, requests: range | None
) -> None:
    """Copy what a window saw: times from its opening, requests from 1, threads named by role."""

    def mine(rows: list[Row], mark: int) -> list[Row]:
        new = rows[mark:]
        return new if requests is None else [r for r in new if r.request is None or r.request in requests]

    def since(moment: float | None) -> float | None:
        return None if moment is None else moment - began

    spans, crossings = mine(recorder.spans, marks[0]), mine(recorder.crossings, marks[1])
    blocked, failures = mine(recorder.blocked, marks[2]), mine(recorder.failures, marks[3])
    seen = {row.request for row in spans} | {row.request for row in crossings}
    numbers = requests or sorted(raw for raw in seen if raw is not None)
    number: dict[int | None, int | None] = {raw: order for order, raw in enumerate(numbers, 1)}
    role = roles(recorder, spans, crossings)
    window.began, window.seconds = began, perf_counter() - began
    window.spans = [  # spelt out: `replace` takes seven times as long, and a learner waits for it
        Span(
            row.kind,
            row.name,
            row.mode,
            number.get(row.request),
            role[row.thread],
            row.loop,
            row.start - began,
            since(row.end),
            row.error,
            row.yours,
        )
        for row in spans
    ]
    window.crossings = [
        Crossing(
            row.bridge,
            row.what,
            row.owner,
            number.get(row.request),
            role[row.from_thread],
            row.asked - began,
            None if row.thread is None else role[row.thread],
            since(row.started),
            since(row.ended),
            row.line,
            row.error,
        )
        for row in crossings
    ]
    window.blocked = [
        replace(row, request=number.get(row.request), start=row.start - began) for row in blocked
    ]
    window.failures = [replace(row, request=number.get(row.request), at=row.at - began) for row in failures]
    window.turns = [
        Turn(max(turn.start, began) - began, turn.end - began, number.get(turn.request))
        for turn in recorder.turns
        if turn.end > began
    ]
