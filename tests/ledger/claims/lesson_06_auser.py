"""A customer who is logged in: `await request.auser()`, and then `request.user`."""

import asyncio

from ..declare import attempt, no, yes
from ..stage import accounts

CLAIM = "After `await request.auser()`, `request.user` still refuses on the loop."
SAID = {"lesson 06": "`auser` does not mend `request.user`: each keeps what it found for itself"}
VERDICT = "True since there is `auser`: 5.0."

EXPECTED = {
    "3.0 to 4.2": no("no auser"),
    "from 5.0": yes({"auser": "ada", "user": "SynchronousOnlyOperation"}),
}


def observe():
    request = accounts(logged_in=True)
    if not hasattr(request, "auser"):
        return "no auser"

    async def visit():
        known = (await request.auser()).username
        asked = attempt(lambda: request.user.username)
        return {"auser": known, "user": asked.partition(":")[0]}

    return asyncio.run(visit())
