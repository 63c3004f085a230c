"""Run a function in a Python process of its own: what it patches or deadlocks stays there.

    async def patched():
        import nest_asyncio
        nest_asyncio.apply()
        ...

    await elsewhere(patched)

The process knows nothing of the notebook: the function imports what it uses. Whatever it prints
appears below the cell. It ends with the cell, or at its deadline.
"""

from __future__ import annotations

import asyncio
import inspect
import os
import subprocess
import sys
import textwrap
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from .errors import LabError, RequestError
from .request import LONGEST_WAIT, seconds

_ASYNCLAB = Path(__file__).resolve().parents[1]
_LEFT_BEHIND = ("DJANGO_SETTINGS_MODULE", "DJANGO_ALLOW_ASYNC_UNSAFE", "DATABASE_URL")


async def elsewhere(function: Callable[[], Any], *, deadline: float = 20.0) -> None:
    """Run `function`, a `def` or an `async def` without arguments, in a new process; print what it prints.

    An `async def` runs inside a running loop, as a cell does. After `deadline` seconds the process is
    ended, and a last line says so. Raises LabError where the function's source cannot be had.
    """
    seconds("deadline", deadline, 0.1, LONGEST_WAIT)
    process = subprocess.Popen(  # noqa: ASYNC220 - the loop of a kernel on Windows starts no processes
        [sys.executable, "-W", "ignore", "-c", _program(function)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=_environment(),
        encoding="utf-8",
        errors="replace",
        start_new_session=True,  # Kernel → Interrupt reaches it through us, and not before us
    )
    try:
        try:
            told = await _told(process, deadline)
        except subprocess.TimeoutExpired:
            process.kill()
            told = await _told(process, 5) + f"Ended after {deadline:g} s: it had not finished.\n"
    finally:  # the cell was interrupted, perhaps
        with suppress(OSError):
            process.kill()
    print(_without_traceback(told), end="")


async def _told(process: subprocess.Popen[str], patience: float) -> str:
    """What the process prints until its end. Raises TimeoutExpired."""
    telling = asyncio.ensure_future(asyncio.to_thread(process.communicate, timeout=patience))
    while not telling.done():  # a kernel notes an interrupt, and its loop hears of it when it next wakes up
        await asyncio.wait({telling}, timeout=0.2)
    return telling.result()[0]


def _program(function: Callable[[], Any]) -> str:
    if not inspect.isfunction(function) or inspect.signature(function).parameters:
        raise RequestError("`elsewhere` takes a function without arguments, and not a call of it.")
    try:
        source = textwrap.dedent(inspect.getsource(function))
    except (OSError, TypeError):
        raise LabError(f"The source of `{function.__name__}` cannot be found here.") from None
    if not source.startswith(("def ", "async def ")):
        raise RequestError("`elsewhere` takes a `def` or an `async def`, and no lambda.")
    if inspect.iscoroutinefunction(function):
        return f"import asyncio\n{source}\nasyncio.run({function.__name__}())\n"
    return f"{source}\n{function.__name__}()\n"


def _environment() -> dict[str, str]:
    """Ours, with the course in reach, and no word of the kernel's Django."""
    kept = {name: value for name, value in os.environ.items() if name not in _LEFT_BEHIND}
    paths = [str(_ASYNCLAB), *filter(None, [kept.get("PYTHONPATH")])]
    return kept | {"PYTHONPATH": os.pathsep.join(paths), "PYTHONUTF8": "1", "PYTHONUNBUFFERED": "1"}


def _without_traceback(told: str) -> str:
    """What was printed, and of an error that ended the process only what it says."""
    printed, traceback, error = told.partition("Traceback (most recent call last):\n")
    if not traceback:
        return told
    lines = [
        line for line in error.splitlines() if line and not line.startswith((" ", "Traceback", "During"))
    ]
    return f"{printed}{lines[-1] if lines else error}\n"
