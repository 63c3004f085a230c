"""What came of a class, and what a class of another size would take. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

ALONE = 0.5  # seconds: a cell that takes no longer, when nobody else is there, is light
LIGHT = 2.0  # seconds: within it are 95 % of the light cells of a class of 12 on two cores
BOUND_FOR, BOUND_CORES = 12, 2
SIZES = (6, 12, 25, 40)  # learners, of the sizing table
SPARE = 1.25  # for the system, for a browser's files in memory, for what a learner adds
BEGUN = 15.0  # seconds until 95 % have begun a lesson that all begin at once: so many cores it takes

NAMED = {
    "arrive": "log in and start the server (all at once)",
    "open": "open a lesson: kernel answers (all at once)",
    "boot": "the first cell: import, boot()",
    "light": f"a light cell (alone ≤ {ALONE:g} s)",
    "waits": "a cell that waits or computes on purpose",
    "check": "check an exercise",
    "measured": "a load experiment (tagged measured)",
}


@dataclass(frozen=True)
class Spread:
    """Seconds of many things of one kind."""

    count: int
    median: float
    p95: float
    most: float


def spread(seconds: Iterable[float]) -> Spread | None:
    """None of nothing. The 95th percentile is one of the values: 95 % are not above it."""
    ordered = sorted(seconds)
    if not ordered:
        return None
    return Spread(len(ordered), median(ordered), ordered[math.ceil(len(ordered) * 0.95) - 1], ordered[-1])


@dataclass(frozen=True)
class Result:
    """One class."""

    learners: int
    lessons: tuple[str, ...]
    pace: float
    cores: int
    wall: float  # seconds from the first login to the last lesson's end
    lesson_time: float  # seconds of a person's time for it, on average: thinking, and waiting for cells
    processor: float  # seconds of a core that hub, servers, kernels and judges took, the teacher's too
    clients: float  # seconds of a core that the learners' side of this measurement took
    times: dict[str, Spread]  # the keys of NAMED
    memory: dict[str, tuple[float, float]]  # bytes, (median, most): of one hub, server, kernel, judge
    each: tuple[float, float]  # bytes, (median, most over learners) of a learner's highest moment
    whole: float  # bytes, the class at its highest moment
    failures: tuple[str, ...]

    @property
    def cores_a_learner(self) -> float:
        """How many cores one person keeps busy, on average, at a person's own pace."""
        return self.processor / (self.learners * self.lesson_time) if self.lesson_time else 0.0

    @property
    def verdict(self) -> str:
        """Of the bound: met, missed, or why it was not tried."""
        light = self.times.get("light")
        if light is None:
            return "not tried: no light cell was run"
        held = light.p95 <= LIGHT
        if held and self.learners < BOUND_FOR:
            return f"not tried: it is for {BOUND_FOR} learners"
        if held and self.cores > BOUND_CORES:
            return f"not tried: it is for {BOUND_CORES} cores"
        return "met" if held else "missed"

    def data(self) -> dict[str, Any]:
        """For JSON; `from_data` is the way back."""
        return asdict(self)


def from_data(data: dict[str, Any]) -> Result:
    """A result from what `data` gave."""
    times = {kind: Spread(**one) for kind, one in data["times"].items()}
    memory = {part: (float(low), float(high)) for part, (low, high) in data["memory"].items()}
    rest = {
        "lessons": tuple(data["lessons"]),
        "each": tuple(data["each"]),
        "failures": tuple(data["failures"]),
    }
    return Result(**(data | rest | {"times": times, "memory": memory}))


@dataclass(frozen=True)
class Size:
    """What a class of so many learners takes."""

    learners: int
    memory: float  # bytes, one lesson open for each
    one_more: float  # bytes, if each leaves one more lesson open
    cores: int
    begun: float  # seconds until 95 % have begun a lesson that all begin at once


def size(result: Result, learners: int) -> Size:
    """In proportion to what was measured. Memory and a common beginning do not depend on the pace."""
    memory = SPARE * (result.memory["hub"][1] + learners * result.each[1])
    one_core = begun(result) * result.cores * learners / result.learners
    cores = max(2, math.ceil(one_core / BEGUN))
    return Size(learners, memory, SPARE * learners * result.memory["kernel"][1], cores, one_core / cores)


def begun(result: Result) -> float:
    """Seconds until 95 % of the learners have opened a lesson and run its first cell, all at once."""
    return result.times["open"].p95 + result.times["boot"].p95


def columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """Text in columns: the first from the left, the others from the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            f"{cell:<{width}}" if at == 0 else f"{cell:>{width}}"
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
