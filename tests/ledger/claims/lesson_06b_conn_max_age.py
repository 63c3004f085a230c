"""Five requests one after another, each with a query, while connections are to be kept for ten minutes."""

import asyncio
import gc
import weakref
from concurrent.futures import ThreadPoolExecutor

from django.http import HttpResponse

from ..declare import no, yes
from ..stage import call_wsgi, handler, messages, project, wsgi_handler

CLAIM = "Under ASGI, `CONN_MAX_AGE` reuses no connection: each is left open until garbage collection."
SAID = {"lesson 06b": "Its connection is kept for a thread that never comes back."}
VERDICT = "From 4.0, which gives each request a thread of its own. WSGI reuses the one. (Seen with SQLite.)"

_WSGI = {"a connection each": False, "left open": True}
EXPECTED = {
    "3.0 to 3.2": no(
        {"asgi": {"a connection each": False, "left open": True, "after collection": True}, "wsgi": _WSGI}
    ),
    "from 4.0": yes(
        {"asgi": {"a connection each": True, "left open": True, "after collection": False}, "wsgi": _WSGI}
    ),
}


def observe():
    database = {"ENGINE": "django.db.backends.sqlite3", "NAME": "ledger.sqlite3", "CONN_MAX_AGE": 600}
    project(DATABASES={"default": database})
    from django.db import connection
    from django.db.backends.signals import connection_created

    opened = []

    def note(connection, **named):
        opened.append(weakref.ref(connection))

    connection_created.connect(note)

    def page(request):
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return HttpResponse("page")

    def still_open():
        held = [each() for each in opened]
        return all(each is not None and each.connection is not None for each in held)

    async def five():
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(2))  # the threads of 3.0
        application = handler(page)
        for _ in range(5):
            await messages(application)
        left = still_open()
        gc.collect()
        return {"a connection each": len(opened) == 5, "left open": left, "after collection": still_open()}

    gc.disable()
    by_asgi = asyncio.run(five())
    gc.enable()
    opened.clear()
    application = wsgi_handler(page)
    for _ in range(5):
        call_wsgi(application)
    return {"asgi": by_asgi, "wsgi": {"a connection each": len(opened) == 5, "left open": still_open()}}
