"""The live order board: a stream of server-sent events that lasts as long as somebody watches."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from cafe.models import Order

EVERY = 1.0  # seconds between two looks at the orders
KEEP_ALIVE = 15  # looks without news until a comment is sent, so that proxies see the stream is alive
SHOWN = 30

watching: set[object] = set()  # one entry for each board that is open in this process


def open_orders() -> QuerySet[Order]:
    """What is not served yet, the longest wait first. The drinks come in the same query."""
    waiting = Order.objects.exclude(status=Order.Status.SERVED)
    return waiting.select_related("drink").order_by("created", "pk")[:SHOWN]


def row(order: Order) -> dict[str, str | int]:
    """One order as the browser needs it: plain text, which the page's script inserts as text."""
    return {
        "id": order.pk,
        "drink": order.drink.name,
        "customer": order.customer,
        "place": order.place,
        "status": order.status,
        "since": f"{timezone.localtime(order.created):%H:%M}",
    }


async def snapshot() -> dict[str, Any]:
    return {"orders": [row(order) async for order in open_orders()], "watching": len(watching)}


def event(data: dict[str, Any], retry: int) -> str:
    """One server-sent event. JSON puts no line break into `data:`, where it would end the event.

    `retry` is how many milliseconds the browser waits before it connects again.
    """
    return f"retry: {retry}\nevent: board\ndata: {json.dumps(data)}\n\n"


async def pause() -> None:
    await asyncio.sleep(EVERY)


async def stream() -> AsyncGenerator[str]:
    """Events for one open board: the whole board at once, then again whenever it differs.

    Asking the database once a second for each watcher is right for a café. For thousands, let one task ask
    and tell the others, or let the database speak up (PostgreSQL's LISTEN).
    """
    me = object()
    watching.add(me)
    try:
        shown, quiet = None, 0
        while True:
            now = await snapshot()
            if now != shown:
                shown, quiet = now, 0
                yield event(now, retry=2000)
            elif (quiet := quiet + 1) % KEEP_ALIVE == 0:
                yield ": nothing new\n\n"
            await pause()
    finally:
        # The visitor has left: Django cancels this generator, wherever it waits. Clean up here and nowhere
        # else; code after the loop would never run. It needs no `await`, so nothing can interrupt it.
        watching.discard(me)
