"""What exercise 11.8 looks at: requests through the layer, and when it says how long each took."""

from __future__ import annotations

import asyncio
import inspect
import logging
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from time import perf_counter, sleep
from typing import Any

from asgiref.sync import iscoroutinefunction, sync_to_async
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.test import RequestFactory

from ..client import fetch
from ..places import place_of_error
from .declare import Evidence
from .lesson_05_layers import DJANGOS, Plain
from .trying import given_up, never_awaited, said

LOGGER = "cafe.timing"
PIECES = 3
STEP = 0.03  # seconds between two pieces; what is said of a request is at least what passed inside it
SLACK = 0.005  # seconds that two clocks may differ by
_NUMBER = re.compile(r"\d+(?:\.\d+)?(?:e-?\d+)?(?![\w.]*/)")


@dataclass
class Diary:
    """What happened, in order; and what the layer said: (path, seconds, when)."""

    events: list[str] = field(default_factory=list)
    lines: list[tuple[str, float | None, float]] = field(default_factory=list)
    began: float = 0.0
    inside: float = 0.0  # seconds between the first and the last event of the view and its stream
    first: float = 0.0
    last: float = 0.0  # when its last event was

    def note(self, event: str) -> None:
        self.events.append(event)
        self.first = self.first or perf_counter()
        self.last = perf_counter()
        self.inside = self.last - self.first


class _Listens(logging.Handler):
    def __init__(self, diary: Diary) -> None:
        super().__init__()
        self._diary = diary

    def emit(self, record: logging.LogRecord) -> None:
        message = record.getMessage()
        numbers = _NUMBER.findall(message)
        self._diary.lines.append((message, float(numbers[-1]) if numbers else None, perf_counter()))
        self._diary.events.append("logged")


@contextmanager
def listening() -> Iterator[Diary]:
    """Hear the logger alone, at its level INFO."""
    logger, diary = logging.getLogger(LOGGER), Diary()
    handler, before, spread = _Listens(diary), logger.level, logger.propagate
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    diary.began = perf_counter()
    try:
        yield diary
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before)
        logger.propagate = spread


@dataclass
class Timed:
    """One request and what was said of it."""

    diary: Diary
    status: int | None = None
    body: bytes = b""
    error: str = ""
    refused: str = ""
    mode: str = ""
    endless: bool = False
    crossings: int = 0
    gave_a_coroutine: bool = False
    raised: BaseException | None = None
    collected: bool = False  # nothing had left when the last piece was made
    path: str = "/tea/"

    @property
    def said(self) -> int:
        """How many lines were logged."""
        return len(self.diary.lines)

    @property
    def early(self) -> bool:
        """Whether it was said before the last thing inside had happened."""
        return self.said > 0 and self.diary.events[-1] != "logged"

    @property
    def odd(self) -> str:
        """What is wrong with what was said, in words."""
        if self.said != 1:
            return f"{self.said} lines came from the logger {LOGGER}"
        message, seconds, at = self.diary.lines[0]
        if self.path not in message:
            return f"the line {message[:80]!r} does not name {self.path}"
        if seconds is None:
            return f"the line {message[:80]!r} names no time"
        if self.early:
            return "the line came before the end"
        longest = at - self.diary.began + SLACK
        if not self.diary.inside - SLACK <= seconds <= longest:
            least = max(self.diary.inside, 0)
            return f"it says {seconds:g} s, and between {least:.3f} and {longest:.3f} s had passed"
        return ""


def views(diary: Diary) -> dict[str, Any]:
    """Pages that write into the diary."""

    async def a_page(request: HttpRequest) -> HttpResponse:
        diary.note("view")
        await asyncio.sleep(STEP)
        diary.note("view ends")
        return HttpResponse("tea")

    def s_page(request: HttpRequest) -> HttpResponse:
        diary.note("view")
        sleep(STEP)
        diary.note("view ends")
        return HttpResponse("tea")

    async def a_pieces() -> AsyncIterator[bytes]:
        for number in range(PIECES):
            await asyncio.sleep(STEP)
            diary.note(f"piece {number}")
            yield b"%d " % number

    def s_pieces() -> Iterator[bytes]:
        for number in range(PIECES):
            sleep(STEP)
            diary.note(f"piece {number}")
            yield b"%d " % number

    async def a_breaks() -> AsyncIterator[bytes]:
        yield b"0 "
        diary.note("breaks")
        raise LookupError("the stream broke")

    async def a_fails(request: HttpRequest) -> HttpResponse:
        diary.note("fails")
        raise LookupError("no such drink")

    async def a_waits(request: HttpRequest) -> HttpResponse:
        diary.note("view")
        await asyncio.Event().wait()
        return HttpResponse("never")

    async def a_stream(request: HttpRequest) -> StreamingHttpResponse:
        return StreamingHttpResponse(a_pieces())

    def s_stream(request: HttpRequest) -> StreamingHttpResponse:
        return StreamingHttpResponse(s_pieces())

    async def a_broken(request: HttpRequest) -> StreamingHttpResponse:
        return StreamingHttpResponse(a_breaks())

    return {name: view for name, view in locals().items() if name[:2] in ("a_", "s_")}


