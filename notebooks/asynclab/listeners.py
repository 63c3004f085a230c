"""Clients that ask once and then listen: to server-sent events, for as long as they last."""

from __future__ import annotations

import asyncio
from functools import partial
from itertools import pairwise
from time import perf_counter
from typing import Any

from .clients import UNANSWERED, Crowd, phrase
from .connection import Connection, Failed

ENDED = "stream ended by the server"


class Listener:
    """One open stream."""

    def __init__(self) -> None:
        self.events = 0
        self.begun = asyncio.Event()  # its first event is here, or there will be none
        self._tail = b""

    def hear(self, data: bytes) -> None:
        """A blank line ends an event, and may come in two pieces."""
        text = self._tail + data.replace(b"\r", b"")
        self.events += text.count(b"\n\n")
        self._tail = b"\n" if text.endswith(b"\n") and not text.endswith(b"\n\n") else b""
        if self.events:
            self.begun.set()


class Listeners(Crowd):
    """More and more of them, step by step; nobody leaves before the end."""

    listening: list[Listener]

    async def run(self) -> dict[str, Any]:
        """At each step wait until all hear something, and tell; the kernel then weighs the server."""
        self.listening = []
        tasks: list[asyncio.Task[None]] = []
        began = perf_counter()
        over = await self.limited(self.fill(tasks), self.job["deadline"])
        if over and self.job["seconds"] is not None and not self.stopped.is_set():
            await self.limited(asyncio.sleep(self.job["seconds"]), self.job["seconds"] + 1)
        silent = sum(not listener.begun.is_set() for listener in self.listening)
        if silent and not self.stopped.is_set():
            self.errors[UNANSWERED] += silent
        open_now = sum(not task.done() for task in tasks) - silent
        self.received = sum(connection.received for connection in self.connections)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for connection in self.connections:
            connection.close()
        figures = self.figures([], perf_counter() - began, 0.0, 0.0)
        return figures | {"open": open_now, "events": sum(each.events for each in self.listening)}

    async def fill(self, tasks: list[asyncio.Task[None]]) -> None:
        for had, wanted in pairwise([0, *self.job["steps"]]):
            fresh = [Listener() for _ in range(wanted - had)]
            self.listening += fresh
            tasks += [asyncio.create_task(self.listen(listener)) for listener in fresh]
            for listener in fresh:
                await listener.begun.wait()
            self.go.clear()
            self.tell({"open": len(self.times) - sum(self.errors.values())})
            await self.go.wait()

    async def listen(self, listener: Listener) -> None:
        asked = perf_counter()
        first = partial(self.times_first, listener, asked)
        connection: Connection | None = None
        try:
            connection = await self.connect(first)
            status = await connection.ask(self.request)
            self.errors[ENDED if 200 <= status < 300 else phrase(status)] += 1
        except Failed as failure:
            self.errors[str(failure)] += 1
        listener.begun.set()

    def times_first(self, listener: Listener, asked: float, data: bytes) -> None:
        """Hear, and note how long the first event took."""
        before = listener.events
        listener.hear(data)
        if not before and listener.events:
            self.times.append(perf_counter() - asked)
