"""Whose code is this, and which line of it? Answers for a function, a frame or an exception."""

from __future__ import annotations

import asyncio
import functools
import linecache
import os
import sys
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import (
    BuiltinFunctionType,
    FrameType,
    FunctionType,
    MethodDescriptorType,
    MethodType,
    ModuleType,
    TracebackType,
    WrapperDescriptorType,
)
from typing import Any, Literal

import asgiref
import django

# "django": Django and asgiref. "python": the standard library, the kernel and this lab.
# "package": any other installed package. "yours": a cell, or a file of your project.
Origin = Literal["django", "python", "package", "yours"]

# Each ends in a slash: django_htmx lies beside django, and is not Django's.
_DJANGO = tuple(os.path.join(package.__path__[0], "") for package in (django, asgiref))
_LAB = os.path.join(Path(__file__).parent, "")
_PACKAGES = tuple(os.path.join(sysconfig.get_path(name), "") for name in ("purelib", "platlib"))
_STDLIB = tuple(os.path.join(sysconfig.get_path(name), "") for name in ("stdlib", "platstdlib"))
_KERNEL = tuple(f"{root}{name}/" for root in _PACKAGES for name in ("IPython", "ipykernel", "tornado", "zmq"))


@dataclass(frozen=True, slots=True)
class Place:
    """One line of code: the function it stands in, its number in that cell or file, its text."""

    function: str
    line: int
    code: str

    def __str__(self) -> str:
        return f"{self.function}, line {self.line}: {self.code}"


@functools.cache
def origin(filename: str) -> Origin:
    """Whose code a file holds, judged by where it lies."""
    if filename.startswith(_DJANGO):
        return "django"
    if filename.startswith((_LAB, "<frozen", *_KERNEL)):
        return "python"
    if filename.startswith(_PACKAGES):
        return "package"
    return "python" if filename.startswith(_STDLIB) else "yours"


# Reading an attribute of these runs nobody's code. Of any other object it may: a lazy object is
# evaluated, a Mock keeps the call, a middleware passes the question on to the layer beneath it.
_PLAIN = (FunctionType, MethodType, BuiltinFunctionType, MethodDescriptorType, WrapperDescriptorType)


def attribute(function: Any, name: str) -> Any:
    """What a function or callable object says of itself, or None. Runs no code of theirs."""
    if type(function) is MethodType and name != "__self__":
        function = function.__func__  # a method takes long to say that it lacks an attribute
    if issubclass(type(function), _PLAIN):
        return getattr(function, name, None)
    try:
        return object.__getattribute__(function, "__dict__").get(name)  # where functools.wraps writes
    except AttributeError:  # __slots__
        return None


def unwrapped(function: Any) -> Any:
    """The function or object inside partials and decorators that use functools.wraps."""
    for _ in range(20):  # a chain of wrappers that refers to itself must end, too
        if issubclass(type(function), functools.partial):
            function = function.func
        elif (wrapped := attribute(function, "__wrapped__")) is not None:
            function = wrapped
        else:
            break
    return function


def is_djangos(function: Any) -> bool:
    """Whether a function, or the class of an object, is Django's own; a built-in is not."""
    inner = unwrapped(function)
    module = str(attribute(inner, "__module__") or type(inner).__module__)
    return module.partition(".")[0] in ("django", "asgiref")


def name_of(function: Any) -> str:
    """What to call a view or a function in a picture: short, without its module."""
    if issubclass(type(function), functools.partial):
        return name_of(function.func)
    if issubclass(type(function), type):
        return _last(function.__qualname__)
    given = attribute(function, "__asynclab_name__")  # a layer or view that seams.py wrapped
    if given is not None:
        return str(given)
    owner = attribute(function, "__self__")  # compared with None: a QuerySet's truth is a query
    if owner is not None and not issubclass(type(owner), (type, ModuleType)):
        return f"{type(owner).__name__}.{attribute(function, '__name__')}"
    view_class = attribute(function, "view_class")  # what View.as_view() returns
    if view_class is not None:
        return _last(getattr(view_class, "__qualname__", "View"))
    return _last(attribute(function, "__qualname__") or type(function).__qualname__)


