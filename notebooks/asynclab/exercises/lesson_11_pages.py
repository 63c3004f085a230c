"""What exercise 11.10 looks at: requests to the learner's two URLs, inside the café's own."""

from __future__ import annotations

import asyncio
import gc
import inspect
import json
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from secrets import token_hex
from types import ModuleType
from typing import Any

from django.test import AsyncRequestFactory, override_settings

from ..client import fetch
from ..places import place_of_error
from ..run import Run
from ..words import clean
from .declare import Evidence
from .lesson_07_feed import events as read_events
from .trying import given_up, never_awaited, said

MARKUP = "<b onclick=x()>12 kg</b>"
FORGED = "Eve\n\nid: 99\ndata: free drinks\n\n"


class Suppliers:
    """Says what it likes, and notes what it was asked."""

    def __init__(self) -> None:
        self.mark, self.called = token_hex(2), 0
        self.wishes: list[dict[str, str]] = []

    def __call__(self, wishes: Mapping[str, str]) -> Awaitable[dict[str, str]]:
        self.called += 1
        return self._states(wishes)

    async def _states(self, wishes: Mapping[str, str]) -> dict[str, str]:
        await asyncio.sleep(0)
        self.wishes.append(dict(wishes.items()))
        return {"beans": f"12 kg {self.mark}", "milk": "failed", "cups": "late", "tea": MARKUP}


class Told:
    """A feed that has been told all it will ever hear: its streams end, so that nobody waits for more."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.listeners: set[object] = set()

    def publish(self, text: str) -> None:
        self.texts.append(text)

    async def listen(self, last_id: int = 0) -> AsyncIterator[tuple[int, str]]:
        """Each message after that one."""
        for number, text in enumerate(self.texts, 1):
            if number > last_id:
                yield number, text


@contextmanager
def served(patterns: Any) -> Iterator[str]:
    """The café's URLs with these below /dashboard/."""
    from django.urls import include, path

    module = ModuleType(f"asynclab_urls_{token_hex(4)}")
    module.urlpatterns = [  # type: ignore[attr-defined]
        path("dashboard/", include(list(patterns))),
        path("", include("config.urls")),
    ]
    sys.modules[module.__name__] = module
    try:
        with override_settings(ROOT_URLCONF=module.__name__):
            yield module.__name__
    finally:
        del sys.modules[module.__name__]


class Trial:
    """The learner's URLs with a feed of their own."""

    def __init__(self, urls: Any, feed: Any, texts: list[str]) -> None:
        self.suppliers, self.feed = Suppliers(), feed
        for text in texts:
            self.feed.publish(text)
        self.patterns = _patterns(urls, self.suppliers, feed)

    async def get(self, path: str, leave_after: int | None = None, **headers: str) -> Run:
        pause = 0.15 if leave_after == 0 else 0.0
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        with served(self.patterns):
            return await fetch(
                f"/dashboard/{path}",
                middleware=(),
                headers=named,
                leave_after=leave_after,
                pause=pause,
                deadline=1.5,
            )

    async def stream(self) -> AsyncGenerator[bytes] | None:
        """What the events' view streams, without Django's handler; None if it cannot be had so."""
        from django.urls import resolve

        with served(self.patterns) as urlconf:
            found = resolve("/dashboard/events/", urlconf)
            response = found.func(AsyncRequestFactory().get("/"), *found.args, **found.kwargs)
            response = await response if inspect.isawaitable(response) else response
        content = getattr(response, "streaming_content", None)
        return content if isinstance(content, AsyncGenerator) else None

    async def close_in_sending(self) -> None:
        """The visitor leaves while the first piece is on its way: the generator stands at its `yield`."""
        if (content := await self.stream()) is not None:
            async with asyncio.timeout(1):
                await anext(content)
            await content.aclose()

    async def cancel_in_waiting(self) -> bool:
        """The visitor leaves where nothing comes any more. Whether the stream goes on all the same."""
        if (content := await self.stream()) is None:
            return False
        for _ in range(5):  # somebody may greet first
            task = asyncio.ensure_future(anext(content))
            await asyncio.wait({task}, timeout=0.05)
            if not task.done():
                task.cancel()
                await asyncio.wait({task}, timeout=1)
                return not task.cancelled()
            task.exception()
        return False

    async def left(self) -> int:
        """How many still listen, once whatever was dropped has been collected."""
        for turn in range(10):
            if not self.feed.listeners:
                break
            if turn == 3:
                gc.collect()
            await asyncio.sleep(0.001)
        return len(self.feed.listeners)


def _patterns(urls: Any, suppliers: Suppliers, feed: Any) -> Sequence[Any]:
    """What the learner's function gives. TypeError with its name if that is no list of URLs."""
    from django.urls import URLPattern, URLResolver

    try:
        patterns = urls(suppliers, feed)
    except Exception as error:
        if place_of_error(error) is not None:
            raise
        raise TypeError(f"dashboard_urls(suppliers, feed): {said(error)}") from error
    if inspect.iscoroutine(patterns):
        patterns.close()
        raise TypeError("dashboard_urls is an `async def`; it makes a list, and has nothing to wait for")
    if not isinstance(patterns, list | tuple) or not all(
        isinstance(each, URLPattern | URLResolver) for each in patterns
    ):
        raise TypeError(f"dashboard_urls gives {clean(repr(patterns)[:80])}, and no list of URLs")
    return patterns