@dataclass(frozen=True)
class Case:
    """One request to send."""

    view: str
    via: Any = "asgi"
    above: tuple[Any, ...] = ()
    inside: tuple[Any, ...] = ()
    leave_after: int | None = None
    raises: str = ""  # what must come out, in the error's own words


CASES = {
    "by ASGI": Case("a_page"),
    "by ASGI, around a sync view": Case("s_page"),
    "by ASGI, beneath SecurityMiddleware": Case("a_page", above=(DJANGOS,)),
    "by ASGI, around a sync layer": Case("a_page", inside=(Plain,)),
    "by WSGI": Case("s_page", "wsgi"),
    "by WSGI, around an async view": Case("a_page", "wsgi"),
    "a stream by ASGI": Case("a_stream"),
    "a stream by WSGI": Case("s_stream", "wsgi"),
    "a page by ASGI that fails": Case("a_fails"),
    "a visitor who leaves": Case("a_waits", leave_after=0),
    "a visitor who leaves a stream": Case("a_stream", leave_after=2),
    "a stream that breaks": Case("a_broken"),
}


async def sent(layer: Any, case: Case) -> Timed:
    """One request through a chain that holds the layer."""
    with listening() as diary:
        stack = [*case.above, *([layer] if layer else []), *case.inside]
        found, view = Timed(diary), views(diary)[case.view]
        pause = STEP if case.leave_after == 0 else 0
        try:
            run = await fetch(
                found.path,
                view=view,
                middleware=stack,
                via=case.via,
                leave_after=case.leave_after,
                pause=pause,
                deadline=2,
            )
        except Exception as refusal:  # Django's own, or the learner's `__init__`
            found.refused, found.raised = said(refusal).rstrip("."), refusal
            return found
        for _ in range(20):  # what a visitor has left behind is closed a little later
            if diary.lines or case.leave_after is None:
                break
            await asyncio.sleep(0.002)
        answer = run.responses[0]
        failures = run.recording.failures
        error = failures[0].error if failures else run.error
        found.endless = answer is None and " ".join(run.notes).startswith("Stopped after")
        found.status = answer.status if answer else None
        found.body = answer.body if answer else b""
        found.error = given_up(run) if found.endless else said(error).rstrip(".")
        found.raised = error
        found.gave_a_coroutine = "'coroutine' object" in found.error
        found.crossings = len(run.crossings)
        left = run.exchanges[0].first_byte
        found.collected = case.leave_after is None and left is not None and left > diary.last
        span = next(iter(run.layers[len(case.above) :]), None)
        found.mode = span.mode if span else ""
    return found


async def by_hand(layer: Any, asynchronous: bool) -> Timed:
    """The layer alone, around a `get_response` that raises: what comes out of it?"""
    with listening() as diary:
        found = Timed(diary)

        async def a_fails(request: HttpRequest) -> HttpResponse:
            diary.note("fails")
            raise LookupError("no such drink")

        def s_fails(request: HttpRequest) -> HttpResponse:
            diary.note("fails")
            raise LookupError("no such drink")

        request = RequestFactory().get(found.path)
        try:
            if asynchronous:
                made = layer(a_fails)(request)
                result = await made if inspect.isawaitable(made) else made
            else:
                result = await sync_to_async(lambda: layer(s_fails)(request))()
            if inspect.iscoroutine(result):
                result.close()
            found.status = getattr(result, "status_code", None)
        except Exception as error:
            found.raised, found.error = error, said(error)
    return found


async def together(layer: Any) -> str:
    """Two visitors at once: the second comes while the first waits. What is wrong with their times."""
    spans: dict[str, float] = {}
    second_came = asyncio.Event()

    async def view(request: HttpRequest) -> HttpResponse:
        began = perf_counter()
        if request.path == "/first/":
            await second_came.wait()
        else:
            second_came.set()
            await asyncio.sleep(STEP)
        spans[request.path] = perf_counter() - began
        return HttpResponse("tea")

    chain = layer(view)
    if not iscoroutinefunction(chain):
        return ""
    with listening() as diary:
        first = asyncio.ensure_future(chain(RequestFactory().get("/first/")))
        await asyncio.sleep(2 * STEP)
        second = asyncio.ensure_future(chain(RequestFactory().get("/second/")))
        await asyncio.wait({first, second}, timeout=2)
        for task in (first, second):
            task.cancel()
        await asyncio.gather(first, second, return_exceptions=True)
    for path, span in spans.items():
        lines = [(message, seconds) for message, seconds, _ in diary.lines if path in message]
        if len(lines) == 1 and lines[0][1] is not None and lines[0][1] < span - SLACK:
            return f"of {path}, which took {span:.3f} s, it says {lines[0][1]:.3f} s"
    return ""


