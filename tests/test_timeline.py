"""A recording as text: the facts of the picture, at most 60 columns, the same for the same program."""

from __future__ import annotations

import asyncio
import re
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from random import Random

import pytest

from asynclab.events import LOOP, Crossing, Failure, Recording, Turn
from asynclab.lanes import Lives, Piece
from asynclab.picture import picture
from asynclab.places import Place
from asynclab.timeline import text
from asynclab.words import clean, columns, duration, shorten

from . import recordings

ALL = ("lanes", "crossings", "layers")
MADE = recordings.MADE


def told(recording: Recording, **options: object) -> list[str]:
    """The text with its durations masked, as the committed notebooks hold it."""
    return re.sub(r"\d+(\.\d+)? (s|ms|µs)", "TIME", text(recording, **options)).splitlines()  # type: ignore[arg-type]


def test_a_sync_view_under_asgi_holds_a_thread_for_each_request() -> None:
    assert told(recordings.threads()) == [
        "10 requests · /nap/ · 200 · TIME",
        "on 10 threads 10 × nap, all at once",
        "              each holds its thread for TIME",
        "              the last one begins after TIME",
        "most at once  10",
    ]


def test_a_blocking_view_names_its_line_and_serves_one_after_another() -> None:
    assert text(recordings.blocking()).splitlines() == [
        "10 requests · /nap/ · 200 · 3.0 s",
        "on the loop   10 × nap, one after another",
        "              each holds the loop for 0.30 s",
        "              the last one begins after 2.7 s",
        "BLOCKED       the loop: 10 times, 3.0 s in all",
        "              nap, line 2: time.sleep(0.3)",
        "most at once  1",
    ]


def test_an_awaiting_view_lets_all_wait_at_once_on_the_loop() -> None:
    assert text(recordings.awaiting(), heading="Ten visitors").splitlines() == [
        "Ten visitors",
        "10 requests · /nap/ · 200 · 0.32 s",
        "on the loop   10 × nap, all at once",
        "              each runs 2.0 ms, waits 0.30 s",
        "              the last one begins after 15 ms",
        "most at once  10",
    ]


def test_workers_are_counted_and_not_told_apart() -> None:
    assert told(recordings.wsgi())[1:3] == [
        "on 4 workers  10 × nap, 4 at once",
        "              each holds its thread for TIME",
    ]


def test_layers_are_told_from_the_outside_in_and_crossings_with_their_queue() -> None:
    assert text(recordings.layered(), show=ALL).splitlines() == [
        "1 request · /menu/ · 200 · 58 ms",
        "on 1 thread   1 × menu",
        "              holds its thread for 20 ms",
        "layers        1. SecurityMiddleware, async, loop",
        "              2. SessionMiddleware, async, loop",
        "              3. CommonMiddleware, async, loop",
        "              4. CsrfViewMiddleware, async, loop",
        "              5. StampMiddleware, sync, thread",
        "              6. menu, sync, thread",
        "most at once  1",
        "crossings     1 yours, 2 Django's own",
        "  yours       1 × StampMiddleware, sync_to_async",
        "              loop → thread: queued 6.0 ms",
        "              ran 24 ms",
        "              load, line 3: await sync_to_async(stamp)()",
        "  Django's    1 × send, sync_to_async",
        "              loop → thread: queued 0.10 ms",
        "              ran 0.20 ms",
        "  Django's    1 × close, sync_to_async",
        "              loop → thread: queued 0.50 ms",
        "              ran 0.50 ms",
    ]


def test_failures_are_counted_and_a_view_that_never_ends_is_named() -> None:
    assert told(recordings.failing()) == [
        "4 requests · TIME",
        "  1 × /nap/ · 200",
        "  2 × /nap/ · 500",
        "  1 × /nap/ · no answer",
        "on the loop   4 × order, all at once",
        "              each runs TIME, waits TIME",
        "              the last one begins after TIME",
        "LOST          1 × order never came back",
        "ERROR         2 × order",
        "              ValueError: no such drink",
        "most at once  4",
    ]


def test_a_crossing_that_never_starts_says_so() -> None:
    stuck = Crossing("sync_to_async", "load", "yours", 1, LOOP, 0.1)
    assert told(Recording(crossings=[stuck]), show=ALL)[-2:] == [
        "  yours       1 × load, sync_to_async",
        "              loop → nowhere: never started",
    ]


def test_of_a_long_path_the_end_is_cut_and_not_the_server() -> None:
    long = recordings.awaiting(3)
    for visit in long.visits:
        visit.path = "GET /a/path/that/is/much/too/long/for/one/line/ · ASGI"
    assert told(long)[0] == "3 requests · GET /a/path/that/is/muc… · ASGI · 200 · TIME"


