"""A function that asks the database, made awaitable: on its own, and in an async view."""

import asyncio

from asgiref.sync import sync_to_async
from django.http import HttpResponse

from ..declare import NOT_AWAITED, attempt, partly, yes
from ..stage import asgi, guests, project

CLAIM = "`sync_to_async` around a query lets an async view ask the database."
SAID = {"post": "14"}
VERDICT = "The function was fine, the async view around it impossible before 3.1. Today there is `aget`."

EXPECTED = {
    "3.0": partly({"direct": "SynchronousOnlyOperation", "by bridge": "Ada", "in a view": NOT_AWAITED}),
    "from 3.1": yes({"direct": "SynchronousOnlyOperation", "by bridge": "Ada", "in a view": 200}),
}


def observe():
    project()
    guest = guests()

    def first():
        return guest.objects.get(id=1).name

    async def direct():
        try:
            return first()
        except Exception as error:
            return type(error).__name__

    async def page(request):
        return HttpResponse(await sync_to_async(first)())

    return {
        "direct": asyncio.run(direct()),
        "by bridge": asyncio.run(sync_to_async(first)()),
        "in a view": attempt(asgi, page),
    }
