"""What a recording holds: plain facts, in the order in which they happened.

`record` writes these, `timeline` draws them, `check` and `predict` judge by them. Nothing here
knows Django, a kernel or a clock: every time is in seconds since the recording began.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from .places import Place

Kind = Literal["layer", "view", "hook"]
Mode = Literal["sync", "async"]
Bridge = Literal["sync_to_async", "async_to_sync", "to_thread", "run_in_executor"]
Owner = Literal["yours", "django"]

LOOP = "loop"  # the role of the thread that runs the event loop


@dataclass(slots=True)
class Span:
    """One layer of the middleware chain, or the view, while it served one request."""

    kind: Kind
    name: str
    mode: Mode
    request: int | None  # 1, 2, 3 … in the order sent; None outside a request of ours
    thread: str  # a role: "loop", "thread 1", "thread 2" …
    loop: str | None  # the event loop that was running in that thread, if any: "loop", "loop 2" …
    start: float
    end: float | None = None  # None: it never came back
    error: BaseException | None = None
    yours: bool = False  # its code lies outside Django


@dataclass(slots=True)
class Crossing:
    """One passage between sync and async code, or from a loop into a worker thread."""

    bridge: Bridge
    what: str  # the function that was carried across
    owner: Owner  # "django": its own housekeeping, whatever you write
    request: int | None
    from_thread: str
    asked: float
    thread: str | None = None  # where it ran; None: never started
    started: float | None = None  # asked → started: it waited for a free thread
    ended: float | None = None
    line: str | None = None  # your line that asked for it: "nap, line 3: await …"
    error: BaseException | None = None

    @property
    def queued(self) -> float | None:
        """Seconds between asking and starting; None if it never started."""
        return None if self.started is None else self.started - self.asked


@dataclass(slots=True)
class Blocked:
    """A while in which the event loop could do nothing else, and the line that held it."""

    request: int | None
    function: str
    line: int  # counted from the top of the cell or file
    code: str  # that line's text, stripped
    start: float
    seconds: float
    yours: bool = True


class Turn(NamedTuple):
    """A while in which the event loop ran callbacks, with no pause between them."""

    start: float
    end: float
    request: int | None = None  # whose, if it was one long callback; short ones are told together


@dataclass(slots=True)
class Failure:
    """An exception that Django turned into an error page."""

    request: int | None
    error: BaseException
    place: Place | None  # the innermost line of yours that it passed through
    at: float


@dataclass(slots=True)
class Visit:
    """One request from first byte to last, as its client saw it."""

    request: int
    path: str  # what was asked, and of whom: "GET /menu/ · ASGI"
    start: float
    first_byte: float | None = None
    end: float | None = None
    status: int | None = None
    left: float | None = None  # the client went before the answer was complete


@dataclass
class Recording:
    """Everything one `fetch` or `watch` saw."""

    visits: list[Visit] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)
    crossings: list[Crossing] = field(default_factory=list)
    blocked: list[Blocked] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    turns: list[Turn] = field(default_factory=list)  # when the loop was busy
    seconds: float = 0.0
    began: float = 0.0  # on the clock of time.perf_counter; all else counts from here

    @property
    def layers(self) -> list[Span]:
        """The middleware layers that ran, outermost first."""
        return [span for span in self.spans if span.kind == "layer"]

    @property
    def views(self) -> list[Span]:
        """Each call of a view."""
        return [span for span in self.spans if span.kind == "view"]

    @property
    def yours(self) -> list[Crossing]:
        """The crossings that your code, or a layer or view of yours, asked for."""
        return [crossing for crossing in self.crossings if crossing.owner == "yours"]

    @property
    def djangos(self) -> list[Crossing]:
        """Django's own crossings: signals, closing the response, its own middleware."""
        return [crossing for crossing in self.crossings if crossing.owner == "django"]

    @property
    def threads(self) -> tuple[str, ...]:
        """The threads in which views ran, by name."""
        return tuple(sorted({span.thread for span in self.views}, key=lambda name: (len(name), name)))

    @property
    def most_at_once(self) -> int:
        """The most views that were under way at the same moment: an order of events, no clock."""
        return max(_depths(self.views), default=0)


def _depths(spans: list[Span]) -> Iterator[int]:
    """How many spans are open after each start and end, in order of time."""
    moments = [(span.start, 1) for span in spans]
    moments += [(span.end, -1) for span in spans if span.end is not None]
    depth = 0
    for _, step in sorted(moments):  # at a tie the end (-1) comes first
        depth += step
        yield depth
