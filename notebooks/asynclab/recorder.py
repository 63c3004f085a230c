"""The notebook of a recording: rows of what ran where and when, written in the order of events.

It is fed by the seams (`seams.py`) and read by `record.py`. Each row is made in a few
microseconds; whatever can wait (names of threads, times from the opening) waits until the end.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from collections import Counter
from collections.abc import Callable, Container
from threading import get_ident
from time import perf_counter, sleep
from types import FrameType
from typing import Any, Literal

from .errors import Interrupted
from .events import LOOP, Blocked, Bridge, Crossing, Failure, Kind, Mode, Owner, Span, Turn
from .places import Place, described, innermost_yours, origin, place_of, place_of_error
from .wire import request_number

OVERDUE = 0.05  # seconds for which one callback may hold the loop before it counts as blocking
FOREIGN = 0.1  # the same for code that is not yours: as asyncio has it in its debug mode
LOOK = 0.01  # seconds between two looks at an overdue callback
TOGETHER = 0.0005  # shorter callbacks, and with shorter pauses between them, are told as one busy turn

# Where Django does housekeeping of its own. What it carries across from elsewhere (the ORM, the
# session, the cache), your code asked for.
_HOUSEKEEPING = tuple(
    f"/django/{part}"
    for part in (
        "dispatch/",
        "middleware/",
        "utils/deprecation.py",
        "contrib/staticfiles/handlers.py",
    )
)


class Recorder:
    """What was written since the first recording opened. Rows keep raw thread keys until the end."""

    def __init__(self) -> None:
        self.spans: list[Span] = []
        self.crossings: list[Crossing] = []
        self.blocked: list[Blocked] = []
        self.failures: list[Failure] = []
        self.turns: list[Turn] = []
        self.people: dict[str, threading.Thread] = {}  # raw key → thread; kept, so that no key is used twice
        self._here = threading.local()  # .key: the current thread's
        self.home = threading.get_ident()  # the thread whose event loop is watched
        self.home_key = self.key()
        # The loop's latest callback; while it still runs, `began` is later than `ended`.
        self.handle: asyncio.Handle | None = None
        self.began = self.ended = perf_counter()
        self._turn_began = self.began  # when the first of those that ran back to back began
        self.samples: Counter[Place] = Counter()
        self.overdue_yours = False
        self.alarm: tuple[float, Callable[[], None]] | None = None  # perf_counter's time, and whom to call
        # What `async_to_sync` carries now, often onto a loop of its own, and for which request.
        self.carried: dict[asyncio.Task[Any], int | None] = {}
        self.stopping: list[Container[int | None]] = []  # requests of which none begins any more
        self.open = True

    # What the seams call ------------------------------------------------------------------------

    def key(self) -> str:
        """A raw key for the current thread: an object's identity, because idents are used again."""
        try:
            key: str = self._here.key
        except AttributeError:
            person = threading.current_thread()
            key = self._here.key = f"{person.name}#{id(person)}"
            self.people[key] = person
        return key

    def span(self, kind: Kind, name: str, mode: Mode, yours: bool) -> Span:
        """Begin a layer, view or hook in the current thread. Raises Interrupted while all is stopped."""
        if self.stopping and self.stopped(request_number.get()):
            raise Interrupted("It had not begun.")
        thread = self.home_key if get_ident() == self.home else self.key()
        running = mode == "async" or asyncio._get_running_loop() is not None
        where = None if not running else LOOP if thread is self.home_key else "another loop"
        span = Span(kind, name, mode, request_number.get(), thread, where, perf_counter(), yours=yours)
        self.spans.append(span)
        return span

    def stopped(self, request: int | None) -> bool:
        """Whether this request may not begin any more."""
        return any(request in requests for requests in self.stopping)

    def crossing(self, bridge: Bridge, function: Any, frame: FrameType) -> Crossing:
        """Begin a crossing; `frame` is where it was asked for."""
        what, yours = described(function)
        owner, place = whose(yours, frame)
        thread = self.home_key if get_ident() == self.home else self.key()
        crossing = Crossing(bridge, what, owner, request_number.get(), thread, perf_counter())
        if place is not None:
            crossing.line = str(place)
        self.crossings.append(crossing)
        return crossing

    def failure(self, error: BaseException) -> None:
        """Keep an exception that Django turned into an error page."""
        self.failures.append(Failure(request_number.get(), error, place_of_error(error), perf_counter()))

    def settle(self, now: float) -> None:
        """Time has passed since the latest callback began: did it take so long, or was the loop idle?"""
        if self.ended - self.began > TOGETHER:
            request = self._request()
            self._end_turn(self.began, None, self.began)
            self._end_turn(self.ended, request, now)
            if self.ended - self.began > OVERDUE:
                self._held(request)
            self.began = self.ended  # so that it is told once
        elif now - self.ended > TOGETHER:
            self.end_turn(now)

    def end_turn(self, now: float) -> None:
        """Keep a while in which the loop was busy. The next one begins now."""
        self._end_turn(self.ended, None, now)

    def _end_turn(self, end: float, request: int | None, now: float) -> None:
        if end > self._turn_began:
            self.turns.append(Turn(self._turn_began, end, request))
        self._turn_began = now

    def _request(self) -> int | None:
        """The request that the latest callback worked for."""
        context = getattr(self.handle, "_context", None)
        return None if context is None else context.get(request_number)

    def _held(self, request: int | None) -> None:
        """The latest callback held the loop for too long: keep the line at which the sampler saw it most."""
        seen, self.samples = self.samples, Counter()
        yours, self.overdue_yours = self.overdue_yours, False
        held = self.ended - self.began
        if not yours and (held < FOREIGN or seen.total() * LOOK < (held - OVERDUE) / 2):
            return  # the sampler could hardly look, either: this process had no core, and blocked nothing
        place = seen.most_common(1)[0][0] if seen else Place("?", 0, "")
        self.blocked.append(Blocked(request, place.function, place.line, place.code, self.began, held, yours))

    def held(self) -> float:
        """For how many seconds one callback has been holding the loop now; 0 if none does."""
        return perf_counter() - self.began if self.began > self.ended else 0.0

    # The sampler --------------------------------------------------------------------------------

    def watch_loop(self) -> None:
        """In a thread of its own: look at the loop's thread again and again, until closed."""
        while self.open:
            self._look()
            sleep(LOOK)

    def _look(self) -> None:
        """If a callback is overdue, note the line at which it stands."""
        since = self.began
        if self.held() < OVERDUE:
            return
        frame = sys._current_frames().get(self.home)
        if frame is None or self.began != since or self.ended > since:  # that callback has just ended
            return
        mine = innermost_yours(frame)
        self.overdue_yours = mine is not None
        self.samples[place_of(mine or frame)] += 1
        if self.alarm is not None and perf_counter() > self.alarm[0]:
            self.alarm[1]()

    def close(self) -> None:
        """End the sampler, after its next look."""
        self.open = False


