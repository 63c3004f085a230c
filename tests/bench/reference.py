"""`make load`: the reference result, WSGI against ASGI under load, written to docs/load.*.

The café as it is, with all its middleware, in real servers on this machine, one after the other, in one
run. The clients are on the same machine: they take their part of its cores, and the figures say how much.
"""

from __future__ import annotations

import asyncio
import json
import os
import platform
import sys
from contextlib import redirect_stdout, suppress
from dataclasses import asdict
from importlib.metadata import version
from io import StringIO
from typing import Any

from asynclab import boot, load, serve
from asynclab.loads import Load, rate
from asynclab.streams import Streams

from . import ROOT
from .cases import BESIDE, LISTENERS, QUESTIONS, ROUNDS, Case
from .page import page, picture
from .wrk import beside_wrk

RESULTS, PAGE, PICTURE = (ROOT / f"docs/load.{ending}" for ending in ("json", "md", "svg"))
SERVERS = ("uvicorn", "gunicorn")


async def measured(case: Case) -> Load:
    """The round in the middle. Raises RuntimeError if an answer is missing: then no figure means anything."""
    rounds: list[Load] = []
    async with serve(case.server, **case.options) as server:
        for _ in range(ROUNDS):
            one: Load = await load(server, case.clients, path=case.path, requests=case.requests)
            if one.answered != case.requests:
                raise RuntimeError(one.text())
            rounds.append(one.named(case.label))
    return sorted(rounds, key=lambda one: one.seconds)[ROUNDS // 2]


async def measure() -> dict[str, Any]:
    """Everything, as JSON can hold it."""
    told: dict[str, Any] = {
        "python": platform.python_version(),
        "django": version("django"),
        "servers": {name: version(name) for name in SERVERS},
        "system": platform.system(),
        "cores": os.cpu_count(),
        "processor": processor(),
        "questions": {},
    }
    for question, cases in QUESTIONS.items():
        loads = []
        for case in cases:
            with redirect_stdout(StringIO()):  # a progress bar is for somebody who looks on
                loads.append(await measured(case))
            print(f"{question.partition(':')[0]}: {case.label}: {rate(loads[-1].throughput)} a second")
        told["questions"][question] = [asdict(one) for one in loads]
    with redirect_stdout(StringIO()):
        told["wrk"] = [await beside_wrk(case) for case in BESIDE]
    async with serve("uvicorn") as server:
        with redirect_stdout(StringIO()):
            streams: Streams = await load(server, LISTENERS, path="/board/events/", stream=True)
    print(f"Listening: {streams.open} of {streams.clients} streams open")
    told["listening"] = {
        "clients": streams.clients,
        "dropped": streams.dropped,
        "each": streams.each,
        "straight": streams.straight,
        "threads": streams.weighed[-1].threads if streams.weighed else None,
    }
    return told


def processor() -> str:
    """What the machine calls its processor; Linux tells more than Python asks for."""
    with suppress(OSError), open("/proc/cpuinfo", encoding="utf-8") as file:
        for line in file:
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def main() -> int:
    """Measure, then write the three files."""
    boot()
    told = asyncio.run(measure())
    RESULTS.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    write(told)
    print(f"Written: {', '.join(str(path.relative_to(ROOT)) for path in (PAGE, PICTURE, RESULTS))}")
    return 0


def write(told: dict[str, Any]) -> None:
    """The page and its picture, from the figures."""
    PAGE.write_text(page(told), encoding="utf-8")
    PICTURE.write_text(picture(told), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
