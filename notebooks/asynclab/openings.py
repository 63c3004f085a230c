"""The first half of a server's job: what it tells an application about a request.

ASGI: https://asgi.readthedocs.io/en/latest/specs/www.html#http-connection-scope, WSGI: PEP 3333.
"""

from __future__ import annotations

import io
import sys
import time
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote, unquote

from .errors import RequestError

Headers = Sequence[tuple[str, str]]

SERVER = ("127.0.0.1", 8000)
CLIENT = ("127.0.0.1", 50000)


def split_target(target: str) -> tuple[str, str]:
    """Split "/menu/?q=tea" into its path and its query; a sentence if it is neither."""
    if not isinstance(target, str):
        raise RequestError(f'The path is text, such as "/menu/", not {type(target).__name__}.')
    if not target.startswith("/"):
        raise RequestError(f'A path starts with "/": write {"/" + target!r} instead of {target!r}.')
    try:
        target.encode()
    except UnicodeEncodeError:
        raise RequestError("This path holds half a character (a lone surrogate): take it out.") from None
    path, _, query = target.partition("?")
    return path, query


def http_scope(target: str, method: str = "GET", headers: Headers = ()) -> dict[str, Any]:
    """The `scope` a server would make for this request. The dict is new each time."""
    path, query = split_target(target)
    raw_path = quote(path, safe="/%:@!$&'()*+,;=~-._")
    pairs = [("host", f"{SERVER[0]}:{SERVER[1]}"), *headers]
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "server": SERVER,
        "client": CLIENT,
        "scheme": "http",
        "method": method.upper(),
        "root_path": "",
        "path": unquote(raw_path),
        "raw_path": raw_path.encode("ascii"),
        "query_string": quote(query, safe="/%?:@!$&'()*+,;=~-._").encode("ascii"),
        "headers": [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in pairs],
        "state": {},
    }


def wsgi_environ(
    target: str, method: str = "GET", headers: Headers = (), body: bytes = b""
) -> dict[str, Any]:
    """The `environ` a server would make for this request. The dict is new each time."""
    scope = http_scope(target, method, headers)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": scope["path"].encode().decode("latin-1"),  # PEP 3333: bytes dressed as latin-1 text
        "QUERY_STRING": scope["query_string"].decode("ascii"),
        "SERVER_NAME": SERVER[0],
        "SERVER_PORT": str(SERVER[1]),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": CLIENT[0],
        "REMOTE_PORT": str(CLIENT[1]),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1").upper().replace("-", "_"), raw_value.decode("latin-1")
        key = name if name in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{name}"
        environ[key] = f"{environ[key]},{value}" if key in environ else value
    return environ


class Arriving(io.RawIOBase):
    """A `wsgi.input` whose pieces arrive one after another. Whoever reads waits, and holds its thread."""

    def __init__(self, pieces: Sequence[bytes], pause: float) -> None:
        self._began, self._pause = time.perf_counter(), pause
        self._coming = enumerate(pieces)
        self._here = b""

    def readable(self) -> bool:
        """It is a file to read from."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Give what has come; wait for the next piece if that is nothing."""
        while not self._here:
            number, self._here = next(self._coming, (-1, b""))
            if number < 0:
                return 0
            time.sleep(max(0.0, self._began + number * self._pause - time.perf_counter()))
        size = min(len(buffer), len(self._here))
        buffer[:size], self._here = self._here[:size], self._here[size:]
        return size
