"""Many clients at once: each request is counted as what came of it, and nothing is left behind."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import psutil
import pytest
from django.conf import settings

from asynclab.clients import UNANSWERED
from asynclab.connection import CLOSED, LONGER, REFUSED
from asynclab.errors import LabError, NotSent, RequestError, Stopped
from asynclab.listeners import ENDED
from asynclab.load import load
from asynclab.loads import Load
from asynclab.servers import serve
from asynclab.streams import Streams, Weighed

from .cafe import ready, run
from .doubtful import EVENT, OK, Doubtful
from .reading.picture import problems

MISSING = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
BROKEN = b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n"
STREAM = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"


class Alone:
    """The first requests of a load are one client's, alone: on its connection. Then come the others."""

    def __init__(self, then: Callable[[int], Awaitable[bytes | None]]) -> None:
        self.then, self.server = then, Doubtful()
        self.server.answer = self
        self.before = 0

    async def __call__(self, number: int) -> bytes | None:
        if self.server.connections == 1:
            self.before = number
            return OK
        return await self.then(number - self.before)


def loaded(then: Callable[[int], Awaitable[bytes | None]], **options: Any) -> tuple[Any, Alone]:
    """What a load of five clients says of a server that answers like this."""

    async def ask() -> tuple[Any, Alone]:
        alone = Alone(then)
        async with alone.server as server:
            result = await load(server.url, **({"clients": 5} | options))
            if server.open:
                await server.none_open.wait()
        assert psutil.Process().children(recursive=True) == []
        return result, alone

    return run(ask())


async def up(number: int) -> bytes:
    return OK


async def never(number: int) -> bytes:
    await asyncio.Event().wait()
    return OK


def together(count: int, then: Callable[[], object]) -> Callable[[int], Awaitable[bytes | None]]:
    """Answer ten, then keep everybody waiting; when so many wait, do that."""

    async def answer(number: int) -> bytes:
        if number <= 10:
            return OK
        if number == 10 + count:
            then()
        return await never(number)

    return answer


def test_each_client_asks_once_on_a_connection_of_its_own() -> None:
    result, alone = loaded(up)
    asked = len(alone.server.asked) - alone.before
    assert (asked, result.answered, result.errors, result.connected) == (5, 5, {}, 5)
    assert result.lone > 0
    assert alone.server.asked[0].splitlines()[0] == b"GET / HTTP/1.1"


def test_a_connection_is_used_again_and_no_request_more_is_sent_than_asked_for() -> None:
    result, alone = loaded(up, requests=203)
    assert (len(alone.server.asked) - alone.before, result.answered, result.connected) == (203, 203, 5)
    assert result.received == 203 * len(OK)


def test_without_keep_alive_each_request_has_its_own() -> None:
    async def ask() -> Load:
        async with Doubtful() as server:
            result: Load = await load(server.url, 5, requests=20, keep_alive=False)
            assert server.connections == len(server.asked)
        return result

    result = run(ask())
    assert (result.answered, result.connected, result.errors) == (20, 20, {})


def test_errors_of_every_kind_are_counted_and_never_as_answers() -> None:
    async def sometimes(number: int) -> bytes | None:
        return {0: BROKEN, 1: MISSING, 2: OK + b"XTRA", 3: None}.get(number % 10, OK)

    result, _ = loaded(sometimes, requests=100)
    assert (result.answered, result.failed) == (60, 40)
    assert result.errors == {"500 Internal Server Error": 10, "404 Not Found": 10, LONGER: 10, CLOSED: 10}
    assert result.throughput == result.answered / result.seconds


def test_a_page_that_is_not_there_is_an_error_and_has_no_theory() -> None:
    async def ask() -> Load:
        async def missing(number: int) -> bytes:
            return MISSING

        async with Doubtful(missing) as server:
            found: Load = await load(server.url, 5, path="/nope/?a=ü")
            assert server.asked[0].splitlines()[0] == b"GET /nope/?a=%C3%BC HTTP/1.1"
        return found

    result = run(ask())
    assert (result.answered, result.errors, result.expected) == (0, {"404 Not Found": 5}, None)
    assert result.text().splitlines()[2:5] == [
        "             measured",
        "throughput   0 a second",
        "errors       5 × 404 Not Found",
    ]


def test_a_server_that_dies_ends_it_soon_and_is_told() -> None:
    servers: list[Alone] = []
    dying = together(5, lambda: servers[0].server.die())

    async def ask() -> Load:
        servers.append(Alone(dying))
        async with servers[0].server as server:
            result: Load = await load(server.url, 5, requests=100_000)
        return result

    result = run(ask())
    assert (result.answered, result.errors) == (10, {CLOSED: 5, REFUSED: 5})
    assert result.notes == ("The server went away in the middle: it refuses connections.",)


