"""The bench's own arithmetic. (The bench itself is `make bench`: it takes minutes and a quiet machine.)"""

from __future__ import annotations

import asyncio
import json
import random
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from tests.bench import bounds
from tests.bench.alternate import again, alternate, orders
from tests.bench.figures import (
    Crowd,
    Listened,
    Loaded,
    Row,
    RunAll,
    all_met,
    as_json,
    compared,
    crowd_lines,
    flatness,
    lines,
    load_lines,
    quick,
    run_all_lines,
)

ROW = Row("wire / bare", ours=0.00309, theirs=0.003, ratio=1.03, aa=1.0, bound=1.05, rounds=510)
CROWDS = [
    Crowd(10, 0.0012, 3_000, aggregated=False),
    Crowd(10_000, 0.0015, 5_000, aggregated=True),
]
RUNS = [
    RunAll("00_start_here", 3.25, 12, 1.5),
    RunAll("02_one_loop", 60.0, 3, 4.9),
    RunAll("02b_the_loop", 60.0, 7, 2.0),
]


@pytest.mark.parametrize(
    ("ours", "noise", "bound", "verdict"),
    [
        (1.03, 1.016, 1.05, "met"),
        (1.06, 1.016, 1.05, "missed"),
        (1.03, 1.018, 1.05, "undecided"),
        (1.03, 0.982, 1.05, "undecided"),
        (1.19, 0.94, 1.20, "met"),
        (1.19, 0.93, 1.20, "undecided"),
        (9.99, 2.0, None, "told"),
    ],
)
def test_a_bound_counts_where_noise_is_within_a_third_of_it(
    ours: float, noise: float, bound: float | None, verdict: str
) -> None:
    assert replace(ROW, ratio=ours, aa=noise, bound=bound).verdict == verdict


@pytest.mark.parametrize(
    ("ours", "noise", "verdict"),
    [
        (0.85, 1.04, "met"),
        (0.85, 1.06, "undecided"),
        (1.15, 1.04, "missed"),
        (1.00, 1.01, "undecided"),
    ],
)
def test_where_a_bound_leaves_no_room_noise_must_be_within_a_third_of_the_difference(
    ours: float, noise: float, verdict: str
) -> None:
    assert replace(ROW, ratio=ours, aa=noise, bound=1.0).verdict == verdict


def test_a_row_compares_round_by_round_and_the_first_side_is_the_baseline() -> None:
    measured = {"theirs": [1.0, 4.0, 1.0], "wire": [2.0, 4.4, 1.1], "theirs, again": [1.0, 4.0, 9.0]}

    row = compared("what", 1.05, measured, "wire")

    assert row == Row("what", ours=2.0, theirs=1.0, ratio=1.1, aa=1.0, bound=1.05, rounds=3)


def test_the_sides_take_turns_in_every_order_and_the_baseline_twice() -> None:
    turns: list[str] = []

    def side(name: str, seconds: float):  # type: ignore[no-untyped-def]
        async def turn() -> float:
            turns.append(name)
            return seconds

        return turn

    measured = asyncio.run(alternate({"a": side("a", 1.0), "b": side("b", 2.0)}, 4))

    assert measured == {"a": [1.0] * 4, "b": [2.0] * 4, again("a"): [1.0] * 4}
    assert turns[-12:] == ["a", "b", "a", "a", "a", "b", "b", "a", "a", "b", "a", "a"]


def test_after_each_order_of_the_sides_they_begin_again() -> None:
    made = orders(["a", "b"])

    assert [next(made) for _ in range(3)] == [("a", "b"), ("b", "a"), ("a", "b")]


def test_the_table_says_why_a_bound_does_not_count() -> None:
    memory = Row("memory", 70.2e6, 59.1e6, ratio=1.188, aa=1.083, bound=1.2, rounds=3, unit="bytes")
    rows = [ROW, memory, replace(ROW, what="for information", bound=None)]

    assert lines(rows) == [
        "what             rounds     ours   theirs  ratio   bound    A/A",
        "wire / bare         510  3.09 ms  3.00 ms  1.030  ≤ 1.05  1.000  met",
        "memory                3  70.2 MB  59.1 MB  1.188  ≤ 1.20  1.083"
        "  undecided: A/A must be within ±0.067",
        "for information     510  3.09 ms  3.00 ms  1.030          1.000  told",
    ]


def test_a_crowd_is_flat_small_and_says_that_it_aggregates() -> None:
    assert flatness(CROWDS) == pytest.approx(1.25)
    assert crowd_lines(CROWDS) == [
        "recorded requests     each  picture",
        "10                 1.20 ms     3 kB  each drawn, met",
        "10,000             1.50 ms     5 kB  aggregated, met",
        "dearest / cheapest request: 1.25 (≤ 1.5): met",
    ]


@pytest.mark.parametrize(
    "crowd",
    [
        Crowd(51, 0.001, 3_000, aggregated=False),
        Crowd(50, 0.001, 3_000, aggregated=True),
        Crowd(51, 0.001, 300_000, aggregated=True),
    ],
)
def test_a_picture_that_is_too_big_or_draws_too_many_is_missed(crowd: Crowd) -> None:
    assert not crowd.fits
    assert not all_met([ROW], [crowd], RUNS)


