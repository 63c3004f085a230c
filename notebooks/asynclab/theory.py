"""What a load should give, by arithmetic alone: to be drawn beside what was measured.

Of a request, `waits` seconds pass in waiting, which others can use; `cost` seconds are work, which they
cannot: it is what one lone request takes, less its wait. N clients ask, each again as soon as it is answered.

    a loop        one round of all N:  d + N·c
    T threads     T wait at a time:    ⌈N/T⌉·d + N·c
    computing     nothing waits:       N·c, divided by the cores that the server's processes can use
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from statistics import median

MOST_ROUNDS = 50  # after the first few, each round is like the one before


@dataclass(frozen=True)
class Expected:
    """What theory gives for a load."""

    seconds: float  # for all requests
    throughput: float  # requests a second
    median: float  # seconds
    formula: str  # "d + N·c"


def expected(
    requests: int,
    clients: int,
    waits: float,
    cost: float,
    *,
    threads: int | None = None,
    workers: int = 1,
    cores: int = 1,
) -> Expected:
    """What `requests` of `clients` should take.

    Args:
        waits, cost: seconds of one request, see above.
        threads: how many each worker has, each for one request at a time; None: a loop.
        workers: the server's processes.
        cores: of the machine.
    """
    at_once = clients if threads is None else min(clients, threads * workers)
    share = cost / min(workers, cores)

    def end(number: int) -> float:
        """When the request of this number, counted from 1, is answered: all wait in one queue."""
        return ceil(number / at_once) * waits + number * share

    counted = range(1, min(requests, clients * MOST_ROUNDS) + 1)
    times = [end(number) - (end(number - clients) if number > clients else 0.0) for number in counted]
    seconds = end(requests)
    return Expected(
        seconds,
        requests / seconds if seconds else 0.0,
        median(times or [0.0]),
        formula(waits, threads, workers, cores),
    )


def formula(waits: float, threads: int | None, workers: int, cores: int) -> str:
    """The round of all N, in letters."""
    at_work = min(workers, cores)
    work = "N·c" if at_work == 1 else f"N·c/{at_work}"
    if not waits:
        return work
    if threads is None:
        return f"d + {work}"
    count = str(threads) if workers == 1 else f"({threads}·{workers})"
    return f"⌈N/{count}⌉·d + {work}"


def percentile(ordered: Sequence[float], share: float) -> float:
    """The smallest value that at least this share (0 to 1) of all do not exceed. They are in order."""
    if not ordered:
        return 0.0
    return ordered[max(0, ceil(share * len(ordered) - 1e-9) - 1)]


def line(points: Sequence[tuple[float, float]]) -> tuple[float, float, float]:
    """The straight line nearest to the points: its slope, its height at 0, and how far off the farthest
    point lies, as a share of the line's whole rise."""
    count = len(points)
    middle_x, middle_y = sum(x for x, _ in points) / count, sum(y for _, y in points) / count
    spread = sum((x - middle_x) ** 2 for x, _ in points)
    slope = sum((x - middle_x) * (y - middle_y) for x, y in points) / spread if spread else 0.0
    height = middle_y - slope * middle_x
    rise = abs(slope) * (max(x for x, _ in points) - min(x for x, _ in points))
    off = max(abs(y - slope * x - height) for x, y in points)
    return slope, height, off / rise if rise else 0.0
