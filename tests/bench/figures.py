"""The arithmetic of the bench: medians, the A/A rule, the table. No clock, no Django."""

from __future__ import annotations

import json
import math
import os
import platform
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from operator import truediv
from statistics import median
from typing import Literal

from .alternate import Measured, again

Verdict = Literal["met", "missed", "undecided", "told"]

FLAT = 1.5  # within this the cost of a request counts as flat
MOST_BYTES = 300_000  # of a picture
MOST_DRAWN = 50  # requests; of more, a picture tells how many were under way

UNITS: dict[str, Callable[[float], str]] = {
    "seconds": lambda value: f"{value * 1e3:.2f} ms",
    "bytes": lambda value: f"{value / 1e6:.1f} MB",
}


@dataclass(frozen=True)
class Row:
    """One comparison: ours with theirs, theirs with itself, and the bound."""

    what: str
    ours: float  # median
    theirs: float  # median
    ratio: float  # ours for one of theirs: the median over rounds, for a machine is not as fast all the time
    aa: float  # theirs for one of theirs, in the same way: 1, if the machine is quiet
    bound: float | None  # None: told, not judged
    rounds: int
    unit: str = "seconds"

    @property
    def room(self) -> float:
        """How far A/A may be from 1: a third of what the bound allows.

        A bound of 1.0 allows nothing, and no machine is that quiet. There the margin by which it is
        met or missed takes the bound's place: noise must be within a third of the difference.
        """
        if self.bound is None:
            return math.inf
        return (self.bound - 1 if self.bound > 1 else abs(self.ratio - 1)) / 3

    @property
    def steady(self) -> bool:
        """Whether the machine was quiet enough for this bound to count."""
        return abs(self.aa - 1) <= self.room

    @property
    def verdict(self) -> Verdict:
        """Whether the bound is met; undecided where A/A says that this machine cannot tell."""
        if self.bound is None:
            return "told"
        if not self.steady:
            return "undecided"
        return "met" if self.ratio <= self.bound else "missed"


def compared(what: str, bound: float | None, measured: Measured, side: str, unit: str = "seconds") -> Row:
    """A row from the figures of each side, of which the first is the baseline."""
    baseline = next(iter(measured))
    ours, theirs, once_more = measured[side], measured[baseline], measured[again(baseline)]
    return Row(
        what,
        median(ours),
        median(theirs),
        median(map(truediv, ours, theirs)),
        median(map(truediv, once_more, theirs)),
        bound,
        len(ours),
        unit,
    )


@dataclass(frozen=True)
class Crowd:
    """So many requests in one recording: what each cost, and the picture of them all."""

    requests: int
    seconds: float  # a request, with its part of opening and closing the recording
    picture: int  # bytes
    aggregated: bool  # the picture says that it does not draw each

    @property
    def fits(self) -> bool:
        """A picture stays small; one of many requests says that it does not draw each."""
        return self.picture < MOST_BYTES and self.aggregated == (self.requests > MOST_DRAWN)


def flatness(crowds: Sequence[Crowd]) -> float:
    """The dearest request for one of the cheapest: 1, if the cost does not depend on how many there are."""
    costs = [crowd.seconds for crowd in crowds]
    return max(costs) / min(costs)


def crowd_lines(crowds: Sequence[Crowd]) -> list[str]:
    """The table of `crowds`."""
    head = ("recorded requests", "each", "picture", "")
    body = [
        (
            f"{crowd.requests:,}",
            UNITS["seconds"](crowd.seconds),
            f"{crowd.picture / 1e3:.0f} kB",
            ("aggregated, " if crowd.aggregated else "each drawn, ") + ("met" if crowd.fits else "missed"),
        )
        for crowd in crowds
    ]
    flat = flatness(crowds)
    verdict = "met" if flat <= FLAT else "missed"
    return [*columns([head, *body]), f"dearest / cheapest request: {flat:.2f} (≤ {FLAT}): {verdict}"]


def lines(rows: Sequence[Row]) -> list[str]:
    """The table, for a terminal."""
    head = ("what", "rounds", "ours", "theirs", "ratio", "bound", "A/A", "")
    body = [
        (
            row.what,
            f"{row.rounds:,}",
            UNITS[row.unit](row.ours),
            UNITS[row.unit](row.theirs),
            f"{row.ratio:.3f}",
            "" if row.bound is None else f"≤ {row.bound:.2f}",
            f"{row.aa:.3f}",
            row.verdict if row.steady else f"undecided: A/A must be within ±{row.room:.3f}",
        )
        for row in rows
    ]
    return columns([head, *body])


@dataclass(frozen=True)
class Loaded:
    """A real server under load, against theory: the round with the median ratio."""

    what: str
    seconds: float  # for all clients, each asking once
    theory: float  # seconds
    cost: float  # c: seconds of one lone request, less its wait, in the same run
    bound: float

    @property
    def ratio(self) -> float:
        """Measured for one of theory."""
        return self.seconds / self.theory

    @property
    def met(self) -> bool:
        """Whether the bound is met. There is no A/A here: c, measured in the same run, tells how busy the
        machine was."""
        return self.ratio <= self.bound


STRAIGHT = 0.1  # of the whole rise: so near to its line the memory grows straight


