"""The same requests to the same application: through a real Uvicorn, and through `wire`.

Run as a script it prints both sides of every case as JSON. A process of its own: it configures a
Django of its own, with startproject's middleware and a handful of views.
"""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
import warnings
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Headers = list[tuple[str, str]]


@dataclass(frozen=True)
class Case:
    """One request, and how its client behaves."""

    name: str
    path: str
    method: str = "GET"
    pieces: tuple[bytes, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    leave_after: int | None = None  # as in wire: after so many messages; 0: once the request is sent
    app: str = "django"

    @property
    def all_headers(self) -> Headers:
        """What the client sends beside `Host`."""
        length = [("Content-Length", str(sum(map(len, self.pieces))))] if self.pieces else []
        return [("Connection", "close"), *self.headers, *length]


CASES = (
    Case("GET", "/hello/"),
    Case(
        "GET, a query, not ASCII", "/hello/?q=caf%C3%A9&q=%20+", headers=(("X-Twice", "1"), ("X-Twice", "2"))
    ),
    Case("GET, sync view", "/sync/"),
    Case("HEAD", "/hello/", "HEAD"),
    Case("POST in three chunks", "/echo/", "POST", (b"one ", b"two ", b"three")),
    Case("POST of 300 KB", "/echo/", "POST", (b"x" * 100_000,) * 3),
    Case("POST, no body", "/echo/", "POST", (b"",)),
    Case("streaming", "/stream/"),
    Case("streaming, sync view", "/sync-stream/"),
    Case("404", "/nowhere/"),
    Case("500", "/broken/"),
    Case("redirect to the slash", "/hello"),
    Case("disconnect before a response", "/for-ever/", leave_after=0),
    Case("disconnect half-way", "/endless/", leave_after=2),
    Case("receive after the response", "/", app="late"),
    Case("an answer before the body", "/", "POST", (b"unread",), app="early"),
)


class Tap:
    """Stands between a server and an application, and keeps what passes."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.scope: dict[str, Any] = {}
        self.messages: list[tuple[str, dict[str, Any]]] = []
        self.begun = asyncio.Event()  # the request has arrived
        self.done = asyncio.Event()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.scope = dict(scope)

        async def tapped_receive() -> Any:
            message = await receive()
            self.messages.append(("receive", dict(message)))
            self.begun.set()
            return message

        async def tapped_send(message: Any) -> None:
            self.messages.append(("send", dict(message)))
            await send(message)

        try:
            await self.app(scope, tapped_receive, tapped_send)
        finally:
            self.done.set()

    def told(self) -> dict[str, Any]:
        """Scope and messages in one form: adjacent bodies merged, addresses and order of headers aside."""
        scope = {key: value for key, value in self.scope.items() if key not in ("client", "server")}
        scope["headers"] = [pair for pair in scope["headers"] if pair[0] != b"host"]
        return {"scope": plain(scope), "messages": merged(self.messages)}


def merged(messages: Sequence[tuple[str, dict[str, Any]]]) -> list[Any]:
    """The messages, with adjacent pieces of one body put together: a server cuts by arrival."""
    found: list[list[Any]] = []
    for direction, message in messages:
        row = [
            direction,
            {"body": b"", "more_body": False, **message} if _is_body(message) else dict(message),
        ]
        if found and _is_body(message) and found[-1][0] == direction and _is_body(found[-1][1]):
            row[1]["body"] = found[-1][1]["body"] + row[1]["body"]
            found.pop()
        found.append(row)
    return [plain(row) for row in found]


def _is_body(message: dict[str, Any]) -> bool:
    return message["type"] in ("http.request", "http.response.body")


def plain(value: Any) -> Any:
    """The same value as JSON can hold it; headers sorted."""
    if isinstance(value, dict):
        return {
            key: sorted(map(plain, part)) if key == "headers" else plain(part) for key, part in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [plain(part) for part in value]
    return value.decode("latin-1") if isinstance(value, (bytes, bytearray)) else value


# The applications ---------------------------------------------------------------------------------


def django_app() -> Any:
    """A Django with the middleware of `startproject`, served under ASGI."""
    import django
    from django.conf import settings

    contrib = "django.contrib"
    settings.configure(
        ALLOWED_HOSTS=["127.0.0.1"],
        SECRET_KEY="only for these requests",
        ROOT_URLCONF=__name__,
        LOGGING_CONFIG=None,
        INSTALLED_APPS=[
            f"{contrib}.auth",
            f"{contrib}.contenttypes",
            f"{contrib}.sessions",
            f"{contrib}.messages",
        ],
        MIDDLEWARE=[
            "django.middleware.security.SecurityMiddleware",
            f"{contrib}.sessions.middleware.SessionMiddleware",
            "django.middleware.common.CommonMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            f"{contrib}.auth.middleware.AuthenticationMiddleware",
            f"{contrib}.messages.middleware.MessageMiddleware",
            "django.middleware.clickjacking.XFrameOptionsMiddleware",
        ],
    )
    django.setup()
    from django.core.handlers.asgi import ASGIHandler

    warnings.filterwarnings("ignore", "StreamingHttpResponse must consume synchronous iterators")
    globals()["urlpatterns"] = _urlpatterns()
    return ASGIHandler()


def _urlpatterns() -> list[Any]:
    from django.http import HttpResponse, StreamingHttpResponse
    from django.urls import path
    from django.views.decorators.csrf import csrf_exempt

    async def hello(request: Any) -> HttpResponse:
        return HttpResponse(f"{request.GET.getlist('q')} {request.headers.get('X-Twice')}")

    def sync(request: Any) -> HttpResponse:
        return HttpResponse("sync")

    @csrf_exempt
    async def echo(request: Any) -> HttpResponse:
        return HttpResponse(request.body)

    async def stream(request: Any) -> StreamingHttpResponse:
        async def parts() -> AsyncIterator[bytes]:
            for part in (b"a", b"b", b"c"):
                await asyncio.sleep(0)
                yield part

        return StreamingHttpResponse(parts())

    async def endless(request: Any) -> StreamingHttpResponse:
        async def parts() -> AsyncIterator[bytes]:
            yield b"the first part"
            await asyncio.Event().wait()

        return StreamingHttpResponse(parts())

    def sync_stream(request: Any) -> StreamingHttpResponse:
        return StreamingHttpResponse([b"a", b"b"])

    async def for_ever(request: Any) -> HttpResponse:
        await asyncio.Event().wait()
        return HttpResponse()

    async def broken(request: Any) -> HttpResponse:
        raise RuntimeError("broken on purpose")

    return [
        path("hello/", hello),
        path("sync/", sync),
        path("echo/", echo),
        path("stream/", stream),
        path("endless/", endless),
        path("sync-stream/", sync_stream),
        path("for-ever/", for_ever),
        path("broken/", broken),
    ]


async def late(scope: Any, receive: Any, send: Any) -> None:
    """Ask for one more message after the response."""
    await receive()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})
    await receive()


async def early(scope: Any, receive: Any, send: Any) -> None:
    """Answer without having read the body."""
    await send({"type": "http.response.start", "status": 413})
    await send({"type": "http.response.body"})


# Both sides ---------------------------------------------------------------------------------------


async def through_server(app: Any, case: Case) -> Tap:
    """Send a request to a Uvicorn on a free port of this machine."""
    import uvicorn

    tap = Tap(app)
    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(tap, log_config=None, lifespan="off", timeout_graceful_shutdown=5)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        port = listening.getsockname()[1]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        head = [f"{case.method} {case.path} HTTP/1.1", f"Host: 127.0.0.1:{port}"]
        head += [f"{name}: {value}" for name, value in case.all_headers]
        writer.write("\r\n".join([*head, "", ""]).encode("ascii"))
        for piece in case.pieces:
            await writer.drain()
            await asyncio.sleep(0.01)  # only so that the server has several pieces to join
            writer.write(piece)
        await writer.drain()
        if case.leave_after is None:
            await reader.read()
        elif case.leave_after:
            await reader.readuntil(b"the first part")
        else:
            await asyncio.wait_for(tap.begun.wait(), 10)
        writer.close()
        await asyncio.wait_for(tap.done.wait(), 10)
    finally:
        server.should_exit = True
        await serving
    return tap


async def through_wire(app: Any, case: Case) -> Tap:
    """Send the same request with no server in between."""
    from asynclab.openings import http_scope
    from asynclab.wire import call_asgi

    tap = Tap(app)
    scope = http_scope(case.path, case.method, case.all_headers)
    exchange = await call_asgi(tap, scope, case.pieces or (b"",), leave_after=case.leave_after)
    kept = merged([(message.direction, message.data) for message in exchange.messages])
    assert kept == merged(tap.messages), f"{case.name}: wire kept {kept}"
    assert exchange.error is None, exchange.error
    return tap


async def both() -> dict[str, dict[str, Any]]:
    """Every case, on both sides."""
    apps = {"django": django_app(), "late": late, "early": early}
    found = {}
    for case in CASES:
        server = await through_server(apps[case.app], case)
        wire = await through_wire(apps[case.app], case)
        found[case.name] = {"server": server.told(), "wire": wire.told()}
    return found


def compare() -> dict[str, dict[str, Any]]:
    """Every case, on both sides, found in a process of its own."""
    notebooks = Path(__file__).resolve().parents[2] / "notebooks"
    code = (
        f"import sys; sys.path.insert(0, {str(notebooks)!r}); from tests.truth.exchanges import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=notebooks.parent,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr[-3000:])
    return json.loads(done.stdout)  # type: ignore[no-any-return]


def main() -> None:
    """Print both sides as JSON."""
    json.dump(asyncio.run(both()), sys.stdout)
