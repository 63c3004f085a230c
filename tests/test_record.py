"""Recording changes nothing: what a view, a layer or a bridge does and sees is the same without it."""

from __future__ import annotations

import asyncio
import contextvars
import functools
import gc
import sys
import threading
import time
import warnings
from collections.abc import Awaitable, Callable
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any, ClassVar
from unittest.mock import MagicMock, Mock, call

import pytest
from asgiref.local import Local
from asgiref.sync import async_to_sync, iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.core.signals import got_request_exception
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils.decorators import sync_and_async_middleware
from django.utils.deprecation import MiddlewareMixin
from django.utils.functional import SimpleLazyObject
from django.views import View

from asynclab.events import Recording
from asynclab.record import recording

from . import cafe
from .cafe import Asked, ask, run

cafe.ready()
noted: contextvars.ContextVar[str] = contextvars.ContextVar("noted", default="nothing")
local = Local()


class Log(list[Any]):
    """What a view or layer noted: in which thread (by order of appearance), and what it saw there."""

    def __init__(self) -> None:
        super().__init__()
        self.threads: list[threading.Thread] = []

    def note(self, *what: Any) -> None:
        thread = threading.current_thread()
        if thread not in self.threads:
            self.threads.append(thread)
        running = asyncio._get_running_loop() is not None
        self.append((self.threads.index(thread), running, noted.get(), getattr(local, "here", None), *what))


@pytest.fixture
def log() -> Log:
    return Log()


# The same thread, order, result, exceptions and context variables --------------------------------

Subject = Callable[[Log], tuple[Any, list[Any]]]


def plain_views(log: Log) -> tuple[Any, list[Any]]:
    async def view(request: HttpRequest) -> HttpResponse:
        log.note("async view")
        noted.set("view")
        log.note(await sync_to_async(sync_part)("asked"))
        log.note(await asyncio.to_thread(sync_part, "in a pool"))
        loop = asyncio.get_running_loop()
        log.note(await loop.run_in_executor(None, functools.partial(sync_part, word="bare")))
        return HttpResponse("view")

    def sync_part(word: str) -> str:
        log.note("sync part", word)
        noted.set(word)
        local.here = word
        return word

    return view, []


def sync_view_and_back(log: Log) -> tuple[Any, list[Any]]:
    async def deep(word: str) -> str:
        log.note("deep")
        noted.set(word)
        await asyncio.sleep(0)
        return await sync_to_async(deeper)()

    def deeper() -> str:
        log.note("deeper")
        return "from below"

    def view(request: HttpRequest) -> HttpResponse:
        noted.set("view")
        log.note("sync view")
        log.note(async_to_sync(deep)("back"))
        return HttpResponse("view")

    return view, []


def layers_of_each_kind(log: Log) -> tuple[Any, list[Any]]:
    view, _ = plain_views(log)

    class Sync:
        def __init__(self, get_response: Any) -> None:
            self.get_response = get_response

        def __call__(self, request: HttpRequest) -> HttpResponse:
            log.note("sync layer")
            noted.set("sync layer")
            response = self.get_response(request)
            log.note("sync layer again")
            return response  # type: ignore[no-any-return]

    @sync_and_async_middleware
    def both(get_response: Any) -> Any:
        if iscoroutinefunction(get_response):

            async def layer(request: HttpRequest) -> HttpResponse:
                log.note("async layer")
                noted.set("async layer")
                response = await get_response(request)
                log.note("async layer again")
                return response  # type: ignore[no-any-return]

        else:

            def layer(request: HttpRequest) -> HttpResponse:  # type: ignore[misc]
                log.note("layer, sync")
                return get_response(request)  # type: ignore[no-any-return]

        return layer

    class Mixed(MiddlewareMixin):
        def process_request(self, request: HttpRequest) -> None:
            log.note("process_request")
            noted.set("process_request")

        def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
            log.note("process_view", view.__name__)

        async def process_template_response(self, request: HttpRequest, response: Any) -> Any:
            return response

        def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
            log.note("process_response")
            return response

    return view, [both, Mixed, Sync, both]


