from django.http import HttpResponse

from ..declare import attempt, no, yes
from ..stage import asgi, project, wsgi

CLAIM = "From 3.0 on, Django runs views written with `async def`."
SAID = {"post": "5"}
VERDICT = "Not 3.0, but 3.1; there under WSGI, too."

_NOT_AWAITED = "AttributeError: 'coroutine' object has no attribute '_resource_closers'"
EXPECTED = {
    "3.0": no({"asgi": _NOT_AWAITED, "wsgi": _NOT_AWAITED}),
    "from 3.1": yes({"asgi": 200, "wsgi": 200}),
}


async def page(request):
    return HttpResponse("page")


def observe():
    project()
    return {"asgi": attempt(asgi, page), "wsgi": attempt(wsgi, page)}
