"""Three sync views at once under ASGI: do they ever run at the same time?"""

import contextlib
import threading

from django.http import HttpResponse

from ..declare import no, yes
from ..stage import asgi, project

CLAIM = "Do not rush: a site of sync views can get slower by ASGI."
SAID = {
    "post": "25",
    "lesson 04": "So four visitors in 4.1 had four threads, and three calls in 4.3 had one.",
}
VERDICT = "Truer than it knew: in 3.1 and 3.2 they queued for one thread. From 4.0 each request has its own."

EXPECTED = {
    "3.0": no({"answers": 3, "together": True}),
    "3.1 to 3.2": yes({"answers": 3, "together": False}),
    "from 4.0": no({"answers": 3, "together": True}),
}
PATIENCE = 4.0  # seconds; only those that queue wait so long


def observe():
    project()
    meeting = threading.Barrier(3)

    def page(request):
        with contextlib.suppress(threading.BrokenBarrierError):
            meeting.wait(PATIENCE)
        return HttpResponse("page")

    answers = asgi(page, times=3)
    return {"answers": len(answers), "together": not meeting.broken}