def errors_that_layers_turn_into_answers(log: Log) -> tuple[Any, list[Any]]:
    class Catching:
        def __init__(self, get_response: Any) -> None:
            self.get_response = get_response

        def __call__(self, request: HttpRequest) -> HttpResponse:
            return self.get_response(request)  # type: ignore[no-any-return]

        def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse:
            log.note("process_exception", type(exception), exception.args, exception is error)
            return HttpResponse("caught", status=418)

    error = KeyError("one", 2)

    async def view(request: HttpRequest) -> HttpResponse:
        raise error

    return view, [Catching]


def errors_through_the_bridges(log: Log) -> tuple[Any, list[Any]]:
    class Odd(Exception):
        def __init__(self, a: int, *, b: int) -> None:
            super().__init__(a)
            self.b = b

    error = Odd(1, b=2)

    def failing() -> None:
        raise error

    async def failing_too() -> None:
        raise error

    def back() -> None:
        async_to_sync(failing_too)()

    async def view(request: HttpRequest) -> HttpResponse:
        loop = asyncio.get_running_loop()
        for way in (
            sync_to_async(failing)(),
            sync_to_async(failing, thread_sensitive=False)(),
            asyncio.to_thread(failing),
            loop.run_in_executor(None, failing),
            sync_to_async(back)(),
        ):
            try:
                await way
            except Odd as seen:
                log.note("caught", seen is error, seen.args, seen.b)
        try:
            sync_to_async(view)
        except TypeError as refused:
            log.note(str(refused))
        try:
            async_to_sync(failing_too)()
        except RuntimeError as refused:
            log.note(str(refused))
        return HttpResponse("view")

    return view, []


def a_stream(log: Log) -> tuple[Any, list[Any]]:
    async def view(request: HttpRequest) -> StreamingHttpResponse:
        async def parts() -> Any:
            log.note("stream begins")
            yield b"a"
            await asyncio.sleep(0)
            yield b"b"
            log.note("stream ends")

        return StreamingHttpResponse(parts())

    return view, []


def an_error_page(log: Log) -> tuple[Any, list[Any]]:
    def view(request: HttpRequest) -> HttpResponse:
        log.note("sync view")
        raise ValueError("no page today")

    return view, ["django.middleware.common.CommonMiddleware"]


SUBJECTS: list[Subject] = [
    plain_views,
    sync_view_and_back,
    layers_of_each_kind,
    errors_that_layers_turn_into_answers,
    errors_through_the_bridges,
    a_stream,
    an_error_page,
]


def told(asked: Asked) -> list[Any]:
    """Everything that the client saw, or how the application failed."""
    return [
        ([(m.direction, m.data) for m in exchange.messages], exchange.status, repr(exchange.error))
        for exchange in asked.exchanges
    ]


@pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume asynchronous iterators")
@pytest.mark.parametrize("via", ["asgi", "wsgi"])
@pytest.mark.parametrize("subject", SUBJECTS, ids=lambda subject: subject.__name__)
def test_what_runs_is_the_same_with_and_without_a_recording(subject: Subject, via: str) -> None:
    found = []
    for record in (False, True):
        log = Log()
        view, middleware = subject(log)
        asked = ask(view, middleware=middleware, via=via, record=record)
        found.append((list(log), told(asked)))
    assert found[0][1][0][0] != []  # something was sent
    assert found[1] == found[0]


@pytest.mark.parametrize("path", ["/", "/orders/", "/stock/", "/nowhere/"])
@pytest.mark.parametrize("via", ["asgi", "wsgi"])
def test_the_pages_of_the_cafe_are_the_same(path: str, via: str) -> None:
    plain, recorded = (ask(path=path, middleware=None, via=via, record=record) for record in (False, True))
    assert plain.statuses == recorded.statuses == [404 if path == "/nowhere/" else 200]


