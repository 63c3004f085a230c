"""Async Django, live: boot a real Django project in this kernel and see what runs where.

    from asynclab import boot, fetch, predict, check
    boot()
    run = await fetch("/")

Each name is loaded when it is first used: the audit needs no kernel, and lesson 00 no server.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .audit import audit as audit
    from .boot import boot as boot
    from .check import check as check
    from .client import fetch as fetch
    from .control import control as control
    from .load import load as load
    from .predict import predict as predict
    from .servers import serve as serve
    from .watch import watch as watch

_HOMES = {
    "audit": "audit",
    "boot": "boot",
    "fetch": "client",
    "watch": "watch",
    "predict": "predict",
    "check": "check",
    "control": "control",
    "load": "load",
    "serve": "servers",
}
__all__ = ["audit", "boot", "check", "control", "fetch", "load", "predict", "serve", "watch"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"asynclab has no {name!r}. It has: {', '.join(__all__)}.")
    value = getattr(importlib.import_module(f".{_HOMES[name]}", __name__), name)
    setattr(sys.modules[__name__], name, value)
    return value


class _Package(ModuleType):
    """`asynclab.boot` is the function, even after Python has imported the module `asynclab.boot`."""

    def __setattr__(self, name: str, value: Any) -> None:
        if _HOMES.get(name) == name and isinstance(value, ModuleType):
            value = getattr(value, name)
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
