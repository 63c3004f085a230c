"""What lesson 03 and its deep dive claim: on every Django of the course."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import httpx
import pytest
from asgiref.sync import iscoroutinefunction
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import request_started
from django.http import HttpRequest, HttpResponse
from django.views import View

from asynclab.client import fetch
from asynclab.exercises import lesson
from asynclab.exercises.lesson_03_suppliers import visit
from asynclab.run import Run

from .cafe import ready


@pytest.fixture(autouse=True)
def _booted() -> None:
    ready()


# What the recordings show, on this Django


async def together(view: Callable[..., Any], visitors: int, **how: Any) -> Run:
    run = await fetch("/", view=view, times=visitors, **how)
    assert run.error is None
    return run


def crowd_of(visitors: int) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """A plain and an async view whose visitors wait for one another: an order of events, and no clock."""
    plain_barrier, async_barrier = threading.Barrier(visitors, timeout=10), asyncio.Barrier(visitors)

    def plain(request: HttpRequest) -> HttpResponse:
        plain_barrier.wait()
        return HttpResponse("served")

    async def awaiting(request: HttpRequest) -> HttpResponse:
        await async_barrier.wait()
        return HttpResponse("served")

    return plain, awaiting


def test_under_asgi_all_visitors_wait_at_once_in_threads_or_on_the_loop() -> None:
    plain, awaiting = crowd_of(12)
    in_threads = asyncio.run(together(plain, 12))
    on_the_loop = asyncio.run(together(awaiting, 12))
    assert (in_threads.most_at_once, len(in_threads.threads)) == (12, 12)
    assert (on_the_loop.most_at_once, on_the_loop.threads) == (12, ("loop",))


def test_under_wsgi_an_async_view_takes_a_loop_for_each_request_and_no_more_at_once_than_threads() -> None:
    run = asyncio.run(together(pause, 12, via="wsgi", threads=4))
    assert run.most_at_once == 4
    assert {view.loop for view in run.views} == {"another loop"}
    assert len({view.thread for view in run.views} | {one.from_thread for one in run.crossings}) > 12


async def pause(request: HttpRequest) -> HttpResponse:
    await asyncio.sleep(0.05)
    return HttpResponse("served")


def test_the_signal_wakes_a_thread_for_each_async_request_and_nothing_else_does_while_it_waits() -> None:
    seen = list[int]()

    async def crowd() -> None:
        before, barrier = set(threading.enumerate()), asyncio.Barrier(20)

        async def counts(request: HttpRequest) -> HttpResponse:
            if await barrier.wait() == 19:  # the last to come: nobody has left yet
                seen.append(len(set(threading.enumerate()) - before))  # of those before, some may end
            return HttpResponse("served")

        await together(counts, 20)

    asyncio.run(crowd())
    with patch.object(request_started, "receivers", []):
        asyncio.run(crowd())
    assert seen == [20, 0]


# Class-based views


class Drinks(View):
    async def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse("drinks")


class Mixed(Drinks):
    def delete(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse("gone")


class Narrow(Mixed):
    http_method_names = ["get"]  # noqa: RUF012


class OwnOptions(Drinks):
    def options(self, request: HttpRequest) -> HttpResponse:  # type: ignore[override]
        return HttpResponse("options")


def test_a_mixed_class_is_refused_when_the_urls_are_read() -> None:
    with pytest.raises(
        ImproperlyConfigured, match=r"^Mixed HTTP handlers must either be all sync or all async\.$"
    ):
        Mixed.as_view()


def test_methods_that_are_not_offered_are_not_looked_at() -> None:
    assert Narrow.view_is_async
    assert iscoroutinefunction(Narrow.as_view())


def test_nothing_checks_the_kind_of_options() -> None:
    run = asyncio.run(_options())
    assert (run.response.status, type(run.error)) == (500, TypeError)


async def _options() -> Run:
    return await fetch("/", view=OwnOptions.as_view(), method="OPTIONS")


# The exercises


def test_looking_at_the_suppliers_leaves_them_as_they_were() -> None:
    from cafe.suppliers import SHELVES

    before, handle = dict(SHELVES), httpx.ASGITransport.handle_async_request
    seen = asyncio.run(visit(pause))
    assert (seen.traffic.asked, seen.traffic.most) == ([], 0)
    assert (before, handle) == (SHELVES, httpx.ASGITransport.handle_async_request)


def test_each_exercise_of_the_two_lessons_names_three_misconceptions_or_more() -> None:
    exercises = [*lesson("03").exercises, *lesson("03b").exercises]
    assert [len(exercise.wrong) for exercise in exercises] == [6, 7, 5]
