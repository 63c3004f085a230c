"""What real projects taught the audit: each of these was once said of somebody's code and was not so, or was
so and was not said.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from asynclab.audit import audit
from asynclab.audit.findings import Finding
from tests.audited import project, state


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DJANGO_SETTINGS_MODULE", raising=False)


def of(folder: Path, *codes: str) -> list[Finding]:
    return [each for each in audit(project=folder).findings if each.code in codes]


ACALL = """
from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.contrib.auth.middleware import RemoteUserMiddleware


class ByClass:
    async_capable = True

    def __init__(self, get_response):
        self.get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request):
        if iscoroutinefunction(self):
            return ByClass.__acall__(self, request)
        return self.get_response(request)

    async def __acall__(self, request):
        return await self.get_response(request)


class Inherited(RemoteUserMiddleware):
    async_capable = False

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)
"""


def test_an_acall_that_is_called_on_its_class_ran_and_one_of_djangos_own_is_not_judged(
    tmp_path: Path,
) -> None:
    settings = 'MIDDLEWARE += ["shop.layers.ByClass", "shop.layers.Inherited"]\n'
    assert of(project(tmp_path, {"shop/layers.py": ACALL}, settings), "acall") == []


SYNC_INSIDE = """
from asgiref.sync import iscoroutinefunction
from django.utils.decorators import async_only_middleware


class Forgot:
    async_capable = True

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if iscoroutinefunction(self.get_response):
            return self.later(request)
        return self.get_response(request)

    async def later(self, request):
        return await self.get_response(request)


def plain(get_response):
    return lambda request: get_response(request)


@async_only_middleware
def only_async(get_response):
    async def layer(request):
        return await get_response(request)

    return layer
"""


@pytest.mark.parametrize(
    ("inside", "weights"),
    [
        ((), ["wrong"]),
        (("plain",), ["look"]),
        (("plain", "Forgot"), ["wrong", "look"]),
        (("only_async", "plain"), ["wrong"]),
    ],
)
def test_what_breaks_in_async_mode_is_no_fault_yet_where_the_chain_has_it_in_sync_mode(
    tmp_path: Path, inside: tuple[str, ...], weights: list[str]
) -> None:
    layers = [f"shop.layers.{name}" for name in ("Forgot", *inside)]
    folder = project(tmp_path, {"shop/layers.py": SYNC_INSIDE}, f"MIDDLEWARE += {layers!r}\n")
    found = of(folder, "mark")
    assert [each.weight for each in found] == weights
    assert [each.weight for each in found if "Not today: shop.layers.plain" in each.why] == [
        weight for weight in weights if weight == "look"
    ]


VIEWS = """
from functools import partial

from asgiref.sync import markcoroutinefunction, sync_to_async
from django.http import HttpResponse
from django.urls import path
from shop.models import Special


class Unmarked:
    async def __call__(self, request):
        return HttpResponse()


class Marked(Unmarked):
    def __init__(self):
        markcoroutinefunction(self)


async def session(request):
    return HttpResponse(request.session.get("cart"))


async def thread(request):
    name = await sync_to_async(lambda: request.user.pk)()
    return HttpResponse(request.user.pk)


async def parent(request):
    special = await Special.objects.aget(pk=1)
    return HttpResponse(special.drink_ptr.name)


def one_more(request):
    return HttpResponse(request.session.get("cart"))


urlpatterns = [
    path("1", Unmarked()),
    path("2", Marked()),
    path("3", partial(session)),
    path("4", session),
    path("5", thread),
    path("6", parent),
    path("7", one_more),
]
"""
MODELS = """
from django.db import models


class Drink(models.Model):
    name = models.CharField(max_length=9)


class Special(Drink):
    pass
"""


def test_objects_and_partials_as_views_sessions_and_parents(tmp_path: Path) -> None:
    folder = project(tmp_path, {"site1/urls.py": VIEWS, "shop/models.py": MODELS})
    report = audit(project=folder)
    assert [(each.code, each.what) for each in report.findings if each.weight != "note"] == [
        ("object", "site1.urls.Unmarked has an async __call__, and its object is not marked."),
        (
            "session",
            "session reads request.session without awaiting: request.session.get('cart')",
        ),
    ]
    assert [view["name"] for view in report.views] == [
        "site1.urls.Unmarked",
        "site1.urls.Marked",
        "site1.urls.session",
        "site1.urls.thread",
        "site1.urls.parent",
    ]


@pytest.mark.parametrize(
    "settings",
    [
        'SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"\n',
        'SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"\n',
        'MIDDLEWARE += ["shop.layers.greets"]\n',
    ],
)
def test_a_session_that_is_loaded_or_in_no_database_is_fine(tmp_path: Path, settings: str) -> None:
    layers = """
    def greets(get_response):
        def layer(request):
            request.user.is_authenticated
            return get_response(request)
        return layer
    """
    files = {"site1/urls.py": VIEWS, "shop/models.py": MODELS, "shop/layers.py": layers}
    assert of(project(tmp_path, files, settings), "session") == []


MANAGERS = """
from django.db import models


