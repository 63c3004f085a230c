import asyncio

from django.core import paginator

from ..declare import no, yes
from ..stage import guests, project

CLAIM = "A queryset can be paged on the loop: `AsyncPaginator`."
SAID = {"roadmap": "6.0"}
VERDICT = "Since 6.0."

EXPECTED = {"3.0 to 5.2": no("not there"), "from 6.0": yes({"pages": 2, "second": ["Bo"]})}


def observe():
    project()
    model = guests()
    model.objects.create(name="Bo")
    if not hasattr(paginator, "AsyncPaginator"):
        return "not there"

    async def paged():
        pages = paginator.AsyncPaginator(model.objects.order_by("id"), 1)
        second = await pages.apage(2)
        return {"pages": await pages.anum_pages(), "second": [guest.name async for guest in second]}

    return asyncio.run(paged())
