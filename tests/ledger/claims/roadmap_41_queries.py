import asyncio

from ..declare import no, yes
from ..stage import guests, project

CLAIM = "Queries can be awaited: `aget`, `acreate`, `acount`, and `async for` for the rows."
SAID = {"roadmap": "4.1"}
VERDICT = "Since 4.1. (That each is its sync twin in a thread, the post's claim 23 shows.)"

EXPECTED = {
    "3.0 to 4.0": no({"aget": False, "acreate": False, "acount": False, "async for": False}),
    "from 4.1": yes({"aget": "Ada", "acreate": "Bo", "acount": 2, "async for": ["Ada", "Bo"]}),
}


def observe():
    project()
    manager = guests().objects
    there = {name: hasattr(manager, name) for name in ("aget", "acreate", "acount")}
    there["async for"] = hasattr(manager.all(), "__aiter__")
    if not any(there.values()):
        return there

    async def each():
        return {
            "aget": (await manager.aget(name="Ada")).name,
            "acreate": (await manager.acreate(name="Bo")).name,
            "acount": await manager.acount(),
            "async for": [guest.name async for guest in manager.order_by("id")],
        }

    return asyncio.run(each())
