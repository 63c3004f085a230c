"""Let the sides take turns, request by request, in every order."""

from __future__ import annotations

import gc
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from itertools import cycle, permutations

Side = Callable[[], Awaitable[float]]  # does its thing once; seconds, by its own clock
Measured = dict[str, list[float]]


def orders(names: Iterable[str]) -> Iterator[tuple[str, ...]]:
    """Every order of the sides, over and over: whatever one leaves behind, all meet equally often."""
    return cycle(permutations(names))


async def alternate(sides: Mapping[str, Side], rounds: int) -> Measured:
    """The times of each side. The first is the baseline: it runs twice a round, for the sake of A/A.

    Garbage is collected between rounds, not within: it would hit whichever side is running.
    """
    baseline = next(iter(sides))
    sides = {**sides, again(baseline): sides[baseline]}
    measured: Measured = {name: [] for name in sides}
    for side in sides.values():  # the first calls import, compile and connect
        for _ in range(5):
            await side()
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        for number, order in zip(range(rounds), orders(sides), strict=False):
            for name in order:
                measured[name].append(await sides[name]())
            if number % 10 == 0:
                gc.collect()
    finally:
        gc.enable()
        gc.unfreeze()
    return measured


def again(baseline: str) -> str:
    """What the baseline's second turn is called."""
    return f"{baseline}, again"
