"""Three visitors of a sync page at once, by Django's test client: do they ever meet?"""

import asyncio
import contextlib
import threading

from django import test
from django.http import HttpResponse

from ..declare import no, yes
from ..stage import handler, project

CLAIM = "By `AsyncClient`, sync pages queue for one thread."
SAID = {"lesson 04": "Under `AsyncClient` all sync code shares one thread."}
VERDICT = "True since there is an `AsyncClient`; by a server only up to 3.2 (the post's claim 25)."

EXPECTED = {"3.0": no("no AsyncClient"), "from 3.1": yes({"threads": 1, "together": False})}
PATIENCE = 0.5  # seconds


def observe():
    project()
    meeting, threads = threading.Barrier(3), set()

    def page(request):
        threads.add(threading.current_thread())
        with contextlib.suppress(threading.BrokenBarrierError):
            meeting.wait(PATIENCE)
        return HttpResponse("page")

    if not hasattr(test, "AsyncClient"):
        return "no AsyncClient"
    handler(page)

    async def three():
        client = test.AsyncClient()
        await asyncio.gather(*(client.get("/") for _ in range(3)))
        return {"threads": len(threads), "together": not meeting.broken}

    return asyncio.run(three())
