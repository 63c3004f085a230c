"""Run a function of the notebook in a process of its own: what it patches or deadlocks stays there.

    async def patched():
        import nest_asyncio
        nest_asyncio.apply()
        ...

    apart(patched)

A deadlock cannot be ended, neither from outside nor by an interrupt: its thread would stay in the
kernel until the end. Nor can a patched asyncio be mended. So both are shown where an end is cheap.
What still runs at its deadline says which line everybody waits at, and is gone.
"""

from __future__ import annotations

import asyncio
import inspect
import os
import sys
import threading
import warnings
from collections.abc import Awaitable, Callable
from typing import NoReturn

from .bar import bar
from .exercises import Evidence, Exercise
from .places import Place, frames, innermost_yours, place_of, place_of_waiting, running_loops
from .request import LONGEST_WAIT, seconds
from .submission import CannotTravel
from .trial import Judge
from .words import COLUMNS, clean, folded, shorten

LABEL = 12  # columns for who it is
HANGS = "It hangs: no answer within {:g} s."
INTERRUPTED = "Interrupted: its process is ended."
MARGIN = 10.0  # seconds more, for a process that cannot even say so


def apart(function: Callable[[], Awaitable[object]], *, deadline: float = 20.0) -> None:
    """Await `function()` in a new process; print what it printed and what came of it.

    What it returns is shown, too, unless it is None; of an error, what it says and where. What hangs is
    ended after `deadline` seconds, and the line is told at which each thread and each task of yours stood
    then. The function takes no arguments. It and all that it uses travel as in `check`.
    """
    seconds("deadline", deadline, 0.1, LONGEST_WAIT)
    if not inspect.iscoroutinefunction(function) or inspect.signature(function).parameters:
        print(
            _wrapped("`apart` takes an `async def` without arguments: the function itself, not a call of it.")
        )
        return
    with bar(f"Running {function.__name__} in a process of its own"), Judge() as judge:
        try:
            verdict = judge(_exhibit(function.__name__, deadline), function)
        except CannotTravel as error:
            print(_wrapped(str(error)))
            return
    lines = [shorten(line) for line in verdict.printed.splitlines()]
    if verdict.state == "interrupted":
        lines.append(INTERRUPTED)
    elif verdict.message and (verdict.state != "died" or HANGS.format(deadline) not in lines):
        lines.append(_wrapped(verdict.message))
    print("\n".join(lines))


def _wrapped(text: str) -> str:
    return "\n".join(folded(text, COLUMNS, 6))


def _exhibit(name: str, deadline: float) -> Exercise:
    """What the judge gets: an exercise that every answer passes."""

    async def attempt(function: Callable[[], Awaitable[object]]) -> Evidence:
        warnings.simplefilter("ignore")  # an exhibit leaves coroutines behind, and is about something else
        overdue = threading.Timer(deadline, _report, [deadline, name])
        overdue.daemon = True
        overdue.start()
        try:
            result = await function()
        finally:
            overdue.cancel()
        return Evidence(facts={"came": "" if result is None else f"It answered: {clean(result)}"})

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
        done="{came}",
        otherwise="",
        deadline=deadline + MARGIN,
    )


def _report(deadline: float, name: str) -> NoReturn:
    """Say where everybody stands, and end the process. The loop may stand still, so this is a thread."""
    print(HANGS.format(deadline))
    home, places = threading.main_thread().ident, set[Place]()
    current = sys._current_frames()
    for thread in threading.enumerate():  # the oldest first
        stack = list(frames(current.get(thread.ident or 0)))
        if (frame := innermost_yours(stack[0] if stack else None)) is not None:
            _tell("the loop at" if thread.ident == home else "a thread at", place_of(frame))
    for loop in running_loops():
        waiting = [place_of_waiting(task.get_coro()) for task in asyncio.all_tasks(loop)]
        places.update(filter(None, waiting))
    for place in sorted(places, key=lambda place: (place.function, place.line)):
        if place.function != name:  # that it waits is known
            _tell("a task at", place)
    sys.stdout.flush()
    os._exit(0)


def _tell(who: str, place: Place) -> None:
    print(shorten(f"{who:{LABEL}} {place}"))
