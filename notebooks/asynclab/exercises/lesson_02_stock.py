"""Exercise 2.6: a page that asks a library which blocks; mended with two lines."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from secrets import token_hex
from typing import Any

from ..client import fetch
from .declare import Evidence, Exercise, Wrong
from .trying import as_a_view, failed_with, given_up, never_awaited, said

WAIT = 0.1  # seconds; the library's, and nobody else's here


@contextmanager
def sleepers() -> Iterator[list[int]]:
    """Collect the thread of each of the library's sleeps: so often it was asked, and there."""
    seen, sleep = list[int](), time.sleep

    def noted(seconds: Any) -> None:
        if seconds == WAIT:
            seen.append(threading.get_ident())
        sleep(seconds)

    time.sleep = noted
    try:
        yield seen
    finally:
        time.sleep = sleep


async def try_stock(stock: Any) -> Evidence:
    """Three visitors at once, each with a shop that is made up now."""
    shops = [token_hex(3) for _ in range(3)]
    with never_awaited() as dropped, sleepers() as slept, as_a_view("stock"):
        run = await fetch([f"/stock/?shop={shop}" for shop in shops], view=stock, deadline=6)
    here = threading.get_ident()
    texts = [answer.text if answer and answer.status == 200 else "" for answer in run.responses]
    block, given = run.blocked[0] if run.blocked else None, given_up(run)
    return Evidence(
        error=run.error,
        facts={
            "text": texts[0],
            "told": texts == [f"{shop} has beans, {shop} has milk" for shop in shops],
            # one that ends may be a busy machine's
            "blocked": len({row.request for row in run.blocked}) > 1 or bool(run.blocked and given),
            "line": f"{block.function}, line {block.line}" if block else "",
            "code": block.code if block else "",
            "asked": sum(thread != here for thread in slept),
            "on_loop": run.threads == ("loop",),
            "threads": len(run.threads),
            "left_lying": bool(dropped)
            or any("<coroutine" in text or "<Task" in text for text in texts)
            or "await wasn't used" in said(run.error),
            "errors": [said(run.error)],
            "odd": given or said(run.error).rstrip(".") or f"the first visitor reads {texts[0][:80]!r}",
        },
    )


# What Python says of text that is awaited: up to 3.13, since 3.14, and `gather`.
NO_AWAITABLE = ("can't be used in 'await'", "can't be awaited", "an awaitable is required")
IMPORTS = """\
import asyncio
import time
from django.http import HttpResponse

"""
LIBRARY = """\

def ask(shop, what):  # from a library: leave it as it is
    time.sleep(0.1)
    return f"{shop} has {what}"

"""
HEAD = """\

async def stock(request):
    shop = request.GET["shop"]
"""
TAIL = '    return HttpResponse(f"{beans}, {milk}")\n'


def stock(beans: str, milk: str, before: str = "", library: str = LIBRARY, head: str = HEAD) -> str:
    """The view with these two lines."""
    return IMPORTS + library + before + head + f"    {beans}\n    {milk}\n" + TAIL


def one_way(call: str, **parts: str) -> str:
    """The view with both of its questions asked in this way: "ask(shop, {})"."""
    beans, milk = (f"{what} = {call.format(repr(what))}" for what in ("beans", "milk"))
    return stock(beans, milk, **parts)


