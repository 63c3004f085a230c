"""A back end of one's own, with an async method beside the sync one: which one is asked on the loop?"""

import asyncio

from django.contrib import auth

from ..declare import no, yes
from ..stage import accounts

CLAIM = "An authentication back end may be async: its `aauthenticate` is awaited."
SAID = {"roadmap": "5.2"}
VERDICT = "Since 5.2. In 5.0 and 5.1, `aauthenticate` asked the sync method, in a thread."

EXPECTED = {
    "3.0 to 4.2": no("no aauthenticate"),
    "5.0 to 5.1": no(["authenticate"]),
    "from 5.2": yes(["aauthenticate"]),
}
asked = []


class Backend:
    def authenticate(self, request, username=None, password=None):
        asked.append("authenticate")

    async def aauthenticate(self, request, username=None, password=None):
        asked.append("aauthenticate")


def observe():
    request = accounts()
    from django.conf import settings

    settings.AUTHENTICATION_BACKENDS = [f"{__name__}.{Backend.__name__}"]
    if not hasattr(auth, "aauthenticate"):
        return "no aauthenticate"
    asyncio.run(auth.aauthenticate(request, username="ada", password="tea"))
    return asked
