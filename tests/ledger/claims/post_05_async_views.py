from django.http import HttpResponse

from ..declare import NOT_AWAITED, attempt, no, yes
from ..stage import asgi, project, wsgi

CLAIM = "From 3.0 on, Django runs views written with `async def`."
SAID = {"post": "5"}
VERDICT = "Not 3.0, but 3.1; there under WSGI, too."

EXPECTED = {
    "3.0": no({"asgi": NOT_AWAITED, "wsgi": NOT_AWAITED}),
    "from 3.1": yes({"asgi": 200, "wsgi": 200}),
}


async def page(request):
    return HttpResponse("page")


def observe():
    project()
    return {"asgi": attempt(asgi, page), "wsgi": attempt(wsgi, page)}
