"""A recording as a picture: what it holds, what it must not hold, and what a beginner must see in it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest

from asynclab.events import LOOP, Blocked, Crossing, Recording, Turn
from asynclab.picture import picture
from asynclab.picture.sheet import BLUE, GREEN, INK, RED, SKY, Sheet
from asynclab.timeline import text

from . import recordings
from .reading.picture import problems

ALL = ("lanes", "crossings", "layers")
MADE = [Recording, *recordings.MADE, partial(recordings.crowd, 300)]
ALLOWED = {
    "svg": {"role", "viewBox", "width", "height", "font-family", "font-size", "fill"},
    "title": set(),
    "desc": set(),
    "rect": {"x", "y", "width", "height", "fill", "stroke", "stroke-width", "stroke-dasharray", "rx"},
    "line": {"x1", "y1", "x2", "y2", "stroke", "stroke-width", "stroke-dasharray"},
    "path": {"d", "fill", "stroke", "stroke-width", "stroke-dasharray"},
    "text": {"x", "y", "fill", "font-weight", "text-anchor", "transform"},
}


class Drawn:
    """A picture, read back."""

    def __init__(self, recording: Recording, *show: str) -> None:
        self.svg = picture(recording, show=("lanes", *show))
        self.elements = [
            (element.tag.rpartition("}")[2], element) for element in ET.fromstring(self.svg).iter()
        ]
        self.texts = [element.text for tag, element in self.elements if tag == "text"]

    def bars(self, fill: str) -> list[tuple[float, float, float, float]]:
        """Every box of a colour, the legend's aside: left, top, width, height."""
        bottom = min(
            float(line.get("y1", 0))
            for tag, line in self.elements
            if tag == "line" and line.get("x1") == "12"
        )
        boxes = [
            tuple(float(element.get(name, 0)) for name in ("x", "y", "width", "height"))
            for tag, element in self.elements
            if tag == "rect" and element.get("fill") == fill
        ]
        return [box for box in boxes if box[1] < bottom]  # type: ignore[misc]


@pytest.mark.parametrize("show", [(), ("crossings",), ("crossings", "layers")])
@pytest.mark.parametrize("made", MADE)
def test_a_picture_holds_only_what_github_shows(made: Callable[[], Recording], show: tuple[str, ...]) -> None:
    drawn = Drawn(made(), *show)
    assert list(problems(drawn.svg)) == []
    for tag, element in drawn.elements:
        assert set(element.attrib) <= ALLOWED[tag], (tag, element.attrib)
    assert "url(" not in drawn.svg


@pytest.mark.parametrize("made", MADE)
def test_everything_lies_on_the_sheet(made: Callable[[], Recording]) -> None:
    drawn = Drawn(made(), "crossings")
    height = float(drawn.elements[0][1].get("height", 0))
    for tag, element in drawn.elements:
        if tag in {"rect", "text"}:
            x, y = float(element.get("x", 0)), float(element.get("y", 0))
            right, bottom = x + float(element.get("width", 0)), y + float(element.get("height", 0))
            assert x >= 0, element.attrib
            assert y >= 0, element.attrib
            assert right <= 480, element.attrib
            assert bottom <= height, element.attrib


@pytest.mark.parametrize("made", MADE)
def test_the_same_recording_gives_the_same_picture(made: Callable[[], Recording]) -> None:
    recording = made()
    assert picture(recording, show=ALL) == picture(recording, show=ALL) == picture(made(), show=ALL)


def test_the_text_twin_is_the_description() -> None:
    root = ET.fromstring(picture(recordings.awaiting()))
    described = {child.tag.rpartition("}")[2]: child.text for child in list(root)[:2]}
    assert described == {
        "title": "10 requests · /nap/ · 200 · 0.32 s",
        "desc": text(recordings.awaiting()),
    }
    assert root.get("role") == "img"


def test_nothing_to_draw_is_said() -> None:
    assert Drawn(Recording()).texts == ["Nothing ran."]


def test_without_a_request_the_loop_alone_is_drawn_with_its_pulse_and_the_gap_in_it() -> None:
    drawn = Drawn(recordings.pulse())
    assert "loop: one thread" in drawn.texts
    assert "request" not in drawn.texts
    strips = {each.get("stroke"): each.get("d", "") for tag, each in drawn.elements if tag == "path"}
    assert (strips[RED].count("M"), strips[INK].count("M")) == (1, 11)
    assert drawn.texts.count("BLOCKED") == 2  # at the gap, and in the note below