def test_what_is_not_answered_in_time_is_an_error() -> None:
    result, _ = loaded(together(5, lambda: None), requests=50, deadline=2.0)
    assert (result.answered, result.errors, result.under_way) == (10, {UNANSWERED: 5}, 0)
    assert result.notes == ("Stopped after 2 s: not all were answered.",)


def test_after_its_seconds_what_is_under_way_is_neither_answer_nor_error() -> None:
    result, _ = loaded(together(5, lambda: None), seconds=0.5)
    assert (result.answered, result.errors, result.under_way) == (10, {}, 5)
    assert result.seconds >= 0.5


@pytest.mark.parametrize("dead", [True, False])
def test_of_a_server_that_never_answers_there_is_nothing_to_tell_but_that(dead: bool) -> None:
    async def ask() -> None:
        async with Doubtful(never) as server:
            if dead:
                where = server.url
                server.die()
            await load(where if dead else server.url, 5, deadline=0.5)

    said = "Nobody listens at 127" if dead else "took the request, but did not answer within 0.5 s"
    with pytest.raises(LabError, match=said):
        run(ask())
    assert psutil.Process().children(recursive=True) == []


def test_an_interrupt_ends_it_with_what_was_measured_and_leaves_no_socket() -> None:
    interrupted = together(5, lambda: os.kill(os.getpid(), signal.SIGINT))
    handler = signal.getsignal(signal.SIGINT)

    async def ask() -> str:
        alone = Alone(interrupted)
        async with alone.server as server:
            with pytest.raises(Stopped) as stopped:
                await load(server.url, 5, requests=1000)
            if server.open:
                await server.none_open.wait()
        return str(stopped.value)

    lines = run(ask()).splitlines()
    assert lines[:3] == ["Interrupted. Until then:", "/", "5 clients at once, each asks again when answered"]
    assert any(line.startswith("answered     10 of 1,000 in ") for line in lines)
    assert lines[5] == "errors       none"
    assert psutil.Process().children(recursive=True) == []
    assert signal.getsignal(signal.SIGINT) is handler


def test_a_cancelled_load_leaves_nothing_either() -> None:
    async def ask() -> None:
        asking: asyncio.Task[Any]
        alone = Alone(together(5, lambda: asking.cancel()))
        async with alone.server as server:
            asking = asyncio.ensure_future(load(server.url, 5, requests=1000)._run())
            await asyncio.wait([asking])
            if server.open:
                await server.none_open.wait()
        assert asking.cancelled()

    run(ask())
    assert psutil.Process().children(recursive=True) == []


def test_those_who_send_rubbish_are_told_apart() -> None:
    told = asyncio.Event()  # one of the two has come again, so it has heard what it was told before
    rubbish = 0

    async def answer(number: int) -> bytes:
        nonlocal rubbish
        if alone.server.asked[alone.before + number - 1].startswith(b"GET"):
            await told.wait()
            return OK
        rubbish += 1
        if rubbish == 3:
            told.set()
        return b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"

    alone = Alone(answer)

    async def ask() -> Load:
        async with alone.server as server:
            result: Load = await load(server.url, 5, requests=10, rubbish=2)
        return result

    result = run(ask())
    assert (result.answered, result.errors) == (10, {})
    assert result.rubbish.keys() == {"400 Bad Request"}


def test_all_who_listen_get_their_stream_and_keep_it() -> None:
    async def streaming(number: int) -> bytes:
        return STREAM + EVENT

    async def ask() -> tuple[Streams, bool]:
        async with Doubtful(streaming) as server:
            result: Streams = await load(server.url, 20, stream=True, seconds=0.1)
            await server.none_open.wait()
            return result, all(b"Accept: text/event-stream" in head for head in server.asked)

    result, asked_for_events = run(ask())
    assert (result.open, result.dropped, result.events, result.errors) == (20, 0, 20, {})
    assert [at.clients for at in result.weighed] == [1, 4, 8, 12, 16, 20]
    assert asked_for_events


def test_of_an_interrupted_crowd_those_who_had_not_come_are_not_dropped() -> None:
    async def streaming(number: int) -> bytes | None:
        if number == 8:  # the second step is 4 to 8
            os.kill(os.getpid(), signal.SIGINT)
            await asyncio.Event().wait()
        return STREAM + EVENT

    async def ask() -> str:
        async with Doubtful(streaming) as server:
            with pytest.raises(Stopped) as stopped:
                await load(server.url, 20, stream=True)
            return str(stopped.value)

    assert "7 of 7 streams open at the end, 0 dropped" in run(ask()).splitlines()


def test_streams_that_end_or_never_begin_are_dropped_and_counted() -> None:
    async def some(number: int) -> bytes:
        ended = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
        return {3: MISSING, 7: ended}.get(number, STREAM + EVENT)

    async def ask() -> Streams:
        async with Doubtful(some) as server:
            result: Streams = await load(server.url, 10, stream=True, seconds=0.1)
            return result

    result = run(ask())
    assert (result.open, result.dropped, result.errors) == (8, 2, {"404 Not Found": 1, ENDED: 1})


