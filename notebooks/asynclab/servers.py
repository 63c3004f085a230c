"""A real server process, started, watched and stopped from a cell.

    async with serve("uvicorn") as server:
        print(server)
        ...

It serves the project that this kernel has booted, on the kernel's own database: what you order in the
browser is there in the next cell, and what a cell has saved is on the page. It ends with the block, and
with the kernel.
"""

from __future__ import annotations

import asyncio
import os
import re
import socket
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

from django.conf import settings as configured

from . import proxy
from .bar import bar
from .boot import booted
from .commands import HOST, HTTP2, WEBSOCKET, Asked, Via, fitting, installed, kind_of, speaks
from .database import CAFE, FOLDER
from .errors import LabError, NotSent, ServerError, Stopped
from .interrupt import Interrupts
from .request import LONGEST_WAIT, seconds, whole
from .server import Server
from .words import said, shorten

DEADLINE = 30.0  # seconds until it must have answered for the first time
TRIES = 3  # ports, if somebody else is quicker to take one

_STEERS = ("UVICORN_", "GRANIAN_", "GUNICORN_", "WEB_CONCURRENCY", "FORWARDED_ALLOW_IPS")  # they read these
_TAKEN = re.compile(r"(address|port|connection|endpoint).{0,60}\bin use|errno (48|98|10048)", re.IGNORECASE)
_AHEAD = "from {0} import *\nfrom {0} import INSTALLED_APPS\nINSTALLED_APPS = ['daphne', *INSTALLED_APPS]\n"


