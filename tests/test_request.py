"""What cannot be sent is refused in one sentence, before anything is sent."""

from __future__ import annotations

import asyncio
import inspect
from typing import Any

import pytest

from asynclab import client
from asynclab.client import fetch
from asynclab.errors import LabError, NotSent, StackError
from asynclab.watch import watch

FORM = ("Content-Type", "application/x-www-form-urlencoded")


def sentence(**options: Any) -> str:
    """What a learner reads. Nothing but a sentence: no traceback is shown of it."""
    with pytest.raises(LabError) as refused:
        fetch(**{"path": "/", **options})
    assert refused.value._render_traceback_() == [str(refused.value)]
    return str(refused.value)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"path": []}, 'This list of paths is empty: write one path at least, such as "/".'),
        ({"path": b"/"}, 'The path is text, such as "/menu/", not bytes.'),
        ({"path": ["/", 3]}, 'The path is text, such as "/menu/", not int.'),
        ({"via": "http"}, '`via` is "asgi" or "wsgi", not \'http\'.'),
        ({"times": 0}, "`times` is a whole number from 1 to 100,000, not 0."),
        ({"times": True}, "`times` is a whole number from 1 to 100,000, not True."),
        ({"times": "3"}, "`times` is a whole number from 1 to 100,000, not '3'."),
        ({"threads": 501}, "`threads` is a whole number from 1 to 500, not 501."),
        ({"leave_after": -1}, "`leave_after` is a whole number from 0 to 100,000, not -1."),
        ({"deadline": 0}, "`deadline` is a time from 0.001 to 3600 seconds, not 0."),
        ({"deadline": "1"}, "`deadline` is a time from 0.001 to 3600 seconds, not '1'."),
        ({"deadline": float("nan")}, "`deadline` is a time from 0.001 to 3600 seconds, not nan."),
        ({"deadline": float("inf")}, "`deadline` is a time from 0.001 to 3600 seconds, not inf."),
        ({"deadline": None}, "`deadline` is a time from 0.001 to 3600 seconds, not None."),
        ({"pause": 11}, "`pause` is a time from 0 to 10 seconds, not 11."),
        ({"method": 3}, '`method` is a word such as "GET" or "POST", not 3.'),
        ({"method": "GET POST"}, '`method` is a word such as "GET" or "POST", not \'GET POST\'.'),
        (
            {"show": ["lanes", "all"]},
            '`show` is one of "lanes", "messages", "stream", "crossings", "layers", '
            "or a list of these, not 'all'.",
        ),
        (
            {"show": 3},
            '`show` is one of "lanes", "messages", "stream", "crossings", "layers", '
            "or a list of these, not 3.",
        ),
        ({"body": "tea"}, "`body` is bytes, such as b'tea', or a list of pieces of them, not str."),
        ({"body": [b"a", 3]}, "`body` is bytes, such as b'tea', or a list of pieces of them, not int."),
        ({"body": None}, "`body` is bytes, such as b'tea', or a list of pieces of them, not NoneType."),
        ({"body": {"a": 1}}, "`body` is bytes, such as b'tea', or a list of pieces of them, not dict."),
        ({"data": "a=1"}, '`data` is a dict, such as {"drink": "tea"}, not str.'),
        ({"data": {"a": "\ud800"}}, "`data` holds half a character (a lone surrogate): take it out."),
        ({"data": {"a": "1"}, "body": b"x"}, "Give `data` (a form) or `body` (bytes), not both."),
        ({"headers": "abc"}, '`headers` is a dict, such as {"Accept": "text/html"}, not str.'),
        ({"headers": None}, '`headers` is a dict, such as {"Accept": "text/html"}, not NoneType.'),
        ({"headers": [("a",)]}, "A header is a name and a value, both text, not ('a',)."),
        ({"headers": {"X-A": 3}}, "A header is a name and a value, both text, not ('X-A', 3)."),
        (
            {"headers": {"X A": "1"}},
            "'X A' is no name for a header: letters, digits and hyphens make one.",
        ),
        (
            {"headers": {"X-A": "1\r\nX-B: 2"}},
            "The header X-A holds a line break or a null: no server takes that.",
        ),
        (
            {"headers": {"X-A": "☕"}},
            "The header X-A holds '☕': only characters of latin-1 can be sent in a header.",
        ),
    ],
)
def test_what_cannot_be_sent_is_refused(options: dict[str, Any], said: str) -> None:
    assert sentence(**options) == said


@pytest.mark.parametrize(
    ("options", "method", "headers", "pieces"),
    [
        ({}, "GET", [], [b""]),
        ({"method": "delete"}, "DELETE", [], [b""]),
        ({"body": []}, "GET", [], [b""]),
        ({"body": bytearray(b"tea")}, "POST", [("Content-Length", "3")], [b"tea"]),
        ({"body": (b"a", b"bc"), "method": "PUT"}, "PUT", [("Content-Length", "3")], [b"a", b"bc"]),
        ({"data": {"a": [1, 2], "b": "é"}}, "POST", [FORM, ("Content-Length", "16")], [b"a=1&a=2&b=%C3%A9"]),
        ({"data": {}}, "GET", [FORM], [b""]),
        ({"headers": [("X-A", "1"), ("X-A", "é")]}, "GET", [("X-A", "1"), ("X-A", "é")], [b""]),
    ],
)
def test_what_can_be_sent_is_made_ready(
    options: dict[str, Any], method: str, headers: list[tuple[str, str]], pieces: list[bytes]
) -> None:
    ready = fetch("/", **options)
    assert (ready.method, ready.headers, ready.pieces) == (method, headers, pieces)


def test_a_watch_without_its_words_says_which_are_missing() -> None:
    async def awaited() -> None:
        await watch()

    assert repr(watch()) == "Nothing is recorded yet. Write `async with watch() as run:`."
    with (
        pytest.raises(NotSent, match=r"^`async` is missing: write `async with watch\(\) as run:`\.$"),
        watch(),
    ):
        pass
    with pytest.raises(NotSent, match=r"^Nothing is recorded yet\. Write `async with watch\(\) as run:`\.$"):
        asyncio.run(awaited())


def test_a_view_that_a_decorator_forgot_to_return_is_not_taken_for_the_projects_own() -> None:
    with pytest.raises(
        StackError, match=r"^`view` is None\. Has a decorator forgotten to return its function\?$"
    ):
        fetch("/", view=None)
    assert inspect.signature(fetch).parameters["view"].default is client.OWN
    assert repr(client.OWN) == "the project's own"
