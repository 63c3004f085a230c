"""The dashboard inside a server's process: your parts and the course's, the URLs, and who watches the orders.

The kernel hands the parts over in a file: yours travel as they do for a check. The same file tells the page
which ones are yours.
"""

from __future__ import annotations

import asyncio
import logging
import os
import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.http import HttpRequest
from django.urls import include, path

from config.urls import urlpatterns as cafes

from .handing import VARIABLE
from .parts import reference
from .suppliers import asker

EVERY = 0.2  # seconds between two looks at the orders
PATIENCE = 1.0  # seconds that a supplier has

_handed: dict[str, Any] = pickle.loads(Path(os.environ[VARIABLE]).read_bytes())


def part(name: str) -> Any:
    """Yours, or the course's."""
    packed = _handed["parts"].get(name)
    return pickle.loads(packed) if packed else reference(name)


def steps(request: HttpRequest) -> dict[str, Any]:
    """For the template: which steps are whose."""
    return {"steps": _handed["steps"]}


async def suppliers(wishes: Mapping[str, str]) -> dict[str, str]:
    """What each supplier says. A wish, "milk=500", lets one fail."""
    ask, names = await asker(wishes)
    return await _ask_all(ask, names, PATIENCE)  # type: ignore[no-any-return]


_ask_all = part("ask_all")
Timing = part("Timing")
feed = part("Feed")()
urlpatterns = [path("dashboard/", include(list(part("dashboard_urls")(suppliers, feed)))), *cafes]


async def watch_orders() -> None:
    """Publish each order, whichever process took it. One task asks the database, and tells all who listen.

    The feed begins with all orders that there are. So an order has the same number after a restart, and
    whoever comes back then misses none.
    """
    from cafe.models import Order

    last = 0
    while True:
        new = Order.objects.filter(pk__gt=last).select_related("drink").order_by("pk")
        async for order in new:
            feed.publish(f"{order.drink.name} for {order.customer}, {order.place}")
            last = order.pk
        await asyncio.sleep(EVERY)


def clock() -> None:
    """Let the timing layer's lines go to the server's log."""
    log = logging.getLogger("cafe.timing")
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("timing: %(message)s"))
    log.addHandler(handler)
    log.setLevel(logging.INFO)
