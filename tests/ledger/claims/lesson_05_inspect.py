"""An object that asgiref has marked: who knows it for a coroutine function?"""

import asyncio
import inspect
import warnings

import asgiref.sync

from ..declare import no, yes

CLAIM = "asgiref marks an object as a coroutine function, and `inspect` does not know it."
SAID = {"lesson 05": "in Python 3.11 the one in `inspect` does not know the mark, and says `False`"}
VERDICT = "True before Python 3.12; asgiref's own function is right in both. The mark came with 3.6."

EXPECTED = {
    "3.0 to 4.1": no("no mark in asgiref"),
    "from 4.2, Python up to 3.11": yes({"asgiref": True, "inspect": False, "asyncio": True}),
    "from 4.2, Python from 3.12": no({"asgiref": True, "inspect": True, "asyncio": True}),
}


class Layer:
    async def __call__(self, request): ...


def observe():
    if not hasattr(asgiref.sync, "markcoroutinefunction"):
        return "no mark in asgiref"
    layer = asgiref.sync.markcoroutinefunction(Layer())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        old = asyncio.iscoroutinefunction(layer)
    return {
        "asgiref": asgiref.sync.iscoroutinefunction(layer),
        "inspect": inspect.iscoroutinefunction(layer),
        "asyncio": old,
    }
