"""What exercise 7.11 looks at: a feed that knows who has not left, and visitors who leave at any message."""

from __future__ import annotations

import asyncio
import gc
import inspect
from collections.abc import AsyncIterator
from contextlib import suppress
from secrets import token_hex
from typing import Any

from django.http import HttpRequest

from .. import stack
from ..client import fetch
from ..run import Run
from .declare import Evidence
from .trying import behind, given_up, never_awaited, said

COUNT = 3  # messages that a feed has
PATIENCE = 0.3  # seconds until the next message comes although the one before never reached the client
TURNS = 20  # of the loop: so long a slow client takes for each message


class Inbox:
    """One visitor's messages: each comes when the one before has arrived; then there are none."""

    def __init__(self, feed: Feed) -> None:
        self._feed, self._taken = feed, 0

    async def get(self) -> str:
        """The next message. Waits for it, if it must for ever."""
        feed = self._feed
        if self not in feed.open:
            raise LookupError("This inbox is not on the feed's list.")
        if self._taken == COUNT:
            await asyncio.Event().wait()
        if self._taken:
            with suppress(TimeoutError):  # (before Python 3.12 `wait_for` may swallow a cancellation)
                async with asyncio.timeout(PATIENCE):
                    await feed.came[self._taken - 1].wait()
            feed.held += not feed.came[self._taken - 1].is_set()
        self._taken += 1
        feed.taken += 1
        return feed.items[self._taken - 1]


class Feed:
    """What the check brings: visitors join and leave; it knows who has not left."""

    def __init__(self) -> None:
        mark = token_hex(2)
        self.items = [f"{what} {mark}" for what in ("café is open", "mocha is ready", "last order")]
        self.came = [asyncio.Event() for _ in self.items]
        self.open = list[Inbox]()
        self.joined = self.taken = self.held = 0
        self.body = b""
        self.gone = False  # the client has left
        self.ended = False  # a last message was sent after that

    def join(self) -> Inbox:
        """A new inbox, which stays on the list until it leaves."""
        self.joined += 1
        self.open.append(Inbox(self))
        return self.open[-1]

    def leave(self, inbox: Inbox) -> None:
        """Take it off the list; nothing happens if it is not on it."""
        if inbox in self.open:
            self.open.remove(inbox)


def events(body: str) -> list[tuple[str, str]]:
    """The events of a stream as a browser reads them: kind and data. What no blank line ends is none."""
    found = list[tuple[str, str]]()
    kind, data = "message", list[str]()
    for line in body.replace("\r\n", "\n").replace("\r", "\n").split("\n")[:-1]:
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if not line:
            if data:
                found.append((kind, "\n".join(data)))
            kind, data = "message", []
        elif name == "data":
            data.append(value)
        elif name == "event":
            kind = value
    return found


async def visit(news: Any, leave_after: int, slow: bool) -> tuple[Feed, Run]:
    """One visitor who leaves after so many messages; a slow one lets Django wait in `send`."""
    feed = Feed()

    async def view(request: HttpRequest) -> Any:
        result = news(request, feed)
        return await result if inspect.isawaitable(result) else result

    django = stack.build("asgi", view, ())

    async def app(scope: Any, receive: Any, send: Any) -> None:
        async def hear() -> Any:
            message = await receive()
            feed.gone = feed.gone or message["type"] == "http.disconnect"
            return message

        async def out(message: Any) -> None:
            body = message.get("body", b"")
            if feed.gone and message["type"] == "http.response.body" and not message.get("more_body"):
                feed.ended = True
            await send(message)
            feed.body += body
            for item, came in zip(feed.items, feed.came, strict=True):
                if item.encode() in feed.body:
                    came.set()
            for _ in range(TURNS if slow else 0):
                await asyncio.sleep(0)

        await django(scope, hear, out)

    return feed, await fetch("/", app=app, leave_after=leave_after, deadline=2)


async def stream(news: Any) -> AsyncIterator[object]:
    """The pieces of one answer, with no handler in between."""
    response = news(HttpRequest(), Feed())
    response = await response if inspect.isawaitable(response) else response
    async for piece in response.streaming_content:
        yield piece


async def left_behind(feed: Feed) -> int:
    """How many are still on the list, once whatever was dropped has been collected and closed."""
    for turn in range(20):
        if not feed.open:
            break
        if turn in (1, 10):
            gc.collect()
        await asyncio.sleep(0.002)
    return len(feed.open)


async def try_news(news: Any) -> Evidence:
    """A visitor who stays for all messages, then one who leaves at each of them, quick and slow."""
    visits = list[tuple[Feed, Run, int, int]]()  # and after which message, and how many stayed behind
    with never_awaited() as dropped:
        for after in (COUNT + 1, *range(COUNT + 1)):
            for slow in (False, True):
                if not (visits and (given_up(visits[-1][1]) or visits[-1][1].error)):
                    feed, run = await visit(news, after, slow)
                    visits.append((feed, run, after, await left_behind(feed)))
    (stays, run, *_), (last, final, *_) = visits[0], visits[-1]
    error = await behind(final.error, stream(news))
    trouble = given_up(final) or said(error).rstrip(".")
    stuck = bool(given_up(final) and last.gone)
    ended = any(feed.ended for feed, *_ in visits)
    (response,) = run.responses
    kind = (response.header("content-type") or "") if response else ""
    body = stays.body.decode(errors="replace")
    found = events(body)
    good = [data for _, data in found] == stays.items  # of any kind: an event may have a name
    quick = [after for _, _, after, behind in visits[::2] if behind]
    leaks = quick or [after for _, _, after, behind in visits if behind]
    when = leaks[0] if leaks else 0
    pairs = zip(stays.items, (data for _, data in found), strict=False)
    differs = next((f"the message {item!r} came as {data!r}" for item, data in pairs if item != data), "")
    return Evidence(
        error=error,
        facts={
            "seen": len(found),
            "held": stays.held,
            "count": stays.held + 1,
            "has_items": all(item in body for item in stays.items),
            "good": good,
            "body": repr(body[:80]),
            "coroutine": "<coroutine object" in body,
            "type": kind,
            "taken": stays.taken,
            "typed": kind.partition(";")[0].strip().lower() == "text/event-stream",
            "leaks": leaks and not trouble,
            "when": f"after message {when} of the answer" if when else "before the answer",
            "quick_leaks": quick and not trouble,
            "began": max(leaks, default=0) > 1 and not trouble,
            "went_on": ended or stuck,
            "how": "did not end until the check gave it up"
            if stuck
            else "ended as if all had been told, and Django sent the last message of a complete answer",
            "trouble": trouble,
            "odd": trouble
            or (f"`feed.join()` was called {stays.joined} times" if stays.joined != 1 else "")
            or (f"`inbox.get()` gave {stays.taken} of {COUNT} messages" if stays.taken < COUNT else "")
            or ("a coroutine was never awaited" if dropped else "")
            or (f"the content type is {kind!r}" if good else "")
            or differs
            or f"the client got {body[:120]!r}",
        },
    )
