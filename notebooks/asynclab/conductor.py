"""Conducts the clients of a load: starts their process, hears what it says, ends it."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from .child import Child, Gone, Greedy, Silent
from .clients import Job
from .errors import LabError
from .streams import Weighed

MODULE = "asynclab.traffic"
MEMORY = 1_000_000_000  # bytes
MARGIN = 20.0  # seconds for the clients' process to start and to end, on a slow machine


class Conductor:
    """One load, in a thread: it waits for pipes. `over` is called there, at the end."""

    def __init__(self, job: Job, weigh: Callable[[int], Weighed | None], over: Callable[[], object]) -> None:
        self._job, self._weigh, self._over = job, weigh, over
        self._stopping = threading.Event()
        self.done = 0  # requests so far
        self.figures: dict[str, Any] = {}
        self.weighed: list[Weighed] = []
        self.error: Exception | None = None
        self.thread = threading.Thread(target=self._work, name="load", daemon=True)

    def stop(self) -> None:
        """End it soon, with what was measured until then."""
        self._stopping.set()

    def _work(self) -> None:
        try:
            child = Child(MODULE, MEMORY)
            try:
                self._conduct(child)
            finally:
                child.end()
        except (Silent, Gone, Greedy):
            self.error = LabError("The clients' process ended without figures. Run the cell again.")
        except Exception as error:
            self.error = error
        with suppress(RuntimeError):  # nobody waits any more: the loop is closed
            self._over()

    def _conduct(self, child: Child) -> None:
        job, told_to_stop = self._job, False
        longest = 2 * job["deadline"] + (job["seconds"] or 0) + MARGIN
        child.send(json.dumps(job).encode())
        number, until = 0, time.monotonic() + longest
        while (left := until - time.monotonic()) > 0:
            message = child.reply("number", number, min(left, MARGIN))
            number += 1
            if "figures" in message:
                self.figures = message["figures"]
                return
            self.done = message.get("done", self.done)
            if self._stopping.is_set() and not told_to_stop:
                told_to_stop = True
                child.send(b"stop")
            elif "open" in message:
                at = self._weigh(message["open"])
                self.weighed += [] if at is None else [at]
                child.send(b"go")
        raise Silent
