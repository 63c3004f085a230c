"""Which kind of function does `sync_to_async` take?"""

import asyncio
import inspect
import threading

from asgiref.sync import sync_to_async

from ..declare import attempt, no

CLAIM = "`sync_to_async` is for calling async code without danger."
SAID = {"post": "15"}
VERDICT = "The other way round: it makes sync code callable from async code."

EXPECTED = {
    "asgiref up to 3.2": no({"sync function": "runs in a thread", "async function": "does not run"}),
    "asgiref from 3.3": no(
        {
            "sync function": "runs in a thread",
            "async function": "TypeError: sync_to_async can only be applied to sync functions.",
        }
    ),
}


def brew():
    return "runs on the loop" if threading.current_thread() is threading.main_thread() else "runs in a thread"


async def brew_async():
    return brew()


async def awaited(function):
    result = await sync_to_async(function)()
    if inspect.iscoroutine(result):
        result.close()
        return "does not run"
    return result


def observe():
    kinds = {"sync function": brew, "async function": brew_async}
    return {kind: attempt(lambda of=of: asyncio.run(awaited(of))) for kind, of in kinds.items()}
