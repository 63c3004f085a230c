"""The test client that is awaited, and the factory of its requests."""

import asyncio

from django import test
from django.http import HttpResponse

from ..declare import no, yes
from ..stage import handler, project

CLAIM = "A test can await Django's client: `AsyncClient`, `AsyncRequestFactory`."
SAID = {"roadmap": "3.1"}
VERDICT = "Since 3.1."

EXPECTED = {"3.0": no("no AsyncClient"), "from 3.1": yes({"client": 200, "factory": "ASGIRequest"})}


async def page(request):
    return HttpResponse("page")


def observe():
    project()
    handler(page)  # for its URL
    if not hasattr(test, "AsyncClient"):
        return "no AsyncClient"
    made = test.AsyncRequestFactory().get("/")
    return {"client": asyncio.run(test.AsyncClient().get("/")).status_code, "factory": type(made).__name__}
