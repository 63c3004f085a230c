"""Relations of rows that one has already, asked for on the loop."""

import asyncio

from ..declare import attempt, no, yes
from ..stage import accounts

CLAIM = "`aprefetch_related_objects` fetches the relations of objects that you have."
SAID = {"roadmap": "5.0"}
VERDICT = "Since 5.0, two series after the queries."

EXPECTED = {
    "3.0 to 4.2": no("not there"),
    "from 5.0": yes({"before": "SynchronousOnlyOperation", "after": ["staff"]}),
}


def observe():
    accounts()
    from django.contrib.auth.models import User
    from django.db import models

    ada = User.objects.get()
    ada.groups.create(name="staff")
    if not hasattr(models, "aprefetch_related_objects"):
        return "not there"

    async def groups():
        before = attempt(lambda: list(ada.groups.all()))
        await models.aprefetch_related_objects([ada], "groups")
        return {"before": before.partition(":")[0], "after": [group.name for group in ada.groups.all()]}

    return asyncio.run(groups())
