"""A Django project of a few lines, without files, and a request to it. Python 3.8, Django 2.2 or newer.

One process runs one experiment, so settings are made once and nothing is put back. Django is imported
where it is used: Django 2.2 has no ASGI.
"""

from __future__ import annotations

import asyncio
import io
import sys
from types import ModuleType
from typing import Any, Callable, Sequence

_URLS, _LAYERS = ModuleType("ledger_urls"), ModuleType("ledger_layers")


def project(**changes: Any) -> None:
    """Settings, a database in a file of the current folder, and `django.setup()`."""
    import django
    from django.conf import settings

    sys.modules.update({module.__name__: module for module in (_URLS, _LAYERS)})
    database = {"ENGINE": "django.db.backends.sqlite3", "NAME": "ledger.sqlite3"}
    known = {
        "ALLOWED_HOSTS": ["*"],
        "DATABASES": {"default": database},
        "DEBUG_PROPAGATE_EXCEPTIONS": True,
        "LOGGING_CONFIG": None,
        "MIDDLEWARE": [],
        "ROOT_URLCONF": _URLS.__name__,
        "SECRET_KEY": "not a secret",
        "USE_TZ": True,
    }
    settings.configure(**{**known, **changes})
    django.setup()


def _plug(view: Callable[..., Any], middleware: Sequence[Any]) -> None:
    from django.conf import settings
    from django.urls import clear_url_caches, path

    _URLS.urlpatterns = [path("", view)]  # type: ignore[attr-defined]
    clear_url_caches()
    names = [f"layer_{number}" for number in range(len(middleware))]
    vars(_LAYERS).update(zip(names, middleware))
    settings.MIDDLEWARE = [f"{_LAYERS.__name__}.{name}" for name in names]


def asgi(view: Callable[..., Any], middleware: Sequence[Any] = (), times: int = 1, **scope: Any) -> Any:
    """The status of one request by ASGI, or a list of them for several at once. Its errors come through."""
    application = handler(view, middleware)

    async def all_at_once() -> list[int]:
        sent = await asyncio.gather(*(messages(application, **scope) for _ in range(times)))
        return [each[0]["status"] for each in sent]

    statuses = asyncio.run(all_at_once())
    return statuses if times > 1 else statuses[0]


def handler(view: Callable[..., Any], middleware: Sequence[Any] = ()) -> Any:
    """Django's ASGI application with this view, for those who exchange messages of their own with it."""
    from django.core.handlers.asgi import ASGIHandler

    _plug(view, middleware)
    return ASGIHandler()


def wsgi(view: Callable[..., Any], middleware: Sequence[Any] = ()) -> int:
    """The status of one request by WSGI. Its errors come through."""
    return int(call_wsgi(wsgi_handler(view, middleware))[:3])


def wsgi_handler(view: Callable[..., Any], middleware: Sequence[Any] = ()) -> Any:
    """Django's WSGI application with this view."""
    from django.core.handlers.wsgi import WSGIHandler

    _plug(view, middleware)
    return WSGIHandler()


def call_wsgi(application: Callable[..., Any]) -> str:
    """The status line with which a WSGI application answers."""
    statuses: list[str] = []
    b"".join(application(environ(), lambda status, headers: statuses.append(status)))
    return statuses[0]


def environ(**changes: Any) -> dict[str, Any]:
    """The environ of one GET."""
    from wsgiref.util import setup_testing_defaults

    made: dict[str, Any] = {"wsgi.input": io.BytesIO(), **changes}
    setup_testing_defaults(made)
    return made


async def messages(
    application: Callable[..., Any], look: Callable[[Any], Any] = bool, **changes: Any
) -> list[dict[str, Any]]:
    """What an ASGI application sends in answer to one GET by a client that stays, and has a look at each."""
    asked, sent = [{"type": "http.request", "body": b"", "more_body": False}], []

    async def receive() -> dict[str, Any]:
        if not asked:
            await asyncio.Event().wait()
        return asked.pop()

    async def send(message: dict[str, Any]) -> None:
        look(message)
        sent.append(message)

    await application(scope_of(**changes), receive, send)
    return sent


def scope_of(**changes: Any) -> dict[str, Any]:
    """The scope of one GET."""
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": "/",
        "raw_path": b"/",
        "query_string": b"",
        "root_path": "",
        "headers": [(b"host", b"localhost")],
    }
    return {**scope, **changes}


def guests() -> Any:
    """A model with a `name`, its table, and one row in it: Ada."""
    from django.db import connection, models

    class Guest(models.Model):
        name = models.CharField(max_length=10)

        class Meta:
            app_label = "ledger"

    with connection.schema_editor() as editor:
        editor.create_model(Guest)
    Guest.objects.create(name="Ada")
    return Guest


def accounts(logged_in: bool = False) -> Any:
    """A project with sessions and users, one of them Ada ("ada", "tea"), and a request as a view gets it."""
    apps = ["django.contrib.contenttypes", "django.contrib.auth", "django.contrib.sessions"]
    hashers = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # quick
    project(INSTALLED_APPS=apps, PASSWORD_HASHERS=hashers)
    from django.contrib.auth import login
    from django.contrib.auth.middleware import AuthenticationMiddleware
    from django.contrib.auth.models import User
    from django.contrib.sessions.middleware import SessionMiddleware
    from django.core.management import call_command
    from django.http import HttpResponse
    from django.test import RequestFactory

    call_command("migrate", verbosity=0)
    ada = User.objects.create_user("ada", password="tea")
    request = RequestFactory().get("/")

    def arrives() -> None:
        for layer in (SessionMiddleware, AuthenticationMiddleware):
            layer(lambda request: HttpResponse()).process_request(request)

    arrives()
    if logged_in:
        login(request, ada)
        request.session.save()
        request.COOKIES["sessionid"] = request.session.session_key
        arrives()  # once more, as on the next page
    return request


def kind_of(function: Callable[..., Any]) -> str:
    """ "async" or "plain": what asgiref says of a coroutine function (before its 3.6, asyncio)."""
    import asgiref.sync

    asked = getattr(asgiref.sync, "iscoroutinefunction", None) or asyncio.iscoroutinefunction
    return "async" if asked(function) else "plain"


def mark(layer: Any) -> None:
    """Say of an object that its call gives back a coroutine, in the way its asgiref knows."""
    try:
        from asgiref.sync import markcoroutinefunction
    except ImportError:  # asgiref before 3.6: the mark of asyncio's own
        layer._is_coroutine = asyncio.coroutines._is_coroutine  # type: ignore[attr-defined]
    else:
        markcoroutinefunction(layer)


def plain_layer(get_response: Callable[..., Any]) -> Callable[..., Any]:
    """A sync layer that adds nothing, as most that were written before 3.1."""
    return lambda request: get_response(request)
