"""What the exercises of lesson 03 look at: each question that a page asks the café's suppliers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from secrets import randbelow
from typing import Any
from unittest.mock import patch

import httpx

from ..client import fetch
from ..run import Run
from .trying import UnderWay, as_a_view, given_up, never_awaited, said

ITEMS = ("beans", "milk", "cups")
# The last one asked answers first: whoever takes the answers as they come in mixes them up.
DELAYS = {"beans": "0.15", "milk": "0.1", "cups": "0.05"}


@dataclass
class Traffic:
    """The questions of one page: which were asked, how many at the same moment, which were cancelled."""

    asked: list[str] = field(default_factory=list)
    cancelled: list[str] = field(default_factory=list)
    under_way: UnderWay = field(default_factory=UnderWay)

    @contextmanager
    def question(self, item: str) -> Iterator[None]:
        """Count one question, from asking to its end."""
        self.asked.append(item)
        try:
            with self.under_way:
                yield
        except asyncio.CancelledError:
            self.cancelled.append(item)
            raise

    @property
    def most(self) -> int:
        """The most questions at the same moment."""
        return self.under_way.most


@dataclass(frozen=True)
class Visit:
    """One visit to a page that asks the suppliers, and what came of it."""

    run: Run
    traffic: Traffic
    left: Mapping[str, int]  # what each supplier truly has left
    dropped: bool  # somebody made a coroutine and never awaited it

    @property
    def status(self) -> int | None:
        """The status of the answer; None if none came."""
        (response,) = self.run.responses
        return None if response is None else response.status

    @property
    def told(self) -> Any:
        """What the page said, as data, whatever its status; None if that is no JSON."""
        (response,) = self.run.responses
        try:
            return None if response is None else json.loads(response.text)
        except ValueError:
            return None

    @property
    def answer(self) -> Any:
        """What the page said, if it said so with status 200."""
        return self.told if self.status == 200 else None

    @property
    def error(self) -> str:
        """What went wrong, in one line; nothing if nothing did."""
        if not self.run.notes:
            return said(self.run.error)
        held = [
            f"the loop was held by {row.code} ({row.function}, line {row.line})" for row in self.run.blocked
        ]
        return "; ".join([given_up(self.run), *held[:1]])

    @property
    def shown(self) -> str:
        """What came of the visit, for a learner to read."""
        status = "" if self.status in (200, None) else f" with status {self.status}"
        return self.error.rstrip(".") or f"{'no JSON' if self.told is None else str(self.told)[:200]}{status}"


async def visit(view: Any, failing: Mapping[str, str] | None = None, *, name: str = "it") -> Visit:
    """Ask for the page once, while some suppliers fail: {"milk": "disconnect"}. TypeError if it is no view.

    Each visit finds other numbers on the shelves. Questions are counted where httpx hands them to the
    suppliers, so it does not matter how the page asks.
    """
    from cafe.suppliers import SHELVES

    fails, traffic = failing or {}, Traffic()
    left = {item: 10 + randbelow(900) for item in ITEMS}
    shelves = {f"/{item}": {**SHELVES[f"/{item}"], "left": left[item]} for item in ITEMS}
    passed_on = httpx.ASGITransport.handle_async_request

    async def counted(transport: httpx.ASGITransport, request: httpx.Request) -> httpx.Response:
        item = request.url.path.strip("/")
        if item in DELAYS:
            asked = {"delay": DELAYS[item], "fail": fails.get(item, "")}
            request.url = request.url.copy_merge_params(asked)
        with traffic.question(item):
            return await passed_on(transport, request)

    with (
        patch.dict(SHELVES, shelves),
        patch.object(httpx.ASGITransport, "handle_async_request", counted),
        never_awaited() as dropped,
        as_a_view(name),
    ):
        run = await fetch("/", view=view, deadline=5)
    return Visit(run, traffic, left, bool(dropped))
