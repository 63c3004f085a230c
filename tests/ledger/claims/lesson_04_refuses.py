"""`async_to_sync` where a loop runs, and in a thread beside it."""

import asyncio

from asgiref.sync import async_to_sync, sync_to_async

from ..declare import attempt, yes

CLAIM = "`async_to_sync` refuses in a thread in which a loop runs."
SAID = {
    "lesson 04": "So the bridge refuses, and its message names the way out.",
    "lesson 09c": "In an async view that same line raises",
}
VERDICT = "True in every series."

EXPECTED = {"from 3.0": yes({"on the loop": "RuntimeError", "in a thread": 2})}


async def rate():
    return 2


def observe():
    async def main():
        refused = attempt(async_to_sync(rate))
        return {
            "on the loop": refused.partition(":")[0],
            "in a thread": await sync_to_async(lambda: async_to_sync(rate)())(),
        }

    return asyncio.run(main())
