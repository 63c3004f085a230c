"""Answers to lesson 08's exercises that nobody foresaw, and implementations that are held back."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from typing import Any

import pytest

from asynclab.exercises import Prediction, find, mutation
from asynclab.exercises.lesson_08_serve import ASK, FRESH, FRESH_BOB, SERVE, STATUS, found, served
from asynclab.exercises.lesson_08_serve import written as serve_test
from asynclab.exercises.lesson_08_sign import ASYNC, BOTH, HEADER, SIGN, SYNC, TEA, Dual
from asynclab.exercises.lesson_08_sign import written as sign_test
from asynclab.exercises.lesson_08b_ticks import TICKS
from asynclab.trial import Judge
from tests import cafe, practice


@pytest.fixture(autouse=True, scope="module")
def booted() -> None:
    cafe.ready()


@pytest.mark.parametrize(
    ("number", "said", "letter"),
    [
        ("8.2", "PlainTest.test ... FAIL", "a"),
        ("8.2", "PlainTest.test ... ok", "b"),
        ("8.2", "PlainTest.test ... ERROR", "c"),
        ("8.4", "RowTest.test ... ok\nrows left: 1 supplier", "a"),
        ("8.4", "RowTest.test ... ok\nrows left: none", "b"),
        ("8b.2", "test_cell.py::test_2_finds_none PASSED", "a"),
        ("8b.2", "test_cell.py::test_2_finds_none FAILED", "b"),
    ],
)
def test_what_the_runner_says_decides_a_prediction(number: str, said: str, letter: str) -> None:
    asked = find(number)
    assert isinstance(asked, Prediction)
    assert asked.settle(said) == letter  # type: ignore[arg-type]


# Right answers that are written in an unusual way

ALL_THREE = (
    "self.assertEqual((response.status_code, self.ada.status, self.bob.status), (200, 'served', 'waiting'))"
)
SERVED = {
    "the view is an attribute of the class": serve_test(
        "response = await self.view(request, self.ada.pk)", FRESH, FRESH_BOB, ALL_THREE
    )
    .replace("    def setUp", "    view = staticmethod(serve)\n\n    def setUp")
    .replace("class ServeTest", "async def serve(request, pk): ...\n\n\nclass ServeTest"),
    "the view comes by way of another function": serve_test(
        "response = await asked(request, self.ada.pk)", FRESH, FRESH_BOB, ALL_THREE
    ).replace("class ServeTest", "asked = lambda *given: serve(*given)\n\n\nclass ServeTest"),
    "by a test client, at a URL of its own": serve_test(
        "from django.test import override_settings",
        "from django.urls import path",
        'urls = (path("<int:pk>/", serve),)',
        "with override_settings(ROOT_URLCONF=urls, MIDDLEWARE=[]):",
        '    response = await self.async_client.post(f"/{self.ada.pk}/")',
        FRESH,
        FRESH_BOB,
        ALL_THREE,
    ),
    "three tests, one for each thing": serve_test(
        ASK,
        STATUS,
        more=f"""
    async def test_row(self):
        await serve(AsyncRequestFactory().post("/"), self.ada.pk)
        {FRESH}
        self.assertEqual(self.ada.status, "served")

    async def test_others(self):
        await serve(AsyncRequestFactory().post("/"), self.ada.pk)
        self.assertEqual(await Order.objects.filter(status="waiting").acount(), 1)