def test_a_view_that_is_cancelled_hears_of_it() -> None:
    heard: list[str] = []

    async def scenario() -> None:
        started = asyncio.Event()

        async def view(request: HttpRequest) -> HttpResponse:
            try:
                started.set()
                await asyncio.Event().wait()
            except asyncio.CancelledError as error:
                heard.append(repr(error))
                raise
            return HttpResponse()

        asking = asyncio.create_task(cafe.ask_here(view))
        await started.wait()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking

    run(scenario())
    assert heard == ["CancelledError()"]


# Middleware that is broken, or odd ----------------------------------------------------------------


class NoMark:
    """The best bug to teach: both flags, an async __call__ in effect, but no mark."""

    sync_capable = async_capable = True

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> Any:
        if iscoroutinefunction(self.get_response):
            return self.answer(request)
        return self.get_response(request)

    async def answer(self, request: HttpRequest) -> Any:
        return await self.get_response(request)


class Above(MiddlewareMixin):
    """Awaits what is below, as every middleware of Django's does."""


class AsyncCall:
    """An object that is called like an async function, and does not look like one."""

    sync_capable, async_capable = False, True

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response

    async def __call__(self, request: HttpRequest) -> Any:
        return await self.get_response(request)


class Breaks:
    """Has an answer to every question, and so no name that Django could use."""

    def __init__(self, get_response: Any) -> None:
        pass

    def __getattr__(self, name: str) -> Any:
        return 3

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse()


class ReturnsNone:
    def __init__(self, get_response: Any) -> None:
        pass

    def __call__(self, request: HttpRequest) -> None:
        return None


async def fine(request: HttpRequest) -> HttpResponse:
    return HttpResponse("fine")


async def raises(request: HttpRequest) -> HttpResponse:
    raise LookupError("from the view")


def forgets_await(request: HttpRequest) -> Any:
    coroutine = fine(request)
    coroutine.close()  # only so that no warning about it turns up in another test
    return coroutine


class ViewObject:
    """A view may be an object. asgiref refuses this one under ASGI."""

    async def __call__(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse("object")


@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited")
@pytest.mark.filterwarnings("ignore:Unclosed file")  # Django 5.2 leaves the body's open when an error escapes
@pytest.mark.parametrize("via", ["asgi", "wsgi"])
@pytest.mark.parametrize(
    ("view", "middleware"),
    [
        (fine, [NoMark]),
        (fine, [Above, NoMark]),
        (raises, [NoMark]),
        (raises, [Above, NoMark]),
        (fine, [AsyncCall]),
        (fine, [Above, AsyncCall]),
        (fine, [ReturnsNone]),
        (fine, [Breaks]),
        (ViewObject(), []),
        (lambda request: None, []),
        (forgets_await, []),
        (lambda request: HttpResponse(b"ok", status="no number"), []),
    ],
)
def test_broken_code_fails_in_exactly_the_same_way(view: Any, middleware: list[Any], via: str) -> None:
    def once(record: bool) -> Any:
        errors: list[str] = []

        def failed(sender: Any, **kwargs: Any) -> None:
            errors.append(repr(sys.exc_info()[1]))

        got_request_exception.connect(failed)
        try:
            with warnings.catch_warnings(record=True) as warned:
                warnings.simplefilter("always")
                asked = ask(view, middleware=middleware, via=via, record=record)
                answer: Any = told(asked)
        except Exception as error:  # Django refuses to build this chain
            answer = repr(error)
        finally:
            got_request_exception.disconnect(failed)
            gc.collect()  # coroutines that nobody awaited are reported here, not in another test
        said = [str(each.message) for each in warned if each.category is UserWarning]
        return answer, errors, said

    assert once(record=True) == once(record=False)


class Slots:
    """No room for an attribute that a recorder might want to set."""

    __slots__ = ("get_response",)

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)  # type: ignore[no-any-return]


class Delegates(Slots):
    """Passes every question on to the layer beneath it."""

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.get_response, name)


