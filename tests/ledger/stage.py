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
    from django.core.handlers.asgi import ASGIHandler

    _plug(view, middleware)

    async def all_at_once() -> list[int]:
        handler = ASGIHandler()
        sent = await asyncio.gather(*(messages(handler, **scope) for _ in range(times)))
        return [each[0]["status"] for each in sent]

    statuses = asyncio.run(all_at_once())
    return statuses if times > 1 else statuses[0]


def wsgi(view: Callable[..., Any], middleware: Sequence[Any] = ()) -> int:
    """The status of one request by WSGI. Its errors come through."""
    from django.core.handlers.wsgi import WSGIHandler

    _plug(view, middleware)
    return int(call_wsgi(WSGIHandler())[:3])


def call_wsgi(application: Callable[..., Any]) -> str:
    """The status line with which a WSGI application answers."""
    from wsgiref.util import setup_testing_defaults

    statuses: list[str] = []
    environ: dict[str, Any] = {"wsgi.input": io.BytesIO()}
    setup_testing_defaults(environ)
    answer = application(environ, lambda status, headers: statuses.append(status))
    b"".join(answer)
    return statuses[0]


async def messages(application: Callable[..., Any], **changes: Any) -> list[dict[str, Any]]:
    """What an ASGI application sends in answer to one GET by a client that stays."""
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
    asked, sent = [{"type": "http.request", "body": b"", "more_body": False}], []

    async def receive() -> dict[str, Any]:
        if not asked:
            await asyncio.Event().wait()
        return asked.pop()

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await application({**scope, **changes}, receive, send)
    return sent


def mark(layer: Any) -> None:
    """Say of an object that its call gives back a coroutine, in the way its asgiref knows."""
    try:
        from asgiref.sync import markcoroutinefunction
    except ImportError:  # asgiref before 3.6: the mark of asyncio's own
        layer._is_coroutine = asyncio.coroutines._is_coroutine  # type: ignore[attr-defined]
    else:
        markcoroutinefunction(layer)
