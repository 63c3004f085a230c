import asyncio

from ..declare import attempt, no, yes
from ..stage import project

CLAIM = "The cache has methods to await: `aget`, `aset` and the others."
SAID = {"roadmap": "4.0"}
VERDICT = "Since 4.0; with them the prefix `a` became the custom."

EXPECTED = {
    "3.0": no("AttributeError: 'LocMemCache' object has no attribute 'aset'"),
    "3.1": no("AttributeError: 'LocMemCache' object has no attribute 'aset'"),
    "3.2": no("AttributeError: 'LocMemCache' object has no attribute 'aset'"),
    "from 4.0": yes("tea"),
}


async def kept(cache):
    await cache.aset("drink", "tea")
    return await cache.aget("drink")


def observe():
    project()
    from django.core.cache import caches

    cache = caches["default"]
    return attempt(lambda: asyncio.run(kept(cache)))
