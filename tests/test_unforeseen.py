"""Answers to the exercises that no declaration names, and what the judge says of them."""

from __future__ import annotations

import pytest

from asynclab.trial import Judge

from . import cafe, practice
from .unforeseen import lesson_02, lesson_05, lesson_06, lesson_07, lesson_08, lesson_11

LESSONS = (lesson_02, lesson_05, lesson_06, lesson_07, lesson_08, lesson_11)
RIGHT = {what: source for lesson in LESSONS for what, source in lesson.RIGHT.items()}
WRONG = {what: (source, words) for lesson in LESSONS for what, (source, words) in lesson.WRONG.items()}


@pytest.fixture(autouse=True, scope="module")
def booted() -> None:
    """An answer may be a test class, which needs settings."""
    cafe.ready()


def judged(judge: Judge, what: str, source: str) -> tuple[str, str]:
    verdict = practice.judged(judge, what.partition(" ")[0], source)
    return verdict.state, verdict.message


@pytest.mark.parametrize(("what", "source"), RIGHT.items(), ids=RIGHT)
def test_a_right_answer_may_be_written_in_an_unusual_way(judge: Judge, what: str, source: str) -> None:
    state, message = judged(judge, what, source)
    assert state == "passed", message


@pytest.mark.parametrize(
    ("what", "source", "words"), [(what, *rest) for what, rest in WRONG.items()], ids=WRONG
)
def test_a_wrong_answer_that_nobody_foresaw_is_told_what_was_seen(
    judge: Judge, what: str, source: str, words: str
) -> None:
    state, message = judged(judge, what, source)
    assert state == "failed", message
    assert words in message
