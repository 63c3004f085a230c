"""The board of the staff: a WebSocket, on which they hear of each order and move it along.

`config/live.py` serves it. It needs Channels, and nothing else of the café does.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from importlib import import_module
from typing import Any

from channels.auth import get_user
from channels.exceptions import StopConsumer
from channels.generic.websocket import AsyncJsonWebsocketConsumer
from channels.security.websocket import WebsocketDenier
from django.conf import settings
from django.urls import path, re_path

from cafe import board
from cafe.models import Order

LONGEST = 200  # characters; no message that means anything here is longer
PATIENCE = 10.0  # seconds that a client may take to accept one message, then it is left
LARGEST = 2**63 - 1  # a database takes no larger key


class StaffBoard(AsyncJsonWebsocketConsumer):  # type: ignore[misc]  # Channels has no type hints
    """Sends the board whenever it differs. Takes `{"order": 3, "status": "ready"}`."""

    feeding: asyncio.Task[None] | None = None

    async def __call__(self, *channel: Any) -> None:
        # However it ends, it ends in here. `disconnect`
        # would not do: Channels calls it when the client has
        # left, but neither when something here raises nor when
        # the server cancels us.
        try:
            async with asyncio.TaskGroup() as self.tasks:
                try:
                    await super().__call__(*channel)
                finally:
                    board.watching.discard(self)
                    if self.feeding is not None:
                        self.feeding.cancel()
        except* StopConsumer:
            pass  # it was the feed that found the client gone

    async def connect(self) -> None:
        if not await on_duty(self.scope["user"]):
            await self.close()  # the handshake's answer is 403
            return
        await self.accept()
        board.watching.add(self)
        self.feeding = self.tasks.create_task(self.feed())

    async def feed(self) -> None:
        """The same loop as `board.stream`. A client that does not read is waited for in `send_json`, and what
        it misses meanwhile is not kept: each message is the whole board."""
        shown = None
        while True:
            now = await board.snapshot()
            if now != shown:
                shown = now
                await self.send_json(now)
            await board.pause()

    async def send_json(self, content: object, close: bool = False) -> None:
        try:
            async with asyncio.timeout(PATIENCE):
                await super().send_json(content, close)
        except OSError:  # the client has gone in this moment, or (a TimeoutError is one, too) takes nothing
            raise StopConsumer from None

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Whatever comes, the answer is JSON and the socket stays open."""
        try:
            answer = await self.moved(*asked(text_data))
        except ValueError as error:
            answer = {"problem": str(error)}
        await self.send_json(answer)

    async def moved(self, pk: int, status: str) -> Mapping[str, object]:
        """Move one order along. Raises ValueError, its message for the client."""
        # The user in the scope is who opened the socket, perhaps hours ago. A session that has ended, or a
        # right that was taken away, closes no socket: so ask again before anything is changed.
        sessions = import_module(settings.SESSION_ENGINE).SessionStore
        key = self.scope["session"].session_key
        if not await on_duty(await get_user({"session": sessions(key)})):
            raise ValueError("You are not on duty any more: log in again.")
        if not await Order.objects.filter(pk=pk).aupdate(status=status):
            raise ValueError(f"There is no order {pk}.")
        return {"order": pk, "status": status}


async def on_duty(user: Any) -> bool:
    """Whether this user may see and change the orders, as in the admin."""
    return bool(user.is_staff and await user.ahas_perm("cafe.change_order"))


def asked(text: str | None) -> tuple[int, str]:
    """'{"order": 3, "status": "ready"}' → (3, "ready"). Raises ValueError, its message for the client."""
    if text is None or len(text) > LONGEST:
        raise ValueError(f"Send text, at most {LONGEST} characters.")
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError("Send JSON.") from None
    pk, status = (found.get("order"), found.get("status")) if isinstance(found, dict) else (None, None)
    if type(pk) is not int or not 0 < pk <= LARGEST or status not in Order.Status.values:
        raise ValueError(f'Send {{"order": 3, "status": …}}: one of {", ".join(Order.Status.values)}.')
    return pk, str(status)


urlpatterns = [
    path("board/staff/", StaffBoard.as_asgi()),
    # Without this, a path that leads nowhere is an exception in the server's log, and 500 for the client.
    re_path("", WebsocketDenier.as_asgi()),
]
