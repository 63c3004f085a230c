"""The suppliers, spoken to in ASGI messages; no server, no client, no Django."""

from __future__ import annotations

import json
from unittest import mock

from django.test import SimpleTestCase

from cafe.suppliers import suppliers
from cafe.tests.helpers import Message, call


def answer(status: int, content: dict[str, object], *more: tuple[bytes, bytes]) -> list[Message]:
    body = json.dumps(content).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode()), *more]
    return [
        {"type": "http.response.start", "status": status, "headers": headers},
        {"type": "http.response.body", "body": body},
    ]


BEANS = {"item": "beans", "left": 12, "unit": "kg"}


class SuppliersTest(SimpleTestCase):
    async def test_each_supplier_says_what_is_left(self) -> None:
        self.assertEqual(await call(suppliers, "/beans", "delay=0"), answer(200, BEANS))
        milk = {"item": "milk", "left": 40, "unit": "litres"}
        self.assertEqual(await call(suppliers, "/milk", "delay=0"), answer(200, milk))
        cups = {"item": "cups", "left": 250, "unit": "pieces"}
        self.assertEqual(await call(suppliers, "/cups", "delay=0"), answer(200, cups))

    async def test_a_supplier_takes_the_time_it_is_told(self) -> None:
        with mock.patch("asyncio.sleep") as sleep:
            for query in ("", "delay=2.5", "delay=10"):
                await call(suppliers, "/beans", query)
        self.assertEqual([waited.args for waited in sleep.await_args_list], [(0.3,), (2.5,), (10.0,)])

    async def test_nonsense_is_refused_at_once_and_in_words(self) -> None:
        plain = answer(400, {"problem": "A delay is a plain number of seconds, such as 0.3."})
        for query in (
            "delay=",
            "delay=nan",
            "delay=inf",
            "delay=-1",
            "delay=1e3",
            "delay=1_0",
            "delay=%D9%A1",
        ):
            with self.subTest(query):
                self.assertEqual(await call(suppliers, "/beans", query), plain)
        self.assertEqual(
            await call(suppliers, "/beans", "delay=10.1"),
            answer(400, {"problem": "A delay is at most 10 seconds."}),
        )
        self.assertEqual(
            await call(suppliers, "/beans", "fail=politely"),
            answer(400, {"problem": "fail is one of 500, timeout, disconnect, garbage."}),
        )

    async def test_what_is_not_there_is_not_found(self) -> None:
        gone = answer(404, {"problem": "Nobody here delivers that."})
        for path in ("/", "/tea", "/beans/"):
            self.assertEqual(await call(suppliers, path), gone)

    async def test_only_get_is_answered(self) -> None:
        refused = answer(405, {"problem": "Only GET is answered."}, (b"allow", b"GET"))
        self.assertEqual(await call(suppliers, "/beans", method="POST"), refused)

    async def test_other_protocols_are_declined(self) -> None:
        for kind in ("lifespan", "websocket"):
            with self.assertRaisesMessage(ValueError, f"The suppliers speak http, not {kind}."):
                await suppliers({"type": kind}, mock.AsyncMock(), mock.AsyncMock())

    async def test_a_supplier_fails_in_each_way_when_asked_to(self) -> None:
        head = answer(200, BEANS)[0]
        failed = {
            "500": answer(500, {"problem": "The shelf fell down."}),
            "timeout": [],
            "disconnect": [
                head,
                {"type": "http.response.body", "body": b'{"item": ', "more_body": True},
                {"type": "the connection broke"},
            ],
            "garbage": [
                head | {"headers": [(b"content-type", b"application/json"), (b"content-length", b"10")]},
                {"type": "http.response.body", "body": b'{"item": \xff'},
            ],
        }
        for fail, sent in failed.items():
            with self.subTest(fail):
                self.assertEqual(await call(suppliers, "/beans", f"delay=0&fail={fail}"), sent)
