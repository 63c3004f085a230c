"""asgiref's `Local` and a thread that was given a copy of the context: is the value there?

What `asyncio.to_thread` does (Python 3.9) is written out here, so that Python 3.8 can take part.
"""

import asyncio
import contextvars

from asgiref.local import Local
from asgiref.sync import sync_to_async

from ..declare import no, yes

CLAIM = "`asyncio.to_thread` carries asgiref's `Local`."
SAID = {"lesson 04b": "It does not carry `Local` at all (with asgiref 3.8 to 3.11 it did)"}
VERDICT = "From 3.12 it does not, and before 3.8 it did not either: 3.8 to 3.11 carried it."

EXPECTED = {
    "asgiref up to 3.7": no({"to_thread": "nothing", "bridge": "outer"}),
    "asgiref 3.8 to 3.11": yes({"to_thread": "outer", "bridge": "outer"}),
    "asgiref from 3.12": no({"to_thread": "nothing", "bridge": "outer"}),
}


def observe():
    local = Local()

    def read():
        return getattr(local, "value", "nothing")

    async def main():
        local.value = "outer"
        context = contextvars.copy_context()
        carried = await asyncio.get_running_loop().run_in_executor(None, context.run, read)
        return {"to_thread": carried, "bridge": await sync_to_async(read)()}

    return asyncio.run(main())
