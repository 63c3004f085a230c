"""The class as tables: for a terminal, and as the page docs/class.md. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from asynclab.words import duration

from .figures import BEGUN, BOUND_FOR, LIGHT, NAMED, SIZES, SPARE, Result, columns, from_data, size

TIMES = ("seconds from Shift-Enter to done", "how many", "median", "95 % within", "longest")
MEMORY = ("memory", "median", "most")
SIZING = (
    "learners",
    "memory, one lesson open each",
    "for each more left open",
    "cores",
    "all begin a lesson within",
)
PARTS = {
    "server": "one learner's server",
    "kernel": "one kernel",
    "judge": "one check's judge",
    "hub": "hub and proxy",
}


def report(result: Result) -> str:
    """What is printed at the end."""
    tables = [columns([head, *rows]) for head, rows in _tables(result)]
    return "\n\n".join("\n".join(lines) for lines in [*tables, list(_judged(result))])


def page(told: dict[str, Any]) -> str:
    """docs/class.md, from what docs/class.json holds."""
    return "\n".join(_lines(told)) + "\n"


def _lines(told: dict[str, Any]) -> Iterator[str]:
    result = from_data(told["result"])
    yield "# A class on one machine: what it takes"
    yield ""
    yield "Written by `make class`; do not edit it. One run on one machine: yours will give other figures."
    yield ""
    packages = ", ".join(f"{name} {number}" for name, number in told["packages"].items())
    yield f"- {packages}, {told['system']}"
    yield f"- {result.cores} cores ({told['processor']}), shared by hub, servers, kernels and clients"
    lessons = ", ".join(result.lessons)
    yield f"- {result.learners} learners; lessons {lessons}; they begin each lesson together"
    pace = f"{result.pace:g} times"
    yield f"- {pace} faster than a person: the processor has {pace} the work of such a class, and times for"
    yield "  cells are of that harder case. Memory does not depend on it."
    yield "- memory is PSS: what several processes share is divided among them"
    for head, rows in _tables(result):
        yield ""
        yield f"| {' | '.join(head)} |"
        yield f"|---|{'--:|' * (len(head) - 1)}"
        yield from (f"| {' | '.join(row)} |" for row in rows)
    yield ""
    yield from (f"- {line}" for line in _judged(result))
    yield ""
    yield "## Sizing"
    yield ""
    busy = f"{result.cores_a_learner:.1%}"
    yield f"In proportion to what was measured; memory with {SPARE - 1:.0%} to spare. At a person's own pace"
    yield f"one learner keeps {busy} of a core busy, on average. Cores are for the moments when all do"
    yield "the same, so they are counted by the one that every lesson has, its common beginning:"
    yield f"{BEGUN:g} s at most until 95 % have opened it and run its first cell."
    yield ""
    yield f"| {' | '.join(SIZING)} |"
    yield f"|--:|{'--:|' * (len(SIZING) - 1)}"
    for learners in SIZES:
        one = size(result, learners)
        cells = (str(learners), _gb(one.memory), _gb(one.one_more), str(one.cores), duration(one.begun))
        yield f"| {' | '.join(cells)} |"
    if arrived := result.times.get("arrive"):
        yield ""
        took = f"{duration(arrived.p95)} for {result.learners} on {result.cores} cores"
        yield f"To log in at the same moment takes longer: {took}. It comes once: let"
        yield "people log in as they arrive."


def _tables(result: Result) -> Iterator[tuple[Sequence[str], list[Sequence[str]]]]:
    yield (
        TIMES,
        [
            (NAMED[kind], f"{one.count:,}", duration(one.median), duration(one.p95), duration(one.most))
            for kind in NAMED
            if (one := result.times.get(kind))
        ],
    )
    weights = [(PARTS[part], *map(_mb, result.memory[part])) for part in PARTS if part in result.memory]
    yield MEMORY, [*weights, ("one learner at the highest moment", *map(_mb, result.each))]


def _judged(result: Result) -> Iterator[str]:
    light = result.times.get("light")
    took = duration(light.p95) if light else "–"
    bound = f"≤ {LIGHT:g} s, for {BOUND_FOR} learners on two cores"
    yield f"95 % of the light cells within {took} ({bound}): {result.verdict}"
    yield f"failures: {len(result.failures)}"
    yield from result.failures[:20]
    yield f"the class at its highest moment: {_mb(result.whole)}"
    yield (
        f"processor: {result.processor:.0f} s of a core in {result.wall:.0f} s on {result.cores} cores; "
        f"the clients took {result.clients:.0f} s more"
    )
    yield f"at a person's pace one learner keeps {result.cores_a_learner:.1%} of a core busy"


def _mb(size: float) -> str:
    return f"{size / 1e6:,.0f} MB"


def _gb(size: float) -> str:
    return f"{size / 1e9:.1f} GB"
