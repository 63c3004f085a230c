"""What lessons 06 and 06b claim beyond their declarations, and answers that nobody foresaw."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse

from asynclab.client import fetch
from asynclab.exercises import Prediction, find
from asynclab.trial import Judge
from tests import cafe, practice

from .reading import NOTEBOOKS, __main__

# What the runs decide


async def three_counts(request: HttpRequest) -> HttpResponse:
    from cafe.models import Drink

    await asyncio.gather(*(Drink.objects.acount() for _ in range(3)))
    return HttpResponse("ready")


async def count(request: HttpRequest) -> HttpResponse:
    from cafe.models import Drink

    return HttpResponse(str(await Drink.objects.acount()))


async def hello(request: HttpRequest) -> HttpResponse:
    return HttpResponse("Hello ada")


async def broken(request: HttpRequest) -> HttpResponse:
    raise ValueError


@pytest.mark.parametrize(
    ("number", "view", "times", "letter"),
    [
        ("6.5", three_counts, 1, "b"),
        ("6.5", count, 1, None),  # the cell was changed: it decides nothing
        ("6.11", broken, 1, "c"),
        ("6.11", hello, 1, "a"),
        ("6b.7", count, 8, "c"),
    ],
)
def test_the_run_of_a_prediction_decides_it(number: str, view: Any, times: int, letter: str | None) -> None:
    cafe.ready()

    async def send() -> Any:
        return await fetch("/", view=view, times=times)

    run, asked = cafe.run(send()), find(number)
    assert isinstance(asked, Prediction)
    if letter is None:
        with pytest.raises(ValueError, match="another view"):
            asked.settle(run)
    else:
        assert asked.settle(run) == letter


# Right answers that are written in an unusual way

PAGE = "from cafe.models import Drink, Order\nfrom django.http import HttpResponse\n\n"
TOLD = "    return HttpResponse(f\"{guest}: {', '.join(drinks)}\")\n"
RIGHT = {
    "all drinks by their numbers": (
        "6.12",
        PAGE + "async def my_orders(request):\n    guest = await request.auser()\n"
        "    orders = [order async for order in Order.objects.filter(customer=str(guest))]\n"
        "    found = await Drink.objects.ain_bulk([order.drink_id for order in orders])\n"
        "    drinks = [found[order.drink_id].name for order in orders]\n" + TOLD,
    ),
    "a sync view, which Django carries": (
        "6.12",
        PAGE + "def my_orders(request):\n    guest = request.user\n"
        "    orders = Order.objects.select_related('drink').filter(customer=str(guest))\n"
        "    drinks = [order.drink.name for order in orders]\n" + TOLD,
    ),
    "the user is opened in the thread": (
        "6.12",
        "from asgiref.sync import sync_to_async\n"
        + PAGE
        + "async def my_orders(request):\n    guest = await sync_to_async(lambda: str(request.user))()\n"
        "    mine = Drink.objects.filter(orders__customer=guest).values_list('name', flat=True)\n"
        "    drinks = [name async for name in mine]\n" + TOLD,
    ),
    "one join for all": (
        "6.13",
        "from cafe.models import Drink, Supplier\nfrom django.http import JsonResponse\n"
        "from django.shortcuts import aget_object_or_404\n\n"
        "async def card(request):\n"
        "    supplier = await aget_object_or_404(Supplier, slug=request.GET['supplier'])\n"
        "    told = {}\n"
        "    rows = Drink.objects.filter(supplier=supplier).values_list('name', 'orders__customer')\n"
        "    async for name, guest in rows:\n"
        "        told.setdefault(name, []).extend([guest] if guest else [])\n"
        "    return JsonResponse(told)\n",
    ),
    "a savepoint for each order": (
        "6b.5",
        "from asgiref.sync import sync_to_async\nfrom cafe.models import Drink, Order\n"
        "from django.db import transaction\n\n"
        "def island(customer, names):\n    with transaction.atomic(durable=True):\n"
        "        for name in names:\n            with transaction.atomic():\n"
        "                drink = Drink.objects.get(name=name)\n"
        "                Order(drink=drink, customer=customer).save()\n\n"
        "async def order_round(customer, names):\n    await sync_to_async(island)(customer, names)\n",
    ),
}


@pytest.mark.parametrize(("number", "source"), RIGHT.values(), ids=RIGHT)
def test_an_unusual_right_answer_passes(judge: Judge, number: str, source: str) -> None:
    verdict = practice.judged(judge, number, source)
    assert verdict.state == "passed", verdict


# Wrong answers that are not among the declared ones: what is said of them

ROUND = (
    "import asyncio, os\nfrom asgiref.sync import sync_to_async\nfrom cafe.models import Drink, Order\n"
    "from django.db import transaction\n\nasync def order_round(customer, names):\n"
)
WRONG = {
    "it awaits the user, and looks him up again": (
        "6.12",
        PAGE + "async def my_orders(request):\n    guest = await request.auser()\n"
        "    mine = Order.objects.select_related('drink').filter(customer=str(request.user))\n"
        "    drinks = [order.drink.name async for order in mine]\n" + TOLD,
        "The user is looked up on the loop, in line 6",
    ),
    "nobody is ever logged in": (
        "6.12",
        PAGE + "async def my_orders(request):\n    guest, drinks = 'AnonymousUser', []\n" + TOLD,
        "Not yet: ada got 'AnonymousUser: '",
    ),
    "the guard is off for the supplier's card": (
        "6.13",
        "import os\nfrom cafe.models import Supplier\nfrom django.http import JsonResponse\n"
        "from django.shortcuts import get_object_or_404\n\nasync def card(request):\n"
        "    os.environ['DJANGO_ALLOW_ASYNC_UNSAFE'] = '1'\n"
        "    supplier = get_object_or_404(Supplier, slug=request.GET['supplier'])\n"
        "    drinks = supplier.drinks.prefetch_related('orders')\n"
        "    return JsonResponse({d.name: [o.customer for o in d.orders.all()] for d in drinks})\n",
        "Not yet: the guard was off",
    ),
    "the round is written on the loop": (
        "6b.5",
        ROUND + "    os.environ['DJANGO_ALLOW_ASYNC_UNSAFE'] = '1'\n    with transaction.atomic():\n"
        "        for name in names:\n"
        "            Order.objects.create(drink=Drink.objects.get(name=name), customer=customer)\n",
        "on the loop's thread, with the guard off",
    ),
    "the transaction is never closed": (
        "6b.5",
        ROUND + "    await sync_to_async(transaction.atomic().__enter__)()\n    for name in names:\n"
        "        drink = await Drink.objects.aget(name=name)\n"
        "        await Order.objects.acreate(drink=drink, customer=customer)\n",
        "of a round of 3 there are 0 rows",
    ),
    "it finds nobody": (
        "6.13",
        "from django.http import Http404\n\nasync def card(request):\n    raise Http404\n",
        "should have 2 drinks and got 404",
    ),
    "it looks the drinks up in a group of tasks": (
        "6b.5",
        ROUND + "    async with asyncio.TaskGroup() as tasks:\n"
        "        found = [tasks.create_task(Drink.objects.aget(name=name)) for name in names]\n"
        "    orders = [Order(drink=each.result(), customer=customer) for each in found]\n"
        "    await Order.objects.abulk_create(orders)\n",
        "expects DoesNotExist and got ExceptionGroup",
    ),
    "nothing is ordered": ("6b.5", ROUND + "    return names\n", "there are 0 rows"),
    "it waits for ever": (
        "6b.5",
        ROUND + "    await asyncio.Event().wait()\n",
        "It was waiting at order_round",
    ),
}


@pytest.mark.parametrize(("number", "source", "said"), WRONG.values(), ids=WRONG)
def test_a_wrong_answer_that_nobody_foresaw_is_told_what_was_seen(
    judge: Judge, number: str, source: str, said: str
) -> None:
    verdict = practice.judged(judge, number, source)
    assert verdict.state == "failed", verdict
    assert said in verdict.message


# The lesson where there is no server


def test_a_lesson_that_starts_a_server_is_left_as_it_is_where_there_is_none(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lesson = NOTEBOOKS / "06b_transactions_and_connections.ipynb"
    before = lesson.read_bytes()
    monkeypatch.setattr("asynclab.quarters._folders", lambda: iter(()))
    monkeypatch.setattr(__main__, "HERE", __main__.REFERENCE)

    assert __main__.main(["06b"]) == 0
    assert capsys.readouterr().err.startswith(f"{lesson.name}: left as it is. There is no PostgreSQL here.")
    assert lesson.read_bytes() == before
    assert __main__.unserved(NOTEBOOKS / "06_orm.ipynb") is None
