"""An async view by WSGI: in whose thread does it run, and is its loop kept?"""

import asyncio
import threading

from django.http import HttpResponse

from ..declare import NOT_AWAITED, attempt, no, yes
from ..stage import call_wsgi, project, wsgi_handler

CLAIM = "By WSGI, each request to an async view gets a loop of its own, in one more thread."
SAID = {
    "lesson 03": "So Django starts a loop, for this one request, in one more thread",
    "lesson 09b": "Until then streams hold threads, and each async view has a loop for itself.",
}
VERDICT = "True since there are async views, 3.1."

EXPECTED = {
    "3.0": no(NOT_AWAITED),
    "from 3.1": yes({"in the server's thread": [False, False], "loops": 2, "closed": True}),
}


def observe():
    project()
    threads, loops = [], []

    async def page(request):
        threads.append(threading.current_thread() is threading.main_thread())
        loops.append(asyncio.get_running_loop())
        return HttpResponse("page")

    application = wsgi_handler(page)

    def two():
        return [call_wsgi(application) for _ in range(2)]

    told = attempt(two)
    if isinstance(told, str):
        return told
    different = len({id(loop) for loop in loops})
    return {"in the server's thread": threads, "loops": different, "closed": loops[0].is_closed()}
