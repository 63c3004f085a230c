"""Three at once carry sync work over, outside of any request, as consumers do; then three requests do.

Channels is not there: its `database_sync_to_async` is a `sync_to_async`.
"""

import asyncio
import contextlib
import threading

from asgiref.sync import sync_to_async
from django.http import HttpResponse

from ..declare import no, yes
from ..stage import asgi, project

CLAIM = "The sync work of all WebSockets takes turns on one thread; requests have a thread each."
SAID = {
    "lesson 09c": "All sockets of a process share one thread for their queries, and take turns. … "
    "Lesson 04 had one for each *request*."
}
VERDICT = "Since 4.0. In 3.2 the requests shared one, too; asgiref before 3.3 took any thread for a socket."

EXPECTED = {
    "3.0": no({"sockets meet": True, "requests meet": True}),
    "3.1, asgiref up to 3.2": no({"sockets meet": True, "requests meet": False}),
    "3.1 to 3.2, asgiref from 3.3": no({"sockets meet": False, "requests meet": False}),
    "from 4.0": yes({"sockets meet": False, "requests meet": True}),
}
PATIENCE = 2.0  # seconds; only those that queue wait so long


def met(three):
    """Whether three, who wait for each other, do so at the same time."""
    meeting = threading.Barrier(3)

    def arrive(request=None):
        with contextlib.suppress(threading.BrokenBarrierError):
            meeting.wait(PATIENCE)
        return HttpResponse("page")

    three(arrive)
    return not meeting.broken


def observe():
    project()

    async def consumers(work):
        await asyncio.gather(*(sync_to_async(work)() for _ in range(3)))

    return {
        "sockets meet": met(lambda work: asyncio.run(consumers(work))),
        "requests meet": met(lambda page: asgi(page, times=3)),
    }
