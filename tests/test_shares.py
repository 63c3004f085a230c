"""How the tests are dealt out."""

from __future__ import annotations

from pathlib import Path

import pytest

from .shares import SLOWEST, share, turn


@pytest.mark.parametrize(
    ("test", "expected"),
    [
        ("tests/test_judge.py::test_it[00_start_here]", "tests/test_judge.py"),
        ("tests/test_reading.py::test_it_runs[05b_any_stack]", "tests/test_reading.py 05b_any_stack"),
        (
            "tests/test_reading.py::test_it_comes_from_its_code[05b_any_stack]",
            "tests/test_reading.py 05b_any_stack",
        ),
        ("tests/browser/test_lessons.py::test_run_all[05b]", "tests/browser/test_lessons.py 05b"),
        ("tests/browser/test_lessons.py::test_contrast[05b-Dark]", "tests/browser/test_lessons.py 05b"),
        ("tests/test_reading.py::test_durations[2.7 d-5.7 d]", "tests/test_reading.py"),
        ("tests/test_reading.py::test_a_cell_that_hangs_is_named", "tests/test_reading.py"),
    ],
)
def test_a_file_is_one_share_and_so_are_the_tests_of_one_notebook(test: str, expected: str) -> None:
    assert share(test) == expected


def test_the_slowest_files_begin_first_and_exist(root: Path) -> None:
    assert [file for file in SLOWEST if not (root / file).is_file()] == []
    tests = ["tests/test_work.py::test_it", *(f"{file}::test_it" for file in reversed(SLOWEST))]
    assert [share(test) for test in sorted(tests, key=turn)] == [*SLOWEST, "tests/test_work.py"]
