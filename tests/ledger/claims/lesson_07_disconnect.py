"""The client leaves while the view waits: what becomes of the view?"""

import asyncio
import threading

from asgiref.sync import sync_to_async
from django.http import HttpResponse

from ..declare import no, yes
from ..stage import handler, project, scope_of

CLAIM = "When the client leaves, an async view is cancelled where it waits; a sync one runs on."
SAID = {"lesson 07": "When it comes, Django *cancels* what is under way"}
VERDICT = "Since 5.0. Before, Django did not listen, and the view ran to its end."

_ENDS = "runs to its end"
EXPECTED = {
    "3.0": no({"sync": _ENDS}),
    "3.1 to 4.2": no({"async": _ENDS, "sync": _ENDS}),
    "from 5.0": yes({"async": "CancelledError", "sync": _ENDS}),
}


def observe():
    project()
    from django import VERSION

    seen = {}

    async def leaves(view, begun):
        messages = [{"type": "http.request", "body": b""}]

        async def receive():
            if messages:
                return messages.pop()
            await begun.wait()
            return {"type": "http.disconnect"}

        async def send(message): ...

        try:
            await handler(view)(scope_of(), receive, send)
        except asyncio.CancelledError:
            seen["the call"] = "CancelledError"

    async def by_loop():
        begun = asyncio.Event()

        async def page(request):
            begun.set()
            try:
                await asyncio.sleep(0.2)
            except BaseException as error:
                seen["async"] = type(error).__name__
                raise
            seen["async"] = _ENDS
            return HttpResponse("page")

        await leaves(page, begun)

    async def by_thread():
        begun, loop, done = asyncio.Event(), asyncio.get_running_loop(), threading.Event()

        def page(request):
            loop.call_soon_threadsafe(begun.set)
            threading.Event().wait(0.2)
            seen["sync"] = _ENDS
            done.set()
            return HttpResponse("page")

        await leaves(page, begun)
        await sync_to_async(done.wait, thread_sensitive=False)(10)

    if VERSION >= (3, 1):
        asyncio.run(by_loop())
    asyncio.run(by_thread())
    return seen