async def cancelled(layer: Any) -> str:
    """A page and a stream are cancelled where they wait: which of them went on, in words."""

    async def pieces() -> AsyncIterator[bytes]:
        await asyncio.Event().wait()
        yield b"never"

    async def stream(request: HttpRequest) -> StreamingHttpResponse:
        return StreamingHttpResponse(pieces())

    async def page(request: HttpRequest) -> HttpResponse:
        await asyncio.Event().wait()
        return HttpResponse("never")

    async def whole(view: Any) -> None:
        response = await layer(view)(RequestFactory().get("/tea/"))
        await anext(aiter(response.streaming_content))

    for what, view in (("page", page), ("stream", stream)):
        with listening(), suppress(Exception):  # what it raises, Django has met before
            task = asyncio.ensure_future(whole(view))
            await asyncio.wait({task}, timeout=STEP)
            if not task.done():
                task.cancel()
                await asyncio.wait({task}, timeout=1)
                if not task.cancelled():
                    return f"a visitor leaves while the {what} waits: it was cancelled, and went on"
    return ""


async def try_timing(layer: Any) -> Evidence:
    """Twelve requests, an error by hand in either mode, two visitors at once; and one request without it."""
    seen = {name: Timed(Diary()) for name in CASES}
    hand = [Timed(Diary()), Timed(Diary())]
    mixed, went_on, ran = "", "", list[str]()
    with never_awaited():
        bare = await sent(None, CASES["by ASGI"])
        for name, case in CASES.items():
            seen[name] = await sent(layer, case)
            ran.append(name)
            if seen[name].endless or seen[name].refused:
                break
        if len(ran) == len(CASES):
            hand = [await by_hand(layer, asynchronous) for asynchronous in (True, False)]
            mixed, went_on = await together(layer), await cancelled(layer)
    asgi, wsgi, fails = seen["by ASGI"], seen["by WSGI"], seen["a page by ASGI that fails"]
    streams = [seen["a stream by ASGI"], seen["a stream by WSGI"]]
    odd = _odd(seen, ran)
    errors = [each.raised for each in (*(seen[name] for name in ran), *hand) if each.raised is not None]
    own = next((error for error in errors if place_of_error(error) is not None), None)
    return Evidence(
        error=own if own is not None and _mine(own) else None,
        facts={
            "asgi": asgi,
            "wsgi": wsgi,
            "below": seen["by ASGI, beneath SecurityMiddleware"],
            "where": str((asgi.raised and place_of_error(asgi.raised)) or asgi.error),
            "early": [each.early for each in streams],
            "early_events": next((_told(each.diary.events) for each in streams if each.early), ""),
            "collected": any(each.collected for each in streams),
            "stream_errors": [each.error for each in streams],
            "stream_problem": next((each.error for each in streams if each.error), ""),
            "unsaid": [each.said == 0 for each in hand],
            "gone_unsaid": seen["a visitor who leaves"].said == 0,
            "hidden": len(ran) == len(CASES) and any(each.raised is None for each in hand),
            "hidden_status": next((each.status or "nothing" for each in hand if each.raised is None), None),
            "added": asgi.crossings - bare.crossings,
            "mixed": mixed,
            "fails": fails,
            "odd": odd
            or went_on
            or (mixed and f"two visitors at once: {mixed}")
            or ("" if hand[0].said and hand[1].said else "an error from the next layer, and nothing is said"),
        },
    )


def _mine(error: BaseException) -> bool:
    """An error that no view of the check's has raised."""
    return not (isinstance(error, LookupError) and type(error) is LookupError)


def _told(events: list[str]) -> str:
    return ", ".join(events)


def _odd(seen: dict[str, Timed], ran: list[str]) -> str:
    for name in ran:
        case, each = CASES[name], seen[name]
        if each.refused:
            return f"{name}: Django could not make the chain: {each.refused}"
        if each.endless:
            return f"{name}: {each.error}"
        wanted = {"a_fails": 500}.get(case.view, 200)
        if case.leave_after is None and case.view != "a_broken" and each.status != wanted:
            return f"{name}: {each.error or f'status {each.status}'}"
        streams = case.view in ("a_stream", "s_stream") and case.leave_after is None
        if streams and each.body != b"0 1 2 ":
            return f"{name}: the visitor got {each.body!r}"
        if case.view == "a_broken" and "the stream broke" not in each.error:
            return f"{name}: its error did not reach Django"
        if each.odd:
            return f"{name}: {each.odd}"
    return ""
