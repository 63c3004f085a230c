"""Ask first, then run, then compare."""

from __future__ import annotations

import importlib
from types import SimpleNamespace
from typing import Any

import pytest

from asynclab import progress
from tests import practice

Printed = pytest.CaptureFixture[str]

predicting = importlib.import_module("asynclab.predict")
predict, settle = predicting.predict, predicting.settle


def run(most_at_once: int) -> Any:
    return SimpleNamespace(most_at_once=most_at_once)


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASYNCLAB_PROGRESS", "off")
    monkeypatch.setattr(predicting, "find", practice.find)
    monkeypatch.setattr(predicting, "_given", {})
    monkeypatch.setattr(predicting, "_settled", set())
    monkeypatch.setattr(progress, "_session", progress.Progress())


def printed(capsys: Printed, *arguments: Any) -> str:
    predict(*arguments)
    return capsys.readouterr().out


@pytest.mark.parametrize("answer", ["b", "B", " b ", "b)", "b."])
def test_an_answer_is_kept_until_the_run(capsys: Printed, answer: str) -> None:
    assert printed(capsys, "0.1", answer) == "0.1 → b. Run the next cell to see.\n"


@pytest.mark.parametrize("answer", ["", "  "])
def test_no_answer_yet_is_no_error(capsys: Printed, answer: str) -> None:
    assert printed(capsys, "0.1", answer) == "0.1: no answer yet; type a letter, or read on.\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("0.1", "x"), "0.1: 'x' is no option. Type one of a, b or c.\n"),
        (("0.1", "<b>\x1b[31m"), "0.1: '<b>\\x1b[31m' is no option. Type one of a, b or c.\n"),
        (("0.1", 3), "0.1: '3' is no option. Type one of a, b or c.\n"),
        (("0.9", "b"), "There is no exercise or prediction '0.9'.\n"),
        (("0.4", "b"), '0.4 is an exercise: check("0.4", nap).\n'),
    ],
)
def test_what_is_no_answer_gets_one_sentence(capsys: Printed, arguments: tuple[Any, ...], said: str) -> None:
    assert printed(capsys, *arguments) == said
    assert settle("0.1", run(10)) == "0.1: no answer yet; type a letter, or read on."


def test_a_right_answer_is_confirmed_by_the_run() -> None:
    predict("0.1", "b")

    assert settle("0.1", run(10)) == ("0.1 ✓ b: ten, because a waiting request holds nobody up")


def test_a_wrong_answer_gets_the_reply_written_for_it_and_what_the_run_shows() -> None:
    predict("0.1", "a")

    assert settle("0.1", run(10)).splitlines() == [
        "0.1 ✗ You said a: one",
        "That is true of code that blocks. Does this view block?",
        "The run shows b: ten, because a waiting request holds nobody",
        "up",
    ]


def test_the_right_letter_is_the_one_that_this_run_proves() -> None:
    predict("0.1", "b")

    assert settle("0.1", run(1)).startswith("0.1 ✗ You said b: ")


def test_without_an_answer_the_verdict_gives_nothing_away() -> None:
    assert settle("0.1", run(10)) == "0.1: no answer yet; type a letter, or read on."


@pytest.mark.parametrize("broken", [run(7), None])
def test_a_run_that_cannot_tell_says_so_and_settles_nothing(broken: Any) -> None:
    predict("0.1", "b")

    assert settle("0.1", broken).replace("\n", " ") == (
        "0.1: this run did not decide. Run the cell as it was given, then compare."
    )
    assert settle("0.1", run(10)).startswith("0.1 ✓")


def test_an_unknown_number_in_a_run_is_a_sentence() -> None:
    assert settle("0.9", run(10)) == "There is no exercise or prediction '0.9'."


def test_the_first_answer_before_the_run_is_what_counts() -> None:
    predict("0.1", "a")
    predict("0.1", "b")

    assert settle("0.1", run(10)).endswith("\n(You revised it; first you said a.)")
    assert progress.load().predicted == {"0.1": "a"}


def test_an_answer_after_the_run_is_kept_and_said_to_be_late(capsys: Printed) -> None:
    settle("0.1", run(10))

    assert printed(capsys, "0.1", "b") == "0.1 → b, after the run. Run that cell again to compare.\n"
    assert progress.load().predicted == {"0.1": "b"}


def test_a_wrong_prediction_counts_as_made() -> None:
    predict("0.1", "c")
    settle("0.1", run(10))

    assert progress.load().ticks.predicted == {"0.1"}


def test_no_line_is_wider_than_a_phone() -> None:
    predict("0.1", "a")
    predict("0.1", "c")

    assert max(map(len, settle("0.1", run(10)).splitlines())) <= 60
