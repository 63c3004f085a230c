"""Lessons 06 and 06b."""

from __future__ import annotations

PAGE = "from cafe.models import Drink, Order\nfrom django.http import HttpResponse\n\n"
TOLD = "    return HttpResponse(f\"{guest}: {', '.join(drinks)}\")\n"
RIGHT = {
    "6.12 all drinks by their numbers": (
        PAGE + "async def my_orders(request):\n    guest = await request.auser()\n"
        "    orders = [order async for order in Order.objects.filter(customer=str(guest))]\n"
        "    found = await Drink.objects.ain_bulk([order.drink_id for order in orders])\n"
        "    drinks = [found[order.drink_id].name for order in orders]\n" + TOLD
    ),
    "6.12 a sync view, which Django carries": (
        PAGE + "def my_orders(request):\n    guest = request.user\n"
        "    orders = Order.objects.select_related('drink').filter(customer=str(guest))\n"
        "    drinks = [order.drink.name for order in orders]\n" + TOLD
    ),
    "6.12 the user is opened in the thread": (
        "from asgiref.sync import sync_to_async\n"
        + PAGE
        + "async def my_orders(request):\n    guest = await sync_to_async(lambda: str(request.user))()\n"
        "    mine = Drink.objects.filter(orders__customer=guest).values_list('name', flat=True)\n"
        "    drinks = [name async for name in mine]\n" + TOLD
    ),
    "6.13 one join for all": (
        "from cafe.models import Drink, Supplier\nfrom django.http import JsonResponse\n"
        "from django.shortcuts import aget_object_or_404\n\n"
        "async def card(request):\n"
        "    supplier = await aget_object_or_404(Supplier, slug=request.GET['supplier'])\n"
        "    told = {}\n"
        "    rows = Drink.objects.filter(supplier=supplier).values_list('name', 'orders__customer')\n"
        "    async for name, guest in rows:\n"
        "        told.setdefault(name, []).extend([guest] if guest else [])\n"
        "    return JsonResponse(told)\n"
    ),
    "6b.5 a savepoint for each order": (
        "from asgiref.sync import sync_to_async\nfrom cafe.models import Drink, Order\n"
        "from django.db import transaction\n\n"
        "def island(customer, names):\n    with transaction.atomic(durable=True):\n"
        "        for name in names:\n            with transaction.atomic():\n"
        "                drink = Drink.objects.get(name=name)\n"
        "                Order(drink=drink, customer=customer).save()\n\n"
        "async def order_round(customer, names):\n    await sync_to_async(island)(customer, names)\n"
    ),
}
ROUND = (
    "import asyncio, os\nfrom asgiref.sync import sync_to_async\nfrom cafe.models import Drink, Order\n"
    "from django.db import transaction\n\nasync def order_round(customer, names):\n"
)
WRONG = {
    "6.12 it awaits the user, and looks him up again": (
        PAGE + "async def my_orders(request):\n    guest = await request.auser()\n"
        "    mine = Order.objects.select_related('drink').filter(customer=str(request.user))\n"
        "    drinks = [order.drink.name async for order in mine]\n" + TOLD,
        "The user is looked up on the loop, in line 6",
    ),
    "6.12 nobody is ever logged in": (
        PAGE + "async def my_orders(request):\n    guest, drinks = 'AnonymousUser', []\n" + TOLD,
        "Not yet: ada got 'AnonymousUser: '",
    ),
    "6.13 the guard is off for the supplier's card": (
        "import os\nfrom cafe.models import Supplier\nfrom django.http import JsonResponse\n"
        "from django.shortcuts import get_object_or_404\n\nasync def card(request):\n"
        "    os.environ['DJANGO_ALLOW_ASYNC_UNSAFE'] = '1'\n"
        "    supplier = get_object_or_404(Supplier, slug=request.GET['supplier'])\n"
        "    drinks = supplier.drinks.prefetch_related('orders')\n"
        "    return JsonResponse({d.name: [o.customer for o in d.orders.all()] for d in drinks})\n",
        "Not yet: the guard was off",
    ),
    "6b.5 the round is written on the loop": (
        ROUND + "    os.environ['DJANGO_ALLOW_ASYNC_UNSAFE'] = '1'\n    with transaction.atomic():\n"
        "        for name in names:\n"
        "            Order.objects.create(drink=Drink.objects.get(name=name), customer=customer)\n",
        "on the loop's thread, with the guard off",
    ),
    "6b.5 the transaction is never closed": (
        ROUND + "    await sync_to_async(transaction.atomic().__enter__)()\n    for name in names:\n"
        "        drink = await Drink.objects.aget(name=name)\n"
        "        await Order.objects.acreate(drink=drink, customer=customer)\n",
        "of a round of 3 there are 0 rows",
    ),
    "6.13 it finds nobody": (
        "from django.http import Http404\n\nasync def card(request):\n    raise Http404\n",
        "should have 2 drinks and got 404",
    ),
    "6b.5 it looks the drinks up in a group of tasks": (
        ROUND + "    async with asyncio.TaskGroup() as tasks:\n"
        "        found = [tasks.create_task(Drink.objects.aget(name=name)) for name in names]\n"
        "    orders = [Order(drink=each.result(), customer=customer) for each in found]\n"
        "    await Order.objects.abulk_create(orders)\n",
        "expects DoesNotExist and got ExceptionGroup",
    ),
    "6b.5 nothing is ordered": (ROUND + "    return names\n", "there are 0 rows"),
    "6b.5 it waits for ever": (ROUND + "    await asyncio.Event().wait()\n", "It was waiting at order_round"),
}
