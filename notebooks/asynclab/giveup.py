"""End what is still under way, and say in sentences what could not be ended."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import threading
from collections.abc import Collection, Container
from typing import Any

from . import seams
from .places import Place, innermost_yours, origin, place_of, place_of_waiting
from .rescue import end_thread, excuse
from .wire import request_number

PATIENCE = 1.0  # seconds for which cancelled tasks may clean up
NAMED = 3  # threads that hang at the same line; more are only counted

_abandoned: set[asyncio.Future[Any]] = set()  # a reference, so that they are not collected half-way


async def give_up(
    tasks: Collection[asyncio.Future[Any]],
    others: Collection[asyncio.Future[Any]] = (),
    requests: Container[int | None] | None = None,
) -> list[str]:
    """Cancel tasks, and end the threads that work for them. Returns a sentence for each one left.

    `others` are tasks that were there before: they are not spoken of. `requests` are the numbers of those
    given up, for which threads may be at work; None: whatever any thread does.
    (Not `asyncio.timeout`: a cancelled request still waits for its thread, and that may be for ever.)
    """
    if not tasks:
        return []
    loop = asyncio.get_running_loop()
    waiting_at = _lines_of_tasks(others, requests)
    for task in tasks:
        task.cancel()
    _end_djangos_tasks(others, requests)
    for task in _carried(requests):  # behind a thread that waits for it, nobody would tell it
        with contextlib.suppress(RuntimeError):  # its loop has just been closed
            task.get_loop().call_soon_threadsafe(task.cancel)
    for thread in _busy(requests):
        end_thread(thread)
    until = loop.time() + PATIENCE
    _, left = await asyncio.wait(tasks, timeout=PATIENCE)
    while _busy(requests) and loop.time() < until:  # noqa: ASYNC110 - a WSGI worker tells nobody that it has ended
        await asyncio.sleep(0.01)
    _abandoned.update(left)
    for task in left:
        task.add_done_callback(_abandoned.discard)
    still = _lines_of_tasks(others, requests) if left else []
    said = [f"It was waiting at {place}; that was cancelled." for place in waiting_at if place not in still]
    said += [
        f"It goes on at {place}, although it was cancelled. Restart the kernel to end it." for place in still
    ]
    stuck: dict[Place | None, list[str]] = {}
    for thread in _busy(requests):
        stuck.setdefault(_line_of(thread), []).append(repr(thread.name))
    return said + [_stuck(names, str(where or "code that is not yours")) for where, names in stuck.items()]


def _end_djangos_tasks(
    others: Collection[asyncio.Future[Any]], requests: Container[int | None] | None
) -> None:
    """Django 5.2 leaves the tasks of a request that is cancelled alone: neither ended nor looked at."""
    for task in asyncio.all_tasks() - {asyncio.current_task(), *others}:
        code = getattr(task.get_coro(), "cr_code", None)
        if code is not None and origin(code.co_filename) == "django":
            if requests is None or _request_of(task) in requests:
                task.cancel()
            excuse(task)


def _request_of(task: asyncio.Task[Any]) -> int | None:
    """The request in whose context a task runs."""
    if hasattr(task, "get_context"):
        return task.get_context().get(request_number)
    waiting_for: Any = getattr(task, "_fut_waiter", None)  # Python 3.11: who wakes it, does so in its context
    callbacks = getattr(waiting_for, "_callbacks", None) or ()
    return next((context.get(request_number) for _, context in callbacks), None)


def _stuck(names: list[str], where: str) -> str:
    if len(names) == 1:
        who, they, go, them = f"Thread {names[0]} is", "it", "goes", "it"
    else:
        more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
        who = f"{len(names)} threads ({', '.join(names[:NAMED])}{more}) are"
        they, go, them = "they", "go", "them"
    return (
        f"{who} still in {where}. Python cannot end a thread: {they} {go} on until that line returns. "
        f"Restart the kernel to be rid of {them}."
    )


def _carried(requests: Container[int | None] | None) -> list[asyncio.Task[Any]]:
    """What `async_to_sync` has under way for those requests, on this loop or on another."""
    recorder = seams.current()
    if recorder is None:
        return []
    carried = list(recorder.carried.items())  # other threads add to it
    return [task for task, request in carried if requests is None or request in requests]


def _busy(requests: Container[int | None] | None) -> list[threading.Thread]:
    """The threads that work for those requests now: carried there by a bridge, or a WSGI worker."""
    recorder = seams.current()
    if recorder is None:
        return []
    rows = [(row.thread, row.request) for row in recorder.crossings if row.ended is None]
    rows += [(row.thread, row.request) for row in recorder.spans if row.end is None]
    keys = {key for key, request in rows if key is not None and (requests is None or request in requests)}
    keys.discard(recorder.home_key)
    return [recorder.people[key] for key in sorted(keys) if recorder.people[key].is_alive()]


def _line_of(thread: threading.Thread) -> Place | None:
    frame = innermost_yours(sys._current_frames().get(thread.ident or 0))
    return None if frame is None else place_of(frame)


def _lines_of_tasks(
    others: Collection[asyncio.Future[Any]], requests: Container[int | None] | None
) -> list[Place]:
    """The lines of yours at which a task waits, on this loop or one of `async_to_sync`, each once."""
    places = []
    tasks = asyncio.all_tasks() - {asyncio.current_task(), *others}
    for task in tasks.union(_carried(requests)):
        found = place_of_waiting(task.get_coro())
        if found is not None and found not in places:
            places.append(found)
    return places
