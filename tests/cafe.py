"""The café in this test process, and requests to it: `ask(view)`. No kernel, no server."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import gc
import io
import os
import warnings
from collections.abc import Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import pytest

from asynclab.boot import boot
from asynclab.events import Recording
from asynclab.messages import Exchange
from asynclab.openings import http_scope, wsgi_environ
from asynclab.record import recording
from asynclab.wire import call_asgi, request_number
from asynclab.workers import serve_wsgi

DEADLINE = 20.0  # seconds: reached only where something hangs
T = TypeVar("T")


@functools.cache
def ready() -> None:
    """Start Django with the café's settings, once. The environment stays as it was."""
    before = dict(os.environ)
    with contextlib.redirect_stdout(io.StringIO()):
        boot()
    os.environ.clear()
    os.environ.update(before)


@dataclass
class Asked:
    """What came of some requests."""

    exchanges: list[Exchange]
    recording: Recording | None

    @property
    def seen(self) -> Recording:
        """The recording; there must be one."""
        assert self.recording is not None
        return self.recording

    @property
    def statuses(self) -> list[int | None]:
        return [exchange.status for exchange in self.exchanges]

    @property
    def text(self) -> str:
        """The body of the only answer."""
        (exchange,) = self.exchanges
        assert exchange.response is not None, exchange.error
        return exchange.response.text


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run it in a loop of its own, but not for ever."""

    async def limited() -> T:
        return await asyncio.wait_for(coroutine, DEADLINE)

    return asyncio.run(limited())


def ask(*asked: Any, **options: Any) -> Asked:
    """What `ask_here` does, in a loop of its own."""
    return run(ask_here(*asked, **options))


async def ask_here(
    view: Callable[..., Any] | None = None,
    path: str = "/",
    *,
    middleware: Sequence[Any] | None = (),
    via: str = "asgi",
    times: int = 1,
    record: bool = True,
) -> Asked:
    """Send requests at once through Django's handler, in this loop, with the recorder on or off."""
    from asynclab import stack

    ready()
    with recording() if record else contextlib.nullcontext() as seen:
        app = stack.build(via, view, middleware)  # type: ignore[arg-type]
        numbers = range(1, times + 1)
        if via == "wsgi":
            exchanges = [Exchange(wsgi_environ(path)) for _ in numbers]
            await asyncio.gather(*serve_wsgi(app, exchanges, numbers, times))
        else:
            exchanges = [Exchange(http_scope(path)) for _ in numbers]

            async def one(number: int, exchange: Exchange) -> None:
                request_number.set(number)
                await call_asgi(app, exchange.opening, into=exchange)

            await asyncio.gather(*map(one, numbers, exchanges))
    return Asked(exchanges, seen)


@pytest.fixture(autouse=True)
def swept() -> Iterator[None]:
    """Django 5.2 leaves the file of a body open when an error escapes: not another test's matter."""
    yield
    sweep()


def sweep() -> None:
    """Collect what is left, and with it whatever would be told of an error that nobody looked at."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()
