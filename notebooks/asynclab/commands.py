"""How each server is started: the command that you would type in a terminal, and what it can do."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple

from .errors import ServerError
from .request import whole

HOST = "127.0.0.1"  # a lesson's server is for this machine alone
PATIENCE = "1"  # seconds which a server gives its open requests when it is told to end
MOST_WORKERS, MOST_THREADS = 16, 500

WEBSOCKET, HTTP2 = "WebSocket", "HTTP/2"

Via = Literal["asgi", "wsgi"]


class Asked(NamedTuple):
    """What a command is made of."""

    app: str  # "package.module:name"
    via: Via
    port: int
    workers: int
    threads: int
    access_log: bool
    own_static: bool = False  # the project serves static files by itself, below a proxy's path too


@dataclass(frozen=True)
class Kind:
    """One server: what it speaks, what it lets you choose, and its command, the module first."""

    command: Callable[[Asked], list[str]]
    via: tuple[Via, ...]  # the first is what it speaks unless you say otherwise
    workers: bool = True  # whether it can run in several processes
    threads: bool = False  # whether you choose how many threads call a WSGI application
    protocols: tuple[str, ...] = ("HTTP/1.1",)  # as it comes, without TLS


def _uvicorn(asked: Asked) -> list[str]:
    line = ["uvicorn", asked.app, "--host", HOST, "--port", str(asked.port)]
    line += ["--workers", str(asked.workers), "--timeout-graceful-shutdown", PATIENCE]
    return line if asked.access_log else [*line, "--no-access-log"]


def _daphne(asked: Asked) -> list[str]:
    line = ["daphne", "--bind", HOST, "--port", str(asked.port), "--application-close-timeout", PATIENCE]
    return [*line, "--access-log", "-" if asked.access_log else os.devnull, asked.app]


def _hypercorn(asked: Asked) -> list[str]:
    line = ["hypercorn", asked.app, "--bind", f"{HOST}:{asked.port}"]
    line += ["--workers", str(asked.workers), "--graceful-timeout", PATIENCE]
    return [*line, "--access-logfile", "-"] if asked.access_log else line


def _granian(asked: Asked) -> list[str]:
    line = ["granian", asked.app, "--interface", asked.via, "--host", HOST, "--port", str(asked.port)]
    line += ["--workers", str(asked.workers), "--workers-kill-timeout", PATIENCE]
    if asked.via == "wsgi":
        line += ["--blocking-threads", str(asked.threads)]
    return [*line, "--access-log"] if asked.access_log else line


def _gunicorn(asked: Asked) -> list[str]:
    line = ["gunicorn", asked.app, "--bind", f"{HOST}:{asked.port}", "--workers", str(asked.workers)]
    # Its control socket would be one file in your home for all of them.
    line += ["--threads", str(asked.threads), "--graceful-timeout", PATIENCE, "--no-control-socket"]
    return [*line, "--access-logfile", "-"] if asked.access_log else line


def _runserver(asked: Asked) -> list[str]:
    line = ["manage.py", "runserver", "--noreload", f"{HOST}:{asked.port}"]
    return [*line, "--nostatic"] if asked.own_static else line


KINDS = {
    "uvicorn": Kind(_uvicorn, ("asgi",), protocols=("HTTP/1.1", WEBSOCKET)),
    "daphne": Kind(_daphne, ("asgi",), workers=False, protocols=("HTTP/1.1", WEBSOCKET)),
    "hypercorn": Kind(_hypercorn, ("asgi",), protocols=("HTTP/1.1", HTTP2, WEBSOCKET)),
    "granian": Kind(_granian, ("asgi", "wsgi"), threads=True, protocols=("HTTP/1.1", HTTP2, WEBSOCKET)),
    "gunicorn": Kind(_gunicorn, ("wsgi",), threads=True),
    "runserver": Kind(_runserver, ("wsgi", "asgi"), workers=False),
}


def kind_of(name: object) -> Kind:
    """The server of that name, if it is installed. Raises ServerError with one sentence."""
    if not isinstance(name, str) or name not in KINDS:
        raise ServerError(f"There is no server {name!r} here. It is one of: {', '.join(KINDS)}.")
    if name == "gunicorn" and sys.platform == "win32":
        raise ServerError('Gunicorn does not run on Windows. Take serve("granian", via="wsgi").')
    installed(name)
    return KINDS[name]


def installed(name: str) -> None:
    """Raise ServerError if that server cannot be imported here."""
    if name != "runserver" and importlib.util.find_spec(name) is None:
        raise ServerError(f"{name} is not installed here. Run `%pip install {name}`, then this cell again.")


def fitting(name: str, kind: Kind, via: str | None, workers: int, threads: int | None) -> tuple[Via, int]:
    """What it shall speak, and with how many threads. Raises LabError if it cannot do as asked."""
    if via not in (None, "asgi", "wsgi"):
        raise ServerError(f'`via` is "asgi" or "wsgi", not {via!r}.')
    spoken = next((each for each in kind.via if via in (None, each)), None)
    if spoken is None:
        others = [other for other, each in KINDS.items() if via in each.via]
        raise ServerError(
            f"{name} is run here for {kind.via[0].upper()} only. "
            f"For {via.upper() if via else ''} there are: {', '.join(others)}."
        )
    whole("workers", workers, 1, MOST_WORKERS)
    if workers > 1 and not kind.workers:
        raise ServerError(f"{name} runs in one process. Leave `workers` out, or take another server.")
    if threads is not None:
        whole("threads", threads, 1, MOST_THREADS)
        if spoken == "asgi":
            raise ServerError(
                "Under ASGI nobody chooses the number of threads: each request that needs one gets one. "
                "Leave `threads` out."
            )
        if not kind.threads:
            raise ServerError(f"{name} starts a thread for each connection. Leave `threads` out.")
    return spoken, threads or 4


def speaks(name: str, via: Via, protocol: str) -> None:
    """Raise ServerError if it does not speak this protocol."""
    if protocol not in KINDS[name].protocols:
        others = ", ".join(other for other, each in KINDS.items() if protocol in each.protocols)
        raise ServerError(f"{name} does not speak {protocol} here. These do: {others}.")
    if protocol == WEBSOCKET and via == "wsgi":
        raise ServerError('WSGI knows no WebSocket. Take via="asgi".')