""",
    ),
    "rows made in setUpTestData": serve_test(ASK, FRESH, FRESH_BOB, ALL_THREE).replace(
        "    def setUp(self):", "    @classmethod\n    def setUpTestData(self):"
    ),
}
SIGNED = {
    "plain asserts and a lambda": sign_test(
        (ASYNC, ("assert (response['X-Cafe'], response.content) == ('open', b'tea')",)),
        (
            "    def test_sync(self):\n",
            (
                "response = Sign(lambda request: HttpResponse(request))('tea')",
                "assert (response['X-Cafe'], response.content) == ('open', b'tea')",
            ),
        ),
    ),
    "the async one by async_to_sync": sign_test(
        (
            ASYNC.replace("async def test", "def test").replace(
                "await Sign(page)", "async_to_sync(Sign(page))"
            ),
            BOTH,
        ),
        (SYNC, BOTH),
        imports="from asgiref.sync import async_to_sync\n",
    ),
    "a TestCase": sign_test((ASYNC, BOTH), (SYNC, BOTH), base="TestCase").replace(
        "import AsyncRequestFactory", "import TestCase, AsyncRequestFactory"
    ),
    "on a loop of its own": sign_test(
        (ASYNC, BOTH),
        (SYNC, BOTH),
        base="IsolatedAsyncioTestCase",
        imports="from unittest import IsolatedAsyncioTestCase\n",
    ),
    "awaits whatever can be awaited": sign_test(
        (
            "    async def test_both(self):\n",
            (
                "async def later(request):",
                "    return HttpResponse('tea')",
                "for page in (later, lambda request: HttpResponse('tea')):",
                "    response = Sign(page)(RequestFactory().get('/'))",
                "    if hasattr(response, '__await__'):",
                "        response = await response",
                f"    {HEADER}",
                f"    {TEA}",
            ),
        ),
    ),
}


@pytest.mark.parametrize("source", SERVED.values(), ids=SERVED)
def test_a_test_of_the_view_may_be_written_in_another_way(judge: Judge, source: str) -> None:
    assert practice.judged(judge, SERVE.number, source).state == "passed"


@pytest.mark.parametrize("source", SIGNED.values(), ids=SIGNED)
def test_a_test_of_the_layer_may_be_written_in_another_way(judge: Judge, source: str) -> None:
    assert practice.judged(judge, SIGN.number, source).state == "passed"


@pytest.mark.parametrize(
    ("number", "source", "words"),
    [
        (
            "8.9",
            serve_test(FRESH, method="async def check(self):"),
            "no test of yours ran. Does a method's name",
        ),
        ("8.9", serve_test("self.skipTest('later')"), "all 4 broken views"),
        (
            "8.9",
            serve_test(ASK, FRESH, FRESH_BOB, ALL_THREE.replace("200", "302")),
            "AssertionError: Tuples differ",
        ),
        (
            "8.9",
            serve_test(
                ASK, STATUS, FRESH, FRESH_BOB, "self.assertNotEqual(self.ada.status, self.bob.status)"
            ),
            'makes the order "ready", which is not "served"',
        ),
        (
            "8.9",
            serve_test(ASK, FRESH, FRESH_BOB, ALL_THREE.replace("200", "response.status_code")),
            "answers 404",
        ),
        (
            "8.11",
            sign_test(
                (ASYNC, ("self.assertIn('X-Cafe', response)", TEA)),
                (SYNC, ("self.assertIn('X-Cafe', response)", TEA)),
            ),
            '"closed"',
        ),
        (
            "8.11",
            sign_test((SYNC.replace("Sign(page)(", "await Sign(page)("), BOTH)).replace(
                "def test", "async def test"
            ),
            "TypeError: ",
        ),
        ("8.9", serve_test("serve(request, 1)"), "Your test calls `serve`, and nobody awaits it"),
        ("8.9", serve_test("await serve(request)"), "serve() missing 1 required positional argument: 'pk'."),
        ("8.9", serve_test("await request"), "What does that line of your test call or await"),
        ("8.11", sign_test((ASYNC.replace("await ", ""), BOTH)), "Nobody awaits `Sign.later`"),
        ("8.11", "class SignTest(object): ...\n", "no test class"),
        ("8.9", "class ServeTest: ...\n", "no test class"),
    ],
)
def test_what_a_weak_test_lets_pass_is_named(judge: Judge, number: str, source: str, words: str) -> None:
    verdict = practice.judged(judge, number, source)
    assert verdict.state == "failed"
    assert words in verdict.message, verdict


@pytest.mark.parametrize(
    ("line", "state", "words"),
    [
        ("await __import__('asyncio').Event().wait()", "late", "still in `test_serve`, line "),
        ("__import__('os')._exit(3)", "died", "ended its process (exit code 3)"),
        ("raise SystemExit", "failed", "SystemExit"),
        ("print('x' * 1_000_000)", "failed", "broken views"),
    ],
)
def test_a_test_that_hangs_or_kills_costs_one_verdict(
    judge: Judge, line: str, state: str, words: str
) -> None:
    hasty = dataclasses.replace(SERVE, deadline=5.0)
    verdict = judge(hasty, practice.defined(serve_test(line), "ServeTest"))
    assert verdict.state == state, verdict
    assert words in verdict.message
    assert practice.judged(judge, "8.9", SERVE.solutions[0]).state == "passed"


# Implementations that are held back


async def by_update(request: Any, pk: int) -> Any:
    from cafe.models import Order

    order = await found(pk)
    assert await Order.objects.filter(pk=pk, status="waiting").aupdate(status="served") == 1
    return served(order)


async def in_a_thread(request: Any, pk: int) -> Any:
    from asgiref.sync import sync_to_async

    from cafe.models import Order

    def serve_it() -> Any:
        order = Order.objects.select_for_update().get(pk=pk)
        order.status = "served"
        order.save(update_fields=["status"])
        return served(order)

    from django.db import transaction

    return await sync_to_async(transaction.atomic(serve_it))()


async def forgets_to_await(request: Any, pk: int) -> Any:
    order = await found(pk)
    order.status = "served"
    order.asave().close()
    return served(order)


async def another_order(request: Any, pk: int) -> Any:
    from cafe.models import Order

    order = await found(pk)
    await Order.objects.exclude(pk=pk).aupdate(status="served")
    return served(order)


async def deletes_it(request: Any, pk: int) -> Any:
    order = await found(pk)
    await order.adelete()
    return served(order)


async def breaks_down(request: Any, pk: int) -> Any:
    raise RuntimeError("out of milk")


class Handed(Dual):
    def __call__(self, request: Any) -> Any:
        return self.later(request) if self.waits else self.opened(self.get_response(request))


class ForgetsAwait(Dual):
    async def later(self, request: Any) -> Any:
        return self.get_response(request)


class AnotherHeader(Dual):
    def opened(self, response: Any) -> Any:
        response.headers["X-Coffee"] = "open"
        return response


async def by_name(watching: set[object]) -> AsyncIterator[str]:
    name = f"visitor {len(watching)}"
    watching.add(name)
    try:
        while True:
            yield "tick"
    except GeneratorExit:
        watching.remove(name)
        raise


async def counts_twice(watching: set[object]) -> AsyncIterator[str]:
    watching |= {object(), object()}
    try:
        yield "tick"
    finally:
        watching.pop()
        watching.pop()


async def waits_to_be_collected(watching: set[object]) -> AsyncIterator[str]:
    watching.add(asyncio.current_task())
    while True:
        yield "tick"


HELD_BACK = {
    "8b.6": ((by_name,), (counts_twice, waits_to_be_collected)),
    "8.9": (
        (by_update, in_a_thread),
        (forgets_to_await, another_order, deletes_it, breaks_down),
    ),
    "8.11": ((Handed,), (ForgetsAwait, AnotherHeader)),
}


@pytest.mark.parametrize("exercise", [SERVE, SIGN, TICKS], ids=lambda exercise: exercise.name)
def test_every_solution_judges_what_was_held_back(exercise: Any) -> None:
    subject = {"8.9": "serve", "8.11": "Sign", "8b.6": "ticks"}[exercise.number]
    right, broken = HELD_BACK[exercise.number]
    named = [mutation.Broken(each.__name__, "", each, "") for each in broken]
    for source in exercise.solutions:
        case = practice.defined(source, exercise.name)
        seen = cafe.run(mutation.tried(case, exercise.name, subject, right, named))
        assert (seen["rejected"], seen["alive"], seen["left"]) == ("", [], ""), source
