"""What lesson 05 claims beyond its declarations."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.decorators import async_only_middleware

from asynclab.client import fetch
from asynclab.exercises import Prediction, find
from tests import cafe

from .cafe import swept  # noqa: F401 - 5.7 lets an error escape
from .seven import SEVEN

Layer = Callable[[Any], Any]


# What the runs decide


async def page(request: HttpRequest) -> HttpResponse:
    return HttpResponse("tea")


async def nap(request: HttpRequest) -> HttpResponse:
    await asyncio.sleep(0.01)
    return HttpResponse("ready")


class Plain:
    def __init__(self, get_response: Layer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> Any:
        return self.get_response(request)


class Closed:
    """As in 5.7: flags, and no mark."""

    sync_capable, async_capable = False, True

    def __init__(self, get_response: Layer) -> None:
        pass

    async def __call__(self, request: HttpRequest) -> HttpResponse:
        raise Http404("We are closed.")


@async_only_middleware
def native(get_response: Layer) -> Layer:
    async def layer(request: HttpRequest) -> Any:
        return await get_response(request)

    return layer


COMMON, XFRAME = SEVEN[2], SEVEN[6]


@pytest.mark.parametrize(
    ("number", "view", "layers", "times", "letter"),
    [
        ("5.3", page, [COMMON, Plain, XFRAME], 1, "c"),
        ("5.7", page, [Closed], 1, "c"),
        ("5.7", page, [Plain, XFRAME], 1, None),  # the cell was changed: it decides nothing
        ("5b.3", nap, [native] * 7, 20, "c"),
    ],
)
def test_the_run_of_a_prediction_decides_it(
    number: str, view: Any, layers: list[Any], times: int, letter: str | None
) -> None:
    cafe.ready()

    async def send() -> Any:
        return await fetch("/", view=view, middleware=layers, times=times)

    run, asked = cafe.run(send()), find(number)
    assert isinstance(asked, Prediction)
    if letter is None:
        with pytest.raises(KeyError):
            asked.settle(run)
    else:
        assert asked.settle(run) == letter
