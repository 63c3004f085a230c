"""In the child: build one middleware as Django would, send requests through it, and see which world it
lives in.
"""

from __future__ import annotations

import asyncio
import inspect
import threading
from collections.abc import Callable
from typing import Any

from django.core.exceptions import MiddlewareNotUsed
from django.core.handlers import exception as django_exception
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpResponse
from django.utils.deprecation import MiddlewareMixin
from django.utils.module_loading import import_string

from .requests import asgi_request, environ, furnished

# Django's own question "are you a coroutine function?": another function in other series.
marked: Callable[[Any], bool] = getattr(django_exception, "iscoroutinefunction", asyncio.iscoroutinefunction)


def trial(path: str) -> dict[str, Any]:
    """What the flags of a middleware say, and what it does. Raises what importing it raises."""
    factory = import_string(path)
    row: dict[str, Any] = {
        "path": path,
        "sync_flag": bool(getattr(factory, "sync_capable", True)),
        "async_flag": bool(getattr(factory, "async_capable", False)),
        "mixin": isinstance(factory, type) and issubclass(factory, MiddlewareMixin),
        "acall": _own_acall(factory),
        "acall_ran": False,
        "where": where(factory),
        "module": getattr(factory, "__module__", "") or "",
    }
    row["sync"] = attempt(factory, False, row)
    row["async"] = attempt(factory, True, row)
    if row["async_flag"] and row["async"]["outcome"] == "async" and not row["async"]["marked"]:
        row["beneath"] = beneath(factory)
        row["escapes"] = escapes(factory)
    return row


def builds(row: dict[str, Any]) -> bool:
    """Whether Django could build it in every mode that it may ask for."""
    modes = [row[mode]["outcome"] for mode in ("sync", "async") if row[f"{mode}_flag"]]
    return bool(modes) and not {"built", "none"} & set(modes)


def sound(row: dict[str, Any]) -> bool:
    """Whether it worked in every mode in which Django may build it."""
    modes = [mode for mode in ("sync", "async") if row[f"{mode}_flag"]]
    unmarked = row["async_flag"] and row["async"]["outcome"] == "async" and not row["async"]["marked"]
    return not unmarked and all(row[mode]["outcome"] in (mode, "unused") for mode in modes)


def where(thing: Any) -> list[Any] | None:
    """[file, line] of a class or function."""
    try:
        thing = inspect.unwrap(thing)
        return [inspect.getsourcefile(thing), inspect.getsourcelines(thing)[1]]
    except (OSError, TypeError, ValueError):
        return None


class Inner:
    """Stands for all that lies inside of the middleware: it answers, and notes where it ran."""

    def __init__(self, error: Exception | None = None) -> None:
        self.calls: list[tuple[int, bool]] = []
        self.error = error

    def note(self, request: Any) -> HttpResponse:
        try:
            asyncio.get_running_loop()
            loop = True
        except RuntimeError:
            loop = False
        self.calls.append((threading.get_ident(), loop))
        if self.error is not None:
            raise self.error
        return HttpResponse(b"ok")

    def handler(self, is_async: bool) -> Callable[[Any], Any]:
        if is_async:

            async def get_response(request: Any) -> HttpResponse:
                return self.note(request)

            return get_response
        return self.note


