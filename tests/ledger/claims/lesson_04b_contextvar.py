"""Two tasks at once, one `ContextVar`: does each see its own value?"""

import asyncio

from ..declare import yes

CLAIM = "With a `ContextVar`, each task sees its own value."
SAID = {"lesson 04b": "Since Python 3.7 there is also `ContextVar`"}
VERDICT = "On every Python tried. That 3.7 brought it, docs.python.org says; the oldest one here is 3.8."

EXPECTED = {"Python from 3.7": yes(["Ada", "Bo"])}


def observe():
    from contextvars import ContextVar

    guest = ContextVar("guest")

    async def serve(name, arrived):
        guest.set(name)
        await arrived()
        return guest.get()

    async def both():
        here, all_here = [], asyncio.Event()

        async def arrived():
            here.append(1)
            if len(here) == 2:
                all_here.set()
            await all_here.wait()

        return await asyncio.gather(serve("Ada", arrived), serve("Bo", arrived))

    return asyncio.run(both())
