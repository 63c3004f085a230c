"""Open the finished dashboard: in a server of its own, with your steps where you have them."""

from __future__ import annotations

import asyncio
import os
import pickle
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from html.parser import HTMLParser
from pathlib import Path

from ..database import FOLDER
from ..errors import Stopped
from ..interrupt import Interrupts
from ..server import Server
from ..servers import serve
from ..submission import CannotTravel, pack
from . import parts
from .drawing import Dashboard
from .handing import VARIABLE
from .steps import REFERENCE, WHAT, told, yours
from .suppliers import asker

NOTEBOOKS = str(Path(__file__).resolve().parents[2])  # where a server finds this package
NEWEST = 3  # orders that a drawing shows
PATIENCE = 0.6  # seconds that a supplier has in a drawing


async def dashboard(**wishes: str) -> Dashboard:
    """The dashboard's answer, made here, of the course's own steps: `await dashboard(milk="500")`.

    A supplier answers, or fails in one of the café's ways: "500", "timeout", "disconnect", "garbage".
    """
    from cafe.models import Order

    interrupts = Interrupts()
    interrupts.watch()
    try:
        ask, names = await asker(wishes)
        newest = Order.objects.select_related("drink").order_by("-pk")[:NEWEST]
        orders = [f"{order.drink.name} for {order.customer}, {order.place}" async for order in newest]
        return Dashboard(await parts.suppliers(ask, names, PATIENCE), orders)
    except asyncio.CancelledError:
        if not interrupts.seen:
            raise
        raise Stopped("Interrupted: the suppliers are asked no more, and nothing is drawn.") from None
    finally:
        interrupts.forget()


@asynccontextmanager
async def open_dashboard(port: int | None = None) -> AsyncIterator[Server]:
    """Serve the café with its dashboard: `async with open_dashboard() as server:`; `server.link` leads there.

    A step of yours is used if its newest text has passed its check; else the course's own stands in, and the
    page says so. It runs in the server's process, on this notebook's database, and ends with the block.
    """
    packed, whose = dict[str, bytes](), told()
    for name, part in yours().items():
        try:
            packed[name] = pack(part, name)
        except CannotTravel as reason:
            whose[WHAT[name]] = f"{REFERENCE}: {reason}"
    with tempfile.TemporaryDirectory(prefix=f"{FOLDER}{os.getpid()}-", ignore_cleanup_errors=True) as folder:
        file = Path(folder) / "parts"  # `database` sweeps stale folders of this name
        file.write_bytes(pickle.dumps({"parts": packed, "steps": whose}))
        async with serve(
            "uvicorn",
            app="asynclab.dashboard.asgi:application",
            settings="asynclab.dashboard.settings",
            port=port,
            env={VARIABLE: str(file), "PYTHONPATH": NOTEBOOKS},
        ) as server:
            server.link += "dashboard/"
            yield server


class _Page(HTMLParser):
    """Reads the page: what stands under which heading."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, list[str]] = {}
        self._tag = self._under = ""

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        self._tag = tag

    def handle_data(self, data: str) -> None:
        words = " ".join(data.split())
        if words and self._tag == "h2":
            self._under = words
        elif words and self._under:
            self.found.setdefault(self._under, []).append(words)
        self._tag = "" if words else self._tag


def read(html: str, orders: Sequence[str] = ()) -> Dashboard:
    """The page that a server sent, with the orders that came afterwards, for a drawing."""
    page = _Page()
    page.feed(html)
    states = {"Failed:": "failed", "Late:": "late"}
    words = page.found.get("Suppliers", [])
    suppliers = {}
    for at, word in enumerate(words):
        if word in states:
            suppliers[words[at - 1]] = states[word]
        elif word.endswith(" left"):
            suppliers[words[at - 1]] = word.removesuffix(" left")
    built = page.found.get("Built of", [])
    built = built[: built.index("A small Django project.")] if "A small Django project." in built else built
    return Dashboard(suppliers, orders, dict(zip(built[::2], built[1::2], strict=False)))
