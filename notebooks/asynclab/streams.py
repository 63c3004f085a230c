"""What came of many clients that only listen, and what each of them costs the server in memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import psutil

from .loads import counted, size
from .shown import show
from .table import text as table_text
from .theory import line
from .words import duration, folded, shorten

STRAIGHT = 0.1  # of the whole rise: so near to its line the memory grows straight


@dataclass(frozen=True)
class Weighed:
    """The server while so many clients listen, all its processes together: memory in bytes, threads."""

    clients: int
    own: int  # what would be free again if it ended (USS)
    resident: int  # with what it shares with others (RSS)
    threads: int = 0


@dataclass(frozen=True)
class Streams:
    """Many clients that listen to a stream at once. `load(…, stream=True)` makes it."""

    label: str
    clients: int
    open: int  # streams that were still open at the end
    events: int  # received by all of them together
    median: float  # seconds to the first event
    p99: float
    seconds: float
    received: int  # bytes
    errors: Mapping[str, int] = field(default_factory=dict)  # how many of each kind
    weighed: tuple[Weighed, ...] = ()  # the first one with nobody listening
    notes: tuple[str, ...] = ()
    verdict: str = ""  # on the prediction that they settle

    @property
    def dropped(self) -> int:
        """Clients that did not get or keep their stream."""
        return self.clients - self.open

    @property
    def each(self) -> float | None:
        """Bytes of the server's own memory for one more client; None if it could not be weighed."""
        return line([(at.clients, at.own) for at in self.weighed])[0] if len(self.weighed) > 1 else None

    @property
    def off(self) -> float:
        """How far the farthest point lies from the straight line, as a share of its rise."""
        return line([(at.clients, at.own) for at in self.weighed])[2] if len(self.weighed) > 1 else 0.0

    @property
    def straight(self) -> bool:
        """Whether memory grows with the number of clients along a straight line."""
        return self.off <= STRAIGHT

    def text(self) -> str:
        """The figures, at most 60 columns wide."""
        lines = [
            shorten(self.label),
            *self.notes,
            f"{self.open:,} of {self.clients:,} streams open at the end, {self.dropped:,} dropped",
        ]
        if self.errors:
            lines += folded(f"errors: {counted(self.errors)}", 60, 4)
        if self.open:
            first = f"first event after {duration(self.median)} (median), 99 % within {duration(self.p99)}"
            lines += [first, f"{self.events:,} events, {size(self.received)} in {duration(self.seconds)}"]
        if self.each is None:
            return "\n".join([*lines, "The server's memory could not be weighed from here."])
        rows = [
            {
                "clients": at.clients,
                "server's own": size(at.own),
                "resident": size(at.resident),
                "threads": at.threads,
                "each more": "" if had is at else size((at.own - had.own) / (at.clients - had.clients)),
            }
            for had, at in pairwise([self.weighed[0], *self.weighed])
        ]
        verdict = "a straight line" if self.straight else "no straight line"
        off = f"{verdict}: at most {self.off:.0%} of the rise off it"
        return "\n".join([*lines, table_text(rows), *folded(f"{size(self.each)} a client; {off}", 60, 2)])

    def svg(self) -> str:
        """Memory against clients, as an SVG document."""
        from .picture.streams import draw_streams

        return draw_streams(self)

    def __repr__(self) -> str:
        return self.text()

    def _ipython_display_(self) -> None:
        show(self.text(), self.svg(), self.verdict)


def weigh(pids: list[int], clients: int) -> Weighed | None:
    """The memory of these processes now; None if it cannot be told."""
    own = resident = threads = 0
    try:
        for pid in pids:
            process = psutil.Process(pid)
            memory = process.memory_full_info()
            own, resident = own + memory.uss, resident + memory.rss
            threads += process.num_threads()
    except psutil.Error:
        return None
    return Weighed(clients, own, resident, threads) if pids else None


def listening(port: int) -> list[int]:
    """The processes that listen on this port, as far as the system tells us."""
    found = set[int]()
    try:
        for each in psutil.net_connections("tcp"):
            if each.status == psutil.CONN_LISTEN and _port(each) == port and each.pid is not None:
                found.add(each.pid)
    except psutil.AccessDenied:  # macOS tells only of processes of one's own
        for process in psutil.Process().children(recursive=True):
            try:
                connections = process.net_connections("tcp")
            except psutil.Error:
                continue
            if any(each.status == psutil.CONN_LISTEN and _port(each) == port for each in connections):
                found.add(process.pid)
    return sorted(found)


def _port(connection: Any) -> int:
    return int(connection.laddr.port)
