"""Exercise 6.12: two lines of a page ask the database on the loop."""

from __future__ import annotations

from contextlib import AsyncExitStack
from secrets import token_hex
from threading import get_ident
from typing import Any

from ..client import fetch
from ..run import Run
from .declare import Evidence, Exercise, Wrong
from .lesson_06_asked import Refused, asked, environment_restored, errors_of, logged_in, menu, refused
from .trying import failed_with, given_up, said

LAYERS = (
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
)
MOST = 2  # queries: a join is one, a prefetch two
ORM = "QuerySet."  # what `auser` and the other twins carry begins with it


async def try_my_orders(my_orders: Any) -> Evidence:
    """A guest with five orders, one with one, and one who is not logged in; one after another."""
    from cafe.models import Order

    mark, home = token_hex(3), get_ident()
    ((_, drinks),) = await menu(mark, 5)
    ordered = {f"ada-{mark}": drinks, f"bo-{mark}": drinks[:1], "AnonymousUser": []}
    for name, wanted in ordered.items():
        for drink in wanted:
            await Order.objects.acreate(drink=drink, customer=name)
    runs, counts, on_loop = list[Run](), list[int](), 0
    with environment_restored():
        for name in ordered:
            async with AsyncExitStack() as visit:
                known = name != "AnonymousUser"
                headers = await visit.enter_async_context(logged_in(name)) if known else {}
                with asked() as queries:
                    runs.append(
                        await fetch("/", view=my_orders, middleware=LAYERS, headers=headers, deadline=3)
                    )
                counts.append(len(queries))
                on_loop += sum(query.thread == home for query in queries)
    told = [answer.text if (answer := run.responses[0]) else "" for run in runs]
    wanted_text = {name: [drink.name for drink in drinks] for name, drinks in ordered.items()}
    wrong = [
        f"{name.partition('-')[0]} got {text[:80]!r}"
        for (name, wanted), text, run in zip(wanted_text.items(), told, runs, strict=True)
        if not _right(name, wanted, text, run)
    ]
    stopped = next((found for run in runs if (found := refused(run))), Refused("", "", ""))
    carried = [each.what for run in runs if refused(run) for each in run.recording.yours]
    first = next((run for run in runs if run.error is not None), runs[0])
    return Evidence(
        recording=first.recording,
        error=first.error,
        facts={
            "errors": errors_of(runs),
            "by": stopped.by,
            "line": stopped.line,
            "carried": any(not what.startswith(ORM) for what in carried),
            "on_loop": on_loop,
            "queries": max(counts),
            "good": not wrong,
            "odd": given_up(first)
            or said(first.error).rstrip(".")
            or "; ".join(wrong)
            or f"{max(counts)} queries",
        },
    )


def _right(name: str, wanted: list[str], text: str, run: Run) -> bool:
    """Whether the page says the name, a colon, and these drinks in any order."""
    said, _, drinks = text.partition(":")
    answer = run.responses[0]
    listed = sorted(filter(None, (drink.strip() for drink in drinks.split(","))))
    return bool(answer and answer.status == 200 and said == name and listed == sorted(wanted))


IMPORTS = "from cafe.models import Drink, Order\nfrom django.http import HttpResponse\n\n\n"
TWO = "from asgiref.sync import sync_to_async\n"
AUSER = "    guest = await request.auser()\n"
ORDERS = "    orders = Order.objects.filter(customer=guest.get_username())\n"
JOINED = ORDERS + '    orders = orders.select_related("drink")\n'
NAMES = "    drinks = [order.drink.name async for order in orders]\n"
ANSWER = "    return HttpResponse(f\"{guest}: {', '.join(drinks)}\")\n"


def page(*lines: str, before: str = "", imports: str = "") -> str:
    """The page with these lines in place of its own."""
    return f"{imports}{IMPORTS}{before}async def my_orders(request):\n" + "".join(lines) + ANSWER


