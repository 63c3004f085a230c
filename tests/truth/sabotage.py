"""Three recorders that are not true, so that the proof can be seen to fail.

Each makes one mistake that a recorder of this kind could make, at the seam where it would make it.
Runs inside `runner.py`, before the seams are patched in.
"""

from __future__ import annotations

import asyncio
import functools
from asyncio.base_events import BaseEventLoop
from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import SyncToAsync

from asynclab import seams


def drop_context() -> None:
    """Serve without one context variable: the one by which asgiref finds the request's own thread."""

    async def forgetful(call: Callable[[], Awaitable[Any]]) -> Any:
        token = SyncToAsync.thread_sensitive_context.set(None)
        try:
            return await call()
        finally:
            SyncToAsync.thread_sensitive_context.reset(token)

    _in_each_async_layer(forgetful)


def swallow_cancellation() -> None:
    """Catch CancelledError in a layer or view, as a careless `except BaseException` does."""

    async def swallowing(call: Callable[[], Awaitable[Any]]) -> Any:
        try:
            return await call()
        except asyncio.CancelledError:
            from django.http import HttpResponse

            return HttpResponse("I never noticed.")

    _in_each_async_layer(swallowing)


def _in_each_async_layer(mistake: Callable[[Callable[[], Awaitable[Any]]], Awaitable[Any]]) -> None:
    honest = seams.seen

    def seen(function: Callable[..., Any], *args: Any) -> Callable[..., Any]:
        wrapper = honest(function, *args)
        if not asyncio.iscoroutinefunction(wrapper):
            return wrapper

        @functools.wraps(wrapper)
        async def mistaken(*args: Any, **kwargs: Any) -> Any:
            return await mistake(functools.partial(wrapper, *args, **kwargs))

        return mistaken

    seams.seen = seen


def change_thread() -> None:
    """Hand every crossing to the loop's default pool, whichever executor was asked for."""
    honest = seams.PATCHES[BaseEventLoop, "run_in_executor"]

    def factory(original: Callable[..., Any]) -> Callable[..., Any]:
        def elsewhere(self: Any, executor: Any, func: Any, *args: Any) -> Any:
            return original(self, None, func, *args)

        return honest(elsewhere)

    seams.PATCHES[BaseEventLoop, "run_in_executor"] = factory


SABOTAGES = {
    "drops a context variable": drop_context,
    "swallows CancelledError": swallow_cancellation,
    "changes the thread": change_thread,
}
