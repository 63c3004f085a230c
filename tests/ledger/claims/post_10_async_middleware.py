"""Middleware written by the book: the flag, the mark, and an `async def __call__`."""

from django.http import HttpResponse

from ..declare import NOT_AWAITED, attempt, no, yes
from ..stage import asgi, mark, project

CLAIM = "From 3.0 on, Django runs async middleware."
SAID = {"post": "10"}
VERDICT = "Not 3.0. From 3.1 it does, if the class says what it is."

EXPECTED = {
    "3.0": no(NOT_AWAITED),
    "from 3.1": yes(200),
}


class Layer:
    sync_capable, async_capable = False, True

    def __init__(self, get_response):
        self.get_response = get_response
        mark(self)

    async def __call__(self, request):
        return await self.get_response(request)


def page(request):
    return HttpResponse("page")


def observe():
    project()
    return attempt(asgi, page, [Layer])
