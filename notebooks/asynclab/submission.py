"""What you hand in to `check`: an object, its code, and how it travels to the judge.

Functions and classes of a notebook travel by value, with what they refer to. Some things cannot
travel (a lock, a running task, an open socket): then the one to blame is named.
"""

from __future__ import annotations

import ast
import asyncio
import functools
import inspect
import io
import linecache
import types
from collections.abc import Iterator
from typing import Any

import cloudpickle  # type: ignore[import-untyped]

from .cells import notebook
from .exercises import Exercise

MISSING = object()
HEAVIEST = 20_000_000  # bytes
_BOOKKEEPING = {"__module__", "__qualname__", "__dict__", "__weakref__", "__doc__", "__firstlineno__"}
_BOOKKEEPING |= {"__static_attributes__", "__annotations__", "__annotate__", "__annotate_func__"}
_BOOKKEEPING |= {"__annotations_cache__", "__wrapped__"}


class CannotTravel(Exception):
    """The object cannot be sent to the judge; its text says what is in the way."""


def stub_of(exercise: Exercise) -> tuple[object, set[str]]:
    """What the stub's cell defines under the exercise's name, and all the names it defines."""
    before = notebook()
    after = dict(before)
    try:
        for statement in ast.parse(exercise.stub).body:  # one by one, as IPython does: the code differs
            exec(compile(ast.Module([statement], []), "<stub>", "exec", dont_inherit=True), after)
    except Exception:
        return MISSING, set()
    return after.get(exercise.name, MISSING), {n for n in after if after[n] is not before.get(n)}


def untouched(exercise: Exercise, obj: object) -> bool:
    """Whether this is still the stub: the same compiled code, whatever its comments and spaces."""
    stub, defined = stub_of(exercise)
    return stub is not MISSING and _essence(obj, defined, ()) == _essence(stub, defined, ())


def pack(obj: object, name: str) -> bytes:
    """The object as bytes. Raises CannotTravel with one sentence."""
    try:
        packed = _pickled(obj)
    except Exception as error:
        found = _culprit(obj, name, set())
        if found is None:
            raise CannotTravel(f"`{name}` cannot be copied for the check: {error}") from error
        user, used, value = found
        kind = type(value).__name__
        raise CannotTravel(
            f"`{user}` uses `{used}` (a {kind}), which cannot travel to the process that checks. "
            f"Can you make it inside `{user}`?"
        ) from error
    if len(packed) > HEAVIEST:
        raise CannotTravel(f"`{name}` drags {len(packed):,} bytes along. Which large value does it use?")
    return packed


# What markcoroutinefunction writes on a function is known by its identity: of the judge's, not a copy's.
_MARK: tuple[object, str] = (
    (inspect, "_is_coroutine_mark")  # from Python 3.12
    if hasattr(inspect, "_is_coroutine_mark")
    else (asyncio.coroutines, "_is_coroutine")
)


class _Pickler(cloudpickle.Pickler):  # type: ignore[misc]
    def reducer_override(self, obj: Any) -> Any:
        return (getattr, _MARK) if obj is getattr(*_MARK) else super().reducer_override(obj)


def _pickled(obj: object) -> bytes:
    packed = io.BytesIO()
    _Pickler(packed).dump(obj)
    return packed.getvalue()


def files(obj: object) -> dict[str, str]:
    """The text of each cell or file that holds code of this object, by file name; its own comes first."""
    names = dict.fromkeys(function.__code__.co_filename for function in _functions(obj, set()))
    return {name: "".join(linecache.getlines(name)) for name in names}


def _essence(value: object, defined: set[str], above: tuple[int, ...]) -> object:
    """What an object is made of, comparable with ==; `defined` are names whose values count too."""
    if id(value) in above or len(above) > 50:  # it refers to itself
        return "…"
    deeper = functools.partial(_essence, defined=defined, above=(*above, id(value)))
    if isinstance(value, types.FunctionType | type) and value.__module__ != "__main__":
        return (value.__module__, value.__qualname__)  # imported: its name says which one it is
    if isinstance(value, types.FunctionType):
        used = {name: deeper(used) for name, used in _used(value).items() if name in defined}
        extras = [deeper(extra) for extra in (value.__defaults__, value.__kwdefaults__, vars(value))]
        return ("function", _code(value.__code__), extras, used)
    if isinstance(value, type):
        own = {name: deeper(part) for name, part in vars(value).items() if name not in _BOOKKEEPING}
        return ("class", [base.__qualname__ for base in value.__bases__], own)
    if isinstance(value, staticmethod | classmethod):
        return (type(value).__name__, deeper(value.__func__))
    if isinstance(value, list | tuple):
        return (type(value).__name__, [deeper(part) for part in value])
    if isinstance(value, dict):
        return ("dict", [(deeper(name), deeper(part)) for name, part in value.items()])
    if isinstance(value, str | bytes | int | float | complex | None):
        return (type(value).__name__, value)
    return type(value).__qualname__


def _code(code: types.CodeType) -> object:
    constants = [
        _code(part) if isinstance(part, types.CodeType) else (type(part).__name__, part)
        for part in code.co_consts
    ]
    return (code.co_code, constants, code.co_names)


def _functions(value: object, seen: set[int]) -> Iterator[types.FunctionType]:
    """Every function of the notebook that this object consists of or calls."""
    if id(value) in seen:
        return
    seen.add(id(value))
    if isinstance(value, types.FunctionType):
        yield value
    for _, part in _parts(value):
        yield from _functions(part, seen)


def _parts(value: object) -> Iterator[tuple[str, object]]:
    """What a notebook's function or class refers to, by name; nothing for an object from elsewhere."""
    if isinstance(value, staticmethod | classmethod | functools.partial | types.MethodType):
        inner = value.func if isinstance(value, functools.partial) else value.__func__
        yield getattr(inner, "__name__", "func"), inner
    elif getattr(value, "__module__", None) != "__main__":
        return
    elif isinstance(value, types.FunctionType):
        yield from _used(value).items()
        yield from {k: v for k, v in vars(value).items() if k == "__wrapped__"}.items()
    elif isinstance(value, type):
        yield from ((name, part) for name, part in vars(value).items() if name not in _BOOKKEEPING)


def _used(function: types.FunctionType) -> dict[str, object]:
    """The globals and enclosed variables that a function names, those of its inner functions too."""
    names: set[str] = set()
    codes = [function.__code__]
    while codes:
        code = codes.pop()
        names.update(code.co_names)
        codes += [part for part in code.co_consts if isinstance(part, types.CodeType)]
    used = {name: function.__globals__[name] for name in sorted(names) if name in function.__globals__}
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        try:
            used[name] = cell.cell_contents
        except ValueError:  # not bound yet
            continue
    return used


def _culprit(value: object, name: str, seen: set[int]) -> tuple[str, str, object] | None:
    """Who uses what that cannot be pickled: the innermost (user, name, value), if one is found."""
    seen.add(id(value))
    for used, part in _parts(value):
        if id(part) in seen:
            continue
        try:
            _pickled(part)
        except Exception:
            owner = name if used == "__wrapped__" else used
            return _culprit(part, owner, seen) or (name, used, part)
    return None
