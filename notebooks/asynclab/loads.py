"""What came of a load: figures, beside what theory gives. Pure: no clock, no server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from .shown import show
from .table import Row
from .table import text as table_text
from .theory import Expected, expected
from .words import duration, folded, shorten

BUSY = 0.5  # of a core: above it the clients may have been what was slow
WIDTH = 13  # columns for the name of a figure
COLUMN = 17  # and for the figure


@dataclass(frozen=True)
class Load:
    """Many clients at once against a URL. `load` makes it, and a notebook shows it."""

    label: str  # "gunicorn /slow/sync/?delay=0.5"
    clients: int
    wanted: int | None  # requests; None: as many as fit into a time
    answered: int  # with a status from 200 to 299, complete
    seconds: float  # from the first request to the last answer
    median: float  # seconds, of those answered, as are the next three
    p95: float
    p99: float
    longest: float
    received: int  # bytes, with headers
    errors: Mapping[str, int] = field(default_factory=dict)  # how many of each kind
    under_way: int = 0  # requests that were neither answered nor failed when it ended
    connected: int = 0  # connections that were opened
    rubbish: Mapping[str, int] = field(default_factory=dict)  # what those were told who sent rubbish
    busy: float = 0.0  # share of the time that the clients themselves held a core
    lone: float | None = None  # seconds of one request while nobody else asks
    singles: int = 0  # how many such requests were answered, with the first, which warms up
    waits: float = 0.0  # seconds of it in waiting
    threads: int | None = None  # of each worker; None: a loop
    workers: int = 1
    cores: int = 1
    notes: tuple[str, ...] = ()  # what ended it early, in sentences
    verdict: str = ""  # on the prediction that it settles

    @property
    def throughput(self) -> float:
        """Good answers a second."""
        return self.answered / self.seconds if self.seconds else 0.0

    @property
    def failed(self) -> int:
        """Requests that came to nothing, or to a status other than 200 to 299."""
        return sum(self.errors.values())

    @property
    def cost(self) -> float | None:
        """c: what one lone request took, less its wait, in seconds; None if it was not measured."""
        return None if self.lone is None else max(0.0, self.lone - self.waits)

    @cached_property
    def expected(self) -> Expected | None:
        """What theory gives for as many requests as were answered."""
        if self.cost is None or not self.answered:
            return None
        return expected(
            self.answered,
            self.clients,
            self.waits,
            self.cost,
            threads=self.threads,
            workers=self.workers,
            cores=self.cores,
        )

    @property
    def row(self) -> Row:
        """The figures as one row of a table."""
        return {
            "": self.label,
            "per s": rate(self.throughput),
            "theory": rate(self.expected.throughput) if self.expected else "–",
            "median": duration(self.median) if self.answered else "–",
            "theory ": duration(self.expected.median) if self.expected else "–",
            "95 %": duration(self.p95) if self.answered else "–",
            "errors": self.failed,
        }

    def named(self, label: str) -> Load:
        """The same under another name, for a comparison."""
        return replace(self, label=label)

    def text(self) -> str:
        """The figures, at most 60 columns wide."""
        theory = self.expected
        lines = [shorten(self.label), _many(self.clients, "client") + self._pace()]
        lines += self.notes
        lines += [
            _line("", "measured", "in theory" if theory else ""),
            _line(
                "throughput",
                f"{rate(self.throughput)} a second",
                f"{rate(theory.throughput)} a second" if theory else "",
            ),
            *_told("errors", counted(self.errors) if self.errors else "none"),
            *self._times(),
            *_told("answered", self._answered()),
        ]
        if self.rubbish:
            lines += _told("sent rubbish", counted(self.rubbish))
        if theory and self.cost is not None and self.lone is not None:
            waits = f", less d = {self.waits:g} s" if self.waits else ""
            lines += _told("c", f"{duration(self.cost)}: one lone request{waits}")
            lines += _told("in theory", f"{theory.formula}, N = {self.clients} at once")
        if self.busy > BUSY:
            busy = f"The clients themselves took {self.busy:.0%} of a core:"
            lines += folded(f"{busy} the server may be faster.", 60, 2)
        return "\n".join(lines)

    def svg(self) -> str:
        """The same as a picture, an SVG document."""
        from .picture.loads import draw_loads

        return draw_loads([self], self.text())

    def _times(self) -> list[str]:
        if not self.answered:
            return []
        theory = self.expected
        return [
            _line("median", duration(self.median), duration(theory.median) if theory else ""),
            _line("95 % within", duration(self.p95)),
            _line("99 % within", duration(self.p99)),
        ]

    def _pace(self) -> str:
        if self.clients == 1 or (self.wanted is not None and self.wanted <= self.clients):
            return " at once"
        return " at once, each asks again when answered"

    def _answered(self) -> str:
        of = "" if self.wanted is None else f" of {self.wanted:,}"
        said = f"{self.answered:,}{of} in {duration(self.seconds)}, {size(self.received)}"
        return said + (f"; {self.under_way} under way at the end" if self.under_way else "")

    def __repr__(self) -> str:
        return self.text()

    def _ipython_display_(self) -> None:
        show(self.text(), self.svg(), self.verdict)


class Loads:
    """Several loads side by side. `load.compare` makes it, and a notebook shows it."""

    def __init__(self, loads: Sequence[Load]) -> None:
        self.loads = list(loads)
        self.verdict = ""  # on the prediction that they settle

    def text(self) -> str:
        """The table, at most 60 columns wide. Errors are told in full below it."""
        lines = [table_text([load.row for load in self.loads])]
        for load in self.loads:
            if load.errors:
                lines += folded(f"{load.label}: {counted(load.errors)}", 60, 4)
        return "\n".join(lines)

    def svg(self) -> str:
        """The picture, an SVG document."""
        from .picture.loads import draw_loads

        return draw_loads(self.loads, self.text())

    def __repr__(self) -> str:
        return self.text()

    def _ipython_display_(self) -> None:
        show(self.text(), self.svg(), self.verdict)


def counted(kinds: Mapping[str, int]) -> str:
    """ "12 × 404 Not Found, 1 × connection refused", the most frequent first"""
    ordered = sorted(kinds.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{number:,} × {kind}" for kind, number in ordered)


def rate(a_second: float) -> str:
    """Three digits of it: "1,240", "15.3", "0.5"."""
    return f"{a_second:,.0f}" if a_second >= 99.95 else f"{a_second:.3g}"


def size(count: float) -> str:
    """Bytes in words: "1.2 MB"."""
    if count >= 999_500:
        return f"{count / 1e6:,.1f} MB"
    return f"{count / 1e3:,.0f} kB" if count >= 1e3 else f"{count:.0f} bytes"


def _many(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _line(name: str, measured: str, theory: str = "") -> str:
    return f"{name:{WIDTH}}{measured:{COLUMN}}{theory}".rstrip()


def _told(name: str, words: str) -> list[str]:
    first, *rest = folded(words, 60 - WIDTH, 5)
    return [f"{name:{WIDTH}}{first}", *(" " * WIDTH + line for line in rest)]
