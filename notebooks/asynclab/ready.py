"""Before a course: does everything that it needs work here? One line each, then READY.

    from asynclab.ready import ready
    await ready()

In a terminal: `cd notebooks && python -m asynclab.ready`.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from importlib.metadata import version

from .errors import LabError
from .exercises import find
from .words import said

# The oldest that will do; pyproject.toml asks for the same.
AT_LEAST = {"django": (5, 2), "ipykernel": (7, 4)}
PYTHON = (3, 11)


class _NotHere(Exception):
    """Nothing is wrong, but this is not the place to find out."""


async def ready() -> None:
    """Try all that the lessons need, and print what works. Takes a few seconds; safe to run again.

    What fails is named with what was seen. The last line is READY, or says how many things are missing.
    """
    await _tried()


async def _tried() -> int:
    """The number of things that do not work here."""
    missing = 0
    for what, step in STEPS.items():
        try:
            note = await step()
        except _NotHere as reason:
            print(f"○ {what}: {reason}")
        except (Exception, SystemExit) as error:
            missing += 1
            print(f"✗ {what}: {error if isinstance(error, LabError) else said(error)}")
        else:
            print(f"✓ {what}{note and f': {note}'}")
    if missing:
        print(f"NOT READY: {missing} of {len(STEPS)} failed. Send these lines to whoever teaches.")
    else:
        print("READY")
    return missing


async def _versions() -> str:
    found = {name: version(name) for name in AT_LEAST}
    for name, least in AT_LEAST.items():
        if tuple(int(part) for part in found[name].split(".")[:2]) < least:
            wanted = ".".join(map(str, least))
            raise LabError(f"{name} {found[name]} is here, and {wanted} or newer is needed.")
    if sys.version_info < PYTHON:
        raise LabError(f"Python {'.'.join(map(str, PYTHON))} or newer is needed.")
    return ", ".join(f"{name} {number}" for name, number in found.items())


async def _request() -> str:
    from .client import fetch

    for via in "asgi", "wsgi":
        run = await fetch("/", via=via)
        if run.error or run.response.status != 200:
            raise LabError(
                f"by {via.upper()} the café's menu did not come: {run.error or run.response.status}"
            )
    return ""


async def _judged() -> str:
    """The process that judges: a firewall, or a lack of memory, may keep it from starting."""
    from .exercises import Exercise
    from .trial import Judge

    exercise = find("0.6")
    assert isinstance(exercise, Exercise)
    names: dict[str, object] = {"__name__": "ready"}
    exec(compile(exercise.solutions[0], "solution of 0.6", "exec"), names)
    with Judge() as judge:
        verdict = await asyncio.to_thread(judge, exercise, names[exercise.name])
    if verdict.state != "passed":
        raise LabError(f"a right answer was judged {verdict.state}: {verdict.message}")
    return ""


async def _served() -> str:
    from .servers import serve

    async with serve("uvicorn"):  # it has answered when the block begins
        return ""


async def _kept() -> str:
    from .progress import FILE, where
    from .store import replace

    folder = where()
    if folder is None:
        raise _NotHere("not in this folder. Open the lessons in my_course.")
    probe = folder / f".{FILE}.probe"
    replace(probe, "")
    probe.unlink()
    return ""


async def _booted() -> str:
    from .boot import boot

    boot()
    return ""


STEPS: dict[str, Callable[[], Awaitable[str]]] = {
    "versions": _versions,
    "Django starts": _booted,
    "requests by ASGI and WSGI": _request,
    "exercises are judged": _judged,
    "a real server answers": _served,
    "your answers are kept": _kept,
}


if __name__ == "__main__":
    raise SystemExit(bool(asyncio.run(_tried())))
