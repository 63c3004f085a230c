"""Three `aget` at once: on how many threads do their queries run, and is one of them the loop's?"""

import asyncio
import threading

from ..declare import partly, yes
from ..stage import project

CLAIM = "The ORM is not async."
SAID = {"post": "23"}
VERDICT = "Half true by now: since 4.1 you can await it, but the queries run one by one in a thread."

EXPECTED = {
    "3.0 to 4.0": yes("no aget"),
    "from 4.1": partly({"found": ["Ada", "Ada", "Ada"], "threads": 1, "the loop's": False}),
}


def observe():
    project()
    from django.db import connection, models

    threads = set()

    class Name(models.CharField):
        def from_db_value(self, value, expression, connection):
            threads.add(threading.current_thread())
            return value

    class Guest(models.Model):
        name = Name(max_length=10)

        class Meta:
            app_label = "ledger"

    if not hasattr(Guest.objects, "aget"):
        return "no aget"
    with connection.schema_editor() as editor:
        editor.create_model(Guest)
    Guest.objects.create(name="Ada")

    async def three():
        return await asyncio.gather(*(Guest.objects.aget(id=1) for _ in range(3)))

    found = [guest.name for guest in asyncio.run(three())]
    return {
        "found": found,
        "threads": len(threads),
        "the loop's": threading.main_thread() in threads,
    }
