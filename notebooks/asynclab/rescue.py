"""Give the kernel back when code of the learner's holds the event loop, or a thread, for good.

While a cell awaits, the kernel answers Kernel → Interrupt by cancelling the cell; but a loop that
is held by `time.sleep(1000)` or `while True: pass` never gets to hear of it. So, for as long as
requests are under way, the lab handles the interrupt signal itself: it raises `Interrupted` in the
code that holds the loop. A deadline that passes sends that same signal.

`Interrupted` is no `Exception`, so that no `except Exception` in a view swallows it; and it is no
`KeyboardInterrupt`, which would end the kernel's own loop.
"""

from __future__ import annotations

import ctypes
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from . import seams

HELD = 0.2  # seconds for which a callback must have held the loop before an interrupt goes to it


class Interrupted(BaseException):
    """Raised inside code that had to be stopped."""


class Guard:
    """What stopped the requests, if anything did: `interrupted` by the learner, or `expired`."""

    def __init__(self, deadline: float) -> None:
        self.deadline = deadline
        self.interrupted = False
        self.expired = False


@contextmanager
def guard(deadline: float, stop: Callable[[], None]) -> Iterator[Guard]:
    """Until the block ends, an interrupt or the deadline (seconds) stops code that holds the loop.

    `stop` is called once, on the loop's thread, to cancel whatever else is under way. Elsewhere than
    in the main thread nothing can be interrupted: there the guard does nothing.
    """
    seen = Guard(deadline)
    if threading.current_thread() is not threading.main_thread():
        yield seen
        return
    previous = signal.getsignal(signal.SIGINT)
    over = threading.Event()

    def on_signal(number: int, frame: FrameType | None) -> None:
        if over.is_set():
            return
        if not seen.expired:
            seen.interrupted = True
        stop()
        recorder = seams.current()
        if recorder is not None and recorder.held() > HELD:
            raise Interrupted("It held the event loop.")

    def alarm() -> None:
        """The sampler calls this, in its own thread, once a callback has held the loop too long."""
        if not over.is_set():
            seen.expired = True
            signal_main_thread()

    recorder = seams.current()
    signal.signal(signal.SIGINT, on_signal)
    try:
        if recorder is not None:
            recorder.alarm = (deadline, alarm)
        yield seen
    finally:
        over.set()
        if recorder is not None:
            recorder.alarm = None
        signal.signal(signal.SIGINT, previous)


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