def test_a_missed_bound_or_a_rising_cost_fails_an_undecided_one_does_not() -> None:
    assert all_met([ROW, replace(ROW, aa=1.1)], CROWDS, RUNS)
    assert not all_met([ROW, replace(ROW, ratio=1.06)], CROWDS, RUNS)
    assert not all_met([ROW], [CROWDS[0], replace(CROWDS[1], seconds=0.002)], RUNS)


def test_the_json_holds_every_figure_with_its_verdict() -> None:
    told = json.loads(as_json([ROW], CROWDS, RUNS, ["load at the start: 0.1"]))

    assert told["rows"] == [
        {
            "what": "wire / bare",
            "ours": 0.00309,
            "theirs": 0.003,
            "ratio": 1.03,
            "aa": 1.0,
            "bound": 1.05,
            "rounds": 510,
            "unit": "seconds",
            "verdict": "met",
        }
    ]
    assert [crowd["fits"] for crowd in told["crowds"]] == [True, True]
    assert told["notes"] == ["load at the start: 0.1"]
    assert {"python", "django", "system", "cores", "flatness"} < told.keys()


def test_run_all_is_told_for_each_notebook_and_judged_together() -> None:
    assert run_all_lines([replace(RUNS[0], slowest_seconds=5.1), *RUNS[1:]]) == [
        "Run All        seconds  slowest cell",
        "00_start_here      3.2           5.1  cell 12, ≤ 5: missed",
        "02_one_loop       60.0           4.9  cell 3",
        "02b_the_loop      60.0           2.0  cell 7",
        "02 to 05b        120.0                ≤ 120: met",
        "06 to 08b          0.0                ≤ 120: met",
        "core lessons      63.2                ≤ 300: met",
    ]


@pytest.mark.parametrize(
    ("run", "met"),
    [
        (RUNS[1], True),
        (replace(RUNS[1], slowest_seconds=5.1), False),
        (replace(RUNS[1], seconds=60.1), False),
        (RunAll("09_real_servers", 236.5, 1, 5.0), True),
        (RunAll("09_real_servers", 237.0, 1, 5.0), False),
        (RunAll("06_orm", 120.0, 1, 5.0), True),
        (RunAll("08b_tests", 120.1, 1, 5.0), False),
        (RunAll("10b_upgrade", 999.0, 1, 5.0), True),
    ],
)
def test_one_slow_cell_or_one_slow_group_is_a_miss(run: RunAll, met: bool) -> None:
    others = [each for each in RUNS if each.notebook != run.notebook]
    assert quick([*others, run]) == met


LIGHT = [replace(run, memory=90_000_000) for run in RUNS]


def test_memory_is_judged_for_the_largest_kernel_and_the_median_and_a_clone_by_its_pack() -> None:
    runs = [replace(LIGHT[0], memory=201_000_000), *LIGHT[1:]]
    assert bounds.lines(runs, 2_000_000)[-7:] == [
        "kernel after Run All                                memory",
        "00_start_here                                     201.0 MB",
        "02_one_loop                                        90.0 MB",
        "02b_the_loop                                       90.0 MB",
        "the largest kernel after Run All (00_start_here)  201.0 MB  ≤ 200.0 MB: missed",
        "the median kernel                                  90.0 MB  ≤ 130.0 MB: met",
        "a clone, packed                                     2.0 MB  ≤ 10.0 MB: met",
    ]


def test_each_bound_alone_can_be_missed() -> None:
    heavy = [replace(run, memory=131_000_000) for run in RUNS]
    largest = [*LIGHT[1:], replace(LIGHT[0], memory=200_000_001)]
    slow = [*LIGHT[1:], replace(LIGHT[0], seconds=301.0)]
    tried = [(LIGHT, 1), (heavy, 1), (largest, 1), (slow, 1), (LIGHT, 10_000_001)]
    assert [bounds.kept(*each) for each in tried] == [True, False, False, False, False]


def test_a_clone_is_weighed_as_it_is_sent(tmp_path: Path) -> None:
    def git(*words: str) -> None:
        own = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
        subprocess.run(["git", *own, *words], cwd=tmp_path, check=True, capture_output=True)

    git("init")
    (tmp_path / "random").write_bytes(random.Random(0).randbytes(300_000))
    git("add", ".")
    git("commit", "-m", "x")
    assert 300_000 < bounds.packed_clone(tmp_path) < 302_000


def test_servers_under_load_are_told_with_the_cost_of_one_request() -> None:
    loaded = [
        Loaded("async view / d + 100·c", 1.3, 1.04, 0.0054, 1.3),
        Loaded("sync view", 9.0, 7.0, 0.005, 1.2),
    ]

    assert load_lines(loaded, Listened(500, 0, 243_000.0, 0.01)) == [
        "100 clients, 0.5 s wait, one worker  measured  theory       c  ratio   bound",
        "async view / d + 100·c                 1.30 s  1.04 s  5.4 ms  1.250  ≤ 1.30  met",
        "sync view                              9.00 s  7.00 s  5.0 ms  1.286  ≤ 1.20  missed",
        "500 idle event-stream clients, 0 dropped: 243 kB each, at most 1% off a straight line: met",
    ]


@pytest.mark.parametrize(
    ("listened", "met"),
    [
        (Listened(500, 0, 243_000.0, 0.10), True),
        (Listened(500, 0, 243_000.0, 0.11), False),
        (Listened(500, 1, 243_000.0, 0.01), False),
        (Listened(500, 0, None, 0.0), False),
    ],
)
def test_a_dropped_client_or_a_bent_line_is_a_miss(listened: Listened, met: bool) -> None:
    assert listened.met == met