def ids(run: Run) -> list[Any]:
    """The numbers of the events that came, as a browser reads them."""
    body = run.responses[0].text if run.responses[0] else ""
    lines = body.replace("\r\n", "\n").split("\n")
    found = [line.partition(":")[2].strip() for line in lines if line.startswith("id:")]
    return [int(each) if each.isdecimal() else each for each in found]


def trouble(run: Run) -> str:
    """What went wrong with it, in words."""
    answer = run.responses[0]
    if given_up(run):
        return given_up(run)
    if run.error is not None:
        return said(run.error).rstrip(".")
    return f"status {answer.status}" if answer and answer.status != 200 else ""


async def try_urls(urls: Any) -> Evidence:
    """The page; the stream, with what a guest may call himself; who comes back; rubbish; who leaves."""
    from ..dashboard.parts import reference  # it looks for the exercises, this one among them

    live, facts = reference("Feed"), dict[str, Any]()
    leaks, error = list[int](), None
    with never_awaited():
        trial = Trial(urls, Told(), ["Mocha for Ada", "Tea for Lin", FORGED])
        page = await trial.get("?milk=500")
        whole = await trial.get("events/")
        back = await trial.get("events/", Last_Event_ID="2")
        soon = await trial.get("events/", Last_Event_ID="soon")
        nobody = await Trial(urls, live(), []).get("events/", leave_after=1)
        if not (trouble(whole) or given_up(nobody)):
            for after in range(4):
                leaver = Trial(urls, live(), ["Mocha for Ada", "Tea for Lin"])
                error = error or (await leaver.get("events/", leave_after=after)).error
                if await leaver.left():
                    leaks.append(after)
            with suppress(Exception):  # what it raises, Django has met above
                leaver = Trial(urls, live(), ["Mocha for Ada", "Tea for Lin"])
                await leaver.close_in_sending()
                facts["kept_in_sending"] = await leaver.left()
                facts["goes_on"] = await Trial(urls, live(), ["Mocha for Ada"]).cancel_in_waiting()
    answer, stream = page.responses[0], whole.responses[0]
    html, body = (answer.text if answer else ""), (stream.text if stream else "")
    found = [data for _, data in read_events(body)]
    kind = (stream.header("content-type") or "") if stream else ""
    texts = [_text(data) for data in found]
    wanted = ["Mocha for Ada", "Tea for Lin", FORGED]
    facts |= {
        "unawaited": trial.suppliers.called > 0 and not trial.suppliers.wishes,
        "asked": trial.suppliers.wishes,
        "unescaped": MARKUP in html,
        "markup": MARKUP,
        "events": found,
        "type": repr(kind),
        "typed": kind.partition(";")[0].strip().lower() == "text/event-stream",
        "ids": ids(whole),
        "forged": FORGED.replace("\n", "⏎"),
        "got_through": len(found) > 3 or "free drinks" in found,
        "raw": repr(found[2:])[:120] if len(found) >= 3 and texts[:3] != wanted else "",
        "back": ids(back),
        "soon": "" if trouble(whole) else trouble(soon),
        "empty_hangs": bool(given_up(nobody)),
        "leaks": leaks,
        "early": (
            "Before the first order, a visitor gets no answer at all."
            if given_up(nobody)
            else f"A visitor left after message {leaks[0] if leaks else 0}, and is still on the list."
        ),
    }
    facts["odd"] = _odd(trial, page, html, whole, facts, texts, wanted, trouble(nobody))
    errors = (page.error, whole.error, soon.error, error)
    return Evidence(error=next((each for each in errors if each is not None), None), facts=facts)


def _text(data: str) -> Any:
    try:
        return json.loads(data)
    except ValueError:
        return None


def _odd(
    trial: Trial,
    page: Run,
    html: str,
    whole: Run,
    facts: dict[str, Any],
    texts: list[Any],
    wanted: list[str],
    nobody: str,
) -> str:
    if trouble(page):
        return f"the page failed: {trouble(page)}"
    if not trial.suppliers.wishes or trial.suppliers.wishes[0] != {"milk": "500"}:
        return "the page did not ask `suppliers(request.GET)`"
    missing = [
        word
        for word in (f"12 kg {trial.suppliers.mark}", "Failed:", "Late:", "<h1>Dashboard</h1>")
        if word not in html
    ]
    if missing:
        return f"the page does not say {missing[0]!r}"
    if trouble(whole):
        return f"the stream failed: {trouble(whole)}"
    if texts[:3] != wanted:
        return _misread(facts["events"], wanted)
    if facts["ids"][:3] != [1, 2, 3]:
        return f"the ids of three orders are {facts['ids']}"
    if facts["back"] != [3]:
        return f"who comes back with `Last-Event-ID: 2` gets the numbers {facts['back']}"
    if not facts["typed"]:
        return f"the content type of the stream is {facts['type']}"
    if facts["soon"]:
        return f"with `Last-Event-ID: soon` it fails: {facts['soon']}"
    if nobody:
        return f"before the first order the stream fails: {nobody}"
    if facts["unescaped"]:
        return "what a supplier says is HTML on the page"
    if facts["leaks"]:
        return f"who left after message {facts['leaks'][0]} still listens"
    if facts.get("kept_in_sending"):
        return "who left while the first event was on its way still listens"
    if facts.get("goes_on"):
        return "a visitor left while the stream waited, it was cancelled, and went on"
    return ""


def _misread(found: list[str], wanted: list[str]) -> str:
    """Which event does not hold its text as JSON."""
    for data, text in zip(found, wanted, strict=False):
        if _text(data) != text:
            return f"the order {text!r} arrives as {clean(repr(data)[:120])}, and should be its text as JSON"
    return f"three orders were published, and a browser reads {len(found)}"
