"""In the child: every view that the URLconf leads to, and what its decorators make of an async one.

No view's own code runs. To try the decorators, the body of the async function in their middle is replaced
by one that answers at once: in this process, which ends soon.
"""

from __future__ import annotations

import asyncio
import inspect
import types
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpResponse, HttpResponseBase
from django.urls import URLPattern, URLResolver, get_resolver
from django.views import View

from .requests import asgi_request, environ, furnished
from .trial import marked, where

MOST = 5000  # patterns


def views() -> dict[str, Any]:
    """All views counted; the async ones, and those that hide an async function, in full."""
    rows: dict[Any, dict[str, Any]] = {}
    count = 0
    for route, callback in _patterns(get_resolver().url_patterns, ""):
        count += 1
        if count > MOST:
            break
        row = _row(route, callback)
        if row is not None:
            known = rows.setdefault((row["name"], tuple(row["where"] or ())), row)
            known["routes"].append(route)
            known["plain"] |= row["plain"]
    return {"count": count, "async": list(rows.values()), "static": _serves_static()}


def _patterns(patterns: Any, prefix: str) -> Iterator[tuple[str, Any]]:
    for each in patterns:
        route = prefix + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from _patterns(each.url_patterns, route)
        elif isinstance(each, URLPattern):
            yield route, each.callback


def _row(route: str, callback: Any) -> dict[str, Any] | None:
    seen = bool(marked(callback))
    kind = getattr(callback, "view_class", None) or getattr(callback, "cls", None)  # `cls`: REST framework's
    inner = _innermost(callback)
    call = inspect.getattr_static(type(callback), "__call__", None)
    unmarked = not seen and bool(marked(call))  # an object: Django calls it as sync
    hidden = not seen and (marked(inner) or unmarked or _async_class(kind))
    if not seen and not hidden:
        return None
    thing = kind or inner
    if not hasattr(thing, "__qualname__"):
        thing = type(thing)
    row: dict[str, Any] = {
        "name": f"{thing.__module__}.{thing.__qualname__}",
        "qualname": thing.__qualname__,
        "where": where(thing),
        "routes": [],
        "async": seen,
        "class": kind is not None,
        "object": unmarked,
        "plain": _plain(callback, kind),
        "non_atomic": sorted(map(str, getattr(callback, "_non_atomic_requests", ()))),
        "handlers": _handlers(kind) if kind else [],
        "tried": "",
    }
    if unmarked:
        row["tried"] = "coroutine"
    elif hidden and kind is None:
        row["tried"] = _behind_decorators(callback, inner)
    elif seen and isinstance(kind, type) and issubclass(kind, View) and _bare(callback):
        row["tried"] = _class_tried(kind, row["handlers"])
    return row


def _innermost(callback: Any) -> Any:
    try:
        inner = inspect.unwrap(callback)
    except ValueError:
        return callback
    while isinstance(inner, partial):
        inner = inner.func
    return inner


def _plain(callback: Any, kind: Any) -> bool:
    """Django's own kind of view, which gets Django's own request, with no decorator around it."""
    if kind is None:
        return isinstance(callback, types.FunctionType) and not hasattr(callback, "__wrapped__")
    return getattr(kind, "dispatch", None) is View.dispatch


def _handlers(kind: Any) -> list[str]:
    names = getattr(kind, "http_method_names", ())
    return [name for name in names if name != "options" and marked(getattr(kind, name, None))]


def _async_class(kind: Any) -> bool:
    """An async class behind something that is not: a decorator around `as_view()`."""
    return isinstance(kind, type) and issubclass(kind, View) and bool(getattr(kind, "view_is_async", False))


def _behind_decorators(callback: Any, inner: Any) -> str:
    """ "coroutine": the decorators hand on what nobody awaits. "answer": one of them awaits it. "": not
    known.
    """
    stub = _stub(getattr(inner, "__code__", None))
    if stub is None:
        return ""
    kept = inner.__code__
    inner.__code__ = stub
    try:
        value = callback(furnished(WSGIRequest(environ())))
    except (Exception, SystemExit):
        return ""
    finally:
        inner.__code__ = kept
    if inspect.iscoroutine(value):
        value.close()
        return "coroutine" if value.cr_code is stub else ""
    return "answer" if hasattr(value, "status_code") else ""


def _stub(code: Any) -> types.CodeType | None:
    """The code of an async function that answers at once, to be put in the place of `code`."""
    if not isinstance(code, types.CodeType):
        return None
    names = ", ".join(code.co_freevars)
    keep = f"({names},)" if names else "()"
    source = (
        f"def make({names}):\n async def stub(*args, **kwargs):\n  {keep}\n"
        "  from django.http import HttpResponse\n  return HttpResponse()\n return stub\n"
    )
    space: dict[str, Any] = {}
    exec(source, space)
    stub = next(
        c for c in space["make"].__code__.co_consts if isinstance(c, types.CodeType) and c.co_name == "stub"
    )
    return stub if stub.co_freevars == code.co_freevars else None


def _bare(callback: Any) -> bool:
    """What `as_view()` made, with nothing around it. (The attribute `__wrapped__` may be that of its
    `dispatch`.)
    """
    code = getattr(callback, "__code__", None)
    return code is not None and code in View.as_view.__func__.__code__.co_consts  # type: ignore[attr-defined]


def _class_tried(kind: type[View], handlers: list[str]) -> str:
    """An anonymous visitor asks an async class whose handlers answer at once.

    "async" as it should be; "answer": `dispatch` answered by itself, and Django awaits that; "": not known.
    """
    if not handlers:
        return ""

    async def stub(self: Any, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        return HttpResponse()

    async def run() -> str:
        request = furnished(asgi_request())
        request.method = handlers[0].upper()
        value = view(request)
        if inspect.iscoroutine(value):
            value.close()
            return "async"
        return "answer" if isinstance(value, HttpResponseBase) else ""

    try:
        view: Callable[..., Any] = type(kind.__name__, (kind,), dict.fromkeys(handlers, stub)).as_view()  # type: ignore[attr-defined]
        return asyncio.run(run())
    except (Exception, SystemExit):
        return ""


def _serves_static() -> bool:
    """Whether a route of the URLconf serves files."""
    if not getattr(settings, "STATIC_URL", None):
        return False
    for _, callback in _patterns(get_resolver().url_patterns, ""):
        if getattr(_innermost(callback), "__module__", "") in (
            "django.views.static",
            "django.contrib.staticfiles.views",
        ):
            return True
    return False
