"""Record what runs where and when: `with recording() as seen: …`.

One `Recorder` serves the whole process. It is fed by the seams, which are patched in when the first
recording opens and taken out when the last one closes. A recording is a window on it: whatever was
written between opening and closing, with times counted from the opening and threads called by
their role.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from time import perf_counter

from . import seams
from .events import Recording
from .recorder import Recorder, roles

_open = 0
_lock = threading.Lock()


@contextmanager
def recording() -> Iterator[Recording]:
    """Record all that happens inside the `with` block; the `Recording` is filled at its end.

    Recordings may be nested. Nothing stays patched after the last one.
    """
    global _open
    with _lock:
        recorder = seams.current()
        if recorder is None:
            recorder = Recorder()
            seams.install(recorder)
            threading.Thread(target=recorder.watch_loop, name="asynclab sampler", daemon=True).start()
        _open += 1
    window = Recording()
    began = perf_counter()
    marks = [len(rows) for rows in (recorder.spans, recorder.crossings, recorder.blocked, recorder.failures)]
    try:
        yield window
    finally:
        with _lock:
            _open -= 1
            if _open == 0:
                seams.uninstall()
                recorder.close()
        _fill(window, recorder, marks, began)


def _fill(window: Recording, recorder: Recorder, marks: list[int], began: float) -> None:
    """Copy what a window saw, with times from its opening and threads named by role."""
    spans = recorder.spans[marks[0] :]
    crossings = recorder.crossings[marks[1] :]
    role = roles(recorder, spans, crossings)
    window.seconds = perf_counter() - began

    def since(moment: float | None) -> float | None:
        return None if moment is None else moment - began

    window.spans = [
        replace(span, thread=role[span.thread], start=span.start - began, end=since(span.end))
        for span in spans
    ]
    window.crossings = [
        replace(
            crossing,
            from_thread=role[crossing.from_thread],
            thread=None if crossing.thread is None else role[crossing.thread],
            asked=crossing.asked - began,
            started=since(crossing.started),
            ended=since(crossing.ended),
        )
        for crossing in crossings
    ]
    window.blocked = [replace(row, start=row.start - began) for row in recorder.blocked[marks[2] :]]
    window.failures = [replace(row, at=row.at - began) for row in recorder.failures[marks[3] :]]
    window.turns = [(max(a, began) - began, b - began) for a, b in recorder.turns if b > began]
