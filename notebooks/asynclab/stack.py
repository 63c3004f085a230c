"""One Django handler, ASGI or WSGI, with your view and your middleware plugged in.

Django reads its middleware from settings, as dotted paths. A notebook has objects. So each object
gets a name in a private module for as long as Django builds the chain; the chain itself is Django's
own `load_middleware`, untouched. A plugged view takes the place of what the URL would find.
Each call of `build` makes a new handler: a view or a class that you define again counts at once.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import ModuleType
from typing import Any, Literal

from django.apps import apps
from django.conf import UserSettingsHolder, settings
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.base import BaseHandler
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest, HttpResponseBase
from django.urls import ResolverMatch, get_resolver
from django.utils.module_loading import import_string

from .errors import LabError, StackError

Via = Literal["asgi", "wsgi"]
Middleware = str | Callable[..., Any]


class PluggedView(BaseHandler):
    """Serves one view, whatever the path."""

    view: Callable[..., Any] | None = None

    def resolve_request(self, request: HttpRequest) -> Any:
        if self.view is None:
            return super().resolve_request(request)
        request.resolver_match = ResolverMatch(self.view, (), {}, None)
        return request.resolver_match


class LabASGIHandler(PluggedView, ASGIHandler):
    """Django's own ASGI handler, with a view plugged in."""


class LabWSGIHandler(PluggedView, WSGIHandler):
    """Django's own WSGI handler, with a view plugged in."""


def build(via: Via, view: Any = None, middleware: Sequence[Middleware] | None = None) -> Any:
    """A handler that can be called as an ASGI or WSGI application.

    Without a view it serves the project's URLs with the project's middleware. A view of yours gets
    no middleware, unless you name some. Raises StackError if a view or a middleware does not fit;
    what Django itself says of a middleware (ImproperlyConfigured …) is passed on.
    """
    if via not in ("asgi", "wsgi"):
        raise StackError(f'`via` is "asgi" or "wsgi", not {via!r}.')
    plugged = None if view is None else check_view(view)
    if middleware is None:
        middleware = settings.MIDDLEWARE if view is None else ()
    if isinstance(middleware, str) or not isinstance(middleware, Sequence):
        raise StackError("`middleware` is a list or tuple, such as middleware=[AddHeader].")
    with _named(middleware) as paths, _setting(paths):
        handler: Any = LabASGIHandler() if via == "asgi" else LabWSGIHandler()
    handler.view = plugged
    return handler


def ready() -> None:
    """Import the project's URLs, and so its views: the first request would, and hold the loop.

    Raises LabError if Django has not been started.
    """
    if not settings.configured or not apps.ready:
        raise LabError("Django is not running in this kernel yet. Run the cell with boot() first.")
    get_resolver().url_patterns  # noqa: B018 - reading it imports them


def check_view(view: Any) -> Callable[..., Any]:
    """The callable behind what was given as a view, or one sentence about what it is instead."""
    if isinstance(view, str):
        view = import_string(view)
    if inspect.isclass(view) and hasattr(view, "as_view"):
        return view.as_view()  # type: ignore[no-any-return]
    if inspect.iscoroutine(view):
        name = view.__qualname__
        view.close()  # it was never awaited: no warning about that, the sentence below says it
        raise StackError(f"You called `{name}`. Give the view itself, without parentheses: view={name}.")
    if isinstance(view, HttpResponseBase):
        raise StackError("That is a response, not a view. Give the function itself, without parentheses.")
    if inspect.isclass(view) or not callable(view):
        shown = view.__name__ if inspect.isclass(view) else type(view).__name__
        raise StackError(f"A view is a function that takes a request, or a View class; {shown} is neither.")
    return view  # type: ignore[no-any-return]


@contextmanager
def _setting(paths: list[str]) -> Iterator[None]:
    """Let settings.MIDDLEWARE be these paths. (Django's override_settings also sends signals.)"""
    lazy: Any = settings
    before = lazy._wrapped
    lazy._wrapped = UserSettingsHolder(before)
    try:
        lazy.MIDDLEWARE = paths
        yield
    finally:
        lazy._wrapped = before


@contextmanager
def _named(middleware: Sequence[Middleware]) -> Iterator[list[str]]:
    """Give each object a dotted path that Django can import, until the block ends."""
    paths: list[str] = []
    plugged = ModuleType("asynclab_plugged")
    sys.modules[plugged.__name__] = plugged
    try:
        for number, layer in enumerate(middleware):
            if isinstance(layer, str):
                paths.append(layer)
            elif inspect.iscoroutinefunction(layer):
                raise StackError(
                    f"`{layer.__name__}` is an `async def`. What makes a middleware is a plain `def`: "
                    "the function that it returns may be async."
                )
            elif callable(layer):
                name = f"{getattr(layer, '__name__', type(layer).__name__)}_{number}"
                setattr(plugged, name, layer)
                paths.append(f"{plugged.__name__}.{name}")
            else:
                shown = type(layer).__name__
                raise StackError(
                    f"A middleware is a class, a factory function or a dotted path, not {shown}."
                )
        yield paths
    finally:
        del sys.modules[plugged.__name__]
