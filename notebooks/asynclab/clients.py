"""Many clients at once, each asking again as soon as it is answered, and what came of it."""

from __future__ import annotations

import asyncio
import random
from array import array
from collections import Counter
from collections.abc import Callable, Coroutine
from contextlib import suppress
from http import HTTPStatus
from statistics import median
from time import perf_counter, process_time
from typing import Any, TypedDict

from .connection import CLOSED, REFUSED, Connection, Failed
from .theory import percentile

UNANSWERED = "no answer in time"
PAUSE = 0.02  # seconds after a failure: a client that spins would take the server's core
LOOK = 0.2  # seconds from one word about progress to the next
LONE = (3, 10, 0.3)  # lone requests: at least, at most, and seconds after which it is enough
SHARES = (0.5, 0.95, 0.99, 1.0)


class Job(TypedDict):
    """What `load` wants."""

    host: str
    port: int
    target: str  # path and query
    headers: list[tuple[str, str]]
    clients: int
    requests: int | None  # in all; else as many as fit into `seconds`
    seconds: float | None
    deadline: float  # seconds
    keep_alive: bool
    rubbish: int  # more clients, who send what is no HTTP
    steps: list[int]  # streams to hold open, one number after the other; [] for plain requests


class Crowd:
    """Many clients. Each asks again as soon as it is answered."""

    def __init__(self, job: Job, tell: Callable[[dict[str, Any]], None]) -> None:
        self.job, self.tell = job, tell
        self.stopped = asyncio.Event()
        self.go = asyncio.Event()
        self.request = head(job)
        self.times = array("d")  # seconds, of each good answer
        self.errors: Counter[str] = Counter()
        self.rubbish: Counter[str] = Counter()
        self.received = self.begun = self.under_way = self.connected = 0
        self.last = 0.0  # when the last answer was complete
        self.over = False
        self.connections = set[Connection]()

    async def run(self) -> dict[str, Any]:
        """One request alone, some more of it, then all at once. What came of it, as data."""
        job = self.job
        lone: list[float] = []
        if not await self.limited(self.alone(lone), job["deadline"]) and not self.stopped.is_set():
            self.errors[UNANSWERED] += 1  # not even one: there is nothing to load
        if REFUSED in self.errors or UNANSWERED in self.errors or self.stopped.is_set():
            return self.figures(lone, 0.0, 0.0, 0.0)
        self.errors.clear()
        self.received = self.connected = 0
        began, worked = perf_counter(), process_time()
        tasks = [asyncio.create_task(self.client()) for _ in range(job["clients"])]
        others = [asyncio.create_task(self.vandal(number)) for number in range(job["rubbish"])]
        over = await self.limited(asyncio.wait(tasks), job["seconds"] or job["deadline"])
        ended, self.over = perf_counter(), True
        worked = process_time() - worked
        for task in [*tasks, *others]:
            task.cancel()
        await asyncio.gather(*tasks, *others, return_exceptions=True)
        for connection in self.connections:
            connection.close()
        if not over and job["seconds"] is None and not self.stopped.is_set():
            self.errors[UNANSWERED] += self.under_way
            self.under_way = 0
        return self.figures(lone, (self.last if over else ended) - began, worked, ended - began)

    def figures(self, lone: list[float], seconds: float, worked: float, passed: float) -> dict[str, Any]:
        ordered = sorted(self.times)
        return {
            "lone": median(lone) if lone else None,
            "singles": len(lone) + 1 if lone else 0,
            "seconds": seconds,
            "answered": len(ordered),
            "percentiles": [percentile(ordered, share) for share in SHARES],
            "errors": dict(self.errors),
            "rubbish": dict(self.rubbish),
            "under_way": self.under_way,
            "received": self.received,
            "connected": self.connected,
            "busy": worked / passed if passed else 0.0,
            "stopped": self.stopped.is_set(),
        }

    async def limited(self, work: Coroutine[Any, Any, Any], seconds: float) -> bool:
        """Whether it ended by itself: not stopped, and within so many seconds."""
        task, stopped = asyncio.ensure_future(work), asyncio.ensure_future(self.stopped.wait())
        until = perf_counter() + seconds
        while not task.done() and not stopped.done() and (left := until - perf_counter()) > 0:
            await asyncio.wait([task, stopped], timeout=min(LOOK, left), return_when=asyncio.FIRST_COMPLETED)
            self.tell({"done": len(self.times) + sum(self.errors.values())})
        ended = task.done()
        stopped.cancel()
        task.cancel()
        await asyncio.gather(task, stopped, return_exceptions=True)
        return ended

    async def connect(self, on_data: Callable[[bytes], None] | None = None) -> Connection:
        """A new connection. Raises Failed."""
        loop, address = asyncio.get_running_loop(), (self.job["host"], self.job["port"])
        try:
            _, connection = await loop.create_connection(lambda: Connection(on_data), *address)
        except ConnectionRefusedError:
            raise Failed(REFUSED) from None
        except OSError as error:
            raise Failed(f"no connection: {error.strerror or error}") from None
        self.connected += 1
        self.connections.add(connection)
        return connection

    async def alone(self, times: list[float]) -> None:
        """What one request takes while nobody else asks. The first one is the server's warming up."""
        least, most, enough = LONE
        connection: Connection | None = None
        began = perf_counter()
        for number in range(most + 1):
            if number > least and perf_counter() - began > enough:
                break
            asked = perf_counter()
            try:
                if connection is None or not connection.open:
                    connection = await self.connect()
                status = await connection.ask(self.request)
            except Failed as failure:
                self.errors[str(failure)] += 1
                break
            if not self.job["keep_alive"]:
                connection.close()
            if not 200 <= status < 300:
                break
            if number:
                times.append(perf_counter() - asked)
        if connection is not None:
            connection.close()

    async def client(self) -> None:
        """One client: until enough has been asked for, or nobody listens any more."""
        connection: Connection | None = None
        asked = 0.0

        def answered(status: int, received: int, lasts: bool) -> bool:
            # Not in the task, which runs only when the loop has been through all that came with this one.
            nonlocal asked
            self.last = now = perf_counter()
            self.under_way -= 1
            self.received += received
            if 200 <= status < 300:
                self.times.append(now - asked)
            else:
                self.errors[phrase(status)] += 1
            asked = now
            return lasts and self.job["keep_alive"] and self.claim()

        while self.claim():
            asked = perf_counter()
            try:
                if connection is None or not connection.open:
                    if connection is not None:
                        self.connections.discard(connection)
                    connection = await self.connect()
                await connection.ask(self.request, answered)
            except Failed as failure:
                self.errors[str(failure)] += 1
                self.under_way -= 1
                self.last = perf_counter()
                if str(failure) == REFUSED:
                    return
                await asyncio.sleep(PAUSE)
            else:
                if not self.job["keep_alive"]:  # whatever the server says
                    connection.close()

    def claim(self) -> bool:
        """Whether one more request is wanted. It is then under way."""
        if self.over or (self.job["requests"] is not None and self.begun >= self.job["requests"]):
            return False
        self.begun += 1
        self.under_way += 1
        return True

    async def vandal(self, seed: int) -> None:
        """One who sends bytes that are no HTTP, over and over."""
        chance = random.Random(seed)
        while True:
            with suppress(OSError):
                reader, writer = await asyncio.open_connection(self.job["host"], self.job["port"])
                try:
                    writer.write(chance.randbytes(chance.randrange(1, 2000)) + b"\r\n\r\n")
                    answer = await reader.read(65536)
                finally:
                    writer.transport.abort()
                words = answer.split(b" ", 2)
                known = len(words) > 1 and words[0].startswith(b"HTTP/") and words[1][:3].isdigit()
                self.rubbish[phrase(int(words[1][:3])) if known else CLOSED] += 1
            await asyncio.sleep(PAUSE)


def phrase(status: int) -> str:
    """ "404 Not Found" """
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def head(job: Job) -> bytes:
    """The request as it is sent."""
    host = f"[{job['host']}]" if ":" in job["host"] else job["host"]
    headers = [("Host", f"{host}:{job['port']}"), ("User-Agent", "asynclab"), *job["headers"]]
    if not job["keep_alive"]:
        headers.append(("Connection", "close"))
    lines = [f"GET {job['target']} HTTP/1.1", *(f"{name}: {value}" for name, value in headers)]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")
