import asyncio

from ..declare import no, yes
from ..stage import accounts

CLAIM = "Sessions can be awaited: `aget`, `aset`, `asave` and the others."
SAID = {"roadmap": "5.1"}
VERDICT = "Since 5.1."

EXPECTED = {"3.0 to 5.0": no("no aset"), "from 5.1": yes({"found": "tea", "in a new one": "tea"})}


def observe():
    session = accounts().session
    if not hasattr(session, "aset"):
        return "no aset"

    async def kept():
        await session.aset("drink", "tea")
        await session.asave()
        again = type(session)(session.session_key)
        return {"found": await session.aget("drink"), "in a new one": await again.aget("drink")}

    return asyncio.run(kept())