class WithDrink(models.Manager):
    def get_queryset(self):
        return super().get_queryset().select_related("drink")


class Named(models.QuerySet):
    def named(self, name):
        return self.filter(name=name)


class Secret(models.Manager):
    def get_queryset(self):
        raise RuntimeError("no tenant")


class Drink(models.Model):
    name = models.CharField(max_length=9)


class Order(models.Model):
    drink = models.ForeignKey(Drink, models.CASCADE, related_name="+")
    other = models.ForeignKey(Drink, models.CASCADE, related_name="+")
    objects = WithDrink()
    named = Named.as_manager()
    secret = Secret()
"""
ASKS = """
from shop.models import Order


async def fine(order_id):
    order = await Order.objects.aget(pk=order_id)
    hidden = await Order.secret.aget(pk=order_id)
    return order.drink.name, hidden.drink.name, Order.secret.count()


async def late(order_id):
    order = await Order.objects.aget(pk=order_id)
    named = await Order.named.aget(pk=order_id)
    return order.other.name, named.drink.name
"""


def test_a_manager_is_asked_what_it_fetches_and_of_one_that_cannot_say_nothing_is_said(
    tmp_path: Path,
) -> None:
    folder = project(tmp_path, {"shop/models.py": MANAGERS, "shop/asks.py": ASKS})
    assert [(each.what, each.weight) for each in of(folder, "relation", "ask")] == [
        ("late reads a relation that was not fetched: order.other", "wrong"),
        ("late reads a relation that was not fetched: named.drink", "wrong"),
    ]


def test_a_request_that_nothing_shows_to_be_djangos_is_left_alone(tmp_path: Path) -> None:
    helper = "async def who(request):\n    return request.user.name\n"
    web = "from django.http import HttpRequest\nasync def who(request):\n    return request.user.name\n"
    folder = project(tmp_path, {"shop/routers.py": helper, "shop/web.py": web})
    assert [(each.where, each.weight) for each in of(folder, "user")] == [("shop/web.py:3", "look")]


def test_settings_may_ask_git_for_their_version_through_a_shell_and_its_index_stays(tmp_path: Path) -> None:
    settings = """
    import subprocess
    VERSION = subprocess.check_output("git describe --always --dirty", shell=True)
    try:
        subprocess.check_output("git log; touch made", shell=True)
    except OSError:
        pass
    """
    folder = project(tmp_path, settings=settings)
    for words in (
        ["init"],
        ["add", "."],
        ["-c", "user.name=a", "-c", "user.email=a@b.c", "commit", "-m", "a"],
    ):
        subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True)
    (folder / "manage.py").touch()
    before = state(folder)
    report = audit(project=folder)
    assert report.loaded
    assert [note for note in report.notes if "git" in note] == [
        "The audit did not let the settings run a command (/bin/sh -c git log; touch made)."
    ]
    assert state(folder) == before


def test_why_no_request_came_through_is_said(tmp_path: Path) -> None:
    layers = """
    def divides(get_response):
        def layer(request):
            if hasattr(request.session, "model"):  # not so in the trial alone, where no database is
                1 / 0
            return get_response(request)
        return layer
    """
    folder = project(tmp_path, {"shop/layers.py": layers}, 'MIDDLEWARE += ["shop.layers.divides"]\n')
    said = str(audit(project=folder))
    assert "a layer answered 500 before the view (ZeroDivisionError: division by zero)" in said


def test_a_process_that_would_outlive_the_audit_is_not_started(tmp_path: Path) -> None:
    settings = """
    import os, time
    if os.fork() == 0:
        os.setsid()
        time.sleep(60)
        os._exit(0)
    """
    (setup,) = of(project(tmp_path, settings=settings), "setup")
    assert "(The audit did not let it start a process (os.fork).)" in setup.what


def test_a_project_that_needs_its_own_kind_of_cache_is_tried_with_it(tmp_path: Path) -> None:
    cache = """
    from django.core.cache.backends.dummy import DummyCache
    class Own(DummyCache):
        client = "there"
    """
    apps = """
    from django.apps import AppConfig
    from django.core.cache import cache
    class Shop(AppConfig):
        name = "shop"
        def ready(self):
            assert cache.client == "there"
    """
    settings = 'CACHES = {"default": {"BACKEND": "shop.own.Own"}}\n'
    assert audit(project=project(tmp_path, {"shop/own.py": cache, "shop/apps.py": apps}, settings)).code == 0


@pytest.mark.parametrize(
    ("settings", "do"),
    [
        ("import nowhere\n", "Install it beside Django"),
        ("import socket\nsocket.create_connection(('192.0.2.1', 80))\n", "The audit gives no network"),
    ],
)
def test_what_to_do_about_settings_that_fail_fits_the_failure(tmp_path: Path, settings: str, do: str) -> None:
    (setup,) = of(project(tmp_path, settings=settings), "setup")
    assert setup.do.startswith(do)
    assert ".." not in setup.what
