"""Many clients at once against a server on this machine.

    async with serve("uvicorn") as server:
        run = await load(server, path="/slow/?delay=0.5", clients=100)
    run

The clients live in a process of their own (`traffic.py`): in the kernel they would measure the kernel.
"""

from __future__ import annotations

import asyncio
import math
import os
from collections.abc import Generator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NoReturn, cast

from .address import Address, address, delay
from .bar import bar
from .clients import UNANSWERED, Job
from .conductor import MARGIN, Conductor
from .connection import REFUSED
from .errors import LabError, NotSent, RequestError, Stopped
from .loads import Load, Loads
from .predict import settle
from .request import LONGEST_WAIT, request, whole
from .request import seconds as in_seconds
from .rescue import guard
from .streams import Streams, Weighed, listening, weigh
from .words import folded

if TYPE_CHECKING:
    from .run import Run

MOST_CLIENTS, MOST_REQUESTS = 2_000, 1_000_000
STEPS = 5  # weighings on the way to all streams
LISTEN = 2.0  # seconds for which streams stay open after the last step


class load:
    """Send many requests at once to a server on this machine: `await load(server, clients=100)`.

    `url` is a running server, or a URL of one; `path` what to ask for, with its query. Each of the `clients`
    asks again as soon as it is answered, until `requests` have been sent in all (as many as clients, unless
    you say otherwise), or for so many `seconds`. With keep_alive=False each request opens its own
    connection. After `deadline` seconds what is not answered counts as an error. `rubbish` more clients
    send bytes that are no HTTP.

    For the theory: `waits` is how many seconds of a request are waiting (what "?delay=" says, if you do not),
    `threads` how many each of the server's `workers` has; None means a loop.

    With stream=True the clients listen to server-sent events until all have heard one, and `seconds` more;
    what they cost the server in memory is weighed on the way.

    `settles` names the prediction that this load, or a comparison of several, decides.

    Returns a `Load`, or `Streams`. Raises LabError with one sentence if nobody answers at all.
    """

    def __init__(
        self,
        url: Any,
        clients: int = 50,
        *,
        path: str | None = None,
        requests: int | None = None,
        seconds: float | None = None,
        keep_alive: bool = True,
        headers: Mapping[str, str] | Sequence[tuple[str, str]] = (),
        deadline: float = 60.0,
        rubbish: int = 0,
        stream: bool = False,
        waits: float | None = None,
        threads: int | None = None,
        workers: int | None = None,
        label: str = "",
        settles: str = "",
    ) -> None:
        self.address: Address = address(getattr(url, "url", url), path)
        self.pids: Sequence[int] | None = getattr(url, "pids", None)
        self.threads: int | None = getattr(url, "threads", None) if threads is None else threads
        self.workers: int = workers or getattr(url, "workers", None) or 1
        self.waits = delay(self.address.target) if waits is None else waits
        self.label = label or f"{getattr(url, 'name', '')} {self.address.target}".strip()
        whole("clients", clients, 1, MOST_CLIENTS)
        whole("rubbish", rubbish, 0, MOST_CLIENTS)
        if self.threads is not None:
            whole("threads", self.threads, 1, 10_000)
        whole("workers", self.workers, 1, 1_000)
        if requests is not None and (seconds is not None or stream):
            raise RequestError("Give `requests` or `seconds`, not both; a stream takes `seconds` alone.")
        if requests is not None:
            whole("requests", requests, 1, MOST_REQUESTS)
        if seconds is not None:
            in_seconds("seconds", seconds, 0.1, LONGEST_WAIT)
        in_seconds("deadline", deadline, 0.1, LONGEST_WAIT)
        in_seconds("waits", self.waits, 0, LONGEST_WAIT)
        if stream:
            seconds = LISTEN if seconds is None else seconds
            headers = {"Accept": "text/event-stream", **dict(headers)}
        self.stream, self.settles = stream, settles
        self.job: Job = {
            "host": self.address.host,
            "port": self.address.port,
            "target": self.address.target,
            "headers": request("GET", headers, None, b"").headers,
            "clients": clients,
            "requests": (requests or clients) if seconds is None else None,
            "seconds": seconds,
            "deadline": deadline,
            "keep_alive": keep_alive,
            "rubbish": rubbish,
            "steps": _steps(clients) if stream else [],
        }

    def __await__(self) -> Generator[Any, None, Any]:
        return self._run().__await__()

    def __repr__(self) -> str:
        return "Nothing was sent yet. Put `await` in front."

    def __getattr__(self, name: str) -> NoReturn:
        raise NotSent(f"Nothing was sent yet, so there is no .{name}. Put `await` in front of `load`.")

    @staticmethod
    def compare(*loads: Load | Mapping[str, Load], settles: str = "") -> Loads:
        """Several loads in one table and one picture: `load.compare(a, b)`, or with names of your own,
        `load.compare({"Gunicorn, 8 threads": a, "Uvicorn": b})`."""
        given: list[Any] = []
        for each in loads:
            given += each.items() if isinstance(each, Mapping) else [("", each)]
        if not given or not all(isinstance(one, Load) for _, one in given):
            raise LabError("`load.compare` takes what `await load(…)` returned, or a dict of such.")
        result = Loads([one.named(str(name)) if name else one for name, one in given])
        result.verdict = settle(settles, cast("Run", result)) if settles else ""
        return result

    async def _run(self) -> Load | Streams:
        loop, over = asyncio.get_running_loop(), asyncio.Event()
        conductor = Conductor(self.job, self._weigh, lambda: loop.call_soon_threadsafe(over.set))
        total = self.job["clients"] if self.stream else self.job["requests"]
        progress = bar("Answered" if total else "Asking", total, lambda: conductor.done)
        with progress, guard(math.inf, conductor.stop) as guarded:
            conductor.thread.start()
            try:
                await over.wait()
            except asyncio.CancelledError:
                conductor.stop()
                conductor.thread.join(MARGIN)  # it ends in a moment, and nothing may stay behind
                raise
        if conductor.error is not None:
            raise conductor.error
        told = conductor.figures
        self._refuse(told, guarded.interrupted)
        if self.stream:
            # After an interrupt those who had not come yet have not been dropped.
            came = told["open"] + sum(told["errors"].values())
            clients = came if guarded.interrupted else self.job["clients"]
            result: Load | Streams = self._streams(told, conductor.weighed, clients)
        else:
            result = self._load(told)
        if guarded.interrupted:
            raise Stopped(f"Interrupted. Until then:\n{result.text()}")
        if self.settles:
            result = replace(result, verdict=settle(self.settles, cast("Run", result)))
        return result

    def _refuse(self, told: dict[str, Any], interrupted: bool) -> None:
        """Raise if there is nothing to tell of."""
        where, errors = f"{self.address.host}:{self.address.port}", told["errors"]
        if interrupted and not told["answered"]:
            raise Stopped("Interrupted: nothing had been answered.")
        if told["answered"] or told.get("open") or told["connected"] > 1:
            return
        if REFUSED in errors:
            raise LabError(f"Nobody listens at {where}. Is the server still running?")
        if errors.get(UNANSWERED):
            raise LabError(f"{where} took the request, but did not answer within {self.job['deadline']:g} s.")

    def _load(self, told: dict[str, Any]) -> Load:
        notes, errors = [], told["errors"]
        if REFUSED in errors:
            notes.append("The server went away in the middle: it refuses connections.")
        elif errors.get(UNANSWERED):
            notes.append(f"Stopped after {self.job['deadline']:g} s: not all were answered.")
        median, p95, p99, longest = told["percentiles"]
        return Load(
            self.label,
            self.job["clients"],
            self.job["requests"],
            told["answered"],
            told["seconds"],
            median,
            p95,
            p99,
            longest,
            received=told["received"],
            errors=errors,
            under_way=told["under_way"],
            connected=told["connected"],
            rubbish=told["rubbish"],
            busy=told["busy"],
            lone=told["lone"],
            singles=told["singles"],
            waits=self.waits,
            threads=self.threads,
            workers=self.workers,
            cores=os.cpu_count() or 1,
            notes=tuple(line for note in notes for line in folded(note, 60, 2)),
        )

    def _streams(self, told: dict[str, Any], weighed: list[Weighed], clients: int) -> Streams:
        median, _, p99, _ = told["percentiles"]
        return Streams(
            self.label,
            clients,
            told["open"],
            told["events"],
            median,
            p99,
            told["seconds"],
            told["received"],
            errors=told["errors"],
            weighed=tuple(weighed),
        )

    def _weigh(self, clients: int) -> Weighed | None:
        return weigh(list(self.pids or listening(self.address.port)), clients)


def _steps(clients: int) -> list[int]:
    """One, for what only the first costs; then a fifth, two fifths … of all."""
    return sorted({1, *(max(1, clients * step // STEPS) for step in range(1, STEPS + 1))})
