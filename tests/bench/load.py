"""Real servers under load, against what theory gives: `python -m tests.bench.load` as JSON.

The café as it is, with all its middleware, on one worker. Of both sides the clients, the machine and the
moment are the same: c, the cost of one lone request, is measured in the same run as the load that it judges.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
from dataclasses import asdict
from typing import Any

from asynclab import boot, load, serve
from asynclab.loads import Load
from asynclab.streams import Streams

from .figures import Listened, Loaded

CLIENTS, WAIT, THREADS, LISTENERS = 100, 0.5, 8, 500
ROUNDS = 3  # of each: the median counts
ASYNC, SYNC = f"/slow/?delay={WAIT}", f"/slow/sync/?delay={WAIT}"


async def rounds(server: Any, path: str, threads: int | None) -> list[Load]:
    """The same load a few times over; an error or a missing answer spoils it."""
    found: list[Load] = []
    for _ in range(ROUNDS):
        one: Load = await load(server, CLIENTS, path=path, threads=threads)
        if one.answered != CLIENTS or one.expected is None:
            raise RuntimeError(one.text())
        found.append(one)
    return found


def loaded(what: str, bound: float, found: list[Load]) -> Loaded:
    """The row of these loads."""
    times = [(one.seconds, one.expected.seconds) for one in found if one.expected is not None]
    costs = [one.cost for one in found if one.cost is not None]
    ours, theory = sorted(times, key=lambda pair: pair[0] / pair[1])[len(times) // 2]
    return Loaded(what, ours, theory, sorted(costs)[len(costs) // 2], bound)


async def measure() -> tuple[list[Loaded], Listened]:
    """Both servers one after the other, then the streams."""
    async with serve("uvicorn") as server:
        on_loop = await rounds(server, ASYNC, None)
    async with serve("gunicorn", threads=THREADS) as server:
        on_threads = await rounds(server, SYNC, THREADS)
    async with serve("uvicorn") as server:
        streams: Streams = await load(server, LISTENERS, path="/board/events/", stream=True)
    rows = [
        loaded(f"async view, Uvicorn / d + {CLIENTS}·c", 1.3, on_loop),
        loaded(f"sync view, Gunicorn / ⌈{CLIENTS}/{THREADS}⌉·d + {CLIENTS}·c", 1.2, on_threads),
    ]
    return rows, Listened(streams.clients, streams.dropped, streams.each, streams.off)


if __name__ == "__main__":
    with contextlib.redirect_stdout(io.StringIO()):
        boot()
    rows, listened = asyncio.run(measure())
    print(json.dumps({"loaded": [asdict(row) for row in rows], "listened": asdict(listened)}))
