"""Lessons 02 and 02b."""

from __future__ import annotations

from asynclab.exercises.lesson_02_ask_all import ask_all
from asynclab.exercises.lesson_02_stock import HEAD, IMPORTS, LIBRARY, TAIL, one_way
from asynclab.exercises.lesson_02b_drink import drink

RIGHT = {
    "2.6 a View class": (
        "from django.views import View\n"
        + one_way(
            "await asyncio.to_thread(ask, shop, {})",
            head=HEAD.replace("stock(request)", "get(self, request)"),
        )
        + "class stock(View):\n    get = get\n"
    ),
    "2.6 one trip for both, bound beforehand": (
        f"{IMPORTS}import functools\n{LIBRARY}\nasync def both(request, ask):\n"
        '    shop = request.GET["shop"]\n'
        '    beans, milk = await asyncio.to_thread(lambda: [ask(shop, what) for what in ("beans", "milk")])\n'
        f"{TAIL}\nstock = functools.partial(both, ask=ask)\n"
    ),
    "2.10 tokens in a queue": ask_all(
        "tokens = asyncio.Queue()",
        "for token in range(3): tokens.put_nowait(token)",
        "async def one(shop):",
        "    token = await tokens.get()",
        "    try: return await ask(shop)",
        "    finally: tokens.put_nowait(token)",
        "return await asyncio.gather(*map(one, shops))",
    ),
    "2.10 a condition": ask_all(
        "door, inside, answers = asyncio.Condition(), set(), {}",
        "async def one(shop):",
        "    async with door:",
        "        await door.wait_for(lambda: len(inside) < 3)",
        "        inside.add(shop)",
        "    answers[shop] = await ask(shop)",
        "    async with door:",
        "        inside.remove(shop)",
        "        door.notify()",
        "await asyncio.gather(*map(one, shops))",
        "return [answers[shop] for shop in shops]",
    ),
    "2b.8 a group, which tells of the error in its own way": drink(
        "cup.take()",
        "try:",
        "    async with asyncio.TaskGroup() as group:",
        "        sipping = group.create_task(sip())",
        "    return sipping.result()",
        "finally:",
        "    cup.give_back()",
    ),
    "2b.8 an error raised from the sip's": drink(
        "cup.take()",
        "try:",
        "    return await sip()",
        "except ValueError as error:",
        "    raise RuntimeError('spilled') from error",
        "finally:",
        "    cup.give_back()",
    ),
}
WRONG = {
    "2.6 the library waits less": (
        one_way("await asyncio.to_thread(ask, shop, {})", library=LIBRARY.replace("0.1", "0")),
        "as it was given, did not run",
    ),
    "2.6 nothing is left of it": (
        "stock = None",
        "stock is no view. `view` is None. Has a decorator forgotten",
    ),
    "2.6 it never lets go": (
        "async def stock(request):\n    while True: pass\n",
        "BLOCKED: while True: pass (stock, line 2)",
    ),
    "2.6 a def that gives a coroutine": (
        one_way(
            "await asyncio.to_thread(ask, shop, {})", head=HEAD.replace("async def stock", "async def real")
        )
        + "\ndef stock(request): return real(request)\n",
        "It returned an unawaited coroutine instead",
    ),
    "2.10 three doors, taken in turn": (
        ask_all(
            "doors = [asyncio.Lock(), asyncio.Lock(), asyncio.Lock()]",
            "async def one(at):",
            "    async with doors[at % 3]: return await ask(shops[at])",
            "return await asyncio.gather(*map(one, range(len(shops))))",
        ),
        "The slow one kept two places empty",
    ),
    "2.10 two at once": (
        ask_all(
            "two = asyncio.Semaphore(2)",
            "async def one(shop):",
            "    async with two: return await ask(shop)",
            "return await asyncio.gather(*map(one, shops))",
        ),
        "at most 2 questions were under way at once, 8 were asked in all. Wanted are",
    ),
    "2b.8 the sip goes on behind a shield": (
        drink(
            "cup.take()", "try:", "    return await asyncio.shield(sip())", "finally:", "    cup.give_back()"
        ),
        "when the sip was cancelled: take, sip, give back; and `drink` was cancelled",
    ),
    "2b.8 no sip at all": (
        drink("cup.take()", "cup.give_back()", "return 'tasty'"),
        "when the sip went well: take, give back; and `drink` returned 'tasty'",
    ),
    "2b.8 misspelt in the clean-up": (
        drink("cup.take()", "try:", "    return await sip()", "finally:", "    cup.giveback()"),
        "AttributeError: 'Table' object has no attribute 'giveback' (line 8)",
    ),
}
