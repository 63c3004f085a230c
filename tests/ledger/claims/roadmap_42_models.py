import asyncio

from ..declare import attempt, no, yes
from ..stage import guests, project

CLAIM = "A model's own methods can be awaited: `asave`, `arefresh_from_db`, `adelete`."
SAID = {"roadmap": "4.2"}
VERDICT = "Since 4.2, one series after the queries."

EXPECTED = {
    "3.0 to 4.1": no("AttributeError: 'Guest' object has no attribute 'asave'"),
    "from 4.2": yes({"asave": "Bo", "arefresh_from_db": "Cy", "adelete": 0}),
}


def observe():
    project()
    manager = guests().objects
    guest = manager.get()

    async def each():
        guest.name = "Bo"
        await guest.asave()
        seen = {"asave": (await manager.aget()).name}
        await manager.aupdate(name="Cy")
        await guest.arefresh_from_db()
        seen["arefresh_from_db"] = guest.name
        await guest.adelete()
        return {**seen, "adelete": await manager.acount()}

    return attempt(lambda: asyncio.run(each()))
