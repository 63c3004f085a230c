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
from time import perf_counter
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

SIZES = {10: 60, 100: 12, 1_000: 3, 10_000: 1}  # requests in a recording, and how many such recordings
AT_ONCE = 10  # the same everywhere: a request among many in flight costs more, recorded or not


async def page(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ready")


async def send(app: Any, number: int) -> Visit:
    request_number.set(number)
    exchange = await call_asgi(app, http_scope("/"))
    return Visit(number, "/", exchange.started, exchange.first_byte, exchange.ended, exchange.status)


async def recorded(requests: int) -> tuple[float, Recording]:
    """Seconds a request, and the recording of them all."""
    began = perf_counter()
    with recording() as seen:
        app = build("asgi", page)
        for _ in range(requests // AT_ONCE):
            seen.visits += await asyncio.gather(*(send(app, number) for number in take_numbers(AT_ONCE)))
    cost = (perf_counter() - began) / requests
    for visit in seen.visits:  # as `fetch` tells them: from the opening
        visit.start -= began
        visit.first_byte = None if visit.first_byte is None else visit.first_byte - began
        visit.end = None if visit.end is None else visit.end - began
    return cost, seen


async def measure() -> list[Crowd]:
    """Each size in turn, the small ones often."""
    await recorded(100)  # imports, compiles
    crowds = []
    for requests, times in SIZES.items():
        costs, last = [], Recording()
        for _ in range(times):
            cost, last = await recorded(requests)
            costs.append(cost)
        drawn = picture(last)
        crowds.append(Crowd(requests, median(costs), len(drawn.encode()), "too many to draw" in drawn))
    return crowds


if __name__ == "__main__":
    with contextlib.redirect_stdout(io.StringIO()):
        boot()
    print(json.dumps([asdict(crowd) for crowd in asyncio.run(measure())]))
