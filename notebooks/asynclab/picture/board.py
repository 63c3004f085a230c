"""Where things stand in a picture: a box for each thread, a column for each request, a scale of time."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from ..events import LOOP, Recording, Span
from ..lanes import has_loop, last_moment, number_of, role
from ..words import shorten
from .sheet import WIDTH

MOST_LANES = 6
LEFT, GAP, HEIGHT = 62, 6, 300  # pixels: room for the axis, between two boxes, from first to last moment
RAIL = 14  # beside the loop's columns: when its thread is busy
NARROWEST = 56  # holds "thread 1"

Spot = tuple[int | None, int]  # a request, and where in it: 0 is the view, 1, 2 … its layers


@dataclass
class Lane:
    """One thread, or several that are alike."""

    name: str
    threads: list[str]
    places: dict[Spot, int] = field(default_factory=dict)  # its columns, from left to right
    x: float = 0
    width: float = 0

    @property
    def rail(self) -> int:
        """How much of its width the loop needs to show when it is busy."""
        return RAIL if LOOP in self.threads else 0

    @property
    def pitch(self) -> float:
        """From one column to the next."""
        return (self.width - self.rail - 4) / max(len(self.places), 1)

    def boxes(self) -> list[tuple[float, float]]:
        """One box, as (x, width); or one for each of several threads that hold a single column each."""
        if len(self.threads) == 1 or len(self.threads) != len(self.places):
            return [(self.x, self.width)]
        return [(self.x + 2 + self.pitch * place, self.pitch) for place in range(len(self.places))]

    def middle(self, spot: Spot) -> float:
        """Where a column stands."""
        return self.x + self.rail + 2 + self.pitch * (self.places[spot] + 0.5)


class Board:
    """Lanes, columns and the scale; everything in pixels from the top left corner."""

    def __init__(
        self, recording: Recording, show: Collection[str], top: float, seconds: float, crowded: bool
    ) -> None:
        self.top, self.bottom = top, top + HEIGHT + 8
        self.seconds = max(last_moment(recording), seconds, 1e-6)
        self.layered, self.crowded = "layers" in show, crowded
        self.drawn = [span for span in recording.spans if self.layered or span.kind == "view"]
        self._layer_numbers: dict[int, int] = {}
        if self.layered:
            inner = sorted(recording.spans, key=lambda span: span.start)
            self._layer_numbers = {id(span): number for number, span in enumerate(inner, 1)}
        crossings = recording.crossings if "crossings" in show else []
        works: dict[str, set[str]] = {LOOP: set()} if has_loop(recording) or not recording.spans else {}
        for span in self.drawn:
            works.setdefault(span.thread, set()).add(span.name)
        for crossing in crossings:
            for thread in (crossing.from_thread, crossing.thread):
                works.setdefault(thread or crossing.from_thread, set())
        self.lanes = _crowded_lanes(works) if crowded else _lanes(works)
        self._lane_of = {thread: lane for lane in self.lanes for thread in lane.threads}
        spots = [(span.thread, self._spot(span)) for span in self.drawn]
        taken = {(thread, request) for thread, (request, _) in spots}
        for crossing in crossings:
            if crossing.thread and (crossing.thread, crossing.request) not in taken:
                spots.append((crossing.thread, (crossing.request, 0)))
        for thread, spot in spots:
            self._lane_of[thread].places.setdefault(spot, 0)
        for lane in self.lanes:
            ordered = sorted(lane.places, key=lambda spot: (spot[0] or 0, spot[1]))
            lane.places = {spot: number for number, spot in enumerate(ordered)}
        self._share_width()

    def _share_width(self) -> None:
        """Each lane gets what its name needs, and of the rest what its columns need."""
        shares = [len(lane.places) or int(len(self.lanes) == 1) for lane in self.lanes]
        free = WIDTH - 12 - LEFT - GAP * (len(self.lanes) - 1) - NARROWEST * len(self.lanes)
        x = float(LEFT)
        for lane, share in zip(self.lanes, shares, strict=True):
            lane.x, lane.width = x, NARROWEST + free * share / max(sum(shares), 1)
            x += lane.width + GAP

    def _spot(self, span: Span) -> Spot:
        return span.request, self._layer_numbers.get(id(span), 0)

    def y(self, moment: float) -> float:
        """How far down a moment lies."""
        return self.top + 4 + HEIGHT * min(max(moment, 0), self.seconds) / self.seconds

    def lane(self, thread: str) -> Lane:
        """The box of a thread."""
        return self._lane_of[thread]

    def column(self, span: Span) -> tuple[float, float]:
        """The middle of a span's column, and how wide its bar may be."""
        lane = self._lane_of[span.thread]
        room = lane.pitch - (3 if lane.pitch > 10 else 1)
        return lane.middle(self._spot(span)), min(room, 40 if span.kind == "view" else 6)

    def column_at(self, thread: str, request: int | None, moment: float) -> tuple[float, float]:
        """The same for what a thread did for a request at a moment: in its innermost span, or in none."""
        at = [span for span in self.drawn if span.thread == thread and span.request == request]
        open_ = [span for span in at if span.start <= moment and (span.end is None or moment <= span.end)]
        # What is carried across may be a span itself: then it starts just after.
        soon = [span for span in at if moment <= span.start <= moment + self.seconds / 50]
        if soon or open_:
            return self.column(soon[0] if soon else max(open_, key=lambda span: span.start))
        lane = self._lane_of[thread]
        spot = next((spot for spot in lane.places if spot[0] == request), None)
        return (lane.x + lane.rail + 10 if spot is None else lane.middle(spot)), 0

    def heads(self) -> Iterator[tuple[float, str]]:
        """What stands above the columns: the number of a request, or a layer; of thin ones not each."""
        for lane in self.lanes:
            step = next((step for step in (1, 2, 5, 10) if step * lane.pitch >= 22), 20)
            step = 1 if lane.pitch >= 14 and len(lane.places) < 10 else step
            for spot, place in lane.places.items():
                number = spot[1] if self.layered else spot[0]
                room = place == 0 and (step - (number or 0) % step) * lane.pitch >= 22
                if number and (room or number % step == 0):
                    yield lane.middle(spot), str(number)

    def stretches(self, times: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
        """Times as (y, height), those that touch each other on the sheet joined."""
        joined: list[tuple[float, float]] = []
        for start, end in sorted(times):
            top, bottom = self.y(start), max(self.y(end), self.y(start) + 1)
            if joined and top - (joined[-1][0] + joined[-1][1]) < 0.5:
                joined[-1] = (joined[-1][0], max(bottom - joined[-1][0], joined[-1][1]))
            else:
                joined.append((top, bottom - top))
        return joined


def _order(thread: str) -> tuple[bool, str, int]:
    digits = re.search(r"\d{1,9}$", thread)
    return thread != LOOP, role(thread), int(digits.group()) if digits else 0


def _lanes(works: Mapping[str, set[str]]) -> list[Lane]:
    """The loop first, then by number. Threads without a view, and those beyond six, share a lane."""
    ordered = sorted(works, key=_order)
    idle = [thread for thread in ordered if not works[thread] and thread != LOOP]
    groups = _by_role(idle)
    shared = {kind: same for kind, same in groups.items() if len(same) > 2}
    alone = [thread for thread in ordered if thread not in idle or role(thread) not in shared]
    lanes = [Lane(shorten(thread, 10), [thread]) for thread in alone]
    most = MOST_LANES - len(shared)
    if len(lanes) > most:
        rest = alone[most - 1 :]
        like = all(works[thread] == works[rest[0]] for thread in alone[most - 2 :])
        lanes = [*lanes[: most - 1], Lane(f"+{len(rest)} alike" if like else f"+{len(rest)} more", rest)]
    return lanes + [Lane(number_of(same, kind), same) for kind, same in shared.items()]


def _crowded_lanes(works: Mapping[str, set[str]]) -> list[Lane]:
    """One lane for each kind of thread."""
    kinds = _by_role(sorted(works, key=_order))
    lanes = [Lane(LOOP if kind == LOOP else number_of(same, kind), same) for kind, same in kinds.items()]
    if len(lanes) > MOST_LANES:
        rest = [thread for lane in lanes[MOST_LANES - 1 :] for thread in lane.threads]
        lanes = [*lanes[: MOST_LANES - 1], Lane(f"+{len(rest)} more", rest)]
    return lanes


def _by_role(threads: Iterable[str]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for thread in threads:
        groups.setdefault(role(thread), []).append(thread)
    return groups
