"""What several tests need."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from decimal import Decimal
from typing import Any

from cafe.models import Drink, Order, Supplier

Message = dict[str, Any]


def mocha(price: str = "3.50") -> Drink:
    """One drink, with its supplier."""
    supplier, _ = Supplier.objects.get_or_create(slug="beans", defaults={"name": "Bean & Sons"})
    return Drink.objects.create(name="Mocha", price=Decimal(price), supplier=supplier)


def order(drink: Drink, customer: str = "Ada", **fields: Any) -> Order:
    return Order.objects.create(drink=drink, customer=customer, **fields)


async def call(app: Any, path: str, query: str = "", method: str = "GET") -> list[Message]:
    """Send one request to an ASGI application, by hand; what it sent back, message by message."""
    sent: list[Message] = []
    inbox: Iterator[Message] = iter(
        [{"type": "http.request", "body": b"", "more_body": False}, {"type": "http.disconnect"}]
    )

    async def receive() -> Message:
        return next(inbox)

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": method, "path": path, "query_string": query.encode(), "headers": []}
    try:
        await app(scope, receive, send)
    except ConnectionResetError:
        sent.append({"type": "the connection broke"})
    return sent


def text(part: Any) -> str:
    """A piece of a stream as text."""
    return bytes(part).decode() if isinstance(part, bytes | memoryview) else str(part)


async def next_event(parts: AsyncIterator[Any]) -> str:
    return text(await anext(parts))
