"""`make load`: the reference result, WSGI against ASGI under load, written to docs/load.*.

The café as it is, with all its middleware, in real servers on this machine, one after the other, in one
run. Each load is sent ROUNDS times, and the round in the middle is told. Of the clients the machine is the
same one: they take their part of its cores, and the figures say how much.
"""

from __future__ import annotations

import asyncio
import json
import os
import platform
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import redirect_stdout, suppress
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from io import StringIO
from typing import Any

from asynclab import boot, load, serve
from asynclab.loads import BUSY, Load, Loads, counted, rate
from asynclab.streams import Streams
from asynclab.words import duration

from . import ROOT

RESULTS, PAGE, PICTURE = (ROOT / f"docs/load.{ending}" for ending in ("json", "md", "svg"))
ROUNDS = 3
CLIENTS, WAIT, LISTENERS = 100, 0.5, 500
SERVERS = ("uvicorn", "gunicorn")
HEAD = (
    "",
    "N",
    "requests",
    "a second",
    "in theory",
    "median",
    "in theory",
    "99 % within",
    "errors",
    "clients' share of a core",
)

WAITS, WAITS_SYNC = f"/slow/?delay={WAIT}", f"/slow/sync/?delay={WAIT}"


@dataclass(frozen=True)
class Case:
    """A server, and what is asked of it."""

    label: str
    server: str
    path: str
    options: Mapping[str, Any] = field(default_factory=dict)  # of `serve`
    requests: int = CLIENTS
    clients: int = CLIENTS


QUESTIONS: Mapping[str, Sequence[Case]] = {
    "Waiting: every request waits half a second": [
        Case("async view, Uvicorn", "uvicorn", WAITS),
        Case("sync view, Gunicorn, 8 threads", "gunicorn", WAITS_SYNC, {"threads": 8}),
        Case("sync view, Gunicorn, 100 threads", "gunicorn", WAITS_SYNC, {"threads": 100}),
        Case("async view, Gunicorn, 8 threads", "gunicorn", WAITS, {"threads": 8}),
        Case("sync view, Uvicorn", "uvicorn", WAITS_SYNC),
    ],
    "Computing: Python's own work, nothing to wait for": [
        Case("Uvicorn", "uvicorn", "/grind/"),
        Case("Gunicorn, 8 threads", "gunicorn", "/grind/", {"threads": 8}),
        Case("Gunicorn, 1 thread", "gunicorn", "/grind/", {"threads": 1}),
        Case("Gunicorn, 2 workers, 1 thread each", "gunicorn", "/grind/", {"threads": 1, "workers": 2}),
    ],
    "Querying: one quick query (SQLite) and a template": [
        Case("sync view, Gunicorn, 1 thread", "gunicorn", "/", {"threads": 1}, requests=500, clients=10),
        Case("sync view, Gunicorn, 8 threads", "gunicorn", "/", {"threads": 8}, requests=500, clients=10),
        Case("sync view, Uvicorn", "uvicorn", "/", requests=500, clients=10),
        Case("async view, Uvicorn", "uvicorn", "/orders/", requests=500, clients=10),
    ],
    "Hardly anything: an ASGI application of four lines, no Django": [
        Case("Uvicorn", "uvicorn", "/", {"app": "tests.bench.hello:app"}, requests=5_000, clients=10),
    ],
}


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


def loads_of(told: dict[str, Any]) -> dict[str, Loads]:
    """What `measure` found, question by question."""
    return {
        question: Loads([Load(**{**one, "notes": tuple(one["notes"])}) for one in found])
        for question, found in told["questions"].items()
    }


def page(told: dict[str, Any]) -> str:
    """The result as Markdown: every figure of the picture is in its tables."""
    return "\n".join(_lines(told)) + "\n"


def picture(told: dict[str, Any]) -> str:
    """The first question's loads as bars, an SVG document."""
    return next(iter(loads_of(told).values())).svg()


def _lines(told: dict[str, Any]) -> Iterator[str]:
    servers = ", ".join(f"{name.capitalize()} {number}" for name, number in told["servers"].items())
    yield "# WSGI against ASGI under load: a reference result"
    yield ""
    yield "Written by `make load`; do not edit it. One run on one machine: yours will give other figures, and"
    yield "the same order of size between them. Lesson 09 sends these loads from its cells."
    yield ""
    yield f"- Python {told['python']}, Django {told['django']}, {servers}, {told['system']}"
    yield f"- {told['cores']} cores ({told['processor']}), shared by the server and its clients"
    yield "- the café with all its middleware; one worker, unless a row says otherwise"
    yield f"- each load sent {ROUNDS} times; the table shows the round in the middle"
    yield "- N clients at once; each asks again as soon as it is answered, until all requests are sent"
    yield "- theory: c is one lone request less its wait, measured in the same run; d is the wait"
    for question, loads in loads_of(told).items():
        yield from ["", f"## {question}", ""]
        if loads.loads[0].waits:
            yield from ["![The same figures as bars, measured and in theory](load.svg)", ""]
        yield f"| {' | '.join(HEAD)} |"
        yield f"|---|{'--:|' * (len(HEAD) - 1)}"
        yield from map(_row, loads.loads)
        yield from (
            f"\nThe clients alone took {one.busy:.0%} of a core for “{one.label}”: the server may be faster."
            for one in loads.loads
            if one.busy > BUSY
        )
    yield from ["", *_listening(told["listening"])]


def _row(one: Load) -> str:
    theory = one.expected
    cells = [
        one.label,
        str(one.clients),
        f"{one.answered:,}",
        rate(one.throughput),
        rate(theory.throughput) if theory else "–",
        duration(one.median),
        duration(theory.median) if theory else "–",
        duration(one.p99),
        counted(one.errors) if one.errors else "0",
        f"{one.busy:.0%}",
    ]
    return f"| {' | '.join(cells)} |"


def _listening(told: dict[str, Any]) -> Iterator[str]:
    yield "## Listening: event streams that stay open"
    yield ""
    each = "could not be weighed" if told["each"] is None else f"{told['each'] / 1e3:.0f} kB each"
    straight = "in a straight line" if told["straight"] else "not in a straight line"
    yield f"{told['clients']} clients on one Uvicorn worker: {told['dropped']} dropped. Memory: {each},"
    yield f"{straight}. Threads of the server: {told['threads']}."


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
