"""An async view raises; the hook is a plain `def`: is it called on the loop?"""

import asyncio

from django.http import HttpResponse
from django.utils.deprecation import MiddlewareMixin

from ..declare import NOT_AWAITED, attempt, no, yes
from ..stage import asgi, project

CLAIM = "`process_exception` is called from sync code, even for an async view."
SAID = {"lesson 05b": "`process_exception` is always called from sync code."}
VERDICT = "True since there are async views, 3.1."

EXPECTED = {
    "3.0": no({"status": NOT_AWAITED, "called": False, "on the loop": False}),
    "from 3.1": yes({"status": 200, "called": True, "on the loop": False}),
}


def observe():
    project()
    seen = []

    class Layer(MiddlewareMixin):
        def process_exception(self, request, exception):
            seen.append(asyncio._get_running_loop() is not None)
            return HttpResponse("sorry")

    async def page(request):
        raise ValueError

    return {"status": attempt(asgi, page, [Layer]), "called": bool(seen), "on the loop": True in seen}
