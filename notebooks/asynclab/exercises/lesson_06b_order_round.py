"""Exercise 6b.5: all orders of a round or none, and nobody else's."""

from __future__ import annotations

import asyncio
import inspect
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from secrets import token_hex
from textwrap import dedent, indent
from threading import get_ident
from typing import Any
from unittest.mock import patch

from django.db import connections
from django.db.backends.utils import CursorWrapper
from django.http import HttpRequest, HttpResponse

from ..client import fetch
from .declare import Evidence, Exercise, Wrong
from .lesson_06_asked import environment_restored, menu
from .trying import given_up, never_awaited, said, unawaited


class Book:
    """What anybody else sees of a guest's orders: what is committed, by a connection of its own."""

    def __init__(self) -> None:
        self._file = str(connections["default"].settings_dict["NAME"])
        self.seen = list[int]()  # of the guest who is watched, after each INSERT
        self.watched, self.on_loop, self._home = "", 0, get_ident()
        self.begun: Callable[[], object] = lambda: None  # called at each INSERT

    def rows(self, guest: str) -> int:
        with closing(sqlite3.connect(self._file, timeout=2)) as book:
            query = "SELECT count(*) FROM cafe_order WHERE customer = ?"
            return int(book.execute(query, [guest]).fetchone()[0])

    def noting(self, execute: Callable[..., Any]) -> Callable[..., Any]:
        """The cursor's method, with a look into the book after each order that is written."""

        def noted(cursor: CursorWrapper, sql: str, *rest: Any) -> Any:
            done = execute(cursor, sql, *rest)
            if str(sql).startswith("INSERT") and "cafe_order" in str(sql):
                self.on_loop += get_ident() == self._home
                with suppress(sqlite3.Error):  # it is being committed at this very moment
                    self.seen.append(self.rows(self.watched))
                self.begun()
            return done

        return noted


async def try_order_round(order_round: Any) -> Evidence:
    """Ada's round is complete. Bo's is not, and while it is under way Cy orders, in the same request."""
    from cafe.models import Drink, Order

    mark = token_hex(3)
    ((_, drinks),) = await menu(mark, 3)
    names = [drink.name for drink in drinks]
    ada, bo, cy = (f"{name} {mark}" for name in ("Ada", "Bo", "Cy"))
    book, errors, waits = Book(), dict[str, BaseException | None](), False

    async def ask(guest: str, wanted: list[str]) -> None:
        nonlocal waits
        book.watched, errors[guest] = guest, None
        try:
            result = order_round(guest, wanted)
            waits = unawaited(await result if inspect.isawaitable(result) else result) or waits
        except Exception as error:
            errors[guest] = error

    async def view(request: HttpRequest) -> HttpResponse:
        begun, loop = asyncio.Event(), asyncio.get_running_loop()

        async def innocent() -> None:
            await begun.wait()
            await Order.objects.acreate(drink=drinks[0], customer=cy)

        book.begun = lambda: None
        await ask(ada, names)
        book.begun = lambda: loop.call_soon_threadsafe(begun.set)
        other = asyncio.create_task(innocent())
        await ask(bo, [*names[:2], f"Nothing {mark}"])
        begun.set()
        await other
        return HttpResponse("ready")

    with (
        environment_restored(),
        never_awaited() as dropped,
        patch.object(CursorWrapper, "execute", book.noting(CursorWrapper.execute)),
        patch.object(CursorWrapper, "executemany", book.noting(CursorWrapper.executemany)),
    ):
        run = await fetch("/", view=view, deadline=6)
    rows = {"made": book.rows(ada), "left": book.rows(bo), "innocent": book.rows(cy)}
    of_ada, of_bo = errors.get(ada), errors.get(bo)
    told = isinstance(of_bo, Drink.DoesNotExist)
    text = said(of_ada) or ("" if told else said(of_bo))
    packed = not of_ada and isinstance(of_bo, BaseExceptionGroup)  # a TaskGroup's: what it holds is no news
    return Evidence(
        error=None if packed else of_ada or (None if told else of_bo) or run.error,
        facts={
            **rows,
            "half": max((count for count in book.seen if 0 < count < len(names)), default=0),
            "waits": bool(waits or dropped) and rows["made"] == 0,
            "text": text.rstrip("."),
            "told": told,
            "on_loop": book.on_loop,
            "odd": given_up(run)
            or (
                f"a round of 3 made {rows['made']} rows, the broken one {rows['left']}; its caller expects "
                f"DoesNotExist and got {text}"
                if packed
                else text.rstrip(".")
            )
            or (
                f"{book.on_loop} rows were written on the loop's thread, with the guard off"
                * bool(book.on_loop)
            )
            or f"of a round of 3 there are {rows['made']} rows, of the broken one {rows['left']}, and "
            f"{'DoesNotExist' if told else 'no error'} reached the caller",
        },
    )