class Holds:
    """A factory that is an object, and whose layer is a bound method."""

    def __call__(self, get_response: Any) -> Any:
        self.get_response = get_response
        return self.layer

    def layer(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)  # type: ignore[no-any-return]


def closure(get_response: Any) -> Any:
    def middleware(request: HttpRequest) -> HttpResponse:
        return get_response(request)  # type: ignore[no-any-return]

    return middleware


def marked(get_response: Any) -> Any:
    class Layer:
        def __call__(self, request: HttpRequest) -> Awaitable[HttpResponse]:
            return get_response(request)  # type: ignore[no-any-return]

    return markcoroutinefunction(Layer())


marked.sync_capable, marked.async_capable = False, True  # type: ignore[attr-defined]


def partial(get_response: Any) -> Any:
    def through(get_response: Any, request: HttpRequest) -> HttpResponse:
        return get_response(request)  # type: ignore[no-any-return]

    return functools.partial(through, get_response)


@pytest.mark.parametrize("via", ["asgi", "wsgi"])
@pytest.mark.parametrize(
    ("layer", "name"),
    [
        (Slots, "Slots"),
        (Delegates, "Delegates"),
        (closure, "closure"),
        (marked, "Layer"),
        (partial, "through"),
    ],
)
def test_a_layer_of_any_make_works_and_is_yours(layer: Any, name: str, via: str) -> None:
    asked = ask(fine, middleware=[layer, Above, layer], via=via)
    assert asked.text == "fine"
    assert [(span.name, span.yours) for span in asked.seen.layers] == [
        (name, True),
        ("Above", True),
        (name, True),
    ]


@pytest.mark.parametrize("via", ["asgi", "wsgi"])
def test_a_layer_may_be_a_bound_method_that_an_object_makes(via: str) -> None:
    asked = ask(fine, middleware=[Holds()], via=via)
    assert asked.text == "fine"
    assert [(span.name, span.yours) for span in asked.seen.layers] == [("Holds.layer", True)]


def test_a_layer_sees_the_next_one_through_get_response_as_ever() -> None:
    seen: list[Any] = []

    class Looks(Slots):
        __slots__ = ()

        def __init__(self, get_response: Any) -> None:
            super().__init__(get_response)
            seen.append(type(get_response.__wrapped__).__name__)

    for record in (False, True):
        ask(fine, middleware=[Looks, Looks], via="wsgi", record=record)
    assert seen == ["method", "Looks", "method", "Looks"]


def test_a_hook_is_told_apart_from_a_layer_whatever_its_name() -> None:
    def careless(function: Any) -> Any:
        def inner(*args: Any) -> Any:
            return function(*args)

        return inner

    class Hooked(Slots):
        __slots__ = ()

        @careless
        def process_view(self, request: HttpRequest, *args: Any) -> None:
            return None

    spans = ask(fine, middleware=[Hooked]).seen.spans
    assert [(span.kind, span.name) for span in spans] == [
        ("layer", "Hooked"),
        ("hook", "Hooked.inner"),
        ("view", "fine"),
    ]


# Views of every make ------------------------------------------------------------------------------


def decorated(function: Any) -> Any:
    @functools.wraps(function)
    async def wrapper(request: HttpRequest) -> HttpResponse:
        return await function(request)  # type: ignore[no-any-return]

    return wrapper


class Page(View):
    async def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse("page")


class SyncPage(View):
    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse("page")