def test_an_empty_recording_says_that_nothing_ran() -> None:
    assert text(Recording()) == "Nothing ran."


def test_without_a_request_the_loop_itself_is_told_of() -> None:
    assert text(recordings.pulse()).splitlines() == [
        "No request · 0.85 s",
        "on the loop   busy for 0.32 s, at most 0.30 s at a time",
        "BLOCKED       the loop: 1 time, 0.30 s in all",
        "              stir, line 2: time.sleep(0.3)",
    ]


def test_beside_a_request_that_reached_no_view_the_loop_is_not_told_of() -> None:
    refused = recordings.pulse()
    refused.visits = recordings.visits(1, 0.8, status=404)
    assert "busy" not in text(refused)
    assert "loop: one thread" not in picture(refused)


def test_requests_that_only_a_watch_saw_are_counted_all_the_same() -> None:
    seen = recordings.awaiting(3)
    seen.visits.clear()
    assert told(seen)[:2] == ["3 requests · TIME", "on the loop   3 × nap, all at once"]


def test_a_busy_middle_belongs_to_the_only_view_that_is_under_way() -> None:
    lone = recordings.awaiting(1)
    lone.turns.append(Turn(0.1, 0.2))
    assert "              runs 0.10 s, waits 0.20 s" in text(lone).splitlines()


def test_work_between_two_awaits_belongs_to_the_view_that_did_it() -> None:
    both = recordings.awaiting(2)
    both.turns.append(Turn(0.1, 0.2, request=1))
    worked, waited = both.spans
    lives = Lives(both)
    assert Piece("holds", 0.1, 0.2) in lives.of(worked)
    assert lives.holds(worked) - lives.holds(waited) == pytest.approx(0.1)


def test_a_view_that_another_one_blocks_is_not_said_to_run() -> None:
    both = recordings.blocking(1)
    both.spans.append(recordings.view(2, 0.001, 0.4, name="patient"))
    both.turns += [Turn(0.0005, 0.0015), Turn(0.399, 0.4)]
    both.turns.sort()
    lines = told(both)
    at = next(number for number, line in enumerate(lines) if "patient" in line)
    shown = text(both).splitlines()[at + 1].split()
    assert (shown[0], shown[2], shown[3]) == ("runs", "ms,", "waits")


@pytest.mark.parametrize("made", MADE)
def test_the_text_does_not_depend_on_which_thread_was_quicker(made: Callable[[], Recording]) -> None:
    first, again = made(), made()
    Random(7).shuffle(again.spans)
    Random(8).shuffle(again.crossings)
    other = {f"thread {number}": f"thread {11 - number}" for number in range(1, 11)}
    again.spans = [replace(span, thread=other.get(span.thread, span.thread)) for span in again.spans]
    again.crossings = [
        replace(row, thread=other.get(row.thread or "", row.thread)) for row in again.crossings
    ]
    assert told(again, show=ALL) == told(first, show=ALL)


@pytest.mark.parametrize("made", [*MADE, partial(recordings.crowd, 300)])
def test_no_line_is_wider_than_a_phone(made: Callable[[], Recording]) -> None:
    recording = made()
    for span in recording.spans:
        span.name *= 30
        if span.error:
            span.error = ValueError("茶" * 200)
    for visit in recording.visits:
        visit.path *= 30
    for line in text(recording, heading="茶" * 50, show=ALL).splitlines():
        assert columns(line) <= 60, line


@pytest.mark.parametrize("seconds", [0.0000004, 0.0004, 0.004, 0.04, 0.4, 4, 400])
def test_how_long_it_took_decides_nothing_but_the_durations(seconds: float) -> None:
    recording = recordings.blocking(3)
    names = "a_view_with_a_name_that_is_much_too_long_for_a_phone_to_show"
    for span in recording.spans:
        span.name = names
    for block in recording.blocked:
        block.function = block.code = names
        block.seconds *= seconds
    for visit in recording.visits:
        visit.path, visit.end = f"/{names}/", seconds
    for turn, span in enumerate(recording.spans):
        span.start, span.end = turn * seconds, (turn + 1) * seconds
    recording.turns = [Turn(0, 3 * seconds)]
    assert told(recording, heading=names) == [
        "a_view_with_a_name_that_is_much_too_long_for_a_phone_to_show",
        "3 requests · /a_view_with_a_name_that_is_mu… · 200 · TIME",
        "on the loop   3 × a_view_with_a_name_tha…, one after another",
        "              each holds the loop for TIME",
        "              the last one begins after TIME",
        "BLOCKED       the loop: 3 times, TIME in all",
        "              a_view_with_a_name_…, line 2: a_view_with_a_n…",
        "most at once  1",
    ]


