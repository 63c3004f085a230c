"""Code that holds the loop or a thread for good is stopped, and what cannot be stopped is named."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import sys
import threading
import time
from asyncio.events import Handle
from collections.abc import Callable
from typing import Any, Literal

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.http import HttpRequest, HttpResponse

from asynclab import giveup, rescue, stack
from asynclab.client import fetch
from asynclab.errors import Stopped
from asynclab.giveup import give_up
from asynclab.messages import Exchange
from asynclab.openings import http_scope, wsgi_environ
from asynclab.record import recording
from asynclab.rescue import Guard, Interrupted, guard
from asynclab.run import Run
from asynclab.wire import call_asgi
from asynclab.workers import serve_wsgi

from . import cafe
from .cafe import swept  # noqa: F401 - a fixture

cafe.ready()
pytestmark = pytest.mark.skipif(
    threading.current_thread() is not threading.main_thread(), reason="only the main thread gets signals"
)


def under_guard(view: Any, deadline: float, before: Callable[[], None] | None = None) -> Guarded:
    """Send one request as `fetch` does: guarded, and given up when its deadline has passed."""

    async def scenario() -> Guarded:
        with recording():
            app = stack.build("asgi", view)
            exchange = Exchange(http_scope("/"))
            task = asyncio.create_task(call_asgi(app, exchange.opening, into=exchange))
            with guard(deadline, task.cancel) as guarded:
                if before is not None:
                    before()
                await asyncio.wait([task], timeout=deadline)
                left = await give_up([] if task.done() else [task])
        return Guarded(guarded, exchange, left)

    return asyncio.run(scenario())


class Guarded:
    def __init__(self, guarded: Guard, exchange: Exchange, left: list[str]) -> None:
        self.guard, self.exchange, self.left = guarded, exchange, left

    @property
    def stopped(self) -> tuple[bool, bool]:
        return self.guard.interrupted, self.guard.expired


def send_interrupt(when: threading.Event) -> Callable[[], None]:
    """Start a thread that presses Ctrl-C once a view has begun."""

    def press() -> None:
        when.wait(10)
        time.sleep(rescue.HELD + 0.1)  # an interrupt goes only to what has held the loop for a while
        os.kill(os.getpid(), signal.SIGINT)

    return threading.Thread(target=press, daemon=True).start


# A held loop --------------------------------------------------------------------------------------


def test_a_loop_that_sleeps_is_freed_at_the_deadline() -> None:
    reached: list[BaseException] = []

    async def view(request: HttpRequest) -> HttpResponse:
        try:
            time.sleep(30)  # noqa: ASYNC251 - the subject
        except Exception:
            pytest.fail("`except Exception` swallowed it")
        except BaseException as error:
            reached.append(error)
            raise
        return HttpResponse()

    began = time.perf_counter()
    done = under_guard(view, 0.3)
    assert time.perf_counter() - began < 10
    assert [repr(error) for error in reached] == ["Interrupted('It held the event loop.')"]
    assert (done.stopped, done.exchange.status) == ((False, True), None)


@pytest.mark.filterwarnings("ignore:Unclosed file")  # Django 5.2 again
def test_a_loop_that_spins_is_freed_at_the_deadline_without_a_word_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def view(request: HttpRequest) -> HttpResponse:
        while True:
            pass

    assert under_guard(view, 0.3).stopped == (False, True)
    gc.collect()  # an exception that nobody has looked at would be logged now
    assert [record.message for record in caplog.records] == []


def test_an_interrupt_goes_to_the_code_that_holds_the_loop() -> None:
    begun = threading.Event()

    async def view(request: HttpRequest) -> HttpResponse:
        begun.set()
        time.sleep(30)  # noqa: ASYNC251 - the subject
        return HttpResponse()

    done = under_guard(view, 20, send_interrupt(begun))
    assert (done.stopped, done.exchange.status) == ((True, False), None)


def test_an_interrupt_cancels_what_only_waits() -> None:
    begun, heard = threading.Event(), []

    async def view(request: HttpRequest) -> HttpResponse:
        begun.set()
        try:
            await asyncio.sleep(30)
        except BaseException as error:
            heard.append(type(error))
            raise
        return HttpResponse()

    started = time.perf_counter()
    done = under_guard(view, 20, send_interrupt(begun))
    assert time.perf_counter() - started < 10  # the loop was woken, not only told
    assert (done.stopped, heard) == ((True, False), [asyncio.CancelledError])


def test_code_that_swallows_each_interrupt_is_named_while_it_goes_on(
    capsys: pytest.CaptureFixture[str],
) -> None:
    told: list[str] = []

    async def view(request: HttpRequest) -> HttpResponse:
        while True:
            try:
                time.sleep(1)  # noqa: ASYNC251
            except Interrupted:
                told.extend(capsys.readouterr().out.splitlines())
                if told:
                    raise

    under_guard(view, 0.1)
    line = view.__code__.co_firstlineno + 3
    assert told == [
        f"The event loop is still held at view, line {line}: time.sleep(1)  # noqa: ASYNC251. "
        "That code swallows each interrupt, or a long call gives Python no turn. "
        "If it goes on, restart the kernel."
    ]


def test_a_quick_answer_is_not_touched() -> None:
    async def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse("quick")

    done = under_guard(view, 5)
    assert (done.stopped, done.exchange.status, done.left) == ((False, False), 200, [])


def test_the_handler_of_the_interrupt_is_put_back() -> None:
    async def scenario() -> None:
        before = signal.getsignal(signal.SIGINT)
        with guard(5, lambda: None):
            mine = signal.getsignal(signal.SIGINT)
            assert mine is not before
            with guard(5, lambda: None):
                pass
            assert signal.getsignal(signal.SIGINT) is mine
        assert signal.getsignal(signal.SIGINT) is before
        with pytest.raises(ValueError, match="inside"), guard(5, lambda: None):
            raise ValueError("inside")
        assert signal.getsignal(signal.SIGINT) is before

    asyncio.run(scenario())


def test_elsewhere_than_in_the_main_thread_the_guard_does_nothing() -> None:
    before, found = signal.getsignal(signal.SIGINT), []

    async def scenario() -> None:
        with guard(5, lambda: None):
            found.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=asyncio.run, args=[scenario()])
    thread.start()
    thread.join(10)
    assert found == [before]


# Threads ------------------------------------------------------------------------------------------


def test_a_task_that_waits_is_cancelled_and_its_line_is_named() -> None:
    async def view(request: HttpRequest) -> HttpResponse:
        await asyncio.Event().wait()
        return HttpResponse()

    done = under_guard(view, 0.05)
    line = view.__code__.co_firstlineno + 1
    assert done.left == [
        f"It was waiting at view, line {line}: await asyncio.Event().wait(); that was cancelled."
    ]
    assert giveup._abandoned == set()


@pytest.mark.parametrize("kind", [SystemExit, KeyboardInterrupt])
@pytest.mark.parametrize("via", ["asgi", "wsgi"])
@pytest.mark.parametrize("is_async", [True, False], ids=["async", "sync"])
def test_an_exit_in_a_view_ends_its_request_and_not_the_kernel(
    kind: type[BaseException], via: Any, is_async: bool
) -> None:
    async def async_view(request: HttpRequest) -> HttpResponse:
        raise kind(3)

    def sync_view(request: HttpRequest) -> HttpResponse:
        raise kind(3)

    async def cell() -> Run:
        return await fetch("/", view=async_view if is_async else sync_view, via=via)

    before = Handle._run
    assert type(asyncio.run(cell()).error) is kind
    assert Handle._run is before


def test_an_exit_in_a_task_of_an_application_ends_that_task_and_not_the_kernel() -> None:
    async def leave() -> None:
        sys.exit(3)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        task = asyncio.create_task(leave())
        await asyncio.wait([task])
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body", "body": repr(task.exception()).encode()})

    async def cell() -> str:
        return (await fetch("/", app=app)).response.text

    assert asyncio.run(cell()) == "SystemExit(3)"


@pytest.mark.parametrize("via", ["asgi", "wsgi"])
def test_an_interrupt_names_at_once_the_threads_that_cannot_be_ended(
    via: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(giveup, "PATIENCE", 0.1)
    begun, release = threading.Event(), threading.Event()

    def view(request: HttpRequest) -> HttpResponse:
        begun.set()
        release.wait(20)
        return HttpResponse()

    async def cell() -> str:
        send_interrupt(begun)()
        with pytest.raises(Stopped) as stopped:
            await fetch("/", view=view, via=via, times=2, deadline=60)
        still = not release.is_set()
        release.set()
        while giveup._abandoned:  # noqa: ASYNC110 - they end now
            await asyncio.sleep(0.01)
        assert still
        return " ".join(str(stopped.value).split())

    said = asyncio.run(cell())
    line = view.__code__.co_firstlineno + 2
    assert said.startswith("Interrupted: 0 of 2 requests were answered. 2 threads (")
    assert f"are still in view, line {line}: release.wait(20). Python cannot end a thread" in said


def test_an_interrupt_that_comes_early_still_ends_what_holds_the_loop() -> None:
    async def view(request: HttpRequest) -> HttpResponse:
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(30)  # noqa: ASYNC251 - the subject
        return HttpResponse()

    async def cell() -> None:
        with pytest.raises(Stopped):
            await fetch("/", view=view, deadline=60)

    began = time.perf_counter()
    asyncio.run(cell())
    assert time.perf_counter() - began < 20


def test_after_an_interrupt_no_other_request_begins() -> None:
    begun, calls = threading.Event(), list[int]()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        calls.append(1)
        begun.set()
        time.sleep(30)  # noqa: ASYNC251 - the subject

    async def cell() -> str:
        send_interrupt(begun)()
        with pytest.raises(Stopped) as stopped:
            await fetch("/", app=app, times=20, deadline=60)
        return str(stopped.value)

    line = app.__code__.co_firstlineno + 3
    assert " ".join(asyncio.run(cell()).split()) == (
        "Interrupted: 0 of 20 requests were answered. "
        f"The event loop was held at app, line {line}: time.sleep(30) # noqa: ASYNC251 - the subject; "
        "that was ended."
    )
    assert calls == [1]


def test_what_swallows_its_cancellation_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(giveup, "PATIENCE", 0.05)
    release = asyncio.Event()

    async def stubborn() -> None:
        while not release.is_set():
            try:
                await release.wait()
            except asyncio.CancelledError:
                continue

    async def cell() -> list[str]:
        task = asyncio.create_task(stubborn())
        await asyncio.sleep(0)
        said = await give_up([task])
        release.set()
        await task
        return said

    line = stubborn.__code__.co_firstlineno + 3
    assert asyncio.run(cell()) == [
        f"It goes on at stubborn, line {line}: await release.wait(), although it was cancelled. "
        "Restart the kernel to end it."
    ]


@pytest.mark.parametrize("via", ["asgi", "wsgi"])
@pytest.mark.parametrize("is_async", [True, False])
def test_what_async_to_sync_carries_is_cancelled_on_whatever_loop_it_waits(
    is_async: bool, via: Literal["asgi", "wsgi"], capfd: pytest.CaptureFixture[str]
) -> None:
    cleaned_up = []

    async def wait() -> HttpResponse:
        try:
            await asyncio.Event().wait()
        finally:
            cleaned_up.append(True)
        return HttpResponse()

    async def async_view(request: HttpRequest) -> HttpResponse:
        return await wait()

    def sync_view(request: HttpRequest) -> HttpResponse:
        return async_to_sync(wait)()

    run = asyncio.run(send(async_view if is_async else sync_view, via, deadline=0.2))
    place = f"wait, line {wait.__code__.co_firstlineno + 2}: await asyncio.Event().wait()"
    assert (cleaned_up, " ".join(run.notes)) == (
        [True],
        f"Stopped after 0.2 s: the request was not answered. It was waiting at {place}; that was cancelled.",
    )
    cafe.sweep()
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("via", ["asgi", "wsgi"])
def test_a_fetch_that_is_given_up_leaves_the_threads_of_another_alone(via: Literal["asgi", "wsgi"]) -> None:
    given_up = threading.Event()

    def endless(request: HttpRequest) -> HttpResponse:
        while True:
            time.sleep(0.01)

    def patient(request: HttpRequest) -> HttpResponse:
        while not given_up.wait(0.01):
            pass
        return HttpResponse("answered")

    async def cell() -> tuple[int, str]:
        other = asyncio.create_task(send(patient, via, deadline=20))
        stopped = await send(endless, via, deadline=0.2)
        given_up.set()
        return len(stopped.notes), (await other).response.text

    assert asyncio.run(cell()) == (1, "answered")


def test_an_async_view_that_is_given_up_does_not_go_on() -> None:
    async def cell() -> tuple[list[str], list[str]]:
        went_on, released = [], asyncio.Event()

        async def view(request: HttpRequest) -> HttpResponse:
            await released.wait()
            went_on.append("went on")
            return HttpResponse()

        run = await send(view, "asgi", deadline=0.2)
        released.set()
        await asyncio.sleep(0.05)
        return run.notes, went_on

    notes, went_on = asyncio.run(cell())
    assert (notes[-1].endswith("that was cancelled."), went_on) == (True, [])


def test_after_an_interrupt_the_next_cell_is_served_while_a_thread_still_ends() -> None:
    begun, release = threading.Event(), threading.Event()

    def stubborn(request: HttpRequest) -> HttpResponse:
        begun.set()
        release.wait(10)  # one long call: an interrupt waits until it returns
        return HttpResponse()

    async def patient(request: HttpRequest) -> HttpResponse:
        await asyncio.Event().wait()
        return HttpResponse()

    async def cells() -> str:
        send_interrupt(begun)()
        first = asyncio.create_task(send(stubborn, "asgi", deadline=20))
        with pytest.raises(Stopped):
            await send(patient, "asgi", deadline=20)
        after = await send(answers, "asgi", deadline=20)
        release.set()
        await asyncio.wait([first])
        first.exception()
        return after.response.text

    assert asyncio.run(cells()) == "answered"


async def answers(request: HttpRequest) -> HttpResponse:
    return HttpResponse("answered")


async def send(view: Any, via: Literal["asgi", "wsgi"], deadline: float) -> Run:
    return await fetch("/", view=view, via=via, deadline=deadline)


def test_a_thread_that_runs_python_code_is_ended() -> None:
    ended = threading.Event()

    def view(request: HttpRequest) -> HttpResponse:
        try:
            while True:
                time.sleep(0.01)
        except Interrupted:
            ended.set()
            raise

    done = under_guard(view, 0.2)
    assert ended.wait(5)
    assert (done.left, done.exchange.status) == ([], None)


def test_a_thread_that_cannot_be_ended_is_named_with_its_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(giveup, "PATIENCE", 0.1)
    release = threading.Event()

    def view(request: HttpRequest) -> HttpResponse:
        release.wait(10)
        return HttpResponse()

    async def scenario() -> tuple[list[str], bool]:
        with recording():
            app = stack.build("asgi", view)
            task = asyncio.create_task(call_asgi(app, http_scope("/")))
            await asyncio.wait([task], timeout=0.1)
            said = await give_up([task])
        held = task in giveup._abandoned
        release.set()
        await asyncio.wait([task])
        return said, held

    said, held = asyncio.run(scenario())
    line = view.__code__.co_firstlineno + 1
    assert len(said) == 1
    assert said[0].startswith("Thread 'ThreadPoolExecutor-")
    assert f"is still in view, line {line}: release.wait(10). Python cannot end a thread" in said[0]
    assert said[0].endswith("it goes on until that line returns. Restart the kernel to be rid of it.")
    assert (held, giveup._abandoned) == (True, set())


def test_many_threads_that_hang_at_one_line_are_told_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(giveup, "PATIENCE", 0.1)
    release, inside = threading.Event(), threading.Barrier(6)

    def stand() -> None:
        release.wait(10)

    def view(request: HttpRequest) -> HttpResponse:
        try:
            inside.wait(10)
            stand()
        except Interrupted:  # it came before the thread had reached the call that cannot be ended
            stand()
        return HttpResponse()

    async def scenario() -> list[str]:
        with recording():
            exchanges = [Exchange(wsgi_environ("/")) for _ in range(5)]
            futures = serve_wsgi(stack.build("wsgi", view), exchanges, range(1, 6), 5)
            await asyncio.to_thread(inside.wait, 10)
            said = await give_up(futures)
            release.set()
        return said

    line = stand.__code__.co_firstlineno + 1
    assert asyncio.run(scenario()) == [
        "5 threads ('wsgi worker 1', 'wsgi worker 2', 'wsgi worker 3' and 2 more) are still in stand, "
        f"line {line}: release.wait(10). Python cannot end a thread: they go on until that line returns. "
        "Restart the kernel to be rid of them."
    ]


def test_a_worker_of_wsgi_that_spins_is_ended_without_a_word_on_the_screen(
    capsys: pytest.CaptureFixture[str],
) -> None:
    begun = threading.Event()

    def view(request: HttpRequest) -> HttpResponse:
        begun.set()
        while True:
            time.sleep(0.01)

    async def scenario() -> tuple[list[str], list[threading.Thread]]:
        with recording():
            exchange = Exchange(wsgi_environ("/"))
            before = threading.enumerate()
            futures = serve_wsgi(stack.build("wsgi", view), [exchange], range(1, 2), 1)
            workers = [thread for thread in threading.enumerate() if thread not in before]
            await asyncio.to_thread(begun.wait, 10)
            said = await give_up(futures)
            for worker in workers:
                await asyncio.to_thread(worker.join, 5)
        return said, [worker for worker in workers if worker.is_alive()]

    assert asyncio.run(scenario()) == ([], [])
    assert capsys.readouterr() == ("", "")


def test_a_thread_that_has_gone_on_to_other_work_is_left_alone() -> None:
    """Only what works for a request now is ended: a pool's thread is used again by others."""

    async def scenario() -> str:
        with recording():
            await sync_to_async(len)("earlier")
            waiting = asyncio.create_task(asyncio.Event().wait())
            await asyncio.sleep(0)
            await give_up([waiting])
            return await sync_to_async(str.upper)("alive")

    assert asyncio.run(scenario()) == "ALIVE"


def test_what_is_given_up_is_cancelled_at_once() -> None:
    async def scenario() -> bool:
        task = asyncio.create_task(asyncio.Event().wait())
        await give_up([task])
        return task.cancelled()

    assert asyncio.run(scenario()) is True


def test_nothing_to_give_up_is_nothing_to_say() -> None:
    assert asyncio.run(give_up([])) == []
