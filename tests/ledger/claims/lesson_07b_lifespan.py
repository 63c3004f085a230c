"""A server offers `lifespan`: the call that lasts as long as it does."""

from django.http import HttpResponse

from ..declare import attempt, no
from ..stage import asgi, project

CLAIM = "Django takes part in ASGI's `lifespan`."
SAID = {
    "lesson 07b": "Django has no lifespan. Servers go on without it, if you let them.",
    "lesson 09b": "Uvicorn asked for lifespan, and Django said no",
}
VERDICT = "Never: it refuses the scope, and servers go on without."

EXPECTED = {"from 3.0": no("ValueError: Django can only handle ASGI/HTTP connections, not lifespan.")}


def observe():
    project()
    return attempt(lambda: asgi(lambda request: HttpResponse("page"), type="lifespan"))