class Served:
    """What `load` may find on a server that `serve` has started."""

    name, url, pids, threads, workers = "gunicorn", "http://127.0.0.1:8000", [1], 8, 2


def test_a_server_says_where_it_is_and_how_it_works() -> None:
    made = load(Served(), path="/slow/sync/?delay=0.5")
    assert (made.label, made.address) == (
        "gunicorn /slow/sync/?delay=0.5",
        ("127.0.0.1", 8000, "/slow/sync/?delay=0.5"),
    )
    assert (made.threads, made.workers, made.waits, made.pids) == (8, 2, 0.5, [1])


@pytest.mark.skipif(os.name == "nt", reason="Gunicorn does not run there")
def test_the_café_in_real_servers_is_loaded_and_weighed() -> None:
    ready()

    async def ask() -> tuple[Load, Load, Streams]:
        kept = {"DATABASE_URL": f"sqlite:///{settings.DATABASES['default']['NAME']}"}
        async with serve("gunicorn", threads=3, env=kept) as server:
            threads: Load = await load(server, 6, path="/slow/sync/?delay=0.05")
        async with serve("uvicorn", env=kept) as server:
            loop: Load = await load(server, 6, path="/slow/?delay=0.05", rubbish=2)
            streams: Streams = await load(server, 10, path="/board/events/", stream=True, seconds=0.1)
        return threads, loop, streams

    threads, loop, streams = run(ask())
    assert [each.expected and each.expected.formula for each in (threads, loop)] == [
        "⌈N/3⌉·d + N·c",
        "d + N·c",
    ]
    assert [(each.answered, each.errors) for each in (threads, loop)] == [(6, {}), (6, {})]
    assert (streams.open, streams.errors) == (10, {})
    first, last = streams.weighed[0], streams.weighed[-1]
    assert (first.clients, last.clients) == (1, 10)
    assert last.threads - first.threads == 9  # whoever reads the database has a thread
    assert psutil.Process().children(recursive=True) == []


@pytest.mark.parametrize(
    ("url", "options", "said"),
    [
        ("http://example.org/", {}, "'example.org' is not this machine. A load hurts"),
        ("http://10.0.0.1:8000", {}, "'10.0.0.1' is not this machine"),
        ("http://127.0.0.1.example.org", {}, "is not this machine"),
        ("http://0.0.0.0:8000", {}, "is not this machine"),
        ("https://127.0.0.1", {}, 'begins with "http://"'),
        ("127.0.0.1:8000", {}, 'begins with "http://"'),
        ("http://[::1", {}, "is no URL"),
        ("http://127.0.0.1:99999", {}, "is no URL"),
        (None, {}, "Say where: a running server, or its URL"),
        ("http://[::1]:1", {"path": "slow/"}, 'A path starts with "/"'),
        ("http://localhost:1", {"clients": 0}, "`clients` is a whole number from 1 to 2,000"),
        ("http://localhost:1", {"requests": 5, "seconds": 1}, "Give `requests` or `seconds`, not both"),
        ("http://localhost:1", {"seconds": float("nan")}, "`seconds` is a time"),
        ("http://localhost:1", {"deadline": 0}, "`deadline` is a time"),
        ("http://localhost:1", {"headers": {"a": "b\n"}}, "holds a line break"),
    ],
)
def test_what_cannot_be_asked_for_is_said_before_anything_is_sent(
    url: Any, options: dict[str, Any], said: str
) -> None:
    with pytest.raises(RequestError) as refused:
        load(url, **options)
    assert said in str(refused.value)


def test_a_load_without_await_says_so() -> None:
    forgotten = load("http://127.0.0.1:8000")
    assert repr(forgotten) == "Nothing was sent yet. Put `await` in front."
    with pytest.raises(NotSent, match=r"there is no \.throughput\. Put `await` in front of `load`"):
        _ = forgotten.throughput


LOADED = Load(
    "gunicorn /slow/sync/?delay=0.5", 100, 100, 97, 6.75, 3.5, 6.2, 6.5, 6.7, 190_000,
    errors={"500 Internal Server Error": 2, CLOSED: 1}, lone=0.505, waits=0.5, threads=8, cores=2, busy=0.03,
)  # fmt: skip


