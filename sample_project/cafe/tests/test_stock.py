from __future__ import annotations

import asyncio
from typing import Any
from unittest import mock

import httpx
from django.test import SimpleTestCase, override_settings

from cafe import stock
from cafe.stock import ask_all


def told(answers: list[stock.Answer]) -> list[tuple[str, str, str]]:
    return [(answer.supplier, answer.left, answer.problem) for answer in answers]


class AskAllTest(SimpleTestCase):
    async def test_all_suppliers_are_being_asked_at_the_same_time(self) -> None:
        everybody_asked = asyncio.Barrier(3)  # opens only for three at once; one after the other would hang

        async def app(scope: object, receive: object, send: Any) -> None:
            await everybody_asked.wait()
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b'{"left": 1, "unit": "kg"}'})

        with mock.patch("cafe.stock.suppliers", app):
            answers = await ask_all((slug, slug, {}) for slug in ("beans", "milk", "cups"))
        self.assertEqual(told(answers), [("beans", "1 kg", ""), ("milk", "1 kg", ""), ("cups", "1 kg", "")])

    @override_settings(SUPPLIERS_PATIENCE=0.05)
    async def test_one_failure_of_each_kind_spoils_no_other_answer(self) -> None:
        fails = ["", "500", "timeout", "disconnect", "garbage"]
        answers = await ask_all((fail, "beans", {"delay": "0", "fail": fail}) for fail in fails)
        self.assertEqual(
            told(answers),
            [
                ("", "12 kg", ""),
                ("500", "", "answered with an error, 500"),
                ("timeout", "", "gave no answer within 0.05 s"),
                ("disconnect", "", "broke the connection"),
                ("garbage", "", "said something nobody understands"),
            ],
        )

    async def test_json_of_another_shape_is_not_understood_either(self) -> None:
        bodies = [b"[]", b"null", b"{}", b'{"left": "many", "unit": "kg"}', b'{"left": Infinity, "unit": 1}']

        async def app(scope: Any, receive: object, send: Any) -> None:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": bodies[int(scope["path"][1:])]})

        with mock.patch("cafe.stock.suppliers", app):
            answers = await ask_all(("x", str(number), {}) for number in range(len(bodies)))
        self.assertEqual({answer.problem for answer in answers}, {"said something nobody understands"})

    @override_settings(SUPPLIERS_URL="http://127.0.0.1:9")  # the discard port: nobody listens
    async def test_a_server_that_is_not_there_is_a_broken_connection(self) -> None:
        answers = await ask_all([("beans", "beans", {})])
        self.assertEqual(told(answers), [("beans", "", "broke the connection")])

    async def test_the_client_is_closed_after_each_visit(self) -> None:
        made: list[httpx.AsyncClient] = []
        real = stock.client

        def client() -> httpx.AsyncClient:
            made.append(real())
            return made[-1]

        with mock.patch("cafe.stock.client", client):
            await ask_all([("beans", "beans", {"delay": "0"})])
            await ask_all([("beans", "beans", {"delay": "0"})])
        self.assertEqual([client.is_closed for client in made], [True, True])
        self.assertIsNot(made[0], made[1])
