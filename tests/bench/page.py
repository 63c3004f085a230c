"""The reference result as a page and a picture, from the figures that `make load` has measured. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from asynclab.loads import BUSY, Load, Loads, counted, rate
from asynclab.words import duration

from .cases import ROUNDS, SECONDS

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
    if compared := [one for one in told["wrk"] if one is not None]:
        yield from ["", *_beside(compared)]


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


def _beside(compared: Sequence[dict[str, Any]]) -> Iterator[str]:
    yield "## The same loads sent by wrk"
    yield ""
    yield f"{SECONDS} seconds each, in turns with ours, {ROUNDS} times; the figures are medians."
    yield ""
    yield "| | N | a second | wrk | ratio | median | wrk | ratio | errors |"
    yield "|---|--:|--:|--:|--:|--:|--:|--:|--:|"
    for one in compared:
        (our_rate, our_median), (their_rate, their_median) = one["ours"], one["theirs"]
        cells = [one["label"], str(one["clients"])]
        cells += [rate(our_rate), rate(their_rate), f"{our_rate / their_rate:.3f}"]
        cells += [duration(our_median), duration(their_median), f"{our_median / their_median:.3f}"]
        yield f"| {' | '.join([*cells, str(one['failed'])])} |"
