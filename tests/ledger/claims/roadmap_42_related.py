"""A user's groups: the manager of a relation."""

import asyncio

from ..declare import no, yes
from ..stage import accounts

CLAIM = "Related managers can be awaited: `aadd`, `aset`, `aremove`, `aclear`."
SAID = {"roadmap": "4.2"}
VERDICT = "Since 4.2."

EXPECTED = {
    "3.0 to 4.1": no("no aadd"),
    "from 4.2": yes({"aadd": ["staff"], "aremove": [], "aset": ["staff"], "aclear": []}),
}


def observe():
    accounts()
    from django.contrib.auth.models import Group, User

    groups, staff = User.objects.get().groups, Group.objects.create(name="staff")
    if not hasattr(groups, "aadd"):
        return "no aadd"

    async def after(change, *arguments):
        await change(*arguments)
        return [group.name async for group in groups.all()]

    async def each():
        return {
            "aadd": await after(groups.aadd, staff),
            "aremove": await after(groups.aremove, staff),
            "aset": await after(groups.aset, [staff]),
            "aclear": await after(groups.aclear),
        }

    return asyncio.run(each())
