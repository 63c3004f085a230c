"""The live board: what it sends, and that it cleans up. Ordered by events, not by time."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from unittest import mock

from asgiref.testing import ApplicationCommunicator
from django.core.handlers.asgi import ASGIHandler
from django.test import SimpleTestCase, TestCase

from cafe import board
from cafe.models import Drink, Order
from cafe.tests.helpers import mocha, next_event, order

Communicator: Any = ApplicationCommunicator  # it has no type hints


def read(event: str) -> dict[str, Any]:
    retry, kind, data, *end = event.split("\n")
    assert (retry, kind, end) == ("retry: 2000", "event: board", ["", ""]), event
    found: dict[str, Any] = json.loads(data.removeprefix("data: "))
    return found


def guests(event: str) -> list[str]:
    return [shown["customer"] for shown in read(event)["orders"]]


class BoardEventsTest(TestCase):
    drink: Drink
    placed: Order

    @classmethod
    def setUpTestData(cls) -> None:
        cls.drink = mocha()
        cls.placed = order(cls.drink, "Ada\n\nevent: forged", table=3)
        order(cls.drink, "Served already", status=Order.Status.SERVED)

    async def test_the_first_event_holds_the_whole_board(self) -> None:
        response: Any = await self.async_client.get("/board/events/")
        self.assertEqual(
            [response.status_code, *(response.headers[name] for name in ("Content-Type", "Cache-Control"))],
            [200, "text/event-stream", "no-cache"],
        )
        first = read(await next_event(aiter(response.streaming_content)))
        expected = {
            "id": self.placed.pk,
            "drink": "Mocha",
            "customer": "Ada\n\nevent: forged",  # inside JSON: it ends no event and begins none
            "place": "table 3",
            "status": "waiting",
            "since": f"{self.placed.created:%H:%M}",
        }
        self.assertEqual(first, {"orders": [expected], "watching": 1})
        response.close()

    async def test_each_change_makes_one_event_and_quiet_makes_none(self) -> None:
        looked: list[str] = []

        async def pause() -> None:  # stands for the second between two looks: here things happen
            looked.append("look")
            match len(looked):
                case 2:
                    await Order.objects.acreate(drink=self.drink, customer="Grace")
                case 4:
                    await Order.objects.filter(customer="Grace").aupdate(status=Order.Status.SERVED)

        with mock.patch.object(board, "pause", pause):
            stream = board.stream()
            seen = [(guests(await anext(stream)), len(looked)) for _ in range(3)]
            await stream.aclose()
        ada = self.placed.customer
        self.assertEqual(seen, [([ada], 0), ([ada, "Grace"], 2), ([ada], 4)])

    async def test_a_long_quiet_is_broken_by_a_comment(self) -> None:
        with mock.patch.object(board, "pause", mock.AsyncMock()) as pause:
            stream = board.stream()
            await anext(stream)
            self.assertEqual(await anext(stream), ": nothing new\n\n")
            await stream.aclose()
        self.assertEqual(pause.await_count, board.KEEP_ALIVE)

    async def test_boards_are_counted_while_they_are_open(self) -> None:
        with mock.patch.object(board, "pause", mock.AsyncMock()):
            one, two = board.stream(), board.stream()
            counted = [read(await anext(one))["watching"], read(await anext(two))["watching"]]
            counted.append(read(await anext(one))["watching"])
            await two.aclose()
            counted.append(read(await anext(one))["watching"])
            await one.aclose()
        self.assertEqual((counted, board.watching), ([1, 2, 2, 1], set()))

    def test_under_wsgi_there_is_one_event_and_an_end(self) -> None:
        with mock.patch.object(board, "stream", side_effect=AssertionError("WSGI would collect it for ever")):
            response = self.client.get("/board/events/")
        self.assertFalse(response.streaming)
        self.assertEqual(guests(response.content.decode()), [self.placed.customer])
        self.assertEqual(board.watching, set())


class DisconnectTest(SimpleTestCase):
    """Through Django's real ASGI handler, which the test client leaves out."""

    async def test_a_visitor_who_leaves_is_cleaned_up_after(self) -> None:
        waiting = asyncio.Event()

        async def pause() -> None:
            waiting.set()
            await asyncio.Event().wait()  # for ever: only a cancellation ends it

        empty = mock.AsyncMock(return_value={"orders": [], "watching": 1})
        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": "GET",
            "path": "/board/events/",
            "query_string": b"",
            "headers": [(b"host", b"localhost")],
        }
        with (
            self.settings(ALLOWED_HOSTS=["localhost"]),
            mock.patch.multiple(board, pause=pause, snapshot=empty),
        ):
            visitor = Communicator(ASGIHandler(), scope)
            await visitor.send_input({"type": "http.request"})
            start = await visitor.receive_output()
            body = await visitor.receive_output()
            await asyncio.wait_for(waiting.wait(), timeout=10)  # it is there at once, or never
            open_before = len(board.watching)
            await visitor.send_input({"type": "http.disconnect"})
            await visitor.wait()

        self.assertEqual((start["status"], body["more_body"]), (200, True))
        self.assertEqual(read(body["body"].decode()), {"orders": [], "watching": 1})
        self.assertEqual((open_before, board.watching), (1, set()))
