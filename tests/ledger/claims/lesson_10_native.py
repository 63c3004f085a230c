"""Which of Django's own back ends answers an `await` without a thread beside the loop?"""

import asyncio
import threading

from ..declare import no
from ..stage import project

CLAIM = "Django's cache and its database answer an `await` without a thread."
SAID = {"lesson 10": "without a thread"}
VERDICT = "Neither, to this day: `aget` carries `get` into a thread."

EXPECTED = {"from 3.0": no([])}


class Noted:
    """In the place of a method: notes on which thread it is called."""

    def __init__(self, method, threads):
        self.method, self.threads = method, threads

    def __get__(self, owner, kind=None):
        def called(*arguments, **named):
            self.threads.append(threading.current_thread())
            return self.method(owner, *arguments, **named)

        return called


def observe():
    project()
    from django.core.cache import caches
    from django.core.cache.backends.locmem import LocMemCache
    from django.db import models

    class Name(models.Model):
        class Meta:
            app_label = "stage"

    cache, at_cache, at_query = caches["default"], [], []
    LocMemCache.get = Noted(LocMemCache.get, at_cache)
    models.QuerySet.count = Noted(models.QuerySet.count, at_query)

    async def asked():
        if hasattr(cache, "aget"):
            await cache.aget("tea")
            assert at_cache
        if hasattr(models.QuerySet, "acount"):
            await Name.objects.none().acount()
            assert at_query

    asyncio.run(asked())
    loop = threading.main_thread()
    parts = {"cache": at_cache, "query": at_query}
    return [name for name, threads in parts.items() if threads and threads == [loop] * len(threads)]