def test_ten_threads_stand_in_six_boxes_with_a_bar_for_each_request() -> None:
    drawn = Drawn(recordings.threads())
    names = ["loop", "thread 1", "thread 2", "thread 3", "thread 4", "+6 alike"]
    assert [each for each in drawn.texts if each in names] == names
    assert len(drawn.bars(BLUE)) == 10 + 4  # and the paper of four names
    assert drawn.bars(SKY) == []
    assert "BLOCKED" not in drawn.svg


def test_blocking_is_a_staircase_in_one_box() -> None:
    drawn = Drawn(recordings.blocking())
    steps = drawn.bars("#fbe3d6")
    assert len(steps) == 10
    for (left, top, width, height), (right, below, *_) in pairwise(steps):
        assert left + width < right
        assert top + height <= below + 4  # the border is drawn around the edge
    assert drawn.texts.count("BLOCKED by nap, line 2") == 1  # said once: the other nine look alike
    assert drawn.texts.count("BLOCKED") == 1  # the note below
    assert "nap, line 2: time.sleep(0.3)" in drawn.texts
    assert "sent, but its view has not begun" in drawn.texts


def test_awaiting_is_ten_bars_side_by_side_in_one_box() -> None:
    drawn = Drawn(recordings.awaiting())
    waiting = drawn.bars(SKY)
    assert len(waiting) == 10
    assert max(top for _, top, *_ in waiting) < min(top + height for _, top, _, height in waiting)
    assert drawn.texts.count("nap waits") == 10
    assert "loop: one thread" in drawn.texts


def test_what_blocks_outside_a_view_is_named_at_the_loops_edge() -> None:
    recording = recordings.awaiting(1)
    recording.blocked.append(Blocked(None, "sum_up", 4, "while busy: pass", 0.1, 0.1))
    drawn = Drawn(recording)
    assert drawn.texts.count("BLOCKED") == 2
    assert "sum_up, line 4: while busy: pass" in drawn.texts
    edge = [element for tag, element in drawn.elements if tag == "path" and element.get("stroke") == RED]
    assert len(edge) == 1


def test_a_view_that_never_ends_runs_to_the_bottom_and_says_so() -> None:
    drawn = Drawn(recordings.failing())
    waiting = drawn.bars(SKY)
    assert "never came back" in drawn.texts
    assert "1 × order never came back" in drawn.texts
    frame = max(height for *_, height in drawn.bars("#f0f0f0"))
    assert max(height for *_, height in waiting) > 0.95 * frame


def test_the_legend_explains_what_appears_and_no_more() -> None:
    meanings = Drawn(recordings.wsgi()).texts[-3:]
    assert meanings == [
        "holds its thread: nobody else can use it",
        "sent, but its view has not begun",
        "A box is a thread, a column in it a request. Time runs down.",
    ]


@pytest.mark.parametrize(
    ("left", "ended"),
    [
        (None, "ended with an error"),  # somebody else cancelled it
        (0.02, "cancelled: the client had left"),
        (9.0, "ended with an error"),  # the client went afterwards: that was not why
    ],
)
@pytest.mark.parametrize("show", [(), ("layers",)])
def test_a_view_whose_client_left_did_not_end_with_an_error(
    left: float | None, ended: str, show: tuple[str, ...]
) -> None:
    recording, error = recordings.layered(), asyncio.CancelledError()
    for span in recording.spans:
        span.error = error
    recording.visits[0].left = left
    drawn = Drawn(recording, *show)
    meanings = {"ended with an error": RED, "cancelled: the client had left": INK}
    crosses = {
        element.get("stroke")
        for _, element in drawn.elements
        if "l10 10m0 -10l-10 10" in element.get("d", "") and element.get("stroke-width") == "3"
    }
    assert [text for text in drawn.texts if text in meanings] == [ended]
    assert crosses == {meanings[ended]}


def test_crossings_and_layers_are_drawn_only_when_they_are_asked_for() -> None:
    calm, crossed, layered = (
        Drawn(recordings.layered(), *show) for show in ((), ("crossings",), ("layers",))
    )
    words = ["a crossing of yours", "a crossing of Django's own", "a layer, from its start to its end"]
    assert [[word in drawn.texts for word in words] for drawn in (calm, crossed, layered)] == [
        [False, False, False],
        [True, True, False],
        [False, False, True],
    ]
    assert "queued: it waits for a free thread" in crossed.texts
    assert "5. StampMiddleware, sync, thread" in layered.texts


