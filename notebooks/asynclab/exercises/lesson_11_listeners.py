"""What exercise 11.6 looks at: listeners who come, come back, dawdle, and leave at any message."""

from __future__ import annotations

import asyncio
import gc
import inspect
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from secrets import token_hex
from typing import Any

from .declare import Evidence
from .trying import never_awaited, said

KEEP = 5  # messages that the check's feeds keep
MANY = 40  # messages while somebody dawdles
SOON = 0.4  # seconds for what must come
NOTHING = 0.03  # seconds in which nothing must come


class Stuck(Exception):
    """Something that must come did not."""


async def soon(awaitable: Any, what: str) -> Any:
    """The result of something that must come; Stuck if it does not."""
    task = asyncio.ensure_future(awaitable)
    done, _ = await asyncio.wait({task}, timeout=SOON)
    if done:
        return task.result()
    task.cancel()
    await asyncio.wait({task}, timeout=SOON)
    raise Stuck(what)


class Listener:
    """One visitor: reads item after item, and leaves in one of three ways."""

    def __init__(self, feed: Any, *last_id: int) -> None:
        self.items: AsyncIterator[Any] = feed.listen(*last_id)
        self.got: list[Any] = []

    async def read(self, count: int = 1) -> list[Any]:
        """The next items. Stuck if one does not come."""
        for _ in range(count):
            self.got.append(await soon(anext(self.items), f"item {len(self.got) + 1} of a listener"))
        return self.got

    async def rest(self) -> list[Any]:
        """All that comes at once."""
        with suppress(Stuck, StopAsyncIteration):
            while len(self.got) < 3 * MANY:
                await self.read()
        return self.got

    async def leave_waiting(self) -> str:
        """It is cancelled where it waits for the next item; what came of that, if not a cancellation."""
        task = asyncio.ensure_future(anext(self.items))
        for _ in range(10):
            await asyncio.sleep(0)
        if task.done():
            return ""
        task.cancel()
        done, _ = await asyncio.wait({task}, timeout=SOON)
        if not done:
            return "went on"
        return "" if task.cancelled() else "ended as if all had been told"

    async def close(self) -> None:
        """It is closed where it stands."""
        if (close := getattr(self.items, "aclose", None)) is not None:
            await soon(close(), "the end of a listener")


async def told(feed: Any, text: str) -> None:
    """Publish, whatever kind of function that is."""
    result = feed.publish(text)
    if inspect.isawaitable(result):
        await soon(result, "the end of publish")


async def listeners(feed: Any) -> int:
    """How many are on the list, once whatever was dropped has been collected."""
    for turn in range(10):
        if not len(feed.listeners):
            break
        if turn == 3:
            gc.collect()
        await asyncio.sleep(0.001)
    return len(feed.listeners)


class Trial:
    """The learner's class, and what was seen of it."""

    def __init__(self, make: Any) -> None:
        self.make = make
        self.mark = token_hex(2)
        self.error: BaseException | None = None
        self.facts: dict[str, Any] = {}

    def texts(self, count: int) -> list[str]:
        return [f"order {self.mark}{number}" for number in range(1, count + 1)]

    def pairs(self, first: int, last: int) -> list[tuple[int, str]]:
        return list(enumerate(self.texts(last), 1))[first - 1 :]

    async def feed(self, count: int) -> Any:
        feed = self.make(KEEP)
        for text in self.texts(count):
            await told(feed, text)
        return feed

    async def live(self) -> None:
        """Two listeners are there when three orders come."""
        feed = await self.feed(0)
        one, two = Listener(feed), Listener(feed)
        tasks = [asyncio.ensure_future(each.read(3)) for each in (one, two)]
        for _ in range(10):
            await asyncio.sleep(0)
        try:
            self.facts["on_list"] = len(feed.listeners)
        except TypeError:
            self.facts["listless"] = repr(feed.listeners)[:60]
        for text in self.texts(3):
            await told(feed, text)
            for _ in range(10):
                await asyncio.sleep(0)
        await asyncio.wait(tasks, timeout=4 * SOON)
        errors = [task.exception() for task in tasks if task.done() and task.exception()]
        self.facts["live"] = [one.got, two.got]
        self.facts["shared"] = sorted(one.got + two.got, key=str) == self.pairs(1, 3)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        if errors and errors[0] is not None and not isinstance(errors[0], Stuck):
            raise errors[0]

    async def back(self) -> None:
        """One comes back after order 2 of 4; then a fifth comes."""
        feed = await self.feed(4)
        one = Listener(feed, 2)
        with suppress(Stuck):
            await one.read(2)
        await told(feed, self.texts(5)[4])
        self.facts["back"] = await one.rest()

    async def between(self) -> None:
        """Orders come while the listener is being sent one: after each of its messages."""
        feed, texts = await self.feed(2), iter(self.texts(4)[2:])
        one = Listener(feed, 0)
        with suppress(Stuck):
            for text in texts:
                await one.read()
                await told(feed, text)
        self.facts["between"] = await one.rest()

    async def new(self) -> None:
        """One who has never been here gets what is kept."""
        self.facts["new"] = await Listener(await self.feed(3 * KEEP), 0).rest()

    async def dawdles(self) -> None:
        """One reads a message and then nothing; another reads all; forty orders come."""
        feed = await self.feed(1)
        slow, quick = Listener(feed, 0), Listener(feed, 0)
        await slow.read()
        await quick.read()
        for text in self.texts(MANY)[1:]:
            try:
                await told(feed, text)
            except Stuck as stuck:
                self.facts["held"] = f"{stuck} did not come"
                break
            except Exception as error:
                self.facts["held"] = f"publish raised {said(error)}"
                break
            try:
                await quick.read()
            except Stuck:
                break
        self.facts["quick"] = quick.got
        self.facts["slow"] = await slow.rest() if not self.facts.get("held") else []

    async def leaving(self) -> None:
        """One leaves before its first message, and after each; waiting, standing at its `yield`, unbegun."""
        leaks = self.facts["leaks"] = []
        for count in range(4):
            for how in ("waiting", "sent to", "unbegun"):
                if how != "waiting" and (count == 0) != (how == "unbegun"):
                    continue
                feed = await self.feed(count)
                one = Listener(feed, 0)
                await one.read(count)
                if how == "waiting" and (went := await one.leave_waiting()):
                    self.facts["went_on"] = went
                await one.close()
                del one
                if await listeners(feed):
                    leaks.append((how, count))


