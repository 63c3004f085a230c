"""Exercise 4.10: an async function that calls a sync one that calls an async one."""

from __future__ import annotations

import asyncio
import inspect
from secrets import randbelow
from typing import Any

from django.http import HttpRequest, HttpResponse

from ..client import fetch
from ..run import Run
from .declare import Evidence, Exercise, Wrong
from .trying import failed_with, never_awaited, said

AMOUNTS = (7, 12)


async def try_bill(bill: Any) -> Evidence:
    """Two visitors with two amounts at once; a rate that is made up notes the loop it runs on."""
    home, factor = asyncio.get_running_loop(), 2 + randbelow(1000)
    loops, totals = list[str](), dict[int, object]()

    async def rate() -> int:
        loops.append("home" if asyncio.get_running_loop() is home else "another")
        await asyncio.sleep(0)
        return factor

    async def view(request: HttpRequest) -> HttpResponse:
        amount = int(request.GET["amount"])
        total = bill(rate, amount)
        total = await total if inspect.isawaitable(total) else total
        totals[amount] = "a coroutine" if inspect.isawaitable(total) else total
        if inspect.iscoroutine(total):
            total.close()
        return HttpResponse("paid")

    with never_awaited() as dropped:
        run = await fetch([f"/?amount={amount}" for amount in AMOUNTS], view=view, deadline=60)
    good = totals == {amount: amount * factor for amount in AMOUNTS}
    crossed = all(over_both(run, number) for number in range(1, len(AMOUNTS) + 1))
    return Evidence(
        error=run.error,
        facts={
            "errors": [said(run.error)],
            "error_text": said(run.error).rstrip("."),
            "loops": loops,
            "totals": totals,
            "dropped": bool(dropped),
            "good": good and crossed and loops == ["home"] * len(AMOUNTS),
            "odd": (
                said(run.error).rstrip(".")
                or ("" if good else f"for {list(AMOUNTS)} at a rate of {factor} you returned {totals}")
                or ("" if crossed else "the totals are right, but not both calls went over a bridge")
                or f"the totals are right, but `rate` was asked {len(loops)} times for {len(AMOUNTS)} bills"
            ),
        },
    )


def over_both(run: Run, request: int) -> bool:
    """Whether this request's sync call ran off the loop, and came back to the loop out of its thread."""
    yours = [each for each in run.recording.yours if each.request == request and each.started is not None]
    away = {each.thread for each in yours if each.bridge == "sync_to_async"} - {"loop"}
    return any(
        each.bridge == "async_to_sync" and each.from_thread in away and each.thread == "loop"
        for each in yours
    )


IMPORTS = "from asgiref.sync import async_to_sync, sync_to_async\n\n\n"
THERE, BACK = "async_to_sync(rate)()", "await sync_to_async(charge)(rate, amount)"


def paying(per_euro: str = THERE, total: str = BACK, imports: str = "") -> str:
    """The two functions, with these two calls."""
    return (
        f"{imports}{IMPORTS}"
        f"def charge(rate, amount):\n    per_euro = {per_euro}\n    return amount * per_euro\n\n\n"
        f"async def bill(rate, amount):\n    return {total}\n"
    )


BILL = Exercise(
    number="4.10",
    name="bill",
    kind="modify",
    minutes=4,
    task=(
        "`bill` is async and calls `charge`, which is sync. `charge` calls `rate`, which is async. Both "
        "calls are written as if there were no difference.\n\n"
        "Change two lines, one in each function, so that each call goes over its bridge. `charge` stays a "
        "plain `def`. `check` brings a `rate` of its own, and two visitors at once."
    ),
    stub=(
        IMPORTS
        + """\
def charge(rate, amount):
    per_euro = rate()  # `rate` is an async def
    return amount * per_euro


async def bill(rate, amount):
    return charge(rate, amount)
"""
    ),
    solutions=(
        paying(),
        """\
from asgiref.sync import async_to_sync, sync_to_async

def charge(rate, amount):
    @async_to_sync
    async def ask():
        return await rate()
    return ask() * amount

bill = sync_to_async(charge, thread_sensitive=True)
""",
        """\
import asgiref.sync

@asgiref.sync.sync_to_async
def charge(rate, amount):
    wait_for = asgiref.sync.async_to_sync(rate)
    return amount * wait_for()

async def bill(rate, amount):
    carried = charge(rate=rate, amount=amount)
    total = await carried
    return total
""",
    ),
    wrong=(
        Wrong(
            "names_the_bridge_only",
            (paying(total="await sync_to_async(charge)"), paying(per_euro="async_to_sync(rate)")),
            lambda seen: (
                failed_with("SyncToAsync", "await")(seen) or failed_with("operand", "AsyncToSync")(seen)
            ),
            "You used the bridge itself as if it were the result: {error_text}. A bridge gives you a "
            "function. What calls a function?",
        ),
        Wrong(
            "stays_on_the_loop",
            (
                paying(total="charge(rate, amount)"),
                paying(total="await sync_to_async(charge(rate, amount))"),
            ),
            failed_with("You cannot use AsyncToSync"),
            "`async_to_sync` was called on the loop's thread, and there it refuses to wait: nobody could "
            "serve what it waits for. Which bridge takes `charge` away from the loop, before it is called?",
        ),
        Wrong(
            "computes_with_a_coroutine",
            (paying(per_euro="rate()"), paying(per_euro="async_to_sync(rate())()")),
            lambda seen: failed_with("'coroutine'")(seen),
            "`rate()` only makes a coroutine, and sync code got hold of that: {error_text}. "
            "Do you hand `async_to_sync` the function, or a call of it?",
        ),
        Wrong(
            "swaps_the_bridges",
            (paying(per_euro="sync_to_async(rate)()"), paying(per_euro="sync_to_async(rate())")),
            failed_with("can only be applied to sync functions"),
            "`sync_to_async` refused: what you gave it is not a sync function. "
            "`charge` is sync and wants to call `rate`, which is async. Which bridge leads that way?",
        ),
        Wrong(
            "starts_another_loop",
            (
                paying(per_euro="asyncio.run(rate())", imports="import asyncio\n"),
                paying(total="await asyncio.to_thread(charge, rate, amount)", imports="import asyncio\n"),
            ),
            lambda seen: "another" in seen["loops"],
            "`rate` ran on another loop, made for this one call: whatever belongs to the first loop (an open "
            "connection, a lock) is out of reach there. The two bridges, as they come, know the way back "
            "to the loop of the request. Which call went without one, or over one told otherwise?",
        ),
        Wrong(
            "forgets_await",
            (
                paying(total="sync_to_async(charge)(rate, amount)"),
                paying(total="(lambda total: total)(sync_to_async(charge)(rate, amount))"),
            ),
            lambda seen: "a coroutine" in seen["totals"].values(),
            "`bill` returned a coroutine, so `charge` never ran. Which word waits for its result?",
        ),
    ),
    hints=(
        "Name the bridge by where you stand and where you go: in `bill` from sync to async, or back?",
        "A bridge takes a function and gives you a function. Then you call that, with the arguments.",
        "In `charge`: `async_to_sync(rate)()`. In `bill` the other one, with `await` in front.",
    ),
    attempt=try_bill,
    passed=lambda seen: bool(seen["good"]),
    done="Two bills at once: each `charge` ran in a thread, and `rate` came back to the loop both times.",
    otherwise="Not yet: {odd}. Does `bill` reach `charge`, and `charge` reach `rate`, each over a bridge?",
    deadline=6.0,
)
