"""The parts of the dashboard, as they should be: for whoever builds on a step that is not done.

Each name stays the same function while `standing_in` puts another implementation behind it. So a test that
imports them is about whatever stands behind them at the moment.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

from ..exercises import Exercise, find
from .steps import STEPS

# In a notebook or a test run its lines would stand between the others, with the time of day. Who wants them,
# adds a handler, as `assertLogs` does.
logging.getLogger("cafe.timing").propagate = False

Ask = Callable[[str], Awaitable[str]]


@cache
def reference(name: str) -> Any:
    """What the first solution of the exercise defines under this name."""
    exercise = find(STEPS[name])
    assert isinstance(exercise, Exercise)
    found: dict[str, Any] = {"__name__": __name__}
    exec(compile(exercise.solutions[0], f"<solution of {exercise.number}>", "exec"), found)
    return found[name]


_behind: list[Any] = [reference]  # the last one gives the part by its name


@contextmanager
def standing_in(parts: Callable[[str], Any]) -> Iterator[None]:
    """Until the block ends, `parts(name)` is what stands behind each name."""
    _behind.append(parts)
    try:
        yield
    finally:
        _behind.pop()


async def suppliers(ask: Ask, names: Sequence[str], patience: float) -> dict[str, str]:
    """Step 1: of each supplier its answer, "failed" or "late"."""
    return await _behind[-1]("ask_all")(ask, names, patience)  # type: ignore[no-any-return]


def feed(keep: int = 50) -> Any:
    """Step 2: a new feed, with `publish`, `listen` and `listeners`."""
    return _behind[-1]("Feed")(keep)


def timing(get_response: Any) -> Any:
    """Step 3: the timing layer around `get_response`."""
    return _behind[-1]("Timing")(get_response)


timing.sync_capable = timing.async_capable = True  # type: ignore[attr-defined]


def routes(ask: Any, news: Any) -> Any:
    """Step 5: the URLs of the dashboard, made of the parts before."""
    return _behind[-1]("dashboard_urls")(ask, news)
