"""The same sample with an `__init__`, but nothing that tells Django that it is async."""

from django.http import HttpResponse

from ..declare import NOT_AWAITED, attempt, no
from ..stage import asgi, project

CLAIM = "Given an `__init__`, such a class is middleware without more ado."
SAID = {"post": "12"}
VERDICT = "Broken everywhere: without flags Django takes it for sync, and gets a coroutine for a response."

EXPECTED = {"from 3.0": no(NOT_AWAITED)}


class Layer:
    def __init__(self, get_response):
        self.get_response = get_response

    async def __call__(self, request):
        return await self.get_response(request)


def page(request):
    return HttpResponse("page")


def observe():
    project()
    return attempt(asgi, page, [Layer])