class SyncObject:
    def __call__(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse("object")

    def bound(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse("bound")


class AnswersAll(SyncObject):
    def __getattr__(self, name: str) -> Any:
        return 3


def mock_view() -> Mock:
    return Mock(side_effect=lambda request: HttpResponse("mock"))


@pytest.mark.parametrize("via", ["asgi", "wsgi"])
@pytest.mark.parametrize(
    ("view", "name", "mode", "body"),
    [
        (Page, "Page", "async", "page"),
        (SyncPage.as_view(), "SyncPage", "sync", "page"),
        (functools.partial(fine), "fine", "async", "fine"),
        (decorated(fine), "fine", "async", "fine"),
        (SyncObject(), "SyncObject", "sync", "object"),
        (SyncObject().bound, "SyncObject.bound", "sync", "bound"),
        (lambda request: HttpResponse("short"), "<lambda>", "sync", "short"),
        (mock_view(), "Mock", "sync", "mock"),
        (AnswersAll(), "AnswersAll", "sync", "object"),
    ],
)
def test_a_view_of_any_make_works_and_is_named(view: Any, name: str, mode: str, body: str, via: str) -> None:
    asked = ask(view, via=via)
    assert asked.text == body
    assert [(span.name, span.mode, span.yours, span.error) for span in asked.seen.views] == [
        (name, mode, True, None)
    ]


@pytest.mark.parametrize(
    ("view", "said"),
    [
        (lambda request: None, "didn't return an HttpResponse object. It returned None instead."),
        (forgets_await, "It returned an unawaited coroutine instead."),
    ],
)
def test_django_says_itself_what_a_view_must_return(view: Any, said: str) -> None:
    asked = ask(view)
    (failure,) = asked.seen.failures
    assert said in str(failure.error)
    assert asked.statuses == [500]


# Whatever is carried across is left as it is -------------------------------------------------------


class Refuses:
    """Breaks whenever anybody asks it anything."""

    def __getattr__(self, name: str) -> Any:
        raise KeyError(name)

    def __bool__(self) -> bool:
        raise AssertionError("nobody may ask whether this is true")

    def __eq__(self, other: object) -> bool:
        raise AssertionError("nobody may compare this")

    def __hash__(self) -> int:
        raise AssertionError("nobody may hash this")

    def __repr__(self) -> str:
        raise AssertionError("nobody may print this")

    def method(self) -> str:
        return "method"


def test_a_queryset_is_carried_across_and_not_evaluated() -> None:
    from cafe.models import Drink

    async def scenario() -> tuple[list[str], bool]:
        drinks = Drink.objects.all()
        await sync_to_async(functools.partial(drinks.count))()
        await sync_to_async(drinks.exists)()
        names = await sync_to_async(drinks.values_list)("name", flat=True)
        evaluated = drinks._result_cache is not None or names._result_cache is not None
        return [name async for name in names], evaluated

    with recording() as seen:
        names, evaluated = run(scenario())
    assert (len(names) > 0, evaluated) == (True, False)
    named = [crossing.what for crossing in seen.crossings[:3]]
    assert named == ["QuerySet.count", "QuerySet.exists", "QuerySet.values_list"]


def test_a_lazy_object_is_not_made_by_being_recorded() -> None:
    made: list[str] = []

    class Lazy(SimpleLazyObject):
        def own(self) -> str:
            return "own"

    lazy = Lazy(lambda: made.append("made"))
    with recording() as seen:
        assert run(sync_to_async(object.__getattribute__(lazy, "own"))()) == "own"
    assert made == []
    assert [crossing.what for crossing in seen.crossings] == ["Lazy.own"]


def test_an_object_that_must_not_be_asked_is_carried_across() -> None:
    odd = Refuses()
    with recording() as seen:
        assert run(sync_to_async(odd.method)()) == "method"
        assert run(sync_to_async(lambda thing: thing is odd)(odd)) is True
    assert [crossing.what for crossing in seen.crossings] == ["Refuses.method", "<lambda>"]


def test_a_mock_is_called_once_and_asked_nothing() -> None:
    for mock in (Mock(return_value=3), MagicMock(return_value=3)):
        with recording() as seen:
            assert run(asyncio.to_thread(mock, 1, key=2)) == 3
        assert mock.mock_calls == [call(1, key=2)]
        assert [crossing.what for crossing in seen.crossings] == [type(mock).__name__]


def test_a_class_a_built_in_and_a_partial_are_carried_across() -> None:
    async def scenario() -> list[Any]:
        return [
            await sync_to_async(dict)(a=1),
            await sync_to_async("text".upper)(),
            await asyncio.to_thread(functools.partial(max, 1), 2),
            await sync_to_async(str.strip)(" x "),
        ]

    with recording() as seen:
        assert run(scenario()) == [{"a": 1}, "TEXT", 2, "x"]
    assert [crossing.what for crossing in seen.crossings] == ["dict", "str.upper", "max", "str.strip"]


def double(number: int) -> int:
    return number * 2


class Elsewhere(ProcessPoolExecutor):
    """Keeps what it would pickle and send to another process."""

    sent: ClassVar[list[Any]] = []

    def submit(self, function: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.sent.append(function)
        answer: Future[Any] = Future()
        answer.set_result(function(*args, **kwargs))
        return answer


def test_a_pool_of_processes_gets_the_function_itself() -> None:
    async def scenario() -> int:
        return await asyncio.get_running_loop().run_in_executor(Elsewhere(1), double, 21)

    with recording() as seen:
        assert run(scenario()) == 42
    assert Elsewhere.sent == [double]
    assert seen.crossings == []


# Threads: who ran, who waited ---------------------------------------------------------------------


def test_each_bridge_tells_where_it_ran() -> None:
    async def scenario() -> None:
        with ThreadPoolExecutor(1, "mine") as pool:
            await asyncio.to_thread(len, "a")
            await asyncio.get_running_loop().run_in_executor(pool, len, "b")
            await sync_to_async(len)("c")
            await sync_to_async(len, thread_sensitive=False)("d")

    with recording() as seen:
        run(scenario())
    assert [(c.bridge, c.from_thread, c.thread) for c in seen.crossings] == [
        ("to_thread", "loop", "pool 1"),
        ("run_in_executor", "loop", "thread 1"),
        ("sync_to_async", "loop", "thread 2"),
        ("sync_to_async", "loop", "pool 1"),
    ]


def test_a_crossing_that_waits_for_its_thread_starts_when_the_one_before_it_has_ended() -> None:
    first_runs, release = threading.Event(), threading.Event()

    def first() -> None:
        first_runs.set()
        assert release.wait(10)

    async def scenario() -> None:
        one = asyncio.create_task(sync_to_async(first)())
        await asyncio.to_thread(first_runs.wait, 10)
        two = asyncio.create_task(sync_to_async(len)("two"))
        await asyncio.sleep(0)  # now it has asked, and the only thread is taken
        release.set()
        await asyncio.gather(one, two)

    with recording() as seen:
        run(scenario())
    by_name = {crossing.what: crossing for crossing in seen.crossings}
    one, two = by_name["first"], by_name["len"]
    assert (one.what, two.what, one.thread) == ("first", "len", two.thread)
    assert one.ended is not None
    assert two.started is not None
    assert two.asked < one.ended <= two.started
    assert two.queued == two.started - two.asked


def test_a_crossing_that_never_got_a_thread_has_not_started() -> None:
    release = threading.Event()

    async def scenario() -> Recording:
        with recording() as seen:
            one = asyncio.create_task(sync_to_async(release.wait)(10))
            two = asyncio.create_task(sync_to_async(len)("two"))
            await asyncio.sleep(0)  # both have asked
        release.set()
        await asyncio.gather(one, two)
        return seen

    one, two = run(scenario()).crossings
    assert (one.what, one.ended) == ("Event.wait", None)
    assert (two.what, two.thread, two.started, two.ended, two.queued) == ("len", None, None, None, None)


def test_requests_that_wait_together_are_in_flight_together() -> None:
    at_once = 5
    barrier = threading.Barrier(at_once, timeout=10)

    def view(request: HttpRequest) -> HttpResponse:
        barrier.wait()
        return HttpResponse()

    seen = ask(view, times=at_once).seen
    assert (seen.most_at_once, seen.threads) == (5, tuple(f"thread {n}" for n in range(1, 6)))
    assert [span.request for span in sorted(seen.views, key=lambda span: span.request or 0)] == [
        1,
        2,
        3,
        4,
        5,
    ]


def test_workers_of_wsgi_are_threads_like_others() -> None:
    barrier = threading.Barrier(2, timeout=10)

    def view(request: HttpRequest) -> HttpResponse:
        barrier.wait()
        return HttpResponse()

    assert ask(view, via="wsgi", times=2).seen.threads == ("thread 1", "thread 2")


def test_two_handlers_at_once_keep_their_layers_apart() -> None:
    class One(Slots):
        __slots__ = ()

    class Two(Slots):
        __slots__ = ()

    async def scenario() -> list[Asked]:
        return list(
            await asyncio.gather(
                cafe.ask_here(fine, middleware=[One]), cafe.ask_here(fine, middleware=[Two], via="wsgi")
            )
        )

    with recording() as seen:
        assert [asked.text for asked in run(scenario())] == ["fine", "fine"]
    assert sorted(span.name for span in seen.layers) == ["One", "Two"]


# A loop that stands still -------------------------------------------------------------------------


def test_a_blocked_loop_names_the_line_that_held_it() -> None:
    async def view(request: HttpRequest) -> HttpResponse:
        time.sleep(0.3)  # noqa: ASYNC251 - the subject
        return HttpResponse()

    (blocked,) = ask(view).seen.blocked
    assert (blocked.function, blocked.line, blocked.code, blocked.request, blocked.yours) == (
        "view",
        view.__code__.co_firstlineno + 1,
        "time.sleep(0.3)  # noqa: ASYNC251 - the subject",
        1,
        True,
    )
    assert blocked.seconds >= 0.29


def test_waiting_does_not_block_the_loop_and_a_thread_that_sleeps_neither() -> None:
    async def view(request: HttpRequest) -> HttpResponse:
        await asyncio.sleep(0.1)
        await asyncio.to_thread(time.sleep, 0.1)
        return HttpResponse()

    assert ask(view).seen.blocked == []


def test_work_between_two_awaits_is_known_to_be_that_requests() -> None:
    async def view(request: HttpRequest) -> HttpResponse:
        await asyncio.sleep(0.01)
        until = time.perf_counter() + 0.005
        while time.perf_counter() < until:
            pass
        await asyncio.sleep(0.01)
        return HttpResponse()

    seen = ask(view, times=3).seen
    for view_ in seen.views:
        within = [turn for turn in seen.turns if turn.request == view_.request and turn.start > view_.start]
        assert any(turn.end - turn.start >= 0.005 for turn in within), (view_, seen.turns)


# Windows ------------------------------------------------------------------------------------------


def test_an_inner_recording_sees_its_own_part_of_the_outer_one() -> None:
    with recording() as outer:
        ask(fine, record=False)
        with recording() as inner:
            ask(fine, record=False)
        ask(fine, record=False)
    assert (len(outer.views), len(inner.views)) == (3, 1)
    assert inner.views[0].start >= 0


def test_what_failed_keeps_its_error() -> None:
    def failing() -> None:
        raise LookupError("in a thread")

    async def view(request: HttpRequest) -> HttpResponse:
        await sync_to_async(failing)()
        return HttpResponse()

    seen = ask(view, middleware=[Above]).seen
    (crossing,) = seen.yours
    errors = {repr(row.error) for row in (crossing, *seen.views)}
    assert errors == {"LookupError('in a thread')"}
    assert [span.error for span in seen.layers] == [None]  # by then it is a page
    assert seen.layers[0].end is not None


def test_a_failure_names_your_line() -> None:
    (failure,) = ask(raises).seen.failures
    assert failure.place is not None
    assert (failure.place.function, failure.place.code) == ("raises", 'raise LookupError("from the view")')
    assert repr(failure.error) == "LookupError('from the view')"


@pytest.fixture(autouse=True)
def _clean() -> None:
    noted.set("nothing")
    local.here = None
