"""What went wrong beneath the view or around it, told in the words of the lesson."""

from __future__ import annotations

import inspect
import re
from collections.abc import Sequence
from types import TracebackType
from typing import Any

from django.http import HttpResponse

from .errors import Interrupted
from .events import Failure
from .messages import Exchange
from .places import origin, place_of_error
from .words import said


def uncaught(exchanges: Sequence[Exchange], began: float) -> list[Failure]:
    """The errors that went through Django to the server, one row for each request."""
    return [
        Failure(number, each.error, place_of_error(each.error), (each.ended or began) - began)
        for number, each in enumerate(exchanges, 1)
        if each.error is not None and not isinstance(each.error, Interrupted)
    ]


def advice(failures: Sequence[Failure]) -> list[str]:
    """A sentence for each mistake that Django's own words do not explain to a beginner."""
    found = [_no_response(failure.error) or _no_layer(failure.error) for failure in failures]
    return list(dict.fromkeys(sentence for sentence in found if sentence))


def briefly(error: Exception) -> Exception:
    """Let a notebook show this error as what it says and the line of yours, not as sixty lines."""
    place = place_of_error(error)
    lines = [said(error), *([str(place)] if place else [])]
    error._render_traceback_ = lambda: lines  # type: ignore[attr-defined] # IPython asks for this
    return error


def _no_response(error: BaseException) -> str | None:
    """Django uses what a view or a middleware returned as a response: here it is none."""
    if not isinstance(error, AttributeError) or isinstance(error.obj, HttpResponse):
        return None
    returned: Any = error.obj
    plain = type(returned).__module__ == "builtins" and hasattr(HttpResponse(), error.name or "")
    if not plain and error.name != "_resource_closers":  # Django looks for that in a response alone
        return None
    if _innermost(error.__traceback__) != "django":
        return None  # that line is the learner's own, and says it all
    if inspect.iscoroutine(returned):
        returned.close()  # or Python complains much later that it was never awaited
        return (
            "A view or a middleware returned a coroutine: an `await` is missing, or Django could not "
            "know that it is async."
        )
    shown = "None" if returned is None else type(returned).__name__
    return f"A view or a middleware returned {shown}. It must return a response, such as HttpResponse(…)."


def _no_layer(error: BaseException) -> str | None:
    """Django calls what a middleware factory returned: here it is nothing that can be called."""
    named = re.fullmatch(r"'(\w+)' object is not callable", str(error)) if type(error) is TypeError else None
    if named is None or _innermost(error.__traceback__) != "django":
        return None
    return (
        f"A middleware came out as {named[1]}, which cannot be called. A factory must return a function "
        "that takes a request; a class needs `__call__`."
    )


def _innermost(traceback: TracebackType | None) -> str:
    while traceback is not None and traceback.tb_next is not None:
        traceback = traceback.tb_next
    return "" if traceback is None else origin(traceback.tb_frame.f_code.co_filename)
