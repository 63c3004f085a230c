"""Know that Kernel → Interrupt came, and let the kernel act on it at once.

The kernel cancels the cell that awaits. But it does so on the loop's next turn, and a loop in which
nothing happens for a minute takes none for a minute: a signal alone does not wake it.
"""

from __future__ import annotations

import asyncio
import signal
import threading
from types import FrameType
from typing import Any


class Interrupts:
    """From `watch` to `forget`, `seen` says whether an interrupt came. Who handled it before still does."""

    def __init__(self) -> None:
        self.seen = False
        self._previous: Any = None

    def watch(self) -> None:
        """Begin. Elsewhere than in the main thread there is nothing to see."""
        if threading.current_thread() is threading.main_thread():
            self._loop = asyncio.get_running_loop()
            self._previous = signal.signal(signal.SIGINT, self._on_signal)

    def forget(self) -> None:
        """End, unless somebody else has taken the signal since: then it is theirs."""
        if self._previous is not None and signal.getsignal(signal.SIGINT) == self._on_signal:
            signal.signal(signal.SIGINT, self._previous)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.seen = True
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(int)  # anything wakes it
        if callable(self._previous):
            self._previous(number, frame)
