"""The seams: every one is there, a missing one is named, and nothing stays patched."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from asgiref.sync import AsyncToSync, SyncToAsync, sync_to_async
from django.core import signals
from django.core.handlers.base import BaseHandler
from django.http import HttpRequest, HttpResponse

from asynclab import record, seams
from asynclab.recorder import Recorder

from . import cafe
from .cafe import ask, run
from .seven import SEVEN

cafe.ready()
ORIGINALS = {(owner, name): vars(owner)[name] for owner, name in seams.SEAMS}


@pytest.fixture(autouse=True)
def _nothing_stays_patched() -> Iterator[None]:
    yield
    assert_untouched()


def assert_untouched() -> None:
    assert {(owner, name): vars(owner)[name] for owner, name in seams.SEAMS} == ORIGINALS
    assert seams.current() is None
    assert record._open == 0
    assert not any("asynclab" in str(receiver[0]) for receiver in signals.got_request_exception.receivers)


async def fine(request: HttpRequest) -> HttpResponse:
    return HttpResponse("fine")


def test_this_release_has_every_seam() -> None:
    assert seams.missing() == []
    assert [f"{owner.__qualname__}.{name}" for owner, name in seams.SEAMS] == [
        "BaseHandler.adapt_method_mode",
        "BaseHandler.make_view_atomic",
        "BaseEventLoop.run_in_executor",
        "AsyncToSync.__call__",
        "AsyncToSync.main_wrap",
        "Handle._run",
    ]
    assert set(seams.PATCHES) == set(seams.SEAMS)


def test_a_seam_that_a_release_has_lost_is_named_and_nothing_is_patched(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as lost:
        lost.delattr(SyncToAsync, "thread_handler")
        lost.delattr(BaseHandler, "make_view_atomic")
        assert seams.missing() == ["BaseHandler.make_view_atomic", "SyncToAsync.thread_handler"]
        with (
            pytest.raises(
                RuntimeError,
                match=r"record here: BaseHandler\.make_view_atomic, SyncToAsync\.thread_handler is gone",
            ),
            record.recording(),
        ):
            pytest.fail("it recorded")
        assert vars(AsyncToSync)["__call__"] is ORIGINALS[AsyncToSync, "__call__"]
    assert_untouched()


def test_a_patch_that_fails_half_way_takes_the_others_back(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(original: Any) -> Any:
        raise ZeroDivisionError

    monkeypatch.setitem(seams.PATCHES, seams.SEAMS[-1], broken)
    with pytest.raises(ZeroDivisionError), record.recording():
        pytest.fail("it recorded")
    assert_untouched()


def test_while_recording_every_seam_is_patched_once() -> None:
    with record.recording():
        first = {(owner, name): vars(owner)[name] for owner, name in seams.SEAMS}
        assert all(first[seam] is not ORIGINALS[seam] for seam in seams.SEAMS)
        with record.recording():
            assert {(owner, name): vars(owner)[name] for owner, name in seams.SEAMS} == first
        assert {(owner, name): vars(owner)[name] for owner, name in seams.SEAMS} == first
    assert_untouched()


@pytest.mark.parametrize(
    "error", [ValueError, KeyboardInterrupt, SystemExit, asyncio.CancelledError, GeneratorExit]
)
def test_after_an_error_nothing_stays_patched(error: type[BaseException]) -> None:
    with pytest.raises(error), record.recording() as outer, record.recording():
        raise error
    assert outer.seconds > 0
    assert_untouched()


def test_recordings_may_end_in_another_order_than_they_began() -> None:
    first, second = record.recording(), record.recording()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    ask(fine, record=False)
    assert seams.current() is not None
    second.__exit__(None, None, None)
    assert_untouched()


def test_recordings_of_several_threads_share_one_recorder_and_the_last_one_ends_it() -> None:
    begun, end = threading.Barrier(3, timeout=10), threading.Barrier(3, timeout=10)
    recorders: list[Recorder | None] = []

    def work() -> None:
        with record.recording():
            begun.wait()
            recorders.append(seams.current())
            end.wait()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    begun.wait()
    assert seams.current() is not None
    end.wait()
    for thread in threads:
        thread.join(10)
    assert recorders[0] is recorders[1]
    assert_untouched()


def test_an_abandoned_view_ends_in_peace_after_its_recording() -> None:
    async def scenario() -> list[str]:
        begun, release, ended = asyncio.Event(), asyncio.Event(), []

        async def view(request: HttpRequest) -> HttpResponse:
            begun.set()
            await release.wait()
            ended.append(await sync_to_async(str.upper)("done"))
            return HttpResponse()

        with record.recording() as seen:
            asking = asyncio.create_task(cafe.ask_here(view, record=False))
            await begun.wait()
        assert_untouched()
        (span,) = seen.views
        assert (span.end, span.error) == (None, None)
        release.set()
        asked = await asking
        assert asked.statuses == [200]
        return ended

    assert run(scenario()) == ["DONE"]


def test_a_handler_that_was_recorded_once_serves_on_without_a_recording() -> None:
    from asynclab import stack
    from asynclab.openings import http_scope
    from asynclab.wire import call_asgi

    with record.recording():
        app = stack.build("asgi", fine, SEVEN)
    exchange = run(call_asgi(app, http_scope("/")))
    assert exchange.status == 200
    with record.recording() as seen:
        run(call_asgi(app, http_scope("/")))
    assert (len(seen.layers), len(seen.views)) == (7, 1)


def test_what_is_refused_is_told_as_never_started_and_not_as_what_comes_next() -> None:
    async def scenario() -> None:
        async def tried() -> None:
            pass

        with pytest.raises(RuntimeError, match="You cannot use AsyncToSync"):
            AsyncToSync(tried)()
        await asyncio.to_thread(max, 1, 2)

    with record.recording() as seen:
        run(scenario())
    assert [(c.bridge, c.what, c.thread is not None) for c in seen.crossings] == [
        ("async_to_sync", "tried", False),
        ("to_thread", "max", True),
    ]


def test_a_task_outside_any_request_has_no_number() -> None:
    with record.recording() as seen:
        run(asyncio.to_thread(len, "x"))
    assert [crossing.request for crossing in seen.crossings] == [None]


def test_no_thread_of_ours_is_left_or_even_listed() -> None:
    before = threading.enumerate()
    with record.recording():
        assert threading.enumerate() == before
    assert threading.enumerate() == before
