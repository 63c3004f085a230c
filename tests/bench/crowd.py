"""10, 100, 1,000, 10,000 requests in one recording: what each costs, and how big their picture is.

python -m tests.bench.crowd      as JSON
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
from dataclasses import asdict
from statistics import median
from time import perf_counter, process_time
from typing import Any

from django.http import HttpRequest, HttpResponse

from asynclab import boot
from asynclab.events import Recording, Visit
from asynclab.openings import http_scope
from asynclab.picture import picture
from asynclab.record import recording
from asynclab.stack import build
from asynclab.wire import call_asgi, request_number, take_numbers

from .figures import Crowd

SIZES = (10, 100, 1_000, 10_000, 1_000, 100, 10)  # requests in a recording; the machine changes meanwhile
LEAST = 300  # requests of a size, in as many recordings as that takes
AT_ONCE = 10  # the same everywhere: a request among many in flight costs more, recorded or not


async def page(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ready")


async def send(app: Any, number: int) -> Visit:
    request_number.set(number)
    exchange = await call_asgi(app, http_scope("/"))
    return Visit(number, "/", exchange.started, exchange.first_byte, exchange.ended, exchange.status)


async def recorded(app: Any, requests: int) -> tuple[list[float], float, Recording]:
    """Seconds for each ten requests, seconds for opening and closing, and the recording of them all.

    Seconds of this process's own work: nothing here waits, and the largest takes so long that other
    programs come and go meanwhile.
    """
    tens = []
    opening, began = process_time(), perf_counter()
    with recording() as seen:
        opened = process_time()
        for _ in range(requests // AT_ONCE):
            before = process_time()
            seen.visits += await asyncio.gather(*(send(app, number) for number in take_numbers(AT_ONCE)))
            tens.append(process_time() - before)
        closing = process_time()
    around = process_time() - closing + opened - opening
    for number, visit in enumerate(seen.visits, 1):  # as `fetch` tells them: from 1, from the opening
        visit.request = number
        visit.start -= began
        visit.first_byte = None if visit.first_byte is None else visit.first_byte - began
        visit.end = None if visit.end is None else visit.end - began
    return tens, around, seen


async def measure() -> list[Crowd]:
    """Each size twice, with the others between; medians, so that one busy second does not count."""
    app = build("asgi", page)
    await recorded(app, 100)  # imports, compiles
    tens: dict[int, list[float]] = {size: [] for size in SIZES}
    around: dict[int, list[float]] = {size: [] for size in SIZES}
    pictures = {}
    for size in SIZES:
        for _ in range(max(1, LEAST // size)):
            times, more, last = await recorded(app, size)
            tens[size] += times
            around[size].append(more)
        pictures[size] = picture(last)
    return [
        Crowd(
            size,
            median(tens[size]) / AT_ONCE + median(around[size]) / size,
            len(drawn.encode()),
            "too many to draw" in drawn,
        )
        for size, drawn in pictures.items()
    ]


if __name__ == "__main__":
    with contextlib.redirect_stdout(io.StringIO()):
        boot()
    print(json.dumps([asdict(crowd) for crowd in asyncio.run(measure())]))
