"""Lesson 08b: what does not roll back, a visitor who leaves, and tests that prove nothing."""

from __future__ import annotations

from typing import Any

from .declare import Lesson, Prediction
from .lesson_08b_ticks import TICKS


def second_test(said: Any) -> str:
    """Whether the second test found the row of the first."""
    return {"PASSED": "a", "FAILED": "b"}[said.partition("test_2_finds_none ")[2].split()[0]]


LESSON = Lesson(
    number="08b",
    slug="08b_tests_that_prove_nothing",
    title="Tests that leak, hang, or prove nothing",
    objectives=(
        "recognise tests that do not roll back, under `unittest` and under pytest, and mend them",
        "test what happens when a visitor leaves, with time-outs and without sleeping",
        "find the tests of your project that cannot fail",
    ),
    know_first="lesson 08",
    docs=(
        ("Testing asynchronous code", "topics/testing/tools/#testing-asynchronous-code"),
        ("TransactionTestCase", "topics/testing/tools/#transactiontestcase"),
    ),
    errors={
        "database table is locked": "8b.4",
        "object ASGIRequest can't be used in 'await' expression": "8b.4",
    },
    predictions=(
        Prediction(
            number="8b.2",
            question=(
                "With pytest, `django_db` wraps each test in a transaction, and `asyncio` runs it on a loop. "
                "The first test makes a supplier, the second one counts suppliers. What does it find?"
            ),
            options={
                "a": "none: the first test was rolled back",
                "b": "one: the first test's row is still there",
            },
            settle=second_test,
            replies={
                "a": (
                    "So `django_db` promises. But its transaction is on pytest's thread, and no sync "
                    "code there waits for the query: it goes to another thread."
                ),
                "b": "Here it found none. Did you change the cell?",
            },
        ),
    ),
    exercises=(TICKS,),
    previous="08_testing",
    next="09_real_servers",
)
