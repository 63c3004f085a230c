"""What a learner wants to send, made ready. What cannot be sent becomes a sentence."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import urlencode

from .errors import RequestError
from .openings import split_target

Headers = Mapping[str, str] | Sequence[tuple[str, str]]
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110: what may stand as a header's name, or a method
_BREAKS = re.compile(r"[\r\n\0]")
LONGEST_WAIT = 3600.0  # seconds


class Request(NamedTuple):
    """One request, as a client would send it."""

    method: str
    headers: list[tuple[str, str]]
    pieces: list[bytes]  # the body, as it arrives


def request(method: str | None, headers: Headers, data: Mapping[str, Any] | None, body: Any) -> Request:
    """Make a request ready. Raises RequestError with one sentence if a server could not be sent it."""
    pieces, pairs = _pieces(body), _pairs(headers)
    if data is not None:
        if any(pieces):
            raise RequestError("Give `data` (a form) or `body` (bytes), not both.")
        pieces = [_form(data)]
        pairs.append(("Content-Type", "application/x-www-form-urlencoded"))
    if any(pieces):
        pairs.append(("Content-Length", str(sum(map(len, pieces)))))
    method = method or ("POST" if any(pieces) else "GET")
    if not isinstance(method, str) or not _NAME.fullmatch(method):
        raise RequestError(f'`method` is a word such as "GET" or "POST", not {method!r}.')
    return Request(method.upper(), pairs, pieces)


def targets(path: Any) -> list[str]:
    """The paths to ask for: one, or a list of them."""
    paths = list(path) if isinstance(path, Sequence) and not isinstance(path, (str, bytes)) else [path]
    if not paths:
        raise RequestError('This list of paths is empty: write one path at least, such as "/".')
    for each in paths:
        split_target(each)
    return paths


def whole(name: str, value: Any, least: int, most: int) -> None:
    """Refuse what is no whole number in these bounds."""
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise RequestError(f"`{name}` is a whole number from {least} to {most:,}, not {value!r}.")


def seconds(name: str, value: Any, least: float, most: float) -> None:
    """Refuse what is no time in these bounds."""
    known = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    if not known or not least <= value <= most:
        raise RequestError(f"`{name}` is a time from {least:g} to {most:g} seconds, not {value!r}.")


def chosen(name: str, value: Any, known: Collection[str]) -> tuple[Any, ...]:
    """One of these words, or several of them, as a tuple."""
    given = (value,) if isinstance(value, str) or not isinstance(value, Sequence) else tuple(value)
    for each in given:
        if each not in known:
            choices = ", ".join(f'"{word}"' for word in known)
            raise RequestError(f"`{name}` is one of {choices}, or a list of these, not {each!r}.")
    return given


def _pieces(body: Any) -> list[bytes]:
    given = body if isinstance(body, Sequence) and not isinstance(body, (str, bytes, bytearray)) else [body]
    for piece in given:
        if not isinstance(piece, (bytes, bytearray)):
            shown = type(piece).__name__
            raise RequestError(f"`body` is bytes, such as b'tea', or a list of pieces of them, not {shown}.")
    return [bytes(piece) for piece in given] or [b""]  # an empty body, too, arrives as one message


def _form(data: Any) -> bytes:
    if not isinstance(data, Mapping):
        shown = type(data).__name__
        raise RequestError(f'`data` is a dict, such as {{"drink": "tea"}}, not {shown}.')
    try:
        return urlencode(data, doseq=True).encode()  # a list: the same field several times
    except UnicodeEncodeError:
        raise RequestError("`data` holds half a character (a lone surrogate): take it out.") from None


def _pairs(headers: Any) -> list[tuple[str, str]]:
    pairs = list(headers.items()) if isinstance(headers, Mapping) else headers
    if not isinstance(pairs, Sequence) or isinstance(pairs, (str, bytes)):
        shown = type(headers).__name__
        raise RequestError(f'`headers` is a dict, such as {{"Accept": "text/html"}}, not {shown}.')
    for pair in pairs:
        known = isinstance(pair, (tuple, list)) and len(pair) == 2
        if not known or not all(isinstance(part, str) for part in pair):
            raise RequestError(f"A header is a name and a value, both text, not {pair!r}.")
        name, value = pair
        if not _NAME.fullmatch(name):
            raise RequestError(f"{name!r} is no name for a header: letters, digits and hyphens make one.")
        if _BREAKS.search(value):
            raise RequestError(f"The header {name} holds a line break or a null: no server takes that.")
        try:
            value.encode("latin-1")
        except UnicodeEncodeError:
            raise RequestError(
                f"The header {name} holds {value!r}: only characters of latin-1 can be sent in a header."
            ) from None
    return [(name, value) for name, value in pairs]
