"""A test's browser logs in and out, awaited."""

import asyncio

from django import test

from ..declare import no, yes
from ..stage import accounts

CLAIM = "The test client's login can be awaited: `alogin`, `aforce_login`, `alogout`."
SAID = {"roadmap": "5.0"}
VERDICT = "Since 5.0. The client itself could be awaited since 3.1."

_NAMES = ["alogin", "aforce_login", "alogout"]
EXPECTED = {
    "3.0": no("no AsyncClient"),
    "3.1 to 4.2": no([]),
    "from 5.0": yes({"alogin": True, "alogout": False, "aforce_login": True}),
}


def observe():
    accounts()
    from django.contrib.auth.models import User

    if not hasattr(test, "AsyncClient"):
        return "no AsyncClient"
    client = test.AsyncClient()
    there = [name for name in _NAMES if hasattr(client, name)]
    if len(there) < len(_NAMES):
        return there
    ada = User.objects.get()

    async def visit():
        seen = {}

        def note(name):
            seen[name] = "sessionid" in client.cookies

        await client.alogin(username="ada", password="tea")
        note("alogin")
        await client.alogout()
        note("alogout")
        await client.aforce_login(ada)
        note("aforce_login")
        return seen

    return asyncio.run(visit())
