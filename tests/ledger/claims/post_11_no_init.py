"""The sample has no `__init__`, and Django hands the next layer to it."""

from django.http import HttpResponse

from ..declare import attempt, no
from ..stage import asgi, project

CLAIM = "A class with `async def __call__` and no `__init__` is middleware."
SAID = {"post": "11"}
VERDICT = "Broken everywhere: Django calls the class with the next layer, and it takes no arguments."

EXPECTED = {"from 3.0": no("TypeError: Layer() takes no arguments")}


class Layer:
    sync_capable, async_capable = False, True

    async def __call__(self, request):
        return await self.get_response(request)


def page(request):
    return HttpResponse("page")


def observe():
    project()
    return attempt(asgi, page, [Layer])
