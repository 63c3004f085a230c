"""Three visitors meet in an `async def` view: how many threads are there beside the loop's?"""

import asyncio
import threading

from django.http import HttpResponse

from ..declare import NOT_AWAITED, attempt, no, yes
from ..stage import handler, messages, project

CLAIM = "Under ASGI, each request has a thread of its own, even if its view is `async def`."
SAID = {"lesson 03b": "So, in the Django you run here, `async def` does not save you the threads."}
VERDICT = "Since 4.0. In 3.1 and 3.2 all requests shared one thread. Django's signals wake it."

EXPECTED = {
    "3.0": no(NOT_AWAITED),
    "3.1 to 3.2": no(1),
    "from 4.0": yes(3),
}


def observe():
    project()

    async def three():
        counts, all_here = [], asyncio.Event()

        async def page(request):
            counts.append(threading.active_count() - 1)
            if len(counts) == 3:
                all_here.set()
            await all_here.wait()
            return HttpResponse("page")

        application = handler(page)
        await asyncio.gather(*(messages(application) for _ in range(3)))
        return max(counts)

    return attempt(lambda: asyncio.run(three()))
