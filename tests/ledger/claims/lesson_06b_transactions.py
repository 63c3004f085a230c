"""A transaction in async code, in the three ways that one tries."""

import asyncio

from django.http import HttpResponse

from ..declare import attempt, no
from ..stage import asgi, guests, project

CLAIM = "Async code can be in a transaction: `async with atomic()`, `with atomic()`, ATOMIC_REQUESTS."
SAID = {"lesson 06b": "`atomic` has no async twin."}
VERDICT = "None of them, to this day. One sync function with `atomic()`, carried over in one piece."

_REFUSED = {"with": "SynchronousOnlyOperation", "ATOMIC_REQUESTS": "RuntimeError"}
EXPECTED = {
    "3.0": no({**_REFUSED, "async with": "AttributeError", "ATOMIC_REQUESTS": "AttributeError"}),
    "from 3.1, Python up to 3.10": no({**_REFUSED, "async with": "AttributeError"}),
    "from 3.1, Python from 3.11": no({**_REFUSED, "async with": "TypeError"}),
}


def observe():
    database = {"ENGINE": "django.db.backends.sqlite3", "NAME": "ledger.sqlite3", "ATOMIC_REQUESTS": True}
    project(DATABASES={"default": database})
    guests()
    from django.db import transaction

    async def plain():
        with transaction.atomic():
            return "entered"

    async def async_with():
        async with transaction.atomic():
            return "entered"

    async def page(request):
        return HttpResponse("page")

    tries = {
        "async with": lambda: asyncio.run(async_with()),
        "with": lambda: asyncio.run(plain()),
        "ATOMIC_REQUESTS": lambda: asgi(page),
    }
    return {name: str(attempt(each)).partition(":")[0] for name, each in tries.items()}
