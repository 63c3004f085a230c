"""In the child: the whole chain, loaded by Django's own handlers, with a view that answers at once.

Django wraps each layer in `convert_exception_to_response`; the audit wraps that once more, in the same
mode, and so sees every layer without changing any. The figures are what this machine measured in this moment.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Awaitable, Callable
from functools import wraps
from statistics import median
from time import perf_counter
from typing import Any, ClassVar

from asgiref.sync import AsyncToSync, SyncToAsync
from django.conf import settings
from django.core.handlers import base
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import got_request_exception
from django.http import HttpResponse
from django.urls import ResolverMatch
from django.utils.functional import empty

from .requests import environ, scope
from .trial import marked, said

TIMES = 30  # requests that are measured; three more go ahead of them
_PATH = "/"


async def _async_view(request: Any) -> HttpResponse:
    _Look.visit(request)
    return HttpResponse(b"ok")


def _sync_view(request: Any) -> HttpResponse:
    _Look.visit(request)
    return HttpResponse(b"ok")


class _Look:
    """What one handler's requests showed."""

    now: ClassVar[_Look]

    def __init__(self) -> None:
        self.adapted: list[dict[str, Any]] = []
        self.layers: list[dict[str, Any]] = []  # the view's own first, then outwards
        self.crossings = {"sync_to_async": 0, "async_to_sync": 0}
        self.building = "view"  # what is wrapped next: Django begins with the view
        self.visits = 0
        self.raised = ""  # what Django made a page of, at last
        self.lazy: dict[str, bool] = {}  # whether user and session are still to be loaded

    @staticmethod
    def visit(request: Any) -> None:
        look = _Look.now
        look.visits += 1
        user = request.__dict__.get("user")
        if user is not None and hasattr(user, "_wrapped"):
            look.lazy["user_lazy"] = user._wrapped is empty
        session = request.__dict__.get("session")
        if session is not None:
            look.lazy["session_lazy"] = _asks(session) and "_session_cache" not in vars(session)


def _asks(session: Any) -> bool:
    """Whether loading it asks the database, with Django's own words."""
    load = getattr(type(session), "load", None)
    return getattr(load, "__module__", "") == "django.contrib.sessions.backends.db"


class _Probe(base.BaseHandler):
    """Puts the audit's view in the place of the project's, whatever the path."""

    view: Callable[..., Any] = staticmethod(_sync_view)

    def resolve_request(self, request: Any) -> ResolverMatch:
        match = ResolverMatch(self.view, (), {}, route="")
        request.resolver_match = match
        return match

    def adapt_method_mode(self, is_async: bool, method: Any, *rest: Any, **named: Any) -> Any:
        adapted = super().adapt_method_mode(is_async, method, *rest, **named)
        name = named.get("name") or ""
        if name.startswith("middleware "):  # Django names the layer that it is about to build
            _Look.now.building = name.removeprefix("middleware ")
            if adapted is not method:
                to = "async" if is_async else "sync"
                _Look.now.adapted.append({"inside": _Look.now.building, "to": to})
        return adapted


class _Asgi(_Probe, ASGIHandler):
    pass


class _Wsgi(_Probe, WSGIHandler):
    pass


def chain(paths: list[str], doubtful: list[str]) -> dict[str, Any]:
    """Both handlers with both views, on those middleware that can be built.

    `doubtful` have not worked when they were tried alone. If no request comes through, it is tried without
    them.
    """
    _count_crossings()
    _wrap_layers()
    got_request_exception.connect(_note_error)
    found: dict[str, Any] = _every(paths)
    if doubtful and not all(run.get("visits") for run in found.values()):
        found = _every([path for path in paths if path not in doubtful]) | {"without": doubtful}
    return found


def _note_error(sender: Any, **named: Any) -> None:
    error = sys.exc_info()[1]
    if error is not None:
        _Look.now.raised = said(error)


def _every(paths: list[str]) -> dict[str, Any]:
    settings.MIDDLEWARE = list(paths)
    found: dict[str, Any] = {}
    for name, view in (("sync", _sync_view), ("async", _async_view)):
        _Probe.view = staticmethod(view)
        for server, handler in (("asgi", _Asgi), ("wsgi", _Wsgi)):
            found[f"{server} {name}"] = _run(server, handler)
    return found


