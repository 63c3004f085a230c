"""Crossings are counted exactly, on every Django the course supports, and told by whose they are."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.http import HttpRequest, HttpResponse

from .cafe import Asked, ask
from .seven import SEVEN


def sync_view(request: HttpRequest) -> HttpResponse:
    return HttpResponse("sync")


async def async_view(request: HttpRequest) -> HttpResponse:
    return HttpResponse("async")


class SyncOnly:
    """The oldest form of a middleware class: no flags, so it is sync only."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)


STACKS = {"none": (), "seven": SEVEN, "innermost": (*SEVEN, SyncOnly), "outermost": (SyncOnly, *SEVEN)}


def counted(asked: Asked) -> tuple[int, int]:
    """How many crossings of each of asgiref's bridges; there are no others."""
    bridges = Counter(crossing.bridge for crossing in asked.seen.crossings)
    counts = bridges["sync_to_async"], bridges["async_to_sync"]
    assert sum(counts) == len(asked.seen.crossings)
    return counts


def line(view: Any, below: int, code: str) -> str:
    """How a recording names the line that stands so far below `def`."""
    return f"{view.__name__}, line {view.__code__.co_firstlineno + below}: {code}"


@pytest.mark.parametrize(
    ("stack", "via", "view", "counts"),
    [
        ("none", "asgi", sync_view, (3, 0)),
        ("none", "asgi", async_view, (2, 0)),
        ("seven", "asgi", sync_view, (16, 0)),
        ("seven", "asgi", async_view, (15, 0)),
        ("innermost", "asgi", sync_view, (5, 1)),
        ("innermost", "asgi", async_view, (4, 1)),
        ("outermost", "asgi", sync_view, (17, 1)),
        ("outermost", "asgi", async_view, (16, 1)),
        ("none", "wsgi", sync_view, (0, 0)),
        ("none", "wsgi", async_view, (0, 1)),
        ("seven", "wsgi", sync_view, (0, 0)),
        ("seven", "wsgi", async_view, (0, 1)),
        ("innermost", "wsgi", sync_view, (0, 0)),
        ("innermost", "wsgi", async_view, (0, 1)),
        ("outermost", "wsgi", sync_view, (0, 0)),
        ("outermost", "wsgi", async_view, (0, 1)),
    ],
)
def test_a_request_crosses_exactly_as_often_as_django_makes_it(
    stack: str, via: str, view: Any, counts: tuple[int, int]
) -> None:
    assert counted(ask(view, middleware=STACKS[stack], via=via)) == counts


@pytest.mark.parametrize(
    ("stack", "via", "view", "yours"),
    [
        ("none", "asgi", sync_view, ["sync_view"]),
        ("none", "asgi", async_view, []),
        ("none", "wsgi", async_view, ["async_view"]),
        ("seven", "asgi", sync_view, ["sync_view"]),
        ("seven", "asgi", async_view, []),
        ("innermost", "asgi", async_view, ["BaseHandler._get_response_async"]),
        ("outermost", "asgi", async_view, ["SyncOnly", "SecurityMiddleware"]),
    ],
)
def test_your_crossings_are_those_that_your_view_or_layer_needs(
    stack: str, via: str, view: Any, yours: list[str]
) -> None:
    asked = ask(view, middleware=STACKS[stack], via=via)
    assert [crossing.what for crossing in asked.seen.yours] == yours


def test_djangos_own_crossings_are_named_by_what_they_carry() -> None:
    djangos = [crossing.what for crossing in ask(async_view, middleware=SEVEN).seen.djangos]
    assert djangos == [
        "sync_send",
        "SecurityMiddleware.process_request",
        "SessionMiddleware.process_request",
        "CommonMiddleware.process_request",
        "CsrfViewMiddleware.process_request",
        "AuthenticationMiddleware.process_request",
        "MessageMiddleware.process_request",
        "CsrfViewMiddleware.process_view",
        "XFrameOptionsMiddleware.process_response",
        "MessageMiddleware.process_response",
        "CsrfViewMiddleware.process_response",
        "CommonMiddleware.process_response",
        "SessionMiddleware.process_response",
        "SecurityMiddleware.process_response",
        "HttpResponse.close",
    ]


def test_every_request_of_many_crosses_equally_often() -> None:
    asked = ask(sync_view, middleware=SEVEN, times=7)
    assert Counter(crossing.request for crossing in asked.seen.crossings) == dict.fromkeys(range(1, 8), 16)


def test_a_crossing_that_your_line_asks_for_is_yours_and_names_the_line() -> None:
    async def view(request: HttpRequest) -> HttpResponse:
        await sync_to_async(len)("four")
        return HttpResponse()

    (crossing,) = ask(view).seen.yours
    assert (crossing.what, crossing.line) == ("len", line(view, 1, 'await sync_to_async(len)("four")'))


def test_a_crossing_that_a_gathered_task_of_yours_asks_for_is_yours() -> None:
    async def view(request: HttpRequest) -> HttpResponse:
        await asyncio.gather(sync_to_async(sum)([1]), asyncio.to_thread(max, 1, 2))
        return HttpResponse()

    yours = ask(view).seen.yours
    assert sorted((crossing.bridge, crossing.what) for crossing in yours) == [
        ("sync_to_async", "sum"),
        ("to_thread", "max"),
    ]


def test_what_the_orm_carries_across_for_your_line_is_yours() -> None:
    from cafe.models import Drink

    async def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse(await Drink.objects.acount())

    (crossing,) = ask(view).seen.yours
    assert (crossing.what, crossing.line) == (
        "QuerySet.count",
        line(view, 1, "return HttpResponse(await Drink.objects.acount())"),
    )


def test_what_the_orm_carries_across_in_a_task_of_its_own_is_yours_too() -> None:
    from cafe.models import Drink

    async def view(request: HttpRequest) -> HttpResponse:
        await asyncio.gather(Drink.objects.acount(), Drink.objects.aexists())
        return HttpResponse()

    yours = ask(view).seen.yours  # in their tasks, no line of yours is above them
    assert [(crossing.what, crossing.line) for crossing in yours] == [
        ("QuerySet.count", None),
        ("QuerySet.exists", None),
    ]


def test_there_and_back_again_are_two_crossings() -> None:
    async def deep() -> str:
        return "deep"

    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse(async_to_sync(deep)())

    asked = ask(view)
    assert [(c.bridge, c.what) for c in asked.seen.yours] == [
        ("sync_to_async", "view"),
        ("async_to_sync", "deep"),
    ]
    there, back = asked.seen.yours
    assert (there.from_thread, there.thread, back.from_thread, back.thread) == (
        "loop",
        "thread 1",
        "thread 1",
        "loop",
    )
