"""Exercise 4.13: three slow calls of a blocking library and one of the database, all at once."""

from __future__ import annotations

import inspect
import threading
from contextlib import suppress
from secrets import token_hex
from typing import Any

from asgiref.sync import sync_to_async
from django.core.exceptions import SynchronousOnlyOperation
from django.db import connections
from django.http import HttpRequest, HttpResponse

from ..client import fetch
from .declare import Evidence, Exercise, Wrong
from .trying import UnderWay, never_awaited, said, unawaited

NAMES = ("milk", "beans", "tea")
TOGETHER = 1.0  # seconds until a call that waits for its three companions gives up


class Probe:
    """The library and the database call that an answer gets: they note where they run and who is there."""

    def __init__(self) -> None:
        self.mark = token_hex(3)
        self.asked = list[tuple[str, str]]()  # which supplier, and where: "loop", "own" or "other"
        self.counted = list[str]()
        self.refused = ""
        self.own = self.loop = 0
        self.under_way = UnderWay()
        self._all = threading.Barrier(len(NAMES) + 1)

    @property
    def met(self) -> bool:
        """Whether all four calls were under way at the same moment."""
        return self.under_way.most > len(NAMES)

    def ask(self, supplier: str) -> str:
        """Blocks until the other calls are there, too; but not for ever."""
        here = self._here()
        self.asked.append((supplier, here))
        with self.under_way:
            if here != "loop":
                self._wait()
        return f"{supplier} {self.mark}"

    def count(self) -> int:
        """Asks the database; on the loop's thread Django refuses that."""
        from cafe.models import Drink

        self.counted.append(here := self._here())
        try:
            drinks = Drink.objects.count()
        except SynchronousOnlyOperation as error:  # an answer may swallow it
            self.refused = said(error)
            raise
        with self.under_way:
            self._wait()
        if here == "other":
            connections.close_all()  # nobody else would, in this thread
        return drinks

    def _here(self) -> str:
        return {self.loop: "loop", self.own: "own"}.get(threading.get_ident(), "other")

    def _wait(self) -> None:
        with suppress(threading.BrokenBarrierError):  # one did not come: from now on nobody waits
            self._all.wait(TOGETHER)


async def try_stock(stock: Any) -> Evidence:
    """One visitor; all that is asked and counted is noted."""
    from cafe.models import Drink

    probe, found = Probe(), list[object]()
    drinks = await Drink.objects.acount()

    async def view(request: HttpRequest) -> HttpResponse:
        probe.loop = threading.get_ident()
        probe.own = await sync_to_async(threading.get_ident)()
        result = stock(probe.ask, probe.count)
        found.append(await result if inspect.isawaitable(result) else result)
        return HttpResponse("ready")

    with never_awaited() as dropped:
        run = await fetch("/", view=view, deadline=60)
        result = found[0] if found else None
        waits = unawaited(result)
    wanted = [drinks, *(f"{name} {probe.mark}" for name in NAMES)]
    good = isinstance(result, list | tuple) and list(result) == wanted
    places = [here for _, here in probe.asked]
    times = sorted(name for name, _ in probe.asked) == sorted(NAMES) and len(probe.counted) == 1
    shown = "a coroutine" if waits else repr(result)
    return Evidence(
        result=result if not waits else "a coroutine",
        error=run.error,
        facts={
            "refused": probe.refused,
            "asked": places,
            "on_loop": places.count("loop"),
            "on_own": places.count("own"),
            "counted": probe.counted,
            "most": probe.under_way.most,
            "met": probe.met,
            "waits": run.error is None and (waits or bool(dropped and not (good and times))),
            "good": good and times,
            "odd": (
                said(run.error).rstrip(".")
                or ("" if good else f"you returned {shown[:120]}, wanted were {wanted}")
                or (
                    ""
                    if times
                    else f"`ask` was called {len(places)} times, `count` {len(probe.counted)} times"
                )
                or f"at most {probe.under_way.most} of the 4 calls were under way at the same moment"
            ),
        },
    )


IMPORTS = "import asyncio\nfrom asgiref.sync import sync_to_async\n\n\n"
FALSE = "thread_sensitive=False"


def stocked(*lines: str, imports: str = "") -> str:
    """One way to write `stock`."""
    return "\n".join(
        (f"{imports}{IMPORTS}async def stock(ask, count):", *(f"    {each}" for each in lines), "")
    )


def gathered(count: str, ask: str, before: str = "return await") -> tuple[str, ...]:
    """All four in one `gather`; `ask` is a call for the supplier `name`."""
    names = '("milk", "beans", "tea")'
    return (f"{before} asyncio.gather({count}, *({ask} for name in {names}))",)


COUNT, POOL = "sync_to_async(count)()", f"sync_to_async(ask, {FALSE})(name)"

