"""Run a function of the notebook in a process of its own, because it may hang for ever.

A deadlock cannot be ended, neither from outside nor by an interrupt: its thread would stay in the
kernel until the end. So it is shown where an end is cheap. After its deadline the process says
which line everybody waits at, and is gone.
"""

from __future__ import annotations

import asyncio
import inspect
import os
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, NoReturn

from .exercises import Evidence, Exercise
from .places import Place, innermost_yours, origin, place_of
from .submission import CannotTravel
from .trial import Judge
from .words import COLUMNS, clean, folded, shorten

LABEL = 12  # columns for who it is
HANGS = "It hangs: no answer within {:g} s."
MARGIN = 10.0  # seconds more, for a process that cannot even say so


def apart(function: Callable[[], Awaitable[object]], *, deadline: float = 1.0) -> None:
    """Await `function()` in a new process; print what it printed and what came of it.

    What hangs is ended after `deadline` seconds, and the line is told at which each thread and each
    task of yours stood then. The function takes no arguments. It and all that it uses travel as in `check`.
    """
    if not inspect.iscoroutinefunction(function):
        print(
            _wrapped("`apart` takes an `async def` without arguments: the function itself, not a call of it.")
        )
        return
    with Judge() as judge:
        try:
            verdict = judge(_exhibit(function.__name__, deadline), function)
        except CannotTravel as error:
            print(_wrapped(str(error)))
            return
    lines = [shorten(line) for line in verdict.printed.splitlines()]
    if verdict.state != "died" or HANGS.format(deadline) not in lines:
        lines.append(_wrapped(verdict.message))
    print("\n".join(lines))


def _wrapped(text: str) -> str:
    return "\n".join(folded(text, COLUMNS, 6))


def _exhibit(name: str, deadline: float) -> Exercise:
    """What the judge gets: an exercise that every answer passes."""

    async def attempt(function: Callable[[], Awaitable[object]]) -> Evidence:
        overdue = threading.Timer(deadline, _report, [asyncio.get_running_loop(), deadline, name])
        overdue.daemon = True
        overdue.start()
        result = await function()
        overdue.cancel()
        return Evidence(result=clean(result))

    return Exercise(
        number="0.0",
        name=name,
        kind="make",
        minutes=1,
        task="",
        stub="",
        solutions=("", "pass"),
        wrong=(),
        hints=(),
        attempt=attempt,
        passed=lambda seen: True,
        done="It answered: {result}",
        otherwise="",
        deadline=deadline + MARGIN,
    )


def _report(loop: asyncio.AbstractEventLoop, deadline: float, name: str) -> NoReturn:
    """Say where everybody stands, and end the process. The loop may stand still, so this is a thread."""
    print(HANGS.format(deadline))
    home = threading.main_thread().ident
    for ident, place in _threads():
        _tell("the loop at" if ident == home else "a thread at", place)
    for place in _tasks(loop):
        if place.function != name:  # that it waits is known
            _tell("a task at", place)
    sys.stdout.flush()
    os._exit(0)


def _tell(who: str, place: Place) -> None:
    print(shorten(f"{who:{LABEL}} {place}"))


def _threads() -> Iterator[tuple[int, Place]]:
    """The threads that run code of yours, the oldest first, each with the innermost line of yours."""
    frames = sys._current_frames()
    for thread in threading.enumerate():
        if (frame := innermost_yours(frames.get(thread.ident or 0))) is not None:
            yield thread.ident or 0, place_of(frame)


def _tasks(loop: asyncio.AbstractEventLoop) -> list[Place]:
    """The innermost lines of yours at which tasks of this loop wait, each once."""
    found: set[Place] = set()
    for task in asyncio.all_tasks(loop):
        awaited: Any = task.get_coro()
        place = None
        while awaited is not None:
            frame = getattr(awaited, "cr_frame", None) or getattr(awaited, "ag_frame", None)
            if frame is not None and origin(frame.f_code.co_filename) == "yours":
                place = place_of(frame)
            awaited = getattr(awaited, "cr_await", None) or getattr(awaited, "ag_await", None)
        found |= {place} if place is not None else set()
    return sorted(found, key=lambda place: (place.function, place.line))
