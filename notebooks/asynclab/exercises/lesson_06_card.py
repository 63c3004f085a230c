"""Exercise 6.13: a page over two relations, in at most three queries."""

from __future__ import annotations

import json
from secrets import token_hex
from threading import get_ident
from typing import Any

from ..client import fetch
from ..run import Run
from .declare import Evidence, Exercise, Wrong
from .lesson_06_asked import Refused, asked, environment_restored, errors_of, menu, refused
from .trying import failed_with, given_up, said

MOST = 3  # queries: the supplier, its drinks, their orders


async def try_card(card: Any) -> Evidence:
    """Two suppliers, with two and with seven drinks, and one whom nobody knows; one after another."""
    from cafe.models import Order

    mark, home = token_hex(3), get_ident()
    wanted = dict[str, dict[str, list[str]]]()
    for supplier, drinks in await menu(mark, 2, 7):
        shelf = wanted[supplier.slug] = {drink.name: list[str]() for drink in drinks}
        for at, drink in enumerate(drinks):
            for guest in [f"Ada {mark}", f"Bo {mark}"][: at % 3]:
                await Order.objects.acreate(drink=drink, customer=guest)
                shelf[drink.name].append(guest)
    runs, counts, on_loop = list[Run](), list[int](), 0
    with environment_restored():
        for slug in (*wanted, f"{mark}-nobody"):
            with asked() as queries:
                runs.append(await fetch(f"/?supplier={slug}", view=card, deadline=3))
            counts.append(len(queries))
            on_loop += sum(query.thread == home for query in queries)
    *known, unknown = runs
    wrong = [
        f"{slug} should have {len(shelf)} drinks and "
        + (f"was told {_body(run)[:90]!r}" if _status(run) == 200 else f"got {_status(run)}")
        for (slug, shelf), run in zip(wanted.items(), known, strict=True)
        if _told(run) != {name: sorted(guests) for name, guests in shelf.items()}
    ]
    status = _status(unknown)
    stopped = next((found for run in known if (found := refused(run))), Refused("", "", ""))
    first = next((run for run in known if run.error is not None), known[0])
    return Evidence(
        recording=first.recording,
        error=first.error,
        facts={
            "errors": errors_of(known),
            "by": stopped.by,
            "model": stopped.model,
            "line": stopped.line,
            "on_loop": on_loop,
            "queries": max(counts),
            "good": not wrong,
            "missing": status,
            "odd": given_up(first)
            or said(first.error).rstrip(".")
            or "; ".join(wrong)
            or ("the guard was off, and queries ran on the loop's thread" if on_loop else "")
            or (f"an unknown supplier got {status}" if status != 404 else f"{max(counts)} queries"),
        },
    )


def _status(run: Run) -> int | None:
    answer = run.responses[0]
    return answer.status if answer is not None else None


def _body(run: Run) -> str:
    answer = run.responses[0]
    return answer.text if answer is not None and answer.status == 200 else ""


def _told(run: Run) -> object:
    """What the page says, each drink's guests in alphabetical order; None if it makes no sense."""
    try:
        return {str(name): sorted(guests) for name, guests in json.loads(_body(run)).items()}
    except (ValueError, TypeError, AttributeError):
        return None


BRIDGE = "from asgiref.sync import sync_to_async\n"
IMPORTS = (
    "from cafe.models import Drink, Order, Supplier\n"
    "from django.http import JsonResponse\n"
    "from django.shortcuts import aget_object_or_404\n\n\n"
)
KNOWN = '    supplier = await aget_object_or_404(Supplier, slug=request.GET["supplier"])\n'
FETCHED = '    drinks = supplier.drinks.prefetch_related("orders")\n'
LAZY = "    drinks = supplier.drinks.all()\n"
TOLD = (
    "    return JsonResponse({\n"
    "        drink.name: [order.customer for order in drink.orders.all()]\n"
    "        async for drink in drinks\n"
    "    })\n"
)


def view(*lines: str, imports: str = "") -> str:
    """One way to write `card`."""
    return f"{imports}{IMPORTS}async def card(request):\n" + "".join(lines)