MY_ORDERS = Exercise(
    number="6.12",
    name="my_orders",
    kind="modify",
    minutes=4,
    task=(
        "`my_orders` greets whoever is logged in, and lists the drinks of the orders under that name. Two of "
        "its lines ask the database on the loop.\n\n"
        "Change these two lines. At most two queries to the café's tables, however many orders there are. "
        "`check` sends one guest with five orders, one with one, and one who is not logged in."
    ),
    stub=page("    guest = request.user\n", ORDERS, NAMES).replace("Drink, Order", "Order"),
    solutions=(
        page(AUSER, JOINED, NAMES).replace("Drink, Order", "Order"),
        page(
            AUSER,
            ORDERS,
            '    orders = orders.values_list("drink__name", flat=True)\n',
            "    drinks = [name async for name in orders]\n",
        ),
        page(
            "    guest, drinks = await sync_to_async(look_up)(request)\n",
            before=(
                "def look_up(request):\n"
                "    name = str(request.user)\n"
                '    orders = Order.objects.filter(customer=name).prefetch_related("drink")\n'
                "    return name, [order.drink.name for order in orders]\n\n\n"
            ),
            imports=TWO,
        ),
        page(
            AUSER,
            "    mine = Drink.objects.filter(orders__customer=guest.get_username())\n",
            "    drinks = [drink.name async for drink in mine.aiterator()]\n",
        ),
    ),
    wrong=(
        Wrong(
            "switches_the_guard_off",
            (
                page(
                    '    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"\n',
                    "    guest = request.user\n",
                    JOINED,
                    "    drinks = [order.drink.name for order in orders]\n",
                    imports="import os\n",
                ),
                page(
                    AUSER,
                    ORDERS,
                    '    os.environ.update(DJANGO_ALLOW_ASYNC_UNSAFE="1")\n',
                    NAMES,
                    imports="import os\n",
                ),
            ),
            lambda seen: seen["on_loop"] > 0,
            "The guard was off, and {on_loop} queries ran on the loop's thread and held up everybody. "
            "Leave it on: what does each of the two lines need instead?",
        ),
        Wrong(
            "forgets_await",
            (
                page("    guest = request.auser()\n", JOINED, NAMES),
                page(
                    "    guest = who(request)\n",
                    JOINED,
                    NAMES,
                    before="async def who(request):\n    return await request.auser()\n\n\n",
                ),
            ),
            failed_with("'coroutine' object"),
            "`guest` is a coroutine: a call that nobody awaited. Which word is missing?",
        ),
        Wrong(
            "carries_a_promise",
            (
                page("    guest = await sync_to_async(lambda: request.user)()\n", JOINED, NAMES, imports=TWO),
                page(
                    '    guest = await sync_to_async(getattr)(request, "user")\n',
                    JOINED,
                    NAMES,
                    imports=TWO,
                ),
            ),
            lambda seen: seen["by"] == "user" and seen["carried"],
            "Something did cross, and still the user was looked up on the loop, in {line}. `request.user` is "
            "a promise: the thread handed it back unopened. What gives you the user himself?",
        ),
        Wrong(
            "user_on_the_loop",
            (
                page("    guest = request.user\n", JOINED, NAMES),
                page("    guest = request.user\n", "    name = str(guest)\n", ORDERS, NAMES),
            ),
            lambda seen: seen["by"] == "user",
            "The user is looked up on the loop, in {line}. Whoever is not logged in gets the page all the "
            "same. Which twin of `request.user` can you await?",
        ),
        Wrong(
            "relation_on_the_loop",
            (
                page(AUSER, ORDERS, NAMES),
                page(
                    AUSER,
                    "    drinks = []\n",
                    "    async for order in Order.objects.filter(customer=str(guest)):\n",
                    "        drinks.append(str(order.drink))\n",
                ),
            ),
            lambda seen: seen["by"] == "relation",
            "The orders came, without their drinks: those are asked for on the loop, one by one, in {line}. "
            "What lets the drinks come with the orders?",
        ),
        Wrong(
            "rows_on_the_loop",
            (
                page(AUSER, JOINED, NAMES.replace("async for", "for")),
                page(AUSER, JOINED, "    rows = list(orders)\n", NAMES.replace("async for", "for")),
            ),
            lambda seen: seen["by"] == "queryset",
            "The rows are asked for on the loop's thread, in {line}. Django refused. "
            "Is there a twin with an `a`, or an `async` to put in front?",
        ),
        Wrong(
            "a_query_a_row",
            (
                page(
                    AUSER,
                    ORDERS,
                    "    ids = [order.drink_id async for order in orders]\n",
                    "    drinks = [(await Drink.objects.aget(pk=pk)).name for pk in ids]\n",
                ),
                page(
                    AUSER,
                    ORDERS,
                    "    drinks = await sync_to_async(names)(orders)\n",
                    before="def names(orders):\n    return [order.drink.name for order in orders]\n\n\n",
                    imports=TWO,
                ),
            ),
            lambda seen: seen["good"] and seen["queries"] > MOST,
            "Every page is right, and the one with five orders took {queries} queries: one for the list, one "
            "for each drink. Which method fetches the drinks along with the orders?",
        ),
    ),
    hints=(
        "One line reads an attribute of the request, the other an attribute of each order. Both are lazy.",
        "`await request.auser()` gives the user. The drinks can come with the orders, in the same query.",
        '`Order.objects.select_related("drink").filter(…)`.',
    ),
    attempt=try_my_orders,
    passed=lambda seen: bool(seen["good"] and not seen["on_loop"] and seen["queries"] <= MOST),
    done="Three guests, nobody's query on the loop, at most {queries} for a page.",
    otherwise="Not yet: {odd}. Does each page hold the name, a colon and the drinks, as the stub has it?",
    deadline=10.0,
)
