"""A visitor who logs in, is recognised, and logs out, all of it awaited."""

import asyncio

from ..declare import no, partly, yes
from ..stage import accounts

CLAIM = "Login can be awaited: `aauthenticate`, `alogin`, `aget_user`, `alogout`, `request.auser()`."
SAID = {"roadmap": "5.0"}
VERDICT = "Since 5.0. But up to 5.2 `auser()` still knows who has just logged out; from 6.0 it does not."

_NAMES = ["aauthenticate", "alogin", "aget_user", "alogout"]
EXPECTED = {
    "3.0 to 4.2": no({"functions": [], "request.auser": False}),
    "5.0 to 5.2": partly({"functions": _NAMES, "users": ["ada", "ada", "ada", "ada"], "request.auser": True}),
    "from 6.0": yes({"functions": _NAMES, "users": ["ada", "ada", "ada", ""], "request.auser": True}),
}


def observe():
    request = accounts()
    from django.contrib import auth

    functions = [name for name in _NAMES if hasattr(auth, name)]
    seen = {"functions": functions, "request.auser": hasattr(request, "auser")}
    if len(functions) < len(_NAMES):
        return seen

    async def visit():
        user = await auth.aauthenticate(request, username="ada", password="tea")
        await auth.alogin(request, user)
        users = [user, await auth.aget_user(request), await request.auser()]
        await auth.alogout(request)
        return [each.get_username() for each in [*users, await request.auser()]]

    return {**seen, "users": asyncio.run(visit())}
