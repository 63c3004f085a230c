"""What a claim module is written with. Python 3.8: this runs beside each Django, too."""

from __future__ import annotations

import re
from typing import Any, Callable, NamedTuple

# What Django 3.0 says of an async view or layer: it takes the coroutine for the response.
NOT_AWAITED = "AttributeError: 'coroutine' object has no attribute '_resource_closers'"


class Answer(NamedTuple):
    """What an experiment should return, and what that says about the claim."""

    word: str
    value: Any


def yes(value: Any = True) -> Answer:
    """The claim holds where the experiment returns this."""
    return Answer("yes", value)


def no(value: Any = False) -> Answer:
    """The claim does not hold where the experiment returns this."""
    return Answer("no", value)


def partly(value: Any) -> Answer:
    """The claim holds in part where the experiment returns this."""
    return Answer("partly", value)


def said(error: BaseException) -> str:
    """An error in one line, without addresses in memory: "ValueError: no such scope"."""
    first = (str(error).splitlines() or [""])[0]
    return re.sub(r" at 0x[0-9a-fA-F]+", "", f"{type(error).__name__}: {first}").rstrip(": ")


def attempt(call: Callable[..., Any], *arguments: Any) -> Any:
    """What the call returns, or what its error says."""
    try:
        return call(*arguments)
    except Exception as error:
        return said(error)