def test_a_load_is_told_with_its_errors_beside_the_throughput() -> None:
    assert LOADED.text().splitlines() == [
        "gunicorn /slow/sync/?delay=0.5",
        "100 clients at once",
        "             measured         in theory",
        "throughput   14.4 a second    13.9 a second",
        "errors       2 × 500 Internal Server Error, 1 × closed",
        "             without an answer",
        "median       3.5 s            3.7 s",
        "95 % within  6.2 s",
        "99 % within  6.5 s",
        "answered     97 of 100 in 6.8 s, 190 kB",
        "c            5.0 ms: one lone request, less d = 0.5 s",
        "in theory    ⌈N/8⌉·d + N·c, N = 100 at once",
    ]


def test_clients_that_were_busy_themselves_are_owned_up_to() -> None:
    assert replace(LOADED, busy=0.9).text().splitlines()[-2:] == [
        "The clients themselves took 90% of a core: the server may be",
        "faster.",
    ]


def test_several_are_compared_in_one_table_by_the_names_you_give() -> None:
    loop = replace(LOADED, label="uvicorn", threads=None, errors={}, answered=100, seconds=1.1, median=0.9)
    assert load.compare({"8 threads": LOADED}, loop).text().splitlines() == [
        "           per s  theory  median  theory   95 %   errors",
        "8 threads  14.4   13.9    3.5 s   3.7 s    6.2 s  3",
        "uvicorn    90.9   100     0.90 s  0.75 s   6.2 s  0",
        "8 threads: 2 × 500 Internal Server Error, 1 × closed without",
        "an answer",
    ]


@pytest.mark.parametrize("given", [(), ({},), (5,), ({"a": None},)])
def test_only_loads_are_compared(given: Any) -> None:
    with pytest.raises(LabError, match=r"takes what `await load\(…\)` returned"):
        load.compare(*given)


def test_a_load_or_a_comparison_settles_a_prediction(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = list[Any]()

    def settle(number: str, what: Any) -> str:
        seen.append(what)
        return f"{number}: settled"

    monkeypatch.setattr(sys.modules[load.__module__], "settle", settle)
    result, _ = loaded(up, settles="9.2")
    compared = load.compare({"one": LOADED, "other": LOADED}, settles="9.5")
    assert (result.verdict, compared.verdict) == ("9.2: settled", "9.5: settled")
    assert (seen[0].answered, seen[1]) == (5, compared)
    assert load.compare(LOADED).verdict == LOADED.verdict == ""


@pytest.mark.parametrize("what", [replace(LOADED, verdict="9.2: settled"), load.compare(LOADED)])
def test_the_verdict_follows_the_picture(
    what: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("IPython.display.display", lambda picture, raw: print("(the picture)"))
    what._ipython_display_()
    after = ["9.2: settled"] if what.verdict else []
    assert capsys.readouterr().out.splitlines() == [*what.text().splitlines(), "(the picture)", *after]


WEIGHED = tuple(Weighed(n, 40_000_000 + 250_000 * n, 60_000_000 + 250_000 * n, 2 + n) for n in (1, 250, 500))
STREAMED = Streams("uvicorn /board/events/", 500, 499, 1655, 1.4, 2.3, 12.0, 1_000_000, {ENDED: 1}, WEIGHED)


def test_streams_are_told_with_what_each_costs_the_server() -> None:
    assert STREAMED.text().splitlines() == [
        "uvicorn /board/events/",
        "499 of 500 streams open at the end, 1 dropped",
        "errors: 1 × stream ended by the server",
        "first event after 1.4 s (median), 99 % within 2.3 s",
        "1,655 events, 1.0 MB in 12 s",
        "clients  server's own  resident  threads  each more",
        "1        40.2 MB       60.2 MB   3",
        "250      102.5 MB      122.5 MB  252      250 kB",
        "500      165.0 MB      185.0 MB  502      250 kB",
        "250 kB a client; a straight line: at most 0% of the rise off",
        "it",
    ]


def test_memory_that_does_not_grow_straight_is_told_as_such() -> None:
    bent = replace(STREAMED, weighed=(*WEIGHED[:2], replace(WEIGHED[2], own=400_000_000)))
    assert not bent.straight
    assert "no straight line" in bent.text()
    assert "could not be weighed" in replace(STREAMED, weighed=()).text()


NASTY = '<script>&"\x1b\u202e' * 30
PICTURED = [
    LOADED,
    replace(LOADED, label=NASTY, answered=0, errors={NASTY: 10**9}, lone=None),
    replace(LOADED, answered=10**6, seconds=1e-3, median=1e-6, waits=0.0),
    load.compare(LOADED, replace(LOADED, label=NASTY)),
    STREAMED,
    replace(STREAMED, label=NASTY, open=0, errors={NASTY: 500}, weighed=()),
]


@pytest.mark.parametrize("shown", PICTURED)
def test_every_text_fits_a_phone_and_every_picture_fits_github(shown: Any) -> None:
    assert max(map(len, shown.text().splitlines())) <= 60
    assert "\x1b" not in shown.text()
    assert list(problems(shown.svg())) == []
    assert "<script" not in shown.svg()