@dataclass(frozen=True)
class Listened:
    """Many idle clients of an event stream on one worker."""

    clients: int
    dropped: int
    each: float | None  # bytes of the server's own memory for one more
    off: float  # how far the farthest point lies from the straight line, as a share of its rise

    @property
    def met(self) -> bool:
        """None dropped, and the memory along a straight line."""
        return not self.dropped and self.each is not None and self.off <= STRAIGHT


def load_lines(loaded: Sequence[Loaded], listened: Listened) -> list[str]:
    """The table of the servers under load."""
    head = ("100 clients, 0.5 s wait, one worker", "measured", "theory", "c", "ratio", "bound", "")
    body = [
        (
            row.what,
            f"{row.seconds:.2f} s",
            f"{row.theory:.2f} s",
            f"{row.cost * 1e3:.1f} ms",
            f"{row.ratio:.3f}",
            f"≤ {row.bound:.2f}",
            "met" if row.met else "missed",
        )
        for row in loaded
    ]
    each = "not weighed" if listened.each is None else f"{listened.each / 1e3:.0f} kB each"
    verdict = "met" if listened.met else "missed"
    return [
        *columns([head, *body]),
        f"{listened.clients} idle event-stream clients, {listened.dropped} dropped: {each}, "
        f"at most {listened.off:.0%} off a straight line: {verdict}",
    ]


MOST_SECONDS_A_CELL = 5.0
MOST_SECONDS = {"02 to 05b": 120.0, "06 to 08b": 120.0, "core lessons": 300.0}  # for each of these together


@dataclass(frozen=True)
class RunAll:
    """One notebook, run top to bottom in a fresh kernel."""

    notebook: str  # "02b_the_loop"
    seconds: float  # all cells, without the start of the kernel
    slowest: int  # the cell that took longest, counted from 1 over all cells
    slowest_seconds: float
    memory: int = 0  # bytes of the kernel after the last cell, with what it shares with others


def together(runs: Sequence[RunAll]) -> dict[str, float]:
    """Seconds for each group of MOST_SECONDS."""
    heart = [run for run in runs if "02" <= run.notebook[:2] <= "05"]
    data = [run for run in runs if "06" <= run.notebook[:2] <= "08"]
    core = [run for run in runs if run.notebook[2] == "_"]
    groups = zip(MOST_SECONDS, (heart, data, core), strict=True)
    return {name: sum(run.seconds for run in group) for name, group in groups}


def run_all_lines(runs: Sequence[RunAll]) -> list[str]:
    """The table of what Run All takes."""
    head = ("Run All", "seconds", "slowest cell", "")
    body = [
        (
            run.notebook,
            f"{run.seconds:.1f}",
            f"{run.slowest_seconds:.1f}",
            f"cell {run.slowest}{_judged(run)}",
        )
        for run in runs
    ]
    for name, seconds in together(runs).items():
        verdict = "met" if seconds <= MOST_SECONDS[name] else "missed"
        body.append((name, f"{seconds:.1f}", "", f"≤ {MOST_SECONDS[name]:.0f}: {verdict}"))
    return columns([head, *body])


def _judged(run: RunAll) -> str:
    return "" if run.slowest_seconds <= MOST_SECONDS_A_CELL else f", ≤ {MOST_SECONDS_A_CELL:.0f}: missed"


def quick(runs: Sequence[RunAll]) -> bool:
    """Whether no cell and no group took too long."""
    cells = all(run.slowest_seconds <= MOST_SECONDS_A_CELL for run in runs)
    return cells and all(seconds <= MOST_SECONDS[name] for name, seconds in together(runs).items())


def columns(cells: Sequence[Sequence[str]]) -> list[str]:
    """Text in columns: the first one from the left, the figures from the right, the last as it is."""
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    aligned = []
    for first, *figures, last in cells:
        middle = [f"{figure:>{width}}" for figure, width in zip(figures, widths[1:-1], strict=True)]
        aligned.append("  ".join([f"{first:<{widths[0]}}", *middle, last]).rstrip())
    return aligned


def as_json(
    rows: Sequence[Row],
    crowds: Sequence[Crowd],
    runs: Sequence[RunAll],
    notes: Sequence[str] = (),
    loaded: Sequence[Loaded] = (),
    listened: Listened | None = None,
) -> str:
    """Everything that was measured, with the machine that it was measured on."""
    told = {
        "python": platform.python_version(),
        "django": version("django"),
        "system": platform.platform(),
        "cores": os.cpu_count(),
        "rows": [{**asdict(row), "verdict": row.verdict} for row in rows],
        "crowds": [{**asdict(crowd), "fits": crowd.fits} for crowd in crowds],
        "flatness": flatness(crowds),
        "loaded": [{**asdict(row), "ratio": row.ratio, "met": row.met} for row in loaded],
        "listened": None if listened is None else {**asdict(listened), "met": listened.met},
        "run_all": [asdict(run) for run in runs],
        "together": together(runs),
        "notes": list(notes),
    }
    return json.dumps(told, indent=2, ensure_ascii=False) + "\n"


def all_met(rows: Sequence[Row], crowds: Sequence[Crowd], runs: Sequence[RunAll]) -> bool:
    """Whether no bound was missed. An undecided one was not."""
    missed = [row for row in rows if row.verdict == "missed"]
    return not missed and flatness(crowds) <= FLAT and all(crowd.fits for crowd in crowds) and quick(runs)
