"""When the pieces of an answer came: as lines and as a picture."""

from __future__ import annotations

import time
from contextlib import nullcontext
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse

from asynclab.client import fetch
from asynclab.events import Recording, Visit
from asynclab.messages import Exchange, Message
from asynclab.picture.stream import draw_stream
from asynclab.run import Run
from asynclab.stream import Flow, flows, text

from . import cafe
from .reading.picture import problems

CUPS = Flow("GET /cups/", [(0.1, b"cup 1\n"), (0.3, b"cup 2\n")], ended=0.31)


def drawn(*found: Flow) -> list[str]:
    """What the picture says, from top to bottom."""
    svg = draw_stream(found, ["one line"])
    assert list(problems(svg)) == []
    return [element.text or "" for element in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]


@pytest.mark.parametrize(
    ("found", "told"),
    [
        ([CUPS], ["GET /cups/: 2 pieces", "  first byte after 0.10 s, last byte after 0.30 s"]),
        (
            [CUPS] * 20,
            ["20 × GET /cups/: 2 pieces each", "  first byte after 0.10 s, last byte after 0.30 s"],
        ),
        (
            [Flow("GET /", [(0.1, b"x")], ended=0.5, left=0.2)],
            ["GET /: 1 piece, then the client left", "  first byte after 0.10 s, it left after 0.20 s"],
        ),
        (
            [Flow("GET /", ended=0.5, left=0.2)],
            ["GET /: no piece, then the client left", "  it left after 0.20 s"],
        ),
        (
            [Flow("GET /", [(0.1, b"x")], ended=0.5, failed=True)],
            ["GET /: 1 piece, then it failed", "  first byte after 0.10 s, last byte after 0.10 s"],
        ),
        ([Flow("GET /", ended=0.5)], ["GET /: no piece", "  over after 0.50 s"]),
        ([], []),
    ],
)
def test_each_kind_of_answer_is_told_in_two_lines(found: list[Flow], told: list[str]) -> None:
    assert text(found).splitlines() == told


def test_the_lines_are_narrow_whatever_the_path() -> None:
    long = Flow(f"GET /{'x' * 200}", [(0.1, b"x")], ended=0.5, left=0.2)
    assert max(map(len, text([long] * 1000).splitlines())) <= 60


def test_a_picture_names_each_piece_where_it_came() -> None:
    said = drawn(CUPS)
    assert said[:2] == ["one line", "/cups/"]
    assert {"cup 1", "cup 2"} < set(said)
    assert "the client left" not in said


def test_pieces_that_came_together_share_one_label() -> None:
    burst = Flow("GET /", [(0.5, b"a"), (0.5, b"b"), (0.501, b"c")], ended=0.51)
    assert "3 pieces at once" in drawn(burst)


def test_who_leaves_is_marked_and_so_is_what_broke_off() -> None:
    left, broken = Flow("GET /", [(0.1, b"x")], left=0.2, failed=True), Flow("GET /", ended=0.2, failed=True)
    words, last = ["the client left", "it broke off with an error"], "A column is a request. Time runs down."
    assert drawn(left)[-2:] == [words[0], last]
    assert drawn(broken)[-2:] == [words[1], last]
    assert drawn(left, broken)[-3:] == [*words, last]


def test_more_than_six_are_counted_and_no_stump_of_a_label_is_written() -> None:
    said = drawn(*[CUPS] * 9)
    assert said[-1] == "3 more are not drawn."
    assert not [each for each in said if each.startswith("cu")]


def test_what_is_no_text_is_told_by_its_size() -> None:
    assert "3 bytes" in drawn(Flow("GET /", [(0.1, b"\x1f\x8b\x08")], ended=0.2))


@pytest.mark.parametrize("found", [[], [Flow("GET /", ended=0.0)], [Flow("<b>&", [(0.0, b"\xff\x00<i>")])]])
def test_nothing_much_or_anything_odd_is_drawn_all_the_same(found: list[Flow]) -> None:
    assert drawn(*found)


def test_moments_count_from_the_first_request_sent() -> None:
    first, second = Exchange({}, started=10.0, ended=11.0), Exchange({}, started=10.5, ended=12.0, left=11.5)
    body = {"type": "http.response.body", "body": b"x", "more_body": True}
    first.messages.append(Message("send", body, 10.25))
    second.messages.append(Message("send", {"type": "http.response.body"}, 11.75))
    recording = Recording(visits=[Visit(1, "GET /a · ASGI", 1.0), Visit(2, "GET /b · ASGI", 1.5)], began=9.0)

    assert flows([first, second], recording) == [
        Flow("GET /a", [(0.25, b"x")], ended=1.0),
        Flow("GET /b", [], ended=2.0, left=1.5),
    ]


def view(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    return StreamingHttpResponse(["a", "b", "c"])


def sent(via: Any, **options: Any) -> Run:
    cafe.ready()

    async def send() -> Run:
        return await fetch("/", view=view, via=via, show="stream", **options)

    with pytest.warns(Warning, match="must consume synchronous") if via == "asgi" else nullcontext():
        return cafe.run(send())


@pytest.mark.parametrize("via", ["asgi", "wsgi"])
@pytest.mark.parametrize(("leave_after", "told"), [(2, "1 piece, then the client left"), (None, "3 pieces")])
def test_a_run_shows_it(via: str, leave_after: int | None, told: str) -> None:
    run = sent(via, leave_after=leave_after)
    assert f"GET /: {told}" in run.text().splitlines()
    assert list(problems(run.svg())) == []
    assert "A column is a request. Time runs down." in run.svg()


def test_who_has_everything_has_not_left() -> None:
    (exchange,) = sent("asgi", leave_after=5).exchanges
    assert exchange.left is None
    assert [len(message.data["body"]) for message in exchange.messages if "more_body" in message.data][
        -1:
    ] == [1]


def test_a_client_may_lose_patience_before_the_answer() -> None:
    async def send() -> Run:
        return await fetch("/slow/?delay=5", leave_after=0, pause=0.05, show="stream")

    cafe.ready()
    run = cafe.run(send())
    (exchange,) = run.exchanges
    assert "GET /slow/?delay=5: no piece, then the client left" in run.text()
    assert exchange.left is not None
    assert exchange.left - exchange.started >= 0.04


def test_a_blocked_loop_is_told_beneath() -> None:
    async def blocks(request: HttpRequest) -> StreamingHttpResponse:
        time.sleep(0.1)  # noqa: ASYNC251 - it is meant to block
        return StreamingHttpResponse(["a"])

    async def send() -> Run:
        return await fetch("/", view=blocks, show="stream")

    with pytest.warns(Warning, match="must consume"):
        told = cafe.run(send()).text()
    assert "BLOCKED       the loop: 1 time" in told