def test_a_hostile_name_is_shown_and_changes_no_line() -> None:
    shown = text(recordings.hostile(), show=ALL)
    kinds = {unicodedata.category(char) for char in shown.replace("\n", "")}
    assert not kinds & {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    assert len(shown.splitlines()) == shown.count("\n") + 1
    assert "␛" in shown
    assert "<script>" in shown


def test_unseen_characters_become_signs() -> None:
    assert clean("a\nb\tc\x1b[1m\u202ed\x7f\ud800\u2028<object at 0x7f00>") == "a␊b c␛[1m�d���<object>"


def test_wide_characters_count_as_two_columns() -> None:
    assert [shorten("茶茶茶", limit) for limit in (6, 5, 4)] == ["茶茶茶", "茶茶…", "茶…"]


def test_durations_fit_what_the_normaliser_masks() -> None:
    moments = [
        0,
        8e-8,
        8e-5,
        9.94e-5,
        9.96e-5,
        4.2e-4,
        0.0042,
        0.042,
        0.0996,
        0.31,
        0.996,
        3.04,
        31,
        3600,
        99999,
    ]
    shown = [duration(moment) for moment in moments]
    assert shown == [
        "0 s", "0 µs", "80 µs", "99 µs", "0.10 ms", "0.42 ms", "4.2 ms", "42 ms", "0.10 s", "0.31 s", "1.0 s",
        "3.0 s", "31 s", "3600 s", "99999 s",
    ]  # fmt: skip
    assert all(re.fullmatch(r"\d+(\.\d+)? (s|ms|µs)", each) and len(each) <= 7 for each in shown)


def test_ten_times_as_many_requests_take_about_ten_times_as_long_to_tell() -> None:
    assert recordings.growth(text) < 40
    lines = told(recordings.crowd())
    assert lines[:2] == ["10000 requests · / · 200 · TIME", "on the loop   10000 × nap, 8928 at once"]


def test_views_are_told_in_the_order_in_which_their_requests_were_sent() -> None:
    recording = recordings.awaiting(2)
    recording.spans[0].name, recording.spans[1].name = "first", "second"
    recording.spans.reverse()
    assert [line for line in told(recording) if "×" in line] == [
        "on the loop   1 × first",
        "              1 × second",
    ]


def test_an_error_that_passes_through_layers_is_told_once_where_it_began() -> None:
    recording = recordings.layered()
    error = ValueError("no such drink")
    for span in recording.spans:
        span.error = error
    recording.spans.reverse()
    where = Place("menu", 2, "raise ValueError(…)")
    recording.failures = [
        Failure(1, error, where, 0.03),
        Failure(1, KeyError("late"), None, 0.05),
    ]
    lines = told(recording)
    assert lines[lines.index("ERROR         1 × menu") :][:5] == [
        "ERROR         1 × menu",
        "              ValueError: no such drink",
        "              menu, line 2: raise ValueError(…)",
        "ERROR         1 × outside the view",
        "              KeyError: 'late'",
    ]


@pytest.mark.parametrize(
    ("left", "line"),
    [
        (None, "ERROR         1 × menu"),  # somebody else cancelled it
        (0.02, "client left   1 × menu: cancelled"),
        (9.0, "ERROR         1 × menu"),  # the client went afterwards: that was not why
    ],
)
def test_what_is_cancelled_since_its_client_left_is_no_error_of_yours(left: float | None, line: str) -> None:
    recording = recordings.layered()
    error = asyncio.CancelledError()
    for span in recording.spans:
        span.error = error
    recording.visits[0].left = left
    lines = told(recording)
    assert line in lines
    assert ("              CancelledError" in lines) == line.startswith("ERROR")


def test_a_long_error_is_told_in_a_few_lines() -> None:
    recording = recordings.failing()
    said = "The view page didn't return an HttpResponse object. It returned None instead. " * 3
    recording.failures.append(Failure(1, ValueError(said), None, 0.1))

    lines = told(recording)
    at = lines.index("ERROR         1 × outside the view")
    assert lines[at + 1 : at + 5] == [
        "              ValueError: The view page didn't return an",
        "              HttpResponse object. It returned None instead.",
        "              The view page didn't return an HttpResponse",
        "              object. It returned None instead. The view …",
    ]
