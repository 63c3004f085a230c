"""Who held a thread, and who only waited: what the text and the picture both need to know.

A sync view holds its thread from start to end, even while it sleeps. An async view on the loop
holds it only between two awaits; in between, the loop serves others. The recorder says when the
loop was busy (`Recording.turns`), but of short turns not for whom: that is found here.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sized
from typing import Literal, NamedTuple

from .events import LOOP, Blocked, Recording, Span, Turn
from .words import shorten

State = Literal["holds", "waits", "blocked"]


class Piece(NamedTuple):
    """A while in a view's life: it holds its thread, or waits, or keeps the whole loop waiting."""

    state: State
    start: float
    end: float
    where: str = ""  # what blocked: "nap, line 2"


def role(thread: str) -> str:
    """What a thread is for: "loop", "thread", "worker"; which of several it was is left to chance."""
    return thread.rstrip("0123456789").rstrip() or thread


def number_of(threads: Sized, kind: str) -> str:
    """ "1 thread", "4 workers", "6 pool threads"."""
    noun = shorten(kind, 10) if kind in ("thread", "worker") else f"{shorten(kind, 10)} thread"
    return f"{len(threads)} {noun}" if len(threads) == 1 else f"{len(threads)} {noun}s"


def last_moment(recording: Recording) -> float:
    """When the recording ended, or the last thing in it, if that is later."""
    moments = [recording.seconds, *(turn.end for turn in recording.turns)]
    moments += [span.start if span.end is None else span.end for span in recording.spans]
    moments += [crossing.ended or crossing.asked for crossing in recording.crossings]
    moments += [block.start + block.seconds for block in recording.blocked]
    moments += [visit.end or visit.start for visit in recording.visits]
    return max(moments)


def has_loop(recording: Recording) -> bool:
    """Did the event loop take part? Under WSGI it does not."""
    threads = {span.thread for span in recording.spans}
    threads.update(crossing.from_thread for crossing in recording.crossings)
    return LOOP in threads


class Lives:
    """For each view of a recording: its life, in pieces."""

    def __init__(self, recording: Recording) -> None:
        self.finish = last_moment(recording)
        self._known: defaultdict[int | None, list[Turn]] = defaultdict(list)  # whose they were, by request
        for turn in recording.turns:
            if turn.request is not None:
                self._known[turn.request].append(turn)
        unknown = [turn for turn in recording.turns if turn.request is None]
        self._shared = sorted(unknown, key=lambda turn: turn.start)
        self._starts = [turn.start for turn in self._shared]
        self._blocked: defaultdict[int | None, list[Blocked]] = defaultdict(list)
        for block in recording.blocked:
            self._blocked[block.request].append(block)
        self._sent = {visit.request: visit.start for visit in recording.visits}
        on_loop = [view for view in recording.views if view.thread == LOOP]
        # Where one view on the loop starts or ends, the loop has turned to it: a busy stretch is cut there.
        self._cuts = sorted(moment for view in on_loop for moment in (view.start, self.end(view)))
        self._alone = _alone([(view.start, self.end(view), id(view)) for view in on_loop])

    def end(self, view: Span) -> float:
        """When a view ended; the last moment of all for one that never came back."""
        return self.finish if view.end is None else view.end

    def sent(self, view: Span) -> float | None:
        """When the view's request was sent; None if it had none."""
        return None if view.request is None else self._sent.get(view.request)

    def blocked(self, view: Span) -> bool:
        """Did the view's request hold the loop for so long that it counts as blocking?"""
        return bool(self._blocked.get(view.request))

    def of(self, view: Span) -> list[Piece]:
        """A view's pieces in order of time, what blocked the loop last (to be drawn on top)."""
        start, end = view.start, self.end(view)
        if view.thread != LOOP or view.mode == "sync":
            return [Piece("holds", start, end)]
        blocked = []
        for block in self._blocked.get(view.request, ()):
            first, last = max(block.start, start), min(block.start + block.seconds, end)
            if first < last:
                blocked.append(Piece("blocked", first, last, f"{block.function}, line {block.line}"))
        held = _merged([*self._own_turns(view, start, end), *((a, b) for _, a, b, _ in blocked)])
        edges = [start, *(moment for stretch in held for moment in stretch), end]
        waits = [Piece("waits", a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if b > a]
        holds = [Piece("holds", a, b) for a, b in held]
        return sorted(waits + holds, key=lambda piece: piece.start) + blocked

    def holds(self, view: Span) -> float:
        """For how many seconds a view held its thread."""
        return sum(piece.end - piece.start for piece in self.of(view) if piece.state == "holds")

    def _own_turns(self, view: Span, start: float, end: float) -> list[tuple[float, float]]:
        """The loop's turns that were this view's: those known to be; of those that nobody is known
        to have had, all while it is alone, else its first and its last."""
        own = [(max(turn.start, start), min(turn.end, end)) for turn in self._known.get(view.request, ())]
        first, last = bisect_right(self._starts, start) - 1, bisect_left(self._starts, end) - 1
        if id(view) in self._alone:
            shared = self._shared[max(first, 0) : last + 1]
            return own + [(max(turn.start, start), min(turn.end, end)) for turn in shared]
        if first >= 0:
            cut = bisect_right(self._cuts, start)
            own.append((start, min([self._shared[first].end, *self._cuts[cut : cut + 1]])))
        if last >= 0 and view.end is not None and self._shared[last].end >= end:
            cut = bisect_left(self._cuts, end)
            own.append((max([self._shared[last].start, *self._cuts[max(cut - 1, 0) : cut]]), end))
        return own


def _merged(stretches: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    """The same stretches in order, each moment once, empty ones left out."""
    merged: list[tuple[float, float]] = []
    for start, end in sorted(stretches):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        elif end > start:
            merged.append((start, end))
    return merged


def _alone(spans: list[tuple[float, float, int]]) -> set[int]:
    """Those that no other overlaps."""
    spans = sorted(spans)
    crowded: set[int] = set()
    latest, keeper = float("-inf"), 0  # the span that lasts longest so far
    for start, end, key in spans:
        if start < latest:
            crowded |= {key, keeper}
        if end > latest:
            latest, keeper = end, key
    return {key for *_, key in spans} - crowded
