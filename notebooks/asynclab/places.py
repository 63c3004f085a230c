"""Whose code is this, and which line of it? Answers for a function, a frame or an exception."""

from __future__ import annotations

import functools
import linecache
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType, ModuleType, TracebackType
from typing import Any, Literal

import asgiref
import django

# "django": Django and asgiref. "python": the standard library, the kernel and this lab.
# "package": any other installed package. "yours": a cell, or a file of your project.
Origin = Literal["django", "python", "package", "yours"]

_DJANGO = tuple(str(Path(package.__path__[0])) for package in (django, asgiref))
_LAB = str(Path(__file__).parent)
_PACKAGES = tuple(sysconfig.get_path(name) for name in ("purelib", "platlib"))
_STDLIB = tuple(sysconfig.get_path(name) for name in ("stdlib", "platstdlib"))
_KERNEL = tuple(
    f"{root}/{name}/" for root in _PACKAGES for name in ("IPython", "ipykernel", "tornado", "zmq")
)


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


def unwrapped(function: Any) -> Any:
    """The function or object inside partials and decorators that use functools.wraps."""
    for _ in range(20):  # a chain of wrappers that refers to itself must end, too
        if isinstance(function, functools.partial):
            function = function.func
        elif hasattr(function, "__wrapped__"):
            function = function.__wrapped__
        else:
            break
    return function


def is_djangos(function: Any) -> bool:
    """Whether a function, or the class of an object, is Django's own; a built-in is not."""
    module = str(getattr(unwrapped(function), "__module__", ""))
    return module.partition(".")[0] in ("django", "asgiref")


def name_of(function: Any) -> str:
    """What to call a view or a function in a picture: short, without its module."""
    if isinstance(function, functools.partial):
        return name_of(function.func)
    owner = getattr(function, "__self__", None)  # compared with None: a QuerySet's truth is a query
    if owner is not None and not isinstance(owner, (type, ModuleType)):
        return f"{type(owner).__name__}.{function.__name__}"
    view_class = getattr(function, "view_class", None)  # what View.as_view() returns
    if isinstance(view_class, type):
        return view_class.__name__
    name = getattr(function, "__qualname__", None) or type(function).__name__
    return str(name).rpartition("<locals>.")[2]


def name_of_layer(layer: Any) -> str:
    """What to call a layer: its class, or the factory that made the function."""
    if not hasattr(layer, "__qualname__"):
        return type(layer).__name__
    parts = str(layer.__qualname__).split(".<locals>.")
    return parts[-2] if len(parts) > 1 else parts[0]


def place_of(frame: FrameType, line: int | None = None) -> Place:
    """The line at which a frame stands (or the given line of it)."""
    code, number = frame.f_code, line or frame.f_lineno
    text = linecache.getline(code.co_filename, number, frame.f_globals).strip()
    return Place(code.co_qualname.rpartition("<locals>.")[2], number, text)


def frames(frame: FrameType | None) -> Iterator[FrameType]:
    """A frame and those that called it, innermost first."""
    while frame is not None:
        yield frame
        frame = frame.f_back


def place_of_error(error: BaseException) -> Place | None:
    """The innermost line of *yours* that an exception passed through, or None."""
    found = None
    traceback: TracebackType | None = error.__traceback__
    while traceback is not None:
        if origin(traceback.tb_frame.f_code.co_filename) == "yours":
            found = place_of(traceback.tb_frame, traceback.tb_lineno)
        traceback = traceback.tb_next
    return found