def attempt(factory: Any, is_async: bool, row: dict[str, Any]) -> dict[str, Any]:
    """Build it around a sync or an async `get_response` and call it.

    `outcome`: "sync" (an answer came back), "async" (a coroutine, and an answer from it), "coroutine" (one
    came back where an answer was due), "answer" (an answer where a coroutine was due), "unused", "none",
    "built" (it cannot be built), "raised".
    """
    inner = Inner()
    try:
        instance = factory(inner.handler(is_async))
    except MiddlewareNotUsed as error:
        return {"outcome": "unused", "error": str(error)}
    except (Exception, SystemExit) as error:
        return {"outcome": "built", "error": said(error)}
    if instance is None:
        return {"outcome": "none"}
    if row["acall"] and not row["mixin"]:
        _watch_acall(instance, row)
    seen: dict[str, Any] = {
        "marked": bool(marked(instance)),
        "legacy": "_is_coroutine" in _attributes(instance),
    }
    here = threading.get_ident()
    try:
        if is_async:
            seen["outcome"] = asyncio.run(_called_async(instance))
        else:
            value = instance(furnished(WSGIRequest(environ())))
            seen["outcome"] = "coroutine" if inspect.isawaitable(value) else _kind(value, "sync")
            if inspect.iscoroutine(value):
                value.close()
    except (Exception, SystemExit) as error:
        seen |= {"outcome": "raised", "error": said(error)}
    seen["inner"] = len(inner.calls)
    seen["same_thread"] = all(thread == here for thread, _ in inner.calls)
    return seen


def said(error: BaseException) -> str:
    if isinstance(error, SystemExit):
        return f"it calls sys.exit({error.code!r})"
    return f"{type(error).__name__}: {next(iter(str(error).strip().splitlines()), '')[:200]}"


def _attributes(instance: Any) -> dict[str, Any]:
    return getattr(instance, "__dict__", {})


async def _called_async(instance: Any) -> str:
    value = instance(furnished(asgi_request()))
    if not inspect.isawaitable(value):
        return _kind(value, "answer")
    return _kind(await value, "async")


def _kind(value: Any, kind: str) -> str:
    if inspect.isawaitable(value):
        if inspect.iscoroutine(value):
            value.close()
        return "coroutine"
    return kind if hasattr(value, "status_code") else "strange"


def _watch_acall(instance: Any, row: dict[str, Any]) -> None:
    """Note it when `__acall__` runs, whether it is looked up on the object or on its class: watch both."""
    kind: Any = type(instance)
    method: Any = getattr(instance, "__acall__", None)
    plain: Any = getattr(kind, "__acall__", None)
    if method is None:
        return

    async def acall(*arguments: Any, **named: Any) -> Any:
        row["acall_ran"] = True
        return await method(*arguments, **named)

    async def of_class(*arguments: Any, **named: Any) -> Any:
        row["acall_ran"] = True
        return await plain(*arguments, **named)

    try:
        instance.__acall__ = acall
        if plain is not None:
            kind.__acall__ = of_class
    except (AttributeError, TypeError):
        row["acall_ran"] = True  # it cannot be watched: say nothing against it


def _own_acall(factory: Any) -> bool:
    """Whether a class of the project or of a package has an `__acall__`, and not only one of Django's."""
    if not isinstance(factory, type):
        return False
    owners = [kind for kind in factory.__mro__ if "__acall__" in vars(kind)]
    return bool(owners) and not owners[0].__module__.startswith("django.")


class _Above(MiddlewareMixin):
    """The commonest kind of layer above: it asks what is beneath, and looks at the answer."""

    def process_response(self, request: Any, response: Any) -> Any:
        response["X-Above"] = "1"
        return response


def beneath(factory: Any) -> str:
    """What happens to a request when a MiddlewareMixin stands above: the error's words, or nothing."""
    convert = django_exception.convert_exception_to_response
    layer: Any = convert(factory(Inner().handler(True)))

    async def run() -> None:
        above: Any = _Above(layer)
        value = above(furnished(asgi_request()))
        answer = await value
        if getattr(answer, "status_code", 500) >= 500:
            raise RuntimeError(f"the answer's status is {getattr(answer, 'status_code', None)}")

    try:
        asyncio.run(run())
    except Exception as error:
        return said(error)
    return ""


def escapes(factory: Any) -> bool:
    """Whether an exception from within escapes the layer, where Django would have made a page of it."""
    error = RuntimeError("raised by the audit")
    layer: Any = django_exception.convert_exception_to_response(factory(Inner(error).handler(True)))

    async def run() -> bool:
        try:
            await layer(furnished(asgi_request()))
        except Exception as raised:
            return raised is error
        return False

    return asyncio.run(run())
