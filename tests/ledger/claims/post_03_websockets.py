"""The protocol has WebSockets. Does Django answer one?"""

from django.http import HttpResponse

from ..declare import attempt, no
from ..stage import asgi, project

CLAIM = "With ASGI, Django gets WebSockets."
SAID = {
    "post": "3",
    "lesson 01": "ASGI has messages for WebSocket; Django itself handles only those for HTTP.",
    "lesson 09c": "Django does not speak them. … Django answers HTTP alone.",
}
VERDICT = "The protocol has them, Django does not: it refuses the scope. Channels brings them."

_REFUSED = "ValueError: Django can only handle ASGI/HTTP connections, not websocket."
EXPECTED = {"from 3.0": no({"http": 200, "websocket": _REFUSED})}


def page(request):
    return HttpResponse("page")


def observe():
    project()
    return {kind: attempt(lambda kind=kind: asgi(page, type=kind)) for kind in ("http", "websocket")}