# A stack carries the same few methods across in every request: (function, class) → its description.
_methods: dict[tuple[FunctionType, type], tuple[str, bool]] = {}


def described(function: Any) -> tuple[str, bool]:
    """What to call a function, and whether it is yours: not Django's."""
    if type(function) is MethodType and type(function.__func__) is FunctionType:
        method = function.__func__, type(function.__self__)  # the object itself must not be kept
        known = _methods.get(method)
        if known is not None:
            return known
        if not issubclass(method[1], (type, ModuleType)):
            if len(_methods) > 200:  # cells make new classes all day
                _methods.clear()
            return _methods.setdefault(method, (name_of(function), not is_djangos(function)))
    yours = attribute(function, "__asynclab_yours__")  # a layer or view that seams.py wrapped
    return name_of(function), not is_djangos(function) if yours is None else yours


def name_of_layer(layer: Any) -> str:
    """What to call a layer: its class, or the factory that made the function."""
    if not issubclass(type(layer), (*_PLAIN, functools.partial)):
        return type(layer).__name__
    if type(layer) is not FunctionType:
        return name_of(layer)
    parts = str(layer.__qualname__).split(".<locals>.")
    return parts[-2] if len(parts) > 1 else parts[0]


def _last(qualname: Any) -> str:
    return str(qualname).rpartition("<locals>.")[2]


def running_loops() -> list[asyncio.AbstractEventLoop]:
    """Every loop that runs in a thread of this process; under a nested `asyncio.run` one thread has two."""
    stacks = list(sys._current_frames().values())
    runs = asyncio.BaseEventLoop.run_forever.__code__
    return [frame.f_locals["self"] for top in stacks for frame in frames(top) if frame.f_code is runs]


def place_of(frame: FrameType, line: int | None = None) -> Place:
    """The line at which a frame stands (or the given line of it)."""
    code, number = frame.f_code, line or frame.f_lineno or frame.f_code.co_firstlineno  # it may be None
    text = linecache.getline(code.co_filename, number, frame.f_globals).strip()
    function = code.co_qualname.rpartition("<locals>.")[2]
    return Place("the cell" if function == "<module>" else function, number, text)


def frames(frame: FrameType | None) -> Iterator[FrameType]:
    """A frame and those that called it, innermost first."""
    while frame is not None:
        yield frame
        frame = frame.f_back


def innermost_yours(frame: FrameType | None) -> FrameType | None:
    """The innermost frame of yours among a frame and its callers, or None."""
    return next((each for each in frames(frame) if origin(each.f_code.co_filename) == "yours"), None)


def awaiting(waiting: object) -> Iterator[FrameType]:
    """The frames of a coroutine or a generator that waits, outermost first: its own, then what it awaits."""
    for _ in range(200):  # one that refers to itself must end, too
        for kind in ("cr", "ag", "gi"):
            if (frame := getattr(waiting, f"{kind}_frame", None)) is not None:
                yield frame
                waiting = getattr(waiting, f"{kind}_await", None) or getattr(waiting, "gi_yieldfrom", None)
                break
        else:
            return


def frame_of_waiting(waiting: object) -> FrameType | None:
    """The innermost frame of *yours* in which a coroutine or a generator waits, or None."""
    yours = [frame for frame in awaiting(waiting) if origin(frame.f_code.co_filename) == "yours"]
    return yours[-1] if yours else None


def place_of_waiting(waiting: object) -> Place | None:
    """The line at which that frame waits, or None."""
    frame = frame_of_waiting(waiting)
    return None if frame is None else place_of(frame)


def place_of_error(error: BaseException) -> Place | None:
    """The innermost line of *yours* that an exception passed through, or None."""
    found = None
    traceback: TracebackType | None = error.__traceback__
    while traceback is not None:
        if origin(traceback.tb_frame.f_code.co_filename) == "yours":
            found = place_of(traceback.tb_frame, traceback.tb_lineno)
        traceback = traceback.tb_next
    return found