IMPORTS = (
    "from asgiref.sync import sync_to_async\n"
    "from cafe.models import Drink, Order\n"
    "from django.db import transaction\n\n\n"
)
EACH = (
    "        for name in names:\n"
    "            drink = await Drink.objects.aget(name=name)\n"
    "            await Order.objects.acreate(drink=drink, customer=customer)\n"
)
ISLAND = (
    "def make(customer, names):\n"
    "    for name in names:\n"
    "        drink = Drink.objects.get(name=name)\n"
    "        Order.objects.create(drink=drink, customer=customer)\n\n\n"
)
DEF = "async def order_round(customer, names):\n"
FLAT = indent(dedent(EACH), "    ")
CLASS = (
    "class async_atomic:\n"
    "    async def __aenter__(self):\n"
    "        self.block = transaction.atomic()\n"
    "        await sync_to_async(self.block.__enter__)()\n\n"
    "    async def __aexit__(self, *error):\n"
    "        await sync_to_async(self.block.__exit__)(*error)\n\n\n"
)


ORDER_ROUND = Exercise(
    number="6b.5",
    name="order_round",
    kind="make",
    minutes=6,
    task=(
        "Write `order_round(customer, names)`, an async function. It makes an `Order` for each drink that is "
        "named in `names`: **all of them or none**, and nobody ever sees half a round. If a name is not on "
        "the menu, `Drink.DoesNotExist` reaches the caller.\n\n"
        "`check` calls it in a request. While a round is under way that will fail, another guest of the same "
        "request orders. His row stays."
    ),
    stub=IMPORTS + DEF + "    ...\n",
    solutions=(
        IMPORTS
        + "@sync_to_async\n@transaction.atomic\n"
        + ISLAND.replace("def make", "def order_round").rstrip("\n")
        + "\n",
        IMPORTS
        + DEF
        + "    def island():\n        with transaction.atomic():\n"
        + "".join(f"            {line[4:]}\n" for line in ISLAND.splitlines()[1:4])
        + "\n    await sync_to_async(island)()\n",
        IMPORTS
        + DEF
        + "    found = {drink.name: drink async for drink in Drink.objects.filter(name__in=names)}\n"
        + "    if missing := set(names) - set(found):\n"
        + "        raise Drink.DoesNotExist(missing)\n"
        + "    await Order.objects.abulk_create(\n"
        + "        Order(drink=found[name], customer=customer) for name in names\n    )\n",
        IMPORTS
        + DEF
        + "    drinks = [await Drink.objects.aget(name=name) for name in names]\n\n"
        + "    @transaction.atomic\n    def write():\n"
        + "        return [Order.objects.create(drink=drink, customer=customer) for drink in drinks]\n\n"
        + "    return await sync_to_async(write)()\n",
    ),
    wrong=(
        Wrong(
            "async_with_atomic",
            (
                IMPORTS + DEF + "    async with transaction.atomic():\n" + EACH,
                IMPORTS + DEF + "    block = transaction.atomic()\n    async with block as entered:\n" + EACH,
            ),
            lambda seen: "asynchronous context manager" in seen["text"],
            "Python refused: {text}. `atomic` has no async twin. Where can a plain `with` stand?",
        ),
        Wrong(
            "atomic_on_the_loop",
            (
                IMPORTS + DEF + "    with transaction.atomic():\n" + EACH,
                IMPORTS + "@transaction.atomic\n" + DEF + FLAT,
            ),
            lambda seen: seen["text"].startswith("SynchronousOnlyOperation"),
            "The transaction would begin on the loop's thread, and the guard refused. The orders are written "
            "in another one. Which function could hold the transaction and the orders?",
        ),
        Wrong(
            "somebody_elses_row",
            (
                IMPORTS + CLASS + DEF + "    async with async_atomic():\n" + EACH,
                IMPORTS
                + DEF
                + "    block = transaction.atomic()\n"
                + "    await sync_to_async(block.__enter__)()\n    try:\n"
                + EACH
                + "    except BaseException as error:\n"
                + "        await sync_to_async(block.__exit__)(type(error), error, None)\n        raise\n"
                + "    await sync_to_async(block.__exit__)(None, None, None)\n",
            ),
            lambda seen: (seen["made"], seen["left"], seen["innocent"]) == (3, 0, 0),
            "The round was undone, and so was the order of the other guest: it came while your transaction "
            "was open between two awaits, on the same connection. What lets nobody in between?",
        ),
        Wrong(
            "keeps_the_error_back",
            (
                IMPORTS
                + "@sync_to_async\n@transaction.atomic\n"
                + "def order_round(customer, names):\n    try:\n"
                + indent(ISLAND.partition("\n")[2].rstrip("\n"), "    ")
                + "\n    except Drink.DoesNotExist:\n        return None\n",
                IMPORTS
                + DEF
                + "    found = [drink async for drink in Drink.objects.filter(name__in=names)]\n"
                + "    await Order.objects.abulk_create(\n"
                + "        Order(drink=drink, customer=customer) for drink in found\n    )\n",
            ),
            lambda seen: seen["left"] > 0 and not seen["told"] and not seen["text"],
            "The broken round lacks its last drink, {left} of its rows stayed, and no error reached the "
            "caller. A transaction is undone by an error that leaves its block. Where is yours?",
        ),
        Wrong(
            "no_transaction",
            (
                IMPORTS + DEF + FLAT,
                IMPORTS + ISLAND + DEF + "    await sync_to_async(make)(customer, names)\n",
            ),
            lambda seen: seen["left"] > 0,
            "The round broke at its last drink, and {left} of its rows stayed. "
            "What makes the rows one unit, and in which function?",
        ),
        Wrong(
            "half_a_round_is_seen",
            (
                IMPORTS
                + DEF
                + "    made = []\n    try:\n"
                + EACH.replace("await Order.objects", "order = await Order.objects")
                + "            made.append(order)\n"
                + "    except Drink.DoesNotExist:\n"
                + "        for order in made:\n            await order.adelete()\n        raise\n",
                IMPORTS
                + DEF
                + "    drinks = [await Drink.objects.aget(name=name) for name in names]\n"
                + "    for drink in drinks:\n"
                + "        await Order.objects.acreate(drink=drink, customer=customer)\n",
            ),
            lambda seen: seen["made"] == 3 and seen["half"] > 0,
            "In the end the rows are right. On the way, somebody else saw {half} of 3: each row is committed "
            "by itself. What commits all of them at once?",
        ),
        Wrong(
            "forgets_await",
            (
                IMPORTS
                + "@transaction.atomic\n"
                + ISLAND
                + DEF
                + "    return sync_to_async(make)(customer, names)\n",
                IMPORTS
                + "@transaction.atomic\n"
                + ISLAND
                + DEF
                + "    sync_to_async(make)(customer, names)\n",
            ),
            lambda seen: seen["waits"],
            "Nothing was ordered: you made the call, and nobody awaited it. Which word is missing?",
        ),
    ),
    hints=(
        "A transaction belongs to one connection, and so to one thread. Who else may use it meanwhile?",
        "One plain `def` with `transaction.atomic()` and all the orders in it.",
        "Carry that function over in one piece: `await sync_to_async(…)(…)`.",
    ),
    attempt=try_order_round,
    passed=lambda seen: bool(
        seen["made"] == 3
        and seen["left"] == 0
        and seen["innocent"] == 1
        and seen["told"]
        and not seen["half"]
        and not seen["on_loop"]
    ),
    done="A round of {made}, none of the broken one, and the other guest's order stayed.",
    otherwise="Not yet: {odd}. Is it all or none, and does the error reach the caller?",
    deadline=12.0,
)
