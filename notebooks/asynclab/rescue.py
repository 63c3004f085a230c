"""Give the kernel back when code of the learner's holds the event loop, or a thread, for good.

While a cell awaits, the kernel answers Kernel → Interrupt by cancelling the cell; but a loop that
is held by `time.sleep(1000)` or `while True: pass` never gets to hear of it. So, for as long as
requests are under way, the lab handles the interrupt signal itself: it raises `Interrupted` in the
code that holds the loop. A deadline that passes sends that same signal.

And `sys.exit` in a task would end the loop, and with it the kernel: here it ends that task alone.
"""

from __future__ import annotations

import asyncio
import ctypes
import signal
import sys
import threading
from asyncio.events import Handle
from collections.abc import Callable, Container, Iterator
from contextlib import contextmanager
from time import perf_counter
from types import FrameType
from typing import Any

from . import seams
from .errors import Interrupted
from .places import Place, innermost_yours, place_of

HELD = 0.2  # seconds for which a callback must have held the loop before an interrupt goes to it
ANY = range(sys.maxsize)  # requests
STUBBORN = 100  # interrupts, one a look of the sampler, after which the learner hears of it


class Guard:
    """What stopped the requests, if anything did: `interrupted` by the learner, or `expired`."""

    def __init__(self, deadline: float, stop: Callable[[], None], requests: Container[int | None]) -> None:
        self.requests = requests
        self.until = perf_counter() + deadline
        self.stop = stop
        self.loop = asyncio.get_running_loop()
        self.interrupted = False
        self.expired = False
        self.held_at: Place | None = None  # your line that held the loop when it was interrupted


_guards: list[Guard] = []  # several, when a cell gathers several fetches
_sent = 0  # interrupts, since the first of them
_previous: Any = None  # the signal handler that was there before the first of them
_run: Any = None  # and how the loop ran its callbacks (a recording, which is always around us, sees to it)


@contextmanager
def guard(
    deadline: float, stop: Callable[[], None], requests: Container[int | None] = ANY
) -> Iterator[Guard]:
    """Until the block ends, an interrupt or the deadline (seconds) stops code that holds the loop.

    `stop` is called by the running loop: then nobody need wait any longer. Of `requests` (their numbers)
    none begins any more. Elsewhere than in the main thread nothing can be interrupted: there the guard
    does nothing.
    """
    global _previous, _run, _sent
    mine = Guard(deadline, stop, requests)
    if threading.current_thread() is not threading.main_thread():
        yield mine
        return
    recorder = seams.current()
    if not _guards:
        _sent = 0
        _previous = signal.signal(signal.SIGINT, _on_signal)
        _run = Handle._run
        Handle._run = _run_on  # type: ignore[method-assign, assignment]
    _guards.append(mine)
    if recorder is not None:
        recorder.alarm = (min(each.until for each in _guards), _alarm)
    try:
        yield mine
    finally:
        _guards.remove(mine)
        if not _guards:
            signal.signal(signal.SIGINT, _previous)
            _previous = None  # asyncio's own holds the main task, and all that it holds
            Handle._run = _run  # type: ignore[method-assign]
        if recorder is not None:
            recorder.stopping = [each for each in recorder.stopping if each is not requests]
            if not _guards:
                recorder.alarm = None


def innermost(one: Guard) -> bool:
    """Whether no other guard was set up since."""
    return bool(_guards) and _guards[-1] is one


def _run_on(handle: Handle) -> None:
    try:  # noqa: SIM105 - a hundred times a request, and `suppress` is slow
        _run(handle)
    except (SystemExit, KeyboardInterrupt):  # the task has kept it, for whoever awaits it
        pass


def _on_signal(number: int, frame: FrameType | None) -> None:
    for each in _guards:
        each.interrupted = not each.expired
        each.loop.call_soon_threadsafe(each.stop)  # a loop that waits for something is woken by it
    recorder = seams.current()
    if recorder is None:
        return
    # Of many that block in turn, those that have not begun do not begin.
    recorder.stopping = [each.requests for each in _guards]
    if recorder.held() > HELD:
        line = innermost_yours(frame)
        for each in _guards:
            each.held_at = each.held_at or (None if line is None else place_of(line))
        holder = asyncio.current_task()
        if holder is not None:  # Django 5.2 may never look at it, and asyncio would complain much later
            excuse(holder)
        raise Interrupted("It held the event loop.")
    recorder.alarm = perf_counter() + HELD, _insist  # so early that nobody knows: look again


def _alarm() -> None:
    """The sampler calls this, in its own thread, if the loop is held when a deadline has passed."""
    for each in list(_guards):
        each.expired = True
    if _guards:
        _insist()


def _insist() -> None:
    """The sampler calls this at each look, until the code has let go of the loop."""
    global _sent
    _sent += 1
    if _sent == STUBBORN and (recorder := seams.current()) is not None:
        ((place, _),) = recorder.samples.most_common(1)
        print(
            f"The event loop is still held at {place}. That code swallows each interrupt, or a long call "
            "gives Python no turn. If it goes on, restart the kernel.",
            flush=True,
        )
    signal_main_thread()


def excuse(task: asyncio.Task[Any]) -> None:
    """However a task ends, asyncio need not complain that nobody looked at its exception."""
    task.add_done_callback(lambda task: task.cancelled() or task.exception())


def signal_main_thread() -> None:
    """Interrupt the main thread, even inside a system call such as time.sleep."""
    if hasattr(signal, "pthread_kill"):
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
    else:  # Windows: this wakes time.sleep there
        import _thread

        _thread.interrupt_main()


def end_thread(thread: threading.Thread) -> None:
    """Ask a thread to end: it does as soon as it runs Python code again. A long call first returns."""
    set_exception: Any = ctypes.pythonapi.PyThreadState_SetAsyncExc
    if thread.ident is not None and thread.is_alive():
        set_exception(ctypes.c_ulong(thread.ident), ctypes.py_object(Interrupted))
