"""The audit reads async functions: it says what is certain, and of what is fine it says nothing."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from asynclab.audit.reading import spots
from tests.audited import project

HEAD = """
from django.contrib.auth.models import User
from django.db import transaction
from django.db.transaction import atomic
from django.shortcuts import aget_object_or_404, get_object_or_404
from asgiref.sync import sync_to_async
from shop import models
from shop.models import Drink, Order, Sealed

"""


def model(
    name: str,
    relations: tuple[str, ...] = (),
    *,
    sets: tuple[str, ...] = (),
    own: tuple[str, ...] = (),
    loads: tuple[str, ...] = (),
) -> dict[str, Any]:
    manager = {"own": [*own], "loads": [*loads]}
    return {
        "name": name,
        "relations": [*relations],
        "sets": [*sets],
        "managers": {"objects": manager},
        "default": "objects",
        "save": True,
    }


MODELS = {
    "Drink": model("Drink", sets=("order_set",)),
    "Order": model("Order", ("drink", "guest", "receipt"), sets=("extras",)),
    "Sealed": model("Sealed", ("drink", "guest"), own=("get", "count"), loads=("drink",)),
}


def found(body: str, head: str = HEAD) -> list[tuple[str, str, bool]]:
    source = (
        head + "async def view(request):\n" + "\n".join(f"    {line}" for line in dedent(body).splitlines())
    )
    return [
        (spot.kind, spot.code, spot.certain) for spot in spots(Path("views.py"), ast.parse(source), MODELS)
    ]


CAUGHT = [
    ("Order.objects.get(pk=1)", "ask"),
    ("models.Order.objects.filter(pk=1).exists()", "ask"),
    ("x = await Order.objects.filter(pk=1).order_by('pk').first()", "ask"),
    ("return [each.pk for each in Order.objects.all()]", "loop"),
    ("for each in Order.objects.filter(pk=1):\n    print(each.pk)", "loop"),
    ("orders = Order.objects.all()\nfor each in orders:\n    print(each.pk)", "loop"),
    ("orders = list(Order.objects.all())", "loop"),
    ("order = get_object_or_404(Order, pk=1)", "shortcut"),
    ("order = get_object_or_404(Order.objects.all(), pk=1)", "shortcut"),
    ("with transaction.atomic():\n    await Order.objects.acreate()", "atomic"),
    ("with atomic():\n    pass", "atomic"),
    ("order = await Order.objects.aget(pk=1)\norder.save()", "save"),
    ("order = await Order.objects.aget(pk=1)\nreturn order.drink.name", "relation"),
    ("order: Order = await Order.objects.filter(pk=1).afirst()\nreturn order.drink", "relation"),
    ("order = await aget_object_or_404(Order, pk=1)\nreturn order.guest.username", "relation"),
    ("async for order in Order.objects.all():\n    print(order.drink.name)", "relation"),
    ("order = await Order.objects.aget(pk=1)\nreturn order.receipt.pk", "relation"),
    ("drink = await Drink.objects.aget(pk=1)\nreturn [each.pk for each in drink.order_set.all()]", "loop"),
    ("order = await Order.objects.aget(pk=1)\nreturn order.extras.filter(name='tea').first()", "ask"),
    ("orders = Order.objects.all()\nif orders:\n    pass", "loop"),
    ("if not Order.objects.filter(pk=1):\n    pass", "loop"),
    ("return Order.objects.all()[0]", "ask"),
    ("return request.session['cart']", "session"),
    ("request.session['cart'] = 1", "session"),
    ("if 'cart' in request.session:\n    pass", "session"),
    ("return request.session.get('cart')\nawait request.auser()", "session"),
    ("return request.user.username", "user"),
    ("await request.auser()\nreturn request.user.is_staff", "user"),
]
FINE = [
    "await Order.objects.aget(pk=1)",
    "await Order.objects.filter(pk=1).aexists()",
    "await sync_to_async(Order.objects.get)(pk=1)",
    "await sync_to_async(lambda: Order.objects.get(pk=1))()",
    "await sync_to_async(list)(Order.objects.all())",
    "def inner():\n    return Order.objects.get(pk=1)\nawait sync_to_async(inner)()",
    "return [each.pk async for each in Order.objects.all()]",
    "rows = [each async for each in Order.objects.all()]\nfor row in rows:\n    print(row.pk)",
    "orders = Order.objects.all()\nawait sync_to_async(len)(orders)\nfor each in orders:\n    print(each.pk)",
    "Order = other()\nOrder.objects.get(pk=1)",
    "Sealed.objects.get(pk=1)",  # a method of the project's own: it may be async
    "Order.objects.search('x').get()",
    "Order.cache.get('x')",
    "Unknown.objects.get(pk=1)",
    "order = await Order.objects.select_related('drink').aget(pk=1)\nreturn order.drink.name",
    "order = await Order.objects.prefetch_related('drink').aget(pk=1)\nreturn order.drink.name",
    "order = await Order.objects.aget(pk=1)\nreturn order.drink_id",
    "order = await Order.objects.aget(pk=1)\norder.drink = cola\nreturn order.drink.name",
    "order = await Order.objects.aget(pk=1)\nawait fetch_drink(order)\nreturn order.drink.name",
    "order = await Order.objects.aget(pk=1)\nawait sync_to_async(lambda: order.drink)()\nreturn"
    " order.drink.name",
    "order = await Order.objects.aget(pk=1)\nif no:\n    order = await better()\nreturn order.drink.name",
    "order = await Order.objects.acreate(drink=cola)\nreturn order.drink.name",
    "order = await Order.objects.aget(pk=1)\nawait order.asave()",
    "async for row in Order.objects.values('drink'):\n    print(row.drink)",
    "user = await request.auser()\nreturn user.username",
    "request.user = await request.auser()\nreturn request.user.username",
    "return await sync_to_async(lambda: request.user.username)()",
    "return await sync_to_async(page)(request.user)",
    "await sync_to_async(bool)(request.user)\nreturn request.user.username",
    "await sync_to_async(lambda: request.user.pk)()\nreturn request.user.username",
    "return await request.session.aget('cart')",
    "await request.session.aset('a', 1)\nreturn request.session['cart']",
    "await request.auser()\nreturn request.session['cart']",
    "await prepare(request)\nreturn request.session['cart']",
    "return await sync_to_async(lambda: request.session['cart'])()",
    "request.session = other()\nreturn request.session['cart']",
    "return request.session.session_key",
    "async for order in Order.objects.prefetch_related('extras'):\n    print(list(order.extras.all()))",
    "drink = await Drink.objects.aget(pk=1)\nreturn [each.pk async for each in drink.order_set.all()]",
    "return Order.objects.all()[:5]",
    "return [each.pk async for each in Order.objects.all()][0]",
    "order = await Sealed.objects.aget(pk=1)\nreturn order.drink.name",  # its manager fetches the drink
    "with open('x') as file:\n    pass",
    "import time",
]


@pytest.mark.parametrize(("body", "kind"), CAUGHT)
def test_what_django_refuses_is_found(body: str, kind: str) -> None:
    assert [(each, certain) for each, _, certain in found(body)] == [(kind, True)]


@pytest.mark.parametrize("body", FINE)
def test_of_what_is_fine_nothing_is_said(body: str) -> None:
    assert found(body) == []


def test_of_a_manager_of_the_projects_own_it_is_asked_what_it_fetches() -> None:
    body = "order = await Sealed.objects.aget(pk=1)\nreturn order.guest.username"
    assert found(body) == [("relation", "order.guest", True)]


FOREIGN = [
    "from fastapi import Request\n",
    "from ninja import Router\n",
    "from rest_framework.response import Response\n",
]


@pytest.mark.parametrize("head", FOREIGN)
def test_a_request_of_another_framework_has_another_user(head: str) -> None:
    assert found("return request.user.username", head) == []


def test_an_annotation_says_whose_request_it_is() -> None:
    def kinds(head: str, annotation: str) -> list[tuple[str, bool]]:
        source = f"{head}\nasync def view(request: {annotation}):\n    return request.user.pk\n"
        return [(spot.kind, spot.django) for spot in spots(Path("views.py"), ast.parse(source), MODELS)]

    assert kinds("from framework import Request", "Request") == []
    assert kinds("from django.http import HttpRequest", "HttpRequest") == [("user", True)]
    assert kinds("from shop.types import HttpRequest", "'HttpRequest'") == [("user", True)]


def test_where_nothing_shows_that_the_request_is_djangos_the_spot_says_so() -> None:
    source = "async def view(request):\n    return request.user.pk\n"
    (spot,) = spots(Path("views.py"), ast.parse(source), MODELS)
    assert not spot.django


def test_a_visitor_whose_request_was_handed_on_may_be_loaded() -> None:
    body = "await prepare(request)\nreturn request.user.pk"
    assert found(body) == [("user", "request.user.pk", False)]


def test_a_sync_function_is_not_judged() -> None:
    source = HEAD + "def view(request):\n    return Order.objects.get(pk=1), request.user.pk\n"
    assert list(spots(Path("views.py"), ast.parse(source), MODELS)) == []


RUN = """
import asyncio, json, sys, types
import django
django.setup()
from django.core.management import call_command
from django.utils.functional import SimpleLazyObject
call_command("migrate", run_syncdb=True, verbosity=0)
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from shop.models import Drink, Order
kept = SessionStore()
kept["cart"] = 1
kept.save()
user = User.objects.create(username="ada")
Order.objects.create(drink=Drink.objects.create(name="tea"), guest=user)
async def auser():
    return user
head, bodies = json.loads(sys.stdin.read())
seen = []
for body in bodies:
    space = {}
    lines = "\\n".join("    " + each for each in body.splitlines())
    exec(head + "async def view(request):\\n" + lines, space)
    request = types.SimpleNamespace(user=SimpleLazyObject(lambda: User.objects.get(pk=1)), auser=auser)
    request.session = SessionStore(kept.session_key)
    try:
        asyncio.run(space["view"](request))
        seen.append("")
    except Exception as error:
        seen.append(type(error).__name__)
print(json.dumps(seen))
"""


def test_django_itself_refuses_all_that_is_called_certain(tmp_path: Path, root: Path) -> None:
    folder = project(tmp_path)
    head = HEAD.replace(", Sealed", "")
    bodies = [body for body, _ in CAUGHT]
    made = subprocess.run(
        [sys.executable, "-c", RUN],
        cwd=folder,
        input=json.dumps([head, bodies]),
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "site1.settings"},
        capture_output=True,
        text=True,
        check=True,
    )
    seen = dict(zip(bodies, json.loads(made.stdout), strict=True))
    assert seen == dict.fromkeys(bodies, "SynchronousOnlyOperation")
