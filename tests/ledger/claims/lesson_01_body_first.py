"""A body in three pieces: how many has Django taken when the view begins?"""

import asyncio

from django.http import HttpResponse

from ..declare import yes
from ..stage import handler, project, scope_of

CLAIM = "By ASGI, Django calls the view when it has all of the body."
SAID = {"lesson 01": "By ASGI, Django asked for the body, and called the view when all of it was there."}
VERDICT = "True in every series."

EXPECTED = {"from 3.0": yes({"left": 0, "body": "tea and cake"})}


def observe():
    project()
    seen = {}
    pieces = [b"tea", b" and ", b"cake"]
    waiting = [{"type": "http.request", "body": each, "more_body": each != pieces[-1]} for each in pieces]

    def page(request):
        seen.update({"left": len(waiting), "body": request.body.decode()})
        return HttpResponse("page")

    async def receive():
        if not waiting:
            await asyncio.Event().wait()
        return waiting.pop(0)

    async def send(message): ...

    asyncio.run(handler(page)(scope_of(), receive, send))
    return seen
