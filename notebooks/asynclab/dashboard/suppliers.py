"""How the dashboard asks the café's own suppliers, those of `cafe.suppliers`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

DELAY = "0.1"  # seconds until a supplier answers


async def asker(wishes: Mapping[str, str]) -> tuple[Callable[[str], Awaitable[str]], list[str]]:
    """An `ask(name)` for the suppliers, and their names. `wishes` may let one fail: {"milk": "500"}."""
    from cafe.models import Supplier
    from cafe.stock import client
    from cafe.suppliers import FAILURES

    names = [slug async for slug in Supplier.objects.order_by("slug").values_list("slug", flat=True)]

    async def ask(name: str) -> str:
        wish = wishes.get(name, "")
        asked = {"delay": DELAY} | ({"fail": wish} if wish in FAILURES else {})
        async with client() as http:
            answer = await http.get(f"/{name}", params=asked)
            answer.raise_for_status()
            found = answer.json()
        return f"{found['left']:d} {found['unit']}"

    return ask, names
