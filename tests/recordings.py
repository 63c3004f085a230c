"""Recordings made by hand, for the tests of text and pictures: no clock, no kernel, no Django."""

from __future__ import annotations

from collections.abc import Callable
from time import thread_time

from asynclab.events import LOOP, Blocked, Crossing, Recording, Span, Turn, Visit

WAIT = 0.3  # what each page waits


def view(request: int, start: float, end: float | None, *, thread: str = LOOP, name: str = "nap") -> Span:
    mode = "async" if thread == LOOP else "sync"
    return Span("view", name, mode, request, thread, LOOP if thread == LOOP else None, start, end, yours=True)


def visits(number: int, end: float, *, path: str = "/nap/", status: int | None = 200) -> list[Visit]:
    return [Visit(request, path, 0.0, end, end, status) for request in range(1, number + 1)]


def housekeeping(request: int, asked: float, thread: str) -> Crossing:
    return Crossing(
        "sync_to_async", "close", "django", request, LOOP, asked, thread, asked + 0.002, asked + 0.003
    )


def threads(number: int = 10) -> Recording:
    """A sync view under ASGI: each request holds a thread of its own."""
    recording = Recording(visits=visits(number, 0.32), seconds=0.33)
    for request in range(1, number + 1):
        begun, thread = 0.002 * request, f"thread {request}"
        recording.turns.append(Turn(begun - 0.001, begun))
        recording.spans.append(view(request, begun + 0.001, begun + 0.001 + WAIT, thread=thread))
        recording.crossings += [
            Crossing(
                "sync_to_async", "nap", "yours", request, LOOP, begun, thread, begun + 0.001, begun + WAIT
            ),
            housekeeping(request, begun + WAIT + 0.002, thread),
        ]
    return recording


def blocking(number: int = 10) -> Recording:
    """An async view that calls `time.sleep`: one request after another."""
    recording = Recording(visits=visits(number, number * WAIT), seconds=number * WAIT + 0.01)
    for request in range(1, number + 1):
        begun = WAIT * (request - 1) + 0.002
        recording.spans.append(view(request, begun, begun + WAIT - 0.0005))
        recording.turns.append(Turn(begun - 0.001, begun + WAIT))
        recording.blocked.append(Blocked(request, "nap", 2, f"time.sleep({WAIT})", begun, WAIT - 0.0005))
        recording.crossings.append(housekeeping(request, begun + WAIT, f"thread {request}"))
    return recording


def awaiting(number: int = 10) -> Recording:
    """An async view that awaits: all wait at once, in one thread."""
    recording = Recording(visits=visits(number, WAIT + 0.02), seconds=WAIT + 0.024)
    for request in range(1, number + 1):
        begun = 0.0015 * request
        recording.spans.append(view(request, begun, begun + WAIT))
        recording.turns += [Turn(begun, begun + 0.001), Turn(begun + WAIT - 0.001, begun + WAIT)]
        recording.crossings.append(housekeeping(request, begun + WAIT, f"thread {request}"))
    recording.turns.sort()
    return recording


def pulse() -> Recording:
    """No request: a task that ticks, and another one that holds the loop for a while."""
    recording = Recording(seconds=0.85)
    recording.turns = [Turn(0.05 * tick, 0.05 * tick + 0.002) for tick in (*range(5), *range(12, 17))]
    recording.turns.insert(5, Turn(0.25, 0.55))
    recording.blocked.append(Blocked(None, "stir", 2, "time.sleep(0.3)", 0.25, 0.3))
    return recording


