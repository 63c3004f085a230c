"""`DJANGO_ALLOW_ASYNC_UNSAFE=false`: what is still refused, and what is still rolled back?"""

import asyncio
import os

from asgiref.sync import sync_to_async

from ..declare import yes
from ..stage import guests, project

CLAIM = "`DJANGO_ALLOW_ASYNC_UNSAFE=false` switches the guard off; then an awaited row is not rolled back."
SAID = {"lesson 06b": "Any text switches the guard off, even this one."}
VERDICT = "True: nothing fails, and the row stays."

EXPECTED = {"from 3.0": yes({"in a loop": ["Ada"], "after rollback": ["Ada", "Bo"]})}


def observe():
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "false"
    project()
    model = guests()
    from django.db import transaction

    async def main():
        names = [guest.name for guest in model.objects.all()]
        try:
            with transaction.atomic():
                await sync_to_async(model.objects.create, thread_sensitive=False)(name="Bo")
                raise ValueError
        except ValueError:
            return names

    seen = asyncio.run(main())
    return {"in a loop": seen, "after rollback": [guest.name for guest in model.objects.order_by("id")]}