async def try_feed(make: Any) -> Evidence:
    """Six scenes, each with feeds of its own."""
    trial = Trial(make)
    before = asyncio.all_tasks()
    scenes: list[Callable[[], Any]] = [
        trial.live, trial.back, trial.between, trial.new, trial.dawdles, trial.leaving,
    ]  # fmt: skip
    with never_awaited() as dropped:
        for scene in scenes:
            try:
                await scene()
            except Exception as error:
                trial.error = trial.error or error
                trial.facts.setdefault("scene", (scene.__doc__ or scene.__name__))
        others = asyncio.all_tasks() - before
        for task in others:
            task.cancel()
        if others:
            await asyncio.wait(others, timeout=1)
    return Evidence(
        error=None if isinstance(trial.error, Stuck) else trial.error, facts=_facts(trial, dropped)
    )


def _facts(trial: Trial, dropped: list[str]) -> dict[str, object]:
    seen = {
        "live": [[], []],
        "on_list": 0,
        "shared": False,
        "held": "",
        "went_on": "",
        "leaks": [],
        "listless": "",
    }
    seen |= {name: [] for name in ("back", "between", "new", "quick", "slow")} | trial.facts
    live: Any = seen["live"]
    slow: Any = seen["slow"]
    newest = trial.pairs(MANY - KEEP + 1, MANY)
    wanted = {
        "back": trial.pairs(3, 5),
        "between": trial.pairs(1, 4),
        "new": trial.pairs(2 * KEEP + 1, 3 * KEEP),
        "quick": trial.pairs(1, MANY),
    }
    leaks: Any = seen["leaks"]
    odd = [f"two listen, and `listeners` is {seen['listless']}: nothing that holds entries"] * bool(
        seen["listless"]
    )
    odd += (
        [f"a listener was there when 3 orders came, and got {live[0]}"]
        if live[0] != trial.pairs(1, 3)
        else []
    )
    odd += [
        f"{_SCENES[name]} it should get {_brief(right)}, and got {_brief(seen[name])}"
        for name, right in wanted.items()
        if seen[name] != right
    ]
    if slow[-KEEP:] != newest and not seen["held"]:
        odd.append(f"who dawdles should end with {_brief(newest)}, and got {_brief(slow)}")
    if seen["live"] == [trial.pairs(1, 3)] * 2 and not (seen["on_list"] or seen["listless"]):
        odd.append("two listen, and `listeners` is empty")
    if trial.error is not None and not isinstance(trial.error, Stuck) and not seen["listless"]:
        odd.insert(0, said(trial.error).rstrip("."))
    if leaks and trial.error is None:
        odd.append(
            f"a listener left {_LEFT[leaks[0][0]]} message {leaks[0][1] + 1}, and is still on the list"
        )
    between: Any = seen["between"]
    return {
        **seen,
        "error": said(trial.error).rstrip("."),
        "live_good": live == [trial.pairs(1, 3)] * 2,
        "numbered": [each for each in live[0] if isinstance(each, tuple)],
        "first": repr(live[0][:1])[:100],
        "back_numbers": _numbers(seen["back"]),
        "between_numbers": _numbers(between),
        "twice": sorted({n for n in _numbers(between) if _numbers(between).count(n) > 1}),
        "missing": [n for n in range(1, 5) if n not in _numbers(between)],
        "backlog": len(slow),
        "quick_count": len(_numbers(seen["quick"])),
        "next": min((count for how, count in leaks if how == "waiting"), default=0) + 1,
        "leaks": leaks,
        "waiting_leaks": [count for how, count in leaks if how == "waiting"],
        "sent_leaks": [count for how, count in leaks if how == "sent to"],
        "unbegun": any(how == "unbegun" for how, _ in leaks),
        "odd": "; ".join(odd[:1])
        or (f"a coroutine was never awaited ({dropped[0]})" if dropped else "")
        or (said(trial.error).rstrip(".") if trial.error else ""),
    }


_LEFT = {"waiting": "while he waited for", "sent to": "before he asked for", "unbegun": "before he asked for"}
_SCENES = {
    "back": "who comes back with `last_id` 2 when there are 5 orders:",
    "between": "orders come while somebody is being sent one:",
    "new": f"who is new when {3 * KEEP} orders have come, and {KEEP} are kept:",
    "quick": f"a quick listener beside a slow one, {MANY} orders:",
}


def _numbers(items: Any) -> list[Any]:
    return [each[0] for each in items if isinstance(each, tuple) and each]


def _brief(items: Any) -> str:
    if len(items) > 6 and all(isinstance(each, tuple) for each in items):
        return f"{len(items)} orders, {items[0]} to {items[-1]}"
    return repr(items)[:160]