def test_calls_that_take_turns_in_one_thread_stand_side_by_side() -> None:
    recording = recordings.awaiting(1)
    recording.crossings = [
        Crossing("sync_to_async", "ask", "yours", 1, LOOP, 0.001, "thread 1", began, began + 0.1)
        for began in (0.001, 0.101, 0.201)
    ]
    drawn = Drawn(recording, "crossings")
    ran = [
        {name: float(element.get(name, 0)) for name in ("x1", "y1", "y2")}
        for tag, element in drawn.elements
        if tag == "line" and element.get("stroke") == GREEN and element.get("x1") == element.get("x2")
    ]
    assert len(ran) == 3
    assert all(one["x1"] + 10 < other["x1"] and one["y2"] <= other["y1"] + 1 for one, other in pairwise(ran))
    queues = [
        float(element.get("x", 0)) + 5
        for tag, element in drawn.elements
        if tag == "rect" and element.get("stroke") == GREEN and float(element.get("height", 0)) > 20
    ]
    assert queues == [each["x1"] for each in ran[1:]]


def test_layers_of_many_requests_are_drawn_for_the_first() -> None:
    assert "Request 1 alone is drawn, 9 more are not." in Drawn(recordings.awaiting(), "layers").texts


def test_threads_that_ran_no_view_share_a_box() -> None:
    drawn = Drawn(recordings.awaiting(), "crossings")
    assert "10 threads" in drawn.texts
    assert "loop: one thread" in drawn.texts


def test_fifty_requests_are_drawn_one_by_one_and_more_are_not() -> None:
    fifty, more = Drawn(recordings.awaiting(50)), Drawn(recordings.awaiting(51))
    assert len(fifty.bars(SKY)) == 50
    assert len(more.bars(SKY)) == 0
    assert "51 views are too many to draw one by one:" in more.texts
    assert "51 at once" in more.texts


@pytest.mark.parametrize("number", [10, 50, 1000])
@pytest.mark.parametrize("made", [recordings.threads, recordings.blocking, recordings.awaiting])
def test_a_picture_stays_small(made: Callable[[int], Recording], number: int) -> None:
    assert len(picture(made(number), show=("lanes", "crossings")).encode()) < 60_000


def test_ten_times_as_many_requests_take_about_ten_times_as_long_to_draw() -> None:
    assert recordings.growth(picture) < 40
    drawn = picture(recordings.crowd())
    assert "8928 at once" in drawn
    assert len(drawn) < 10_000


@pytest.mark.parametrize(
    ("seconds", "labels"),
    [
        (0.00004, ["0 µs", "10 µs", "20 µs", "30 µs", "40 µs"]),
        (0.0042, ["0 ms", "1 ms", "2 ms", "3 ms", "4 ms"]),
        (0.33, ["0 s", "0.1 s", "0.2 s", "0.3 s"]),
        (3.01, ["0 s", "1 s", "2 s", "3 s"]),
        (61, ["0 s", "20 s", "40 s", "60 s"]),
    ],
)
def test_the_axis_has_round_moments(seconds: float, labels: list[str]) -> None:
    recording = Recording(spans=[recordings.view(1, 0, seconds)])
    drawn = Drawn(recording)
    assert [each for each in drawn.texts if each and re.fullmatch(r"[\d.]+ (s|ms|µs)", each)] == labels


def test_pictures_can_be_drawn_to_the_same_scale() -> None:
    quick = picture(recordings.awaiting(), seconds=3.0)
    assert ">3.0 s<" in quick
    assert ">0.1 s<" not in quick


def test_a_hostile_name_is_text_and_nothing_else() -> None:
    drawn = Drawn(recordings.hostile(), "crossings", "layers")
    assert not [tag for tag, _ in drawn.elements if tag not in ALLOWED]
    assert "<script" not in drawn.svg
    assert "&lt;script&gt;" in drawn.svg
    drawn.svg.encode()  # no lone surrogate


def test_a_view_outside_any_request_is_drawn() -> None:
    recording = Recording(spans=[recordings.view(1, 0, 0.1)], turns=[Turn(0, 0.001)])
    recording.spans[0].request = None
    assert len(Drawn(recording).bars(SKY)) == 1
    assert recording.threads == (LOOP,)


def test_a_crowd_that_blocks_has_one_view_at_once_and_says_blocked() -> None:
    drawn = Drawn(recordings.blocking(60))
    assert "1 at once" in drawn.texts
    assert drawn.texts.count("BLOCKED") == 2  # at the loop's edge and in the note
    assert "so many requests sent, their view not begun" in drawn.texts


def test_what_is_written_on_a_sheet_is_cleaned() -> None:
    sheet = Sheet()
    sheet.write(10, 20, "a\x00<b>")
    assert "a␀&lt;b&gt;" in sheet.finish(40, "", "")