STOCK = Exercise(
    number="2.6",
    name="stock",
    kind="modify",
    minutes=4,
    task=(
        "`stock` asks a shop twice, through a library's function `ask` that blocks. Change the two lines "
        "that call it, so that the loop is free meanwhile. Leave `ask` as it is.\n\n"
        "`check` sends three visitors at once, each with a shop that it makes up."
    ),
    stub=one_way("ask(shop, {})").replace("'", '"'),
    solutions=(
        one_way("await asyncio.to_thread(ask, shop, {})").replace("'", '"'),
        stock(
            'questions = [asyncio.to_thread(ask, shop, what) for what in ("beans", "milk")]',
            "beans, milk = await asyncio.gather(*questions)",
        ),
        IMPORTS
        + "from concurrent.futures import ThreadPoolExecutor\n"
        + LIBRARY
        + HEAD
        + "    pool = ThreadPoolExecutor(2)\n"
        + '    beans = await asyncio.wrap_future(pool.submit(ask, shop, "beans"))\n'
        + '    milk = await asyncio.get_running_loop().run_in_executor(None, ask, shop, "milk")\n'
        + TAIL,
        IMPORTS
        + "from asgiref.sync import sync_to_async\n"
        + LIBRARY
        + "\naask = sync_to_async(ask)\n"
        + HEAD
        + '    beans = await aask(shop, "beans")\n    milk = await aask(shop, "milk")\n'
        + TAIL,
    ),
    wrong=(
        Wrong(
            "forgets_await",
            (
                one_way("asyncio.to_thread(ask, shop, {})"),
                one_way("asyncio.create_task(asyncio.to_thread(ask, shop, {}))"),
            ),
            lambda seen: bool(seen["left_lying"]),
            "You have the question there, and not yet its answer: nobody waited for it. "
            "Which word is missing?",
        ),
        Wrong(
            "awaits_the_answer",
            (
                one_way("await ask(shop, {})"),
                stock('beans, milk = ask(shop, "beans"), ask(shop, "milk")', "await beans, milk"),
            ),
            lambda seen: any(failed_with(words)(seen) for words in NO_AWAITABLE),
            "`ask` blocks first, and then gives back text, and text cannot be awaited. "
            "Who can run `ask` in another thread, and give you something to await?",
        ),
        Wrong(
            "calls_it_first",
            (
                one_way("await asyncio.to_thread(ask(shop, {}))"),
                one_way(
                    "await loop.run_in_executor(None, ask(shop, {}))",
                    head=HEAD + "    loop = asyncio.get_running_loop()\n",
                ),
            ),
            failed_with("not callable"),
            "`ask(…)` ran here, on the loop, and the thread was given its answer to call. "
            "How do you hand over the function itself, and its arguments beside it?",
        ),
        Wrong(
            "still_blocks",
            (
                one_way(
                    "await aask(shop, {})",
                    before="\nasync def aask(shop, what):\n    return ask(shop, what)\n\n",
                ),
                stock(
                    'beans = await asyncio.to_thread(ask, shop, "beans")',
                    'milk = ask(shop, "milk")',
                ),
            ),
            lambda seen: bool(seen["blocked"]),
            "BLOCKED: {code} ({line}). That line still ran on the loop, whatever stands around it. "
            "Which thread should run `ask`?",
        ),
        Wrong(
            "made_it_sync",
            (
                one_way("ask(shop, {})", head=HEAD.replace("async ", "")),
                IMPORTS
                + LIBRARY
                + "\nstock = lambda request: HttpResponse(', '.join(\n"
                + '    ask(request.GET["shop"], what) for what in ("beans", "milk")))\n',
            ),
            lambda seen: seen["told"] and seen["threads"] > 1,
            "Without `async`, each visitor got a thread: {threads} threads. "
            "That works, too. Now try it with an `async def` that lends a thread for `ask` alone.",
        ),
        Wrong(
            "replaces_the_library",
            (
                one_way(
                    "await ask(shop, {})",
                    library=LIBRARY.replace("def ask", "async def ask").replace(
                        "time.sleep", "await asyncio.sleep"
                    ),
                ),
                one_way("ask(shop, {})", library=LIBRARY.replace("    time.sleep(0.1)\n", "")),
            ),
            lambda seen: seen["told"] and seen["asked"] < 6,
            "The page reads right, but the library's `ask`, as it was given, did not run for it. "
            "Suppose that you may neither change nor replace it. What can you do around it?",
        ),
    ),
    hints=(
        "2.5 mends such a page. Which line there is different?",
        "`asyncio.to_thread` wants the function's name, without a call, and then its arguments.",
        'The first line becomes `beans = await asyncio.to_thread(ask, shop, "beans")`.',
    ),
    attempt=try_stock,
    passed=lambda seen: seen["told"] and seen["on_loop"] and not seen["blocked"] and seen["asked"] >= 6,
    done=(
        "Three visitors, {asked} questions, all in other threads: the loop was free. First answer: {text!r}."
    ),
    otherwise="Not yet: {odd}. Does each visitor read both answers for their own shop?",
)
