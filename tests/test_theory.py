"""The arithmetic of a load: what theory gives, and what the figures are made of."""

from __future__ import annotations

import pytest

from asynclab.theory import Expected, expected, line, percentile


@pytest.mark.parametrize(
    ("share", "value"), [(0.0, 1), (0.5, 50), (0.501, 51), (0.95, 95), (0.99, 99), (0.991, 100), (1.0, 100)]
)
def test_a_percentile_is_the_smallest_value_that_so_many_do_not_exceed(share: float, value: int) -> None:
    assert percentile(range(1, 101), share) == value


def test_of_few_values_the_tail_is_the_longest_and_of_none_it_is_zero() -> None:
    assert [percentile([1.0, 2.0, 9.0], share) for share in (0.5, 0.95, 0.99)] == [2.0, 9.0, 9.0]
    assert percentile([], 0.5) == 0.0


def test_in_a_loop_all_wait_together_and_the_work_is_done_in_turn() -> None:
    about = pytest.approx
    assert expected(100, 100, 0.5, 0.005) == Expected(about(1.0), about(100), about(0.7525), "d + N·c")


def test_threads_wait_so_many_at_a_time() -> None:
    assert expected(100, 100, 0.5, 0.0, threads=8) == Expected(
        seconds=6.5, throughput=pytest.approx(100 / 6.5), median=3.5, formula="⌈N/8⌉·d + N·c"
    )


def test_who_asks_again_and_again_meets_the_same_queue_each_time() -> None:
    one, many = expected(80, 80, 0.5, 0.0, threads=8), expected(8000, 80, 0.5, 0.0, threads=8)
    assert (one.throughput, many.throughput) == (16.0, 16.0)
    assert (one.median, many.median) == (2.75, 5.0)


def test_computing_is_shared_by_as_many_cores_as_there_are_processes() -> None:
    times = {
        (workers, cores): expected(100, 10, 0.0, 0.01, workers=workers, cores=cores).seconds
        for workers in (1, 4)
        for cores in (1, 2, 8)
    }
    assert times == {
        (1, 1): 1.0, (1, 2): 1.0, (1, 8): 1.0,
        (4, 1): 1.0, (4, 2): 0.5, (4, 8): 0.25,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("waits", "threads", "workers", "formula"),
    [
        (0.5, None, 1, "d + N·c"),
        (0.5, None, 2, "d + N·c/2"),
        (0.5, 8, 1, "⌈N/8⌉·d + N·c"),
        (0.5, 8, 2, "⌈N/(8·2)⌉·d + N·c/2"),
        (0.0, 8, 1, "N·c"),
    ],
)
def test_the_formula_is_told(waits: float, threads: int | None, workers: int, formula: str) -> None:
    assert expected(1, 1, waits, 0.1, threads=threads, workers=workers, cores=8).formula == formula


def test_more_processes_than_cores_share_the_cores() -> None:
    assert expected(1, 1, 0.5, 0.1, workers=4, cores=2).formula == "d + N·c/2"


def test_a_straight_line_is_found_and_what_lies_off_it_is_told() -> None:
    assert line([(0, 5), (100, 25), (200, 45)]) == pytest.approx((0.2, 5.0, 0.0))
    slope, height, off = line([(0, 0), (1, 4), (2, 2), (3, 6)])
    assert (slope, height, off) == pytest.approx((1.6, 0.6, 1.8 / 4.8))


def test_one_point_has_no_slope() -> None:
    assert line([(7, 3)]) == (0.0, 3.0, 0.0)
