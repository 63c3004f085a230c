"""Where a load goes: to a server on this machine, and nowhere else."""

from __future__ import annotations

import ipaddress
from typing import Any, NamedTuple
from urllib.parse import parse_qs, quote, urlsplit

from .errors import RequestError
from .openings import split_target

EXAMPLE = "http://127.0.0.1:8000"


class Address(NamedTuple):
    """A server on this machine, and what to ask it for."""

    host: str  # an IP address
    port: int
    target: str  # path and query, percent-encoded


def address(url: Any, path: str | None = None) -> Address:
    """Take a URL apart; `path` takes the place of its own. Raises RequestError."""
    if not isinstance(url, str):
        raise RequestError(f'Say where: a running server, or its URL such as "{EXAMPLE}", not {url!r}.')
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or 80
    except ValueError:  # a bracket that is never closed, a port of a million
        raise RequestError(f'{url!r} is no URL. One looks like "{EXAMPLE}".') from None
    if parts.scheme != "http" or not host:
        raise RequestError(f'A URL here begins with "http://", such as "{EXAMPLE}", not {url!r}.')
    host = "127.0.0.1" if host == "localhost" else host
    if not _is_this_machine(host):
        raise RequestError(
            f"{host!r} is not this machine. A load hurts whoever gets it: it goes to 127.0.0.1 alone."
        )
    if path is None:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    path, query = split_target(path)
    target = quote(path, safe="/%:@!$&'()*+,;=~-._")
    return Address(host, port, target + ("?" + quote(query, safe="/%?:@!$&'()*+,;=~-._") if query else ""))


def delay(target: str) -> float:
    """The seconds that "?delay=" names, as the café's slow pages take it; 0 without."""
    try:
        return max(0.0, float(parse_qs(urlsplit(target).query)["delay"][0]))
    except (KeyError, ValueError):
        return 0.0


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
