"""A layer with its flags, an `async def __call__`, and no mark: alone, raising, and below another."""

from django.http import Http404, HttpResponse
from django.utils.deprecation import MiddlewareMixin

from ..declare import NOT_AWAITED, attempt, no, yes
from ..stage import asgi, mark, project

CLAIM = "A layer that forgets the mark works alone; its error escapes, and a layer above it dies."
SAID = {"lesson 05": '(Python 3.14 words it differently: "object can\'t be awaited".)'}
VERDICT = "From 3.1, and the mark mends all three. (3.0 had no async layers.)"

_MARKED = {"alone": 200, "raising": 404, "below": 200}
_ESCAPES = {"alone": 200, "raising": "Http404: closed"}
_WORDS = ("can't be used in 'await' expression", "object can't be awaited")
EXPECTED = {
    "3.0": no(NOT_AWAITED),
    "from 3.1, Python up to 3.13": yes({"without": {**_ESCAPES, "below": _WORDS[0]}, "with": _MARKED}),
    "from 3.1, Python from 3.14": yes({"without": {**_ESCAPES, "below": _WORDS[1]}, "with": _MARKED}),
}


class Forgets:
    sync_capable, async_capable = False, True

    def __init__(self, get_response):
        self.get_response = get_response

    async def __call__(self, request):
        return await self.get_response(request)


class Closed(Forgets):
    async def __call__(self, request):
        raise Http404("closed")


def marked(kind):
    class Marked(kind):
        def __init__(self, get_response):
            super().__init__(get_response)
            mark(self)

    return Marked


class Above(MiddlewareMixin):
    def process_response(self, request, response):
        response["X-Cafe"] = "open"
        return response


async def page(request):
    return HttpResponse("page")


def observe():
    project(DEBUG_PROPAGATE_EXCEPTIONS=False)

    def tried(kind, closed):
        lists = {"alone": [kind], "raising": [closed], "below": [Above, kind]}
        seen = {name: attempt(asgi, page, layers) for name, layers in lists.items()}
        below = seen["below"]
        return {**seen, "below": next((words for words in _WORDS if words in str(below)), below)}

    from django import VERSION

    if VERSION < (3, 1):  # a layer of this kind fails in any case
        return attempt(asgi, page, [Forgets])
    return {"without": tried(Forgets, Closed), "with": tried(marked(Forgets), marked(Closed))}