class serve:
    """Run the project in a real server: `async with serve("uvicorn") as server:`.

    `name` is "uvicorn", "daphne", "hypercorn", "granian", "gunicorn" or "runserver". `via` chooses "asgi" or
    "wsgi" where a server speaks both; "runserver" speaks ASGI if "daphne" heads INSTALLED_APPS, which
    via="asgi" sees to. `workers` are processes, `threads` those that call a WSGI application (4). `app` is
    an import string, "hello:app", for an application in a file of yours. `port` is a free one unless you
    give it. `settings` names another settings module, `env` more environment variables; a PYTHONPATH in it
    is one more folder to import from. `ws` and `http2` say that you need them. With `access_log` each
    request is a line of `server.log`.

    The block begins when the server has answered a first request (with several workers, when the first of
    them has). It listens on this machine alone. Raises ServerError with the end of its log if it has not
    answered after `deadline` seconds, or ends by itself.
    """

    def __init__(
        self,
        name: str,
        *,
        via: Via | None = None,
        workers: int = 1,
        threads: int | None = None,
        app: str | None = None,
        port: int | None = None,
        settings: str | None = None,
        env: Mapping[str, str] | None = None,
        ws: bool = False,
        http2: bool = False,
        access_log: bool = False,
        deadline: float = DEADLINE,
    ) -> None:
        self.kind = kind_of(name)
        self.via, self.threads = fitting(name, self.kind, via, workers, threads)
        if name == "runserver" and self.via == "asgi":
            installed("daphne")
        for wanted, protocol in ((ws, WEBSOCKET), (http2, HTTP2)):
            if wanted:
                speaks(name, self.via, protocol)
        if app is not None and (not isinstance(app, str) or not re.fullmatch(r"[\w.]+:[\w.]+", app)):
            raise ServerError(
                '`app` is an import string such as "hello:app", the application `app` of a file hello.py: '
                "a server is another process and sees no function of the notebook."
            )
        if app is not None and name == "runserver":
            raise ServerError("runserver serves what the settings name. Leave `app` out.")
        if settings is not None and (not isinstance(settings, str) or not re.fullmatch(r"[\w.]+", settings)):
            raise ServerError('`settings` names a settings module, such as "mysite.settings".')
        if port is not None:
            whole("port", port, 1, 65535)
        seconds("deadline", deadline, 0.1, LONGEST_WAIT)
        for key, value in (env or {}).items():
            if not isinstance(key, str) or not isinstance(value, str):
                raise ServerError(f"`env` holds text: {key!r} and {value!r} must both be strings.")
        self.name, self.workers, self.app, self.port = name, workers, app, port
        self.settings, self.env, self.access_log, self.deadline = settings, env or {}, access_log, deadline

    async def __aenter__(self) -> Server:
        self._interrupts = Interrupts()
        self._interrupts.watch()
        try:
            with bar(f"Starting {self.name}"):
                self._server = await self._running()
        except BaseException as error:
            self._interrupts.forget()
            self._explain(error, f"{self.name} was starting, and is stopped")
            raise
        return self._server

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: object
    ) -> None:
        server = self._server
        code = server.exit_code  # None: it ran until now
        try:
            await server.stop()
        finally:
            self._interrupts.forget()
        self._explain(error, f"{self.name} is stopped")
        if code is not None and (error is None or isinstance(error, Exception)):
            sentence = f"{self.name} ended by itself in the middle (exit code {code})."
            if error is not None and not isinstance(error, LabError):  # ours says no more than that
                sentence += f" The cell got {shorten(said(error))}."
            raise ServerError(server.told(sentence)) from error

    def _explain(self, error: BaseException | None, state: str) -> None:
        if self._interrupts.seen and isinstance(error, asyncio.CancelledError | KeyboardInterrupt):
            raise Stopped(f"Interrupted: {state}.") from None

    async def _running(self) -> Server:
        """A server that has answered; on another port if somebody was quicker to take the first."""
        for left in reversed(range(TRIES)):
            server = self._made()
            try:
                self._start(server)
                await server.answered(self.deadline)
                return server
            except BaseException as error:
                server.end()
                taken = isinstance(error, ServerError) and _TAKEN.search(server.log)
                if self.port is not None or not left or not taken:
                    raise
        raise AssertionError("unreachable")

    def _made(self) -> Server:
        port = _free_port(self.port)
        try:
            folder = Path(tempfile.mkdtemp(prefix=f"{FOLDER}{os.getpid()}-"))  # `database` sweeps stale ones
        except OSError as error:
            raise ServerError(
                f"There is no temporary folder to write to: {error.strerror or error}."
            ) from None
        return Server(self.name, port, folder)

    def _start(self, server: Server) -> None:
        settings, project = booted()
        server.via, server.workers = self.via, self.workers
        server.threads = self.threads if self.via == "wsgi" and self.kind.threads else None
        environ = {key: value for key, value in os.environ.items() if not key.startswith(_STEERS)}
        environ["DJANGO_SETTINGS_MODULE"] = self.settings or settings
        if self.name == "runserver" and self.via == "asgi":
            (server.folder / "daphne_ahead.py").write_text(_AHEAD.format(environ["DJANGO_SETTINGS_MODULE"]))
            environ["DJANGO_SETTINGS_MODULE"] = "daphne_ahead"
        here = Path.cwd()
        more = [each.get("PYTHONPATH") for each in (self.env, environ)]  # yours adds to it, hiding nothing
        paths = [str(project), str(here), str(server.folder), *filter(None, more)]
        environ |= {"PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1"} | proxy.variables(server.prefix)
        if project == CAFE and "CAFE_ENV" not in self.env:  # production brings its own, or does not start
            environ["SECRET_KEY"] = configured.SECRET_KEY  # who logs in here is logged in there
        environ |= dict(self.env) | {"PYTHONPATH": os.pathsep.join(paths)}
        app = self.app or _application(self.via, settings)
        below = bool(server.prefix) and project == CAFE  # Django's own would not find them there
        asked = Asked(app, self.via, server.port, self.workers, self.threads, self.access_log, below)
        server.start(self.kind.command(asked), here if self.app else project, environ)

    def __repr__(self) -> str:
        return f'No server runs yet. Write `async with serve("{self.name}") as server:`.'

    def __getattr__(self, name: str) -> NoReturn:
        raise NotSent(f"No server runs yet, so there is no .{name}. Write `async with serve(…) as server:`.")

    def __enter__(self) -> NoReturn:
        raise NotSent("`async` is missing: write `async with serve(…) as server:`.")

    def __exit__(self, *error: object) -> None:  # Python looks for it before it enters
        pass

    def __await__(self) -> NoReturn:
        raise NotSent(repr(self))


def _application(via: Via, settings: str) -> str:
    """Where the project's application is: its settings may say so, or it is where startproject puts it."""
    named: Any = getattr(configured, f"{via.upper()}_APPLICATION", None)
    module, _, name = str(named or f"{settings.rpartition('.')[0]}.{via}.application").rpartition(".")
    return f"{module}:{name}"


def _free_port(port: int | None) -> int:
    """That port, or any, if nobody has it. Raises ServerError."""
    with socket.socket() as trial:
        if os.name == "posix":  # as servers do: the last connections of an ended one do not count
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((HOST, port or 0))
        except PermissionError:
            raise ServerError(f"Port {port} is for the administrator. Take one above 1023.") from None
        except OSError:
            raise ServerError(f"Port {port} is taken. Leave `port` out, and a free one is found.") from None
        return int(trial.getsockname()[1])