def _run(server: str, handler: type[Any]) -> dict[str, Any]:
    look = _Look.now = _Look()
    try:
        app = handler()
    except (Exception, SystemExit) as error:
        return {"error": f"{type(error).__name__}: {error}"}
    call = _over_asgi if server == "asgi" else _over_wsgi
    try:
        statuses = call(app, 3)
        if not look.visits:  # no request comes through: more would say no more, and error pages are slow
            return _seen(look, statuses[-1], dict(look.crossings), 3)
        crossings = dict(look.crossings)
        for layer in look.layers:
            layer["times"].clear()
        statuses += call(app, TIMES)
    except Exception as error:  # what even Django's outermost layer did not turn into an answer
        return {"error": f"the request fails with {type(error).__name__}: {error}"}
    taken = {name: look.crossings[name] - crossings[name] for name in crossings}
    return _seen(look, statuses[-1], taken, TIMES)


def _seen(look: _Look, status: int, crossings: dict[str, int], times: int) -> dict[str, Any]:
    return {
        "status": status,
        "visits": look.visits,
        "raised": look.raised,
        "crossings": {name: count / times for name, count in crossings.items()},
        "adapted": look.adapted,
        **look.lazy,
        "layers": [_layer(look.layers, number) for number in reversed(range(len(look.layers)))],
    }


def _layer(layers: list[dict[str, Any]], number: int) -> dict[str, object]:
    """One layer, its own time without what lies inside of it; seconds, the median."""
    own = layers[number]["times"]
    within = layers[number - 1]["times"] if number else []
    times = (
        [outer - inner for outer, inner in zip(own, within, strict=False)] if len(own) == len(within) else own
    )
    shown: dict[str, object] = {key: layers[number][key] for key in ("path", "async", "thread", "coroutine")}
    return shown | {"seconds": median(times) if times else None}


def _over_asgi(app: Any, times: int) -> list[int]:
    async def once() -> int:
        sent: list[dict[str, Any]] = []
        bodies = [{"type": "http.request", "body": b"", "more_body": False}]

        async def receive() -> dict[str, Any]:
            if not bodies:
                await asyncio.get_running_loop().create_future()  # the visitor stays
            return bodies.pop()

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        await app(scope(_PATH), receive, send)
        return int(sent[0]["status"])

    async def all_of_them() -> list[int]:
        return [await once() for _ in range(times)]

    return asyncio.run(all_of_them())


def _over_wsgi(app: Any, times: int) -> list[int]:
    statuses = []
    for _ in range(times):
        response = app(environ(_PATH), lambda status, headers, info=None: statuses.append(int(status[:3])))
        list(response)
        response.close()
    return statuses


def _count_crossings() -> None:
    for kind, name in ((SyncToAsync, "sync_to_async"), (AsyncToSync, "async_to_sync")):
        first = kind.__call__

        def call(self: Any, *arguments: Any, _first: Any = first, _name: str = name, **named: Any) -> Any:
            _Look.now.crossings[_name] += 1
            return _first(self, *arguments, **named)

        setattr(kind, "__call__", call)  # noqa: B010 - mypy refuses the plain assignment


def _wrap_layers() -> None:
    home: Any = base
    first = home.convert_exception_to_response

    def convert(get_response: Any) -> Any:
        layer = first(get_response)
        return _timed(layer, _Look.now.building)

    home.convert_exception_to_response = convert


def _timed(layer: Callable[[Any], Any], path: str) -> Callable[[Any], Any]:
    row = {"path": path, "async": bool(marked(layer)), "times": [], "thread": "", "coroutine": False}
    _Look.now.layers.append(row)
    times: list[float] = row["times"]  # type: ignore[assignment]

    def ran() -> None:
        row["thread"] = "main" if threading.current_thread() is threading.main_thread() else "other"

    if row["async"]:

        @wraps(layer)
        async def timed(request: Any) -> Any:
            ran()
            began = perf_counter()
            response = await layer(request)
            times.append(perf_counter() - began)
            return response

    else:

        @wraps(layer)
        def timed(request: Any) -> Any:
            ran()
            began = perf_counter()
            response = layer(request)
            if isinstance(response, Awaitable):  # it forgot its mark: the time is that of its start
                row["coroutine"] = True
            times.append(perf_counter() - began)
            return response

    return timed
