"""The places at which the recorder looks in: each one patched on its class, and put back.

| seam | what it shows |
|---|---|
| `BaseHandler.adapt_method_mode` | each layer of the middleware chain, and the hooks such as process_view |
| `BaseHandler.make_view_atomic` | the view itself (an async view under ASGI is never adapted) |
| `BaseEventLoop.run_in_executor` | a crossing into a thread: by `sync_to_async`, `to_thread` or by hand |
| `AsyncToSync.__call__`, `main_wrap` | a crossing onto a loop: asked for, and running |
| `asyncio.Handle._run` | who held the event loop, and for how long |

Not patched but relied upon: asgiref hands `SyncToAsync.thread_handler` to the executor. (To patch
`SyncToAsync.__call__` as well would cost every crossing one more coroutine.) All but `run_in_executor`
are private: `missing()` names those that a newer release has lost.
Every patch calls the original with the same arguments, in the same thread and the same context.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import sys
import threading
from asyncio.base_events import BaseEventLoop
from asyncio.events import Handle
from collections.abc import Callable, Coroutine
from threading import get_ident
from time import perf_counter
from types import MethodType
from typing import Any

from asgiref.sync import AsyncToSync, SyncToAsync
from django.core import signals
from django.core.handlers import base
from django.core.handlers.base import BaseHandler

from .events import Bridge, Crossing, Kind
from .places import is_djangos, name_of, name_of_layer
from .recorder import TOGETHER, Recorder

SEAMS: tuple[tuple[type, str], ...] = (
    (BaseHandler, "adapt_method_mode"),
    (BaseHandler, "make_view_atomic"),
    (BaseEventLoop, "run_in_executor"),
    (AsyncToSync, "__call__"),
    (AsyncToSync, "main_wrap"),
    (Handle, "_run"),
)
RELIED_UPON: tuple[tuple[type, str], ...] = ((SyncToAsync, "thread_handler"),)

_recorder: Recorder | None = None
_originals: dict[tuple[type, str], Any] = {}
_to_thread = asyncio.to_thread.__code__


class _Pending(threading.local):
    """The crossings between being asked for and reaching the loop, in one thread."""

    def __init__(self) -> None:
        self.to_loop: list[Crossing] = []


_pending = _Pending()


def missing() -> list[str]:
    """The seams that the installed Django, asgiref and Python do not have."""
    wanted = (*SEAMS, *RELIED_UPON)
    return [f"{owner.__qualname__}.{name}" for owner, name in wanted if name not in vars(owner)]


def current() -> Recorder | None:
    """The recorder, while any recording is open."""
    return _recorder


def install(recorder: Recorder) -> None:
    """Patch every seam. Raises RuntimeError, and patches nothing, if one is gone."""
    global _recorder
    if gone := missing():
        raise RuntimeError(f"asynclab cannot record here: {', '.join(gone)} is gone from this release.")
    originals = {(owner, name): vars(owner)[name] for owner, name in SEAMS}
    patches = {seam: _patched(PATCHES[seam], original) for seam, original in originals.items()}
    _originals.update(originals)  # from here on nothing can fail half-way
    for (owner, name), patch in patches.items():
        setattr(owner, name, patch)
    signals.got_request_exception.connect(_failed, dispatch_uid="asynclab")
    _recorder = recorder


@functools.cache  # a fetch opens a recording each time
def _patched(factory: Callable[[Any], Callable[..., Any]], original: Any) -> Any:
    return functools.wraps(original)(factory(original))


def uninstall() -> None:
    """Put every original back."""
    global _recorder
    _recorder = None
    signals.got_request_exception.disconnect(dispatch_uid="asynclab")
    for (owner, name), original in _originals.items():
        setattr(owner, name, original)
    _originals.clear()


def _failed(sender: Any, **kwargs: Any) -> None:
    recorder, error = _recorder, sys.exc_info()[1]
    if recorder is not None and error is not None:
        recorder.failure(error)


# Layers, hooks and views ------------------------------------------------------------------------


def seen(function: Callable[..., Any], kind: Kind, name: str, yours: bool) -> Callable[..., Any]:
    """The same function, sync or async as Django judges it, that notes when it runs and where."""

    async def seen_async(*args: Any, **kwargs: Any) -> Any:
        recorder = _recorder
        if recorder is None:  # the handler outlived its recording
            return await function(*args, **kwargs)
        span = recorder.span(kind, name, "async", yours)
        try:
            return await function(*args, **kwargs)
        except BaseException as error:
            span.error = error
            raise
        finally:
            span.end = perf_counter()

    def seen_sync(*args: Any, **kwargs: Any) -> Any:
        recorder = _recorder
        if recorder is None:
            return function(*args, **kwargs)
        span = recorder.span(kind, name, "sync", yours)
        try:
            return function(*args, **kwargs)
        except BaseException as error:
            span.error = error
            raise
        finally:
            span.end = perf_counter()

    is_async = base.iscoroutinefunction  # type: ignore[attr-defined]
    unmarked = not is_async(function) and is_async(getattr(function, "__call__", None))  # noqa: B004
    if unmarked or not callable(function):
        return function  # asgiref refuses it, and must see it for that
    wrapper: Any = seen_async if is_async(function) else seen_sync
    with contextlib.suppress(TypeError):  # an object that answers to every name has no usable __name__
        functools.update_wrapper(wrapper, function)
    # Who looks through it finds what would be there without us: Django the class of a hook, a
    # middleware the next one behind its `get_response`.
    for attribute in ("__self__", "__wrapped__"):
        if hasattr(function, attribute):
            setattr(wrapper, attribute, getattr(function, attribute))
    wrapper.__asynclab_yours__, wrapper.__asynclab_name__ = yours, name
    return wrapper  # type: ignore[no-any-return]


def _adapt_method_mode(original: Callable[..., Any]) -> Callable[..., Any]:
    def adapt_method_mode(self: BaseHandler, is_async: bool, method: Any, *args: Any, **kwargs: Any) -> Any:
        if not (args or "method_is_async" in kwargs):  # only of a layer Django knows its mode by now
            method = seen(method, "hook", name_of(method), not is_djangos(method))
        else:  # `convert_exception_to_response` wraps a layer, or the innermost `_get_response`
            layer = method.__wrapped__
            if not (isinstance(layer, MethodType) and layer.__self__ is self):
                method = seen(method, "layer", name_of_layer(layer), not is_djangos(layer))
        return original(self, is_async, method, *args, **kwargs)

    return adapt_method_mode


def _make_view_atomic(original: Callable[..., Any]) -> Callable[..., Any]:
    def make_view_atomic(self: BaseHandler, view: Any) -> Any:
        result = original(self, view)
        return result if _recorder is None else seen(result, "view", name_of(view), not is_djangos(view))

    return make_view_atomic


# Crossings --------------------------------------------------------------------------------------


def _run_in_executor(original: Callable[..., Any]) -> Callable[..., Any]:
    def run_in_executor(self: BaseEventLoop, executor: Any, func: Any, *args: Any) -> Any:
        recorder = _recorder
        if recorder is None or not _in_this_process(type(executor)):  # type: ignore[arg-type]
            return original(self, executor, func, *args)
        caller = sys._getframe(1)
        bridge: Bridge = "run_in_executor"
        what = func
        if type(func) is functools.partial:
            handler: Any = func.func
            if getattr(handler, "__func__", None) is SyncToAsync.thread_handler:
                bridge, what = "sync_to_async", handler.__self__.func
            elif caller.f_code is _to_thread:  # partial(context.run, function, …)
                bridge, what = "to_thread", func.args[0]
        crossing = recorder.crossing(bridge, what, caller)
        return original(self, executor, functools.partial(_carried, recorder, crossing, func), *args)

    return run_in_executor


@functools.cache
def _in_this_process(executor: type) -> bool:
    """Not a pool of processes, or of interpreters: to those the function itself must be sent."""
    return not any(
        cls.__module__ in ("concurrent.futures.process", "concurrent.futures.interpreter")
        for cls in executor.__mro__
    )


def _carried(recorder: Recorder, crossing: Crossing, func: Callable[..., Any], *args: Any) -> Any:
    """In the worker thread: note when the crossing arrived and when it was over."""
    crossing.thread, crossing.started = recorder.key(), perf_counter()
    try:
        return func(*args)
    except BaseException as error:
        crossing.error = error
        raise
    finally:
        crossing.ended = perf_counter()


def _async_to_sync(original: Callable[..., Any]) -> Callable[..., Any]:
    def __call__(self: AsyncToSync[..., Any], *args: Any, **kwargs: Any) -> Any:
        recorder = _recorder
        if recorder is None:
            return original(self, *args, **kwargs)
        crossing = recorder.crossing("async_to_sync", self.awaitable, sys._getframe(1))
        _pending.to_loop.append(crossing)
        try:
            return original(self, *args, **kwargs)
        except BaseException as error:
            crossing.error = error
            raise
        finally:
            if _pending.to_loop:  # asgiref refused it: it never reached a loop
                _pending.to_loop[:] = [each for each in _pending.to_loop if each is not crossing]

    return __call__


def _main_wrap(original: Callable[..., Any]) -> Callable[..., Any]:
    def main_wrap(self: AsyncToSync[..., Any], *args: Any, **kwargs: Any) -> Any:
        awaitable = original(self, *args, **kwargs)
        return _arrived(_pending.to_loop.pop(), awaitable) if _pending.to_loop else awaitable

    return main_wrap


async def _arrived(crossing: Crossing, awaitable: Coroutine[Any, Any, None]) -> None:
    """On the loop: note when the crossing arrived and when it was over."""
    recorder, task = _recorder, asyncio.current_task()
    if recorder is not None and task is not None:
        crossing.thread, crossing.started = recorder.key(), perf_counter()
        recorder.carried[task] = crossing.request
    try:
        await awaitable
    finally:
        crossing.ended = perf_counter()
        if recorder is not None and task is not None:
            recorder.carried.pop(task, None)


# The loop ---------------------------------------------------------------------------------------


def _run(original: Callable[[Handle], Any]) -> Callable[[Handle], Any]:
    def _run(self: Handle) -> Any:  # a hundred times a request: every step here counts
        recorder = _recorder
        if recorder is None or get_ident() != recorder.home:
            return original(self)
        now = perf_counter()
        if now - recorder.began > TOGETHER:
            recorder.settle(now)
        recorder.began, recorder.handle = now, self
        try:
            return original(self)
        finally:
            recorder.ended = perf_counter()

    return _run


PATCHES: dict[tuple[type, str], Callable[[Any], Callable[..., Any]]] = {
    (BaseHandler, "adapt_method_mode"): _adapt_method_mode,
    (BaseHandler, "make_view_atomic"): _make_view_atomic,
    (BaseEventLoop, "run_in_executor"): _run_in_executor,
    (AsyncToSync, "__call__"): _async_to_sync,
    (AsyncToSync, "main_wrap"): _main_wrap,
    (Handle, "_run"): _run,
}
