"""Lesson 08: what decides its questions, tests that hang or kill, implementations that are held back."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from typing import Any

import pytest

from asynclab.exercises import Prediction, find, mutation
from asynclab.exercises.lesson_08_serve import SERVE, found, served
from asynclab.exercises.lesson_08_serve import written as serve_test
from asynclab.exercises.lesson_08_sign import SIGN, Dual
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
