import asyncio

from django import shortcuts
from django.http import Http404

from ..declare import no, yes
from ..stage import guests, project

CLAIM = "The shortcuts have twins: `aget_object_or_404`, `aget_list_or_404`."
SAID = {"roadmap": "5.0"}
VERDICT = "Since 5.0."

EXPECTED = {"3.0 to 4.2": no([]), "from 5.0": yes(["Ada", "Http404", ["Ada"], "Http404"])}


async def answer(found):
    try:
        return await found
    except Http404:
        return "Http404"


def observe():
    project()
    model = guests()
    if not hasattr(shortcuts, "aget_object_or_404"):
        return [name for name in ("aget_object_or_404", "aget_list_or_404") if hasattr(shortcuts, name)]

    async def each():
        one, several = shortcuts.aget_object_or_404, shortcuts.aget_list_or_404
        return [
            (await answer(one(model, name="Ada"))).name,
            await answer(one(model, name="Bo")),
            [guest.name for guest in await answer(several(model, name="Ada"))],
            await answer(several(model, name="Bo")),
        ]

    return asyncio.run(each())