Standing = Literal["yours", "asks", "housekeeping", "edge", "carries"]
_known: dict[str, Standing] = {}  # a look here costs half of a cached call, and a crossing needs several


def _standing(filename: str) -> Standing:
    """What a file on the way to a crossing says about who asked for it."""
    kind = origin(filename)
    if kind == "yours":
        return "yours"
    if kind == "python" or "/asgiref/" in filename:
        return "carries"
    if "/django/core/handlers/" in filename:
        return "edge"
    return "housekeeping" if any(part in filename for part in _HOUSEKEEPING) else "asks"


def whose(carries_yours: bool, frame: FrameType | None) -> tuple[Owner, Place | None]:
    """Who asked for a crossing, you or Django's housekeeping; and at which line of yours."""
    asker = "carries"  # until the first file, from the inside, that is neither asgiref's nor Python's
    known = _known
    while frame is not None:
        filename = frame.f_code.co_filename
        try:
            standing = known[filename]
        except KeyError:
            standing = known[filename] = _standing(filename)
        if standing == "yours":
            return "yours", place_of(frame)
        if asker == "carries":
            asker = standing
        if standing == "edge" or (standing == "carries" and frame.f_code.co_name == "_run"):
            break  # a layer, or a task, begins here: what is above did not ask
        frame = frame.f_back
    if asker == "asks":
        return "yours", None
    return ("yours" if carries_yours else "django"), None


def roles(recorder: Recorder, spans: list[Span], crossings: list[Crossing]) -> dict[str, str]:
    """Name each thread by what it does: "loop", "pool 1" (to_thread), "thread 3".

    They are numbered by the first request that they served, so that the names do not depend on
    which of two threads happened to be quicker.
    """
    first: dict[str, tuple[int, int]] = {}
    uses = [(span.request, span.thread) for span in spans]
    uses += [
        (crossing.request, key)
        for crossing in crossings
        for key in (crossing.from_thread, crossing.thread)
        if key
    ]
    for order, (request, key) in enumerate(uses):
        place = (request if request is not None else sys.maxsize, order)
        if key not in first or place < first[key]:
            first[key] = place
    named = {recorder.home_key: LOOP}
    counts: Counter[str] = Counter()
    for key in sorted(first, key=first.__getitem__):
        if key not in named:
            name = recorder.people[key].name
            role = "pool" if name.startswith("asyncio") else "thread"
            counts[role] += 1
            named[key] = f"{role} {counts[role]}"
    return named
