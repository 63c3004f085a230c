"""The application for the server: the café's, and one task beside it that watches the orders."""

from __future__ import annotations

import asyncio
from typing import Any

from config.asgi import application as cafe

from . import site

site.clock()
_watching: set[asyncio.Task[None]] = set()  # asyncio alone would let go of a running task


async def application(scope: Any, receive: Any, send: Any) -> None:
    """Hand each request to the café. The first one starts the watch: only then is there a loop."""
    if not _watching and scope["type"] == "http":
        _watching.add(asyncio.create_task(site.watch_orders()))
    await cafe(scope, receive, send)