STOCK = Exercise(
    number="4.13",
    name="stock",
    kind="make",
    minutes=7,
    task=(
        "Write `stock(ask, count)`, an async function. It gets two sync functions. `ask(name)` belongs to a "
        "library: it blocks, it is safe in several threads, and it does not touch the database. `count()` "
        "asks the database.\n\n"
        'Call `ask` for `"milk"`, `"beans"` and `"tea"`, and `count` once: **all four at the same time**, '
        "and none of them on the loop's thread. The database stays on the request's own thread. Return one "
        "list: what `count` gave, then the three answers in that order.\n\n"
        "`check` brings both functions. Each of them waits for the other three to be under way."
    ),
    stub=IMPORTS + "async def stock(ask, count):\n    ...\n",
    solutions=(
        stocked(
            f"at_once = sync_to_async(ask, {FALSE})",
            "return await asyncio.gather(",
            "    sync_to_async(count)(),",
            '    at_once("milk"),',
            '    at_once("beans"),',
            '    at_once("tea"),',
            ")",
        ),
        stocked(
            "async with asyncio.TaskGroup() as group:",
            "    asks = [asyncio.to_thread(ask, name) for name in ('milk', 'beans', 'tea')]",
            "    asks = [group.create_task(each) for each in asks]",
            "    drinks = await sync_to_async(count)()",
            "return [drinks, *(task.result() for task in asks)]",
        ),
        stocked(
            "def all_three():",
            "    with ThreadPoolExecutor(3) as pool:",
            "        return list(pool.map(ask, ['milk', 'beans', 'tea']))",
            f"answers = asyncio.ensure_future(sync_to_async(all_three, {FALSE})())",
            "drinks = await sync_to_async(count)()",
            "return (drinks, *await answers)",
            imports="from concurrent.futures import ThreadPoolExecutor\n",
        ),
        stocked(
            "with ThreadPoolExecutor(3) as pool:",
            f"    carried = sync_to_async(ask, {FALSE}, executor=pool)",
            "    names = ['milk', 'beans', 'tea']",
            "    return list(await asyncio.gather(sync_to_async(count)(), *map(carried, names)))",
            imports="from concurrent.futures import ThreadPoolExecutor\n",
        ),
    ),
    wrong=(
        Wrong(
            "asks_on_the_loop",
            (
                stocked(
                    "answers = [ask(name) for name in ('milk', 'beans', 'tea')]",
                    "return [await sync_to_async(count)(), *answers]",
                ),
                stocked(*gathered(COUNT, f"sync_to_async(ask(name), {FALSE})()")),
            ),
            lambda seen: seen["on_loop"] > 0,
            "`ask` ran on the loop's thread, and held up everybody. "
            "Do you hand the function to the bridge, or call it yourself first?",
        ),
        Wrong(
            "counts_on_the_loop",
            (
                stocked(
                    *gathered("asyncio.sleep(0)", POOL, "answers = await"), "return [count(), *answers[1:]]"
                ),
                stocked(
                    "try:",
                    "    drinks = count()",
                    "except Exception:",
                    "    drinks = 0",
                    *gathered("asyncio.sleep(0, drinks)", POOL),
                ),
            ),
            lambda seen: "loop" in seen["counted"],
            "`count` was called on the loop's thread, and Django refused: {refused} "
            "Which bridge takes it to the request's thread?",
        ),
        Wrong(
            "takes_turns",
            (
                stocked(*gathered(COUNT, "sync_to_async(ask)(name)")),
                stocked(
                    "def four():",
                    "    return [count(), ask('milk'), ask('beans'), ask('tea')]",
                    "return await sync_to_async(four)()",
                ),
            ),
            lambda seen: seen["on_own"] > 0,
            "`ask` ran in the request's own thread, {on_own} of 3 times, and there it takes turns with the "
            "database. Which argument of `sync_to_async` sends it elsewhere?",
        ),
        Wrong(
            "database_in_the_pool",
            (
                stocked(*gathered(f"sync_to_async(count, {FALSE})()", POOL)),
                stocked(*gathered("asyncio.to_thread(count)", "asyncio.to_thread(ask, name)")),
            ),
            lambda seen: "other" in seen["counted"],
            "`count` ran in some thread of the pool, on a database connection of that thread: it sees "
            "nothing of a transaction that the request has open. Which of the two functions may leave the "
            "request's thread?",
        ),
        Wrong(
            "forgets_await",
            (
                stocked(f"return [{COUNT}, *({POOL} for name in ('milk', 'beans', 'tea'))]"),
                stocked(*gathered(COUNT, POOL, "return")),
            ),
            lambda seen: bool(seen["waits"]),
            "You made the calls, and nobody waited for their answers. "
            "Which call starts all four, and which word waits for them?",
        ),
        Wrong(
            "one_after_another",
            (
                stocked(
                    f"answers = [await {POOL} for name in ('milk', 'beans', 'tea')]",
                    f"return [await {COUNT}, *answers]",
                ),
                stocked(
                    *gathered("asyncio.sleep(0)", POOL, "answers = await"),
                    f"return [await {COUNT}, *answers[1:]]",
                ),
            ),
            lambda seen: bool(seen["good"]) and not seen["met"],
            "Each call landed on the right thread, but at most {most} of the 4 were under way at the same "
            "moment. Do some share a thread, or does one wait for another before it starts?",
        ),
    ),
    hints=(
        "Two kinds of call, so two ways to carry: which function is thread-safe, and which is the database?",
        "`sync_to_async(ask, thread_sensitive=False)` gives a function. You can call it three times.",
        "`await asyncio.gather(…)` with four calls, `count` first. It gives back a list, in that order.",
    ),
    attempt=try_stock,
    passed=lambda seen: bool(
        seen["good"] and seen["met"] and set(seen["asked"]) == {"other"} and seen["counted"] == ["own"]
    ),
    done="{most} calls at the same moment: three in the pool, and the database on the request's own thread.",
    otherwise="Not yet: {odd}. Is each of the four called once, at the same time, and the list in order?",
    deadline=8.0,
)
