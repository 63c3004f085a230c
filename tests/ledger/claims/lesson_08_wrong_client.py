"""An `async def` test with `self.client`, which is for sync ones."""

import asyncio

from django import test
from django.http import HttpResponse

from ..declare import attempt, no, yes
from ..stage import guests, handler, project

CLAIM = "In an `async def` test, the sync client fails: on an async page, and on one that asks the database."
SAID = {"lesson 08": "The sync client in an async test runs your page *on the loop's thread*."}
VERDICT = "True since there are async views, 3.1."

EXPECTED = {
    "3.0": no({"async page": "AttributeError", "a query": "SynchronousOnlyOperation"}),
    "from 3.1": yes({"async page": "RuntimeError", "a query": "SynchronousOnlyOperation"}),
}


def observe():
    project()
    model = guests()

    async def page(request):
        return HttpResponse("page")

    def rows(request):
        return HttpResponse(str(model.objects.count()))

    async def visit(view):
        handler(view)
        return test.Client().get("/").status_code

    def told(view):
        return str(attempt(lambda: asyncio.run(visit(view)))).partition(":")[0]

    return {"async page": told(page), "a query": told(rows)}