CARD = Exercise(
    number="6.13",
    name="card",
    kind="make",
    minutes=7,
    task=(
        'Write `card`, an async view. It is asked for `/?supplier=milk`: `request.GET["supplier"]` is a '
        "supplier's `slug`. It answers with a `JsonResponse`: the name of each drink made from that "
        "supplier's goods, and who has ordered it:\n\n"
        '    {"Cappuccino": ["Guido"], "Cortado": []}\n\n'
        "404 if no supplier has this slug. **At most three queries**, however many drinks there are.\n\n"
        "A supplier has `supplier.drinks`, a drink has `drink.orders`, an order has `order.customer`."
    ),
    stub=IMPORTS.replace("Drink, Order, ", "") + "async def card(request):\n    ...\n",
    solutions=(
        view(
            "    supplier = await aget_object_or_404(\n"
            '        Supplier, slug=request.GET["supplier"]\n'
            "    )\n",
            FETCHED,
            TOLD,
        ).replace("Drink, Order, ", ""),
        view(
            KNOWN,
            "    drinks = [drink async for drink in supplier.drinks.all()]\n",
            '    await aprefetch_related_objects(drinks, "orders")\n',
            TOLD.replace("async for", "for"),
            imports="from django.db.models import aprefetch_related_objects\n",
        ),
        view(
            '    slug = request.GET["supplier"]\n',
            "    try:\n",
            "        supplier = await Supplier.objects.prefetch_related('drinks__orders').aget(slug=slug)\n",
            "    except Supplier.DoesNotExist:\n",
            "        raise Http404\n",
            "    return JsonResponse({drink.name: [order.customer for order in drink.orders.all()]\n",
            "                         for drink in supplier.drinks.all()})\n",
            imports="from django.http import Http404\n",
        ),
        view(
            KNOWN,
            "    told = {drink.name: [] async for drink in supplier.drinks.all()}\n",
            "    orders = Order.objects.filter(drink__supplier=supplier).select_related('drink')\n",
            "    async for order in orders:\n",
            "        told[order.drink.name].append(order.customer)\n",
            "    return JsonResponse(told)\n",
        ),
        view(
            "    def look_up():\n",
            "        supplier = get_object_or_404(Supplier, slug=request.GET['supplier'])\n",
            "        drinks = supplier.drinks.prefetch_related('orders')\n",
            "        return {drink.name: [o.customer for o in drink.orders.all()] for drink in drinks}\n",
            "    return JsonResponse(await sync_to_async(look_up)())\n",
            imports=BRIDGE + "from django.shortcuts import get_object_or_404\n",
        ),
    ),
    wrong=(
        Wrong(
            "forgets_await",
            (
                view(KNOWN.replace("await ", ""), FETCHED, TOLD),
                view(
                    '    slug = request.GET["supplier"]\n',
                    "    drinks = aget_object_or_404(Supplier, slug=slug).drinks\n",
                    "    drinks = drinks.prefetch_related('orders')\n",
                    TOLD,
                ),
            ),
            failed_with("'coroutine' object"),
            "Your view got a coroutine where it wanted a supplier: a call that nobody awaited. "
            "Which word is missing?",
        ),
        Wrong(
            "awaits_a_queryset",
            (
                view(
                    KNOWN,
                    FETCHED.replace("= supplier", "= await supplier"),
                    TOLD.replace("async for", "for"),
                ),
                view(
                    KNOWN,
                    "    told = {}\n",
                    "    async for drink in supplier.drinks.all():\n",
                    "        orders = await drink.orders.all()\n",
                    "        told[drink.name] = [order.customer for order in orders]\n",
                    "    return JsonResponse(told)\n",
                ),
            ),
            failed_with("QuerySet", "await"),
            "You awaited a queryset, and Python refused: it only describes. What asks for its rows?",
        ),
        Wrong(
            "asks_on_the_loop",
            (
                view(
                    KNOWN.replace("await aget", "get"),
                    FETCHED,
                    TOLD,
                    imports="from django.shortcuts import get_object_or_404\n",
                ),
                view(KNOWN, FETCHED, TOLD.replace("async for", "for")),
            ),
            lambda seen: seen["model"] in ("Supplier", "Drink"),
            "A {model} is asked for on the loop's thread, in {line}. Django refused. "
            "Is there a twin with an `a`, or an `async` to put in front?",
        ),
        Wrong(
            "orders_on_the_loop",
            (
                view(KNOWN, LAZY, TOLD),
                view(
                    KNOWN,
                    "    told = {}\n",
                    "    async for drink in Drink.objects.filter(supplier=supplier):\n",
                    "        told[drink.name] = list(drink.orders.values_list('customer', flat=True))\n",
                    "    return JsonResponse(told)\n",
                ),
            ),
            lambda seen: seen["model"] == "Order",
            "The drinks came. Then each of them asks for its orders, on the loop, in {line}. How do the "
            "orders come along before you need them, and which method of `drink.orders` asks nobody then?",
        ),
        Wrong(
            "queries_for_each_drink",
            (
                view(
                    KNOWN,
                    LAZY,
                    "    told = {}\n",
                    "    async for drink in drinks:\n",
                    "        told[drink.name] = [order.customer async for order in drink.orders.all()]\n",
                    "    return JsonResponse(told)\n",
                ),
                view(
                    KNOWN,
                    "    def told():\n",
                    "        found = supplier.drinks.all()\n",
                    "        return {each.name: [o.customer for o in each.orders.all()] for each in found}\n",
                    "    return JsonResponse(await sync_to_async(told)())\n",
                    imports=BRIDGE,
                ),
            ),
            lambda seen: seen["good"] and seen["queries"] > MOST,
            "The pages are right, and the one with seven drinks took {queries} queries: each drink asks for "
            "its own orders. Which method fetches all of them at once, and which one reads them then?",
        ),
        Wrong(
            "no_404",
            (
                view(
                    '    supplier = await Supplier.objects.aget(slug=request.GET["supplier"])\n',
                    FETCHED,
                    TOLD,
                ),
                view(
                    '    drinks = Drink.objects.filter(supplier__slug=request.GET["supplier"])\n',
                    '    drinks = drinks.prefetch_related("orders")\n',
                    TOLD,
                ),
            ),
            lambda seen: seen["good"] and seen["missing"] != 404,
            "For a supplier whom nobody knows your page answers {missing}. Which shortcut makes it a 404?",
        ),
    ),
    hints=(
        "First the supplier or a 404, then its drinks with their orders: how many queries is that?",
        "`await aget_object_or_404(…)`, and `prefetch_related` on `supplier.drinks`.",
        '`async for drink in supplier.drinks.prefetch_related("orders")`: then `drink.orders.all()` '
        "asks nobody.",
    ),
    attempt=try_card,
    passed=lambda seen: bool(
        seen["good"] and seen["missing"] == 404 and not seen["on_loop"] and seen["queries"] <= MOST
    ),
    done="At most {queries} queries a page, none of them on the loop, and 404 for whom nobody knows.",
    otherwise="Not yet: {odd}. Does the page hold each drink's name and the list of its guests?",
    deadline=10.0,
)
