"""What lessons 06 and 06b claim beyond their declarations."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse

from asynclab.client import fetch
from asynclab.exercises import Prediction, find
from tests import cafe

from .reading import NOTEBOOKS, __main__

# What the runs decide


async def three_counts(request: HttpRequest) -> HttpResponse:
    from cafe.models import Drink

    await asyncio.gather(*(Drink.objects.acount() for _ in range(3)))
    return HttpResponse("ready")


async def count(request: HttpRequest) -> HttpResponse:
    from cafe.models import Drink

    return HttpResponse(str(await Drink.objects.acount()))


async def hello(request: HttpRequest) -> HttpResponse:
    return HttpResponse("Hello ada")


async def broken(request: HttpRequest) -> HttpResponse:
    raise ValueError


@pytest.mark.parametrize(
    ("number", "view", "times", "letter"),
    [
        ("6.5", three_counts, 1, "b"),
        ("6.5", count, 1, None),  # the cell was changed: it decides nothing
        ("6.11", broken, 1, "c"),
        ("6.11", hello, 1, "a"),
        ("6b.7", count, 8, "c"),
    ],
)
def test_the_run_of_a_prediction_decides_it(number: str, view: Any, times: int, letter: str | None) -> None:
    cafe.ready()

    async def send() -> Any:
        return await fetch("/", view=view, times=times)

    run, asked = cafe.run(send()), find(number)
    assert isinstance(asked, Prediction)
    if letter is None:
        with pytest.raises(ValueError, match="another view"):
            asked.settle(run)
    else:
        assert asked.settle(run) == letter


# The lesson where there is no server


def test_a_lesson_that_starts_a_server_is_left_as_it_is_where_there_is_none(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lesson = NOTEBOOKS / "06b_transactions_and_connections.ipynb"
    before = lesson.read_bytes()
    monkeypatch.setattr("asynclab.quarters._folders", lambda: iter(()))
    monkeypatch.setattr(__main__, "HERE", __main__.REFERENCE)

    assert __main__.main(["06b"]) == 0
    assert capsys.readouterr().err.startswith(f"{lesson.name}: left as it is. There is no PostgreSQL here.")
    assert lesson.read_bytes() == before
    assert __main__.unserved(NOTEBOOKS / "06_orm.ipynb") is None