def wsgi(number: int = 10, workers: int = 4) -> Recording:
    """A sync view under WSGI with a few workers: the others wait for one to be free."""
    rounds = -(-number // workers)
    recording = Recording(visits=visits(number, rounds * WAIT), seconds=rounds * WAIT + 0.01)
    for request in range(1, number + 1):
        begun = WAIT * ((request - 1) // workers) + 0.001
        worker = f"worker {(request - 1) % workers + 1}"
        recording.spans.append(view(request, begun, begun + WAIT - 0.002, thread=worker))
    return recording


def layered() -> Recording:
    """One request through five layers, one of them sync, to a sync view that was queued."""
    recording = Recording(visits=visits(1, 0.058, path="/menu/"), seconds=0.06)
    names = ("SecurityMiddleware", "SessionMiddleware", "CommonMiddleware", "CsrfViewMiddleware")
    for number, name in enumerate(names):
        at = 0.001 + 0.003 * number
        recording.spans.append(Span("layer", name, "async", 1, LOOP, LOOP, at, 0.058 - at))
        recording.turns += [Turn(at, at + 0.001), Turn(0.058 - at - 0.001, 0.058 - at)]
    recording.spans.append(
        Span("layer", "StampMiddleware", "sync", 1, "thread 1", None, 0.018, 0.042, yours=True)
    )
    recording.spans.append(view(1, 0.02, 0.04, thread="thread 1", name="menu"))
    recording.turns.sort()
    line = "load, line 3: await sync_to_async(stamp)()"
    recording.crossings += [
        Crossing("sync_to_async", "send", "django", 1, LOOP, 0.0005, "thread 1", 0.0006, 0.0008),
        Crossing("sync_to_async", "StampMiddleware", "yours", 1, LOOP, 0.012, "thread 1", 0.018, 0.042, line),
        Crossing("sync_to_async", "close", "django", 1, LOOP, 0.056, "thread 1", 0.0565, 0.057),
    ]
    return recording


def failing() -> Recording:
    """Four requests; two fail alike, one never comes back."""
    recording = Recording(visits=visits(4, 0.2), seconds=0.2)
    for request, (end, error) in enumerate(
        [(0.1, None), (0.05, ValueError("no such drink")), (None, None), (0.06, ValueError("no such drink"))],
        1,
    ):
        span = view(request, 0.001 * request, end, name="order")
        span.error = error
        recording.spans.append(span)
        recording.visits[request - 1].status = 500 if error else 200 if end else None
    recording.turns += [Turn(0.0, 0.006), Turn(0.0495, 0.05), Turn(0.0595, 0.06), Turn(0.0995, 0.1)]
    return recording


HOSTILE = "<script>alert('1')</script> \"q\" & ü 茶茶\n\x1b[31m\u202edesrever\x00\ud800"


def hostile() -> Recording:
    """Every name is an attack on the layout."""
    recording = Recording(visits=visits(1, 0.1, path="/" + HOSTILE * 5), seconds=0.1)
    span = view(1, 0.001, 0.099, name=HOSTILE)
    span.error = RuntimeError(HOSTILE)
    recording.spans.append(span)
    recording.spans.append(Span("layer", HOSTILE, "async", 1, LOOP, LOOP, 0.0, 0.1))
    recording.blocked.append(Blocked(1, HOSTILE, 7, HOSTILE, 0.002, 0.06))
    recording.crossings.append(
        Crossing("to_thread", HOSTILE, "yours", 1, LOOP, 0.07, HOSTILE, 0.08, 0.09, HOSTILE)
    )
    return recording


def crowd(number: int = 10_000) -> Recording:
    """Thousands of requests, each with two crossings; most wait at once."""
    recording = Recording(visits=visits(number, 3.9, path="/"), seconds=4.0)
    for request in range(1, number + 1):
        begun = 2.0 * request / number
        recording.spans.append(view(request, begun, begun + 1 + 0.5 * (request % 7)))
        recording.turns += [Turn(begun, begun + 0.5 / number)]
        recording.crossings += [
            housekeeping(request, begun + moment, f"thread {request}") for moment in (0, 1.0)
        ]
    return recording


def growth(told: Callable[[Recording], str]) -> float:
    """How much longer this thread works on ten times as many requests: 10 if each costs the same,
    100 if each is compared with each. Its own time: a busy machine changes nothing."""
    few, many = crowd(1_000), crowd(10_000)
    times = []
    for recording in (few, many):
        begun = thread_time()
        told(recording)
        times.append(thread_time() - begun)
    return times[1] / times[0]


MADE = (threads, blocking, awaiting, pulse, wsgi, layered, failing, hostile)  # one of each kind
