"""What a learner of `make class` does, and the arithmetic of its tables. (The class itself takes minutes.)"""

from __future__ import annotations

import json
import random
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import nbformat
import pytest

from asynclab import editions
from asynclab.exercises import Lesson, lesson
from tests.classroom.figures import Result, Spread, from_data, size, spread
from tests.classroom.page import page, report
from tests.classroom.proxy import WANTED
from tests.classroom.script import LEFT_OUT, Step, script
from tests.reading.cells import minutes

LESSONS = [lesson(number) for number in ("00", "01", "02", "03", "04", "05")]
DOCS = Path(__file__).parents[1] / "docs"


def copy_of(lesson: Lesson) -> nbformat.NotebookNode:
    text = (editions.NOTEBOOKS / f"{lesson.slug}.ipynb").read_text(encoding="utf-8")
    return nbformat.reads(editions.learners_copy(text), as_version=4)


def steps(lesson: Lesson, *ways: str) -> list[Step]:
    return script(copy_of(lesson), lesson, random.Random(0), ways or (LEFT_OUT,))


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.number)
def test_a_learner_who_answers_nothing_runs_each_cell_once_in_order(lesson: Lesson) -> None:
    cells = copy_of(lesson).cells
    code = [at for at, cell in enumerate(cells, 1) if cell.cell_type == "code"]
    *run, last = steps(lesson)
    assert [step.cell for step in run] == code
    assert [step.kind == "boot" for step in run] == [True] + [False] * (len(code) - 1)
    assert last.kind == "save"


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.number)
def test_each_exercise_is_answered_wrong_then_right_with_declared_answers(lesson: Lesson) -> None:
    run = steps(lesson, "wrong first")
    checks = [step.says for step in run if step.kind == "check"]
    assert checks == [f"{each.number} {mark}" for each in lesson.exercises for mark in "✗✓"]
    handed_in = [before.code for before, after in pairwise(run) if after.kind == "check"]
    wrong = {form for each in lesson.exercises for one in each.wrong for form in one.forms}
    right = {solution for each in lesson.exercises for solution in each.solutions}
    assert [(code in wrong, code in right) for code in handed_in] == [(True, False), (False, True)] * len(
        lesson.exercises
    )


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.number)
def test_a_learner_takes_the_minutes_of_the_lessons_header(lesson: Lesson) -> None:
    thought = sum(step.think for step in steps(lesson, "wrong first")) / 60
    assert thought == pytest.approx(minutes(copy_of(lesson), lesson), abs=2)


def test_each_prediction_gets_a_letter() -> None:
    for declared in LESSONS:
        code = "\n".join(step.code for step in steps(declared))
        for prediction in declared.predictions:
            assert any(f'predict("{prediction.number}", "{letter}")' in code for letter in prediction.options)
            assert f'predict("{prediction.number}", "")' not in code


def test_the_same_learner_does_the_same_again() -> None:
    for declared in LESSONS:
        first, second = (script(copy_of(declared), declared, random.Random("ada")) for _ in "12")
        assert first == second


def test_the_95th_percentile_is_a_value_that_95_percent_do_not_exceed() -> None:
    assert spread([]) is None
    assert spread([3.0]) == Spread(1, 3.0, 3.0, 3.0)
    assert spread(map(float, range(1, 101))) == Spread(100, 50.5, 95.0, 100.0)
    assert spread(map(float, range(20, 0, -1))) == Spread(20, 10.5, 19.0, 20.0)


MB = 1_000_000
RESULT = Result(
    learners=12,
    lessons=("00", "01"),
    pace=10.0,
    cores=2,
    wall=300.0,
    lesson_time=3000.0,
    processor=360.0,
    clients=10.0,
    times={
        "arrive": Spread(12, 9.0, 12.0, 12.0),
        "open": Spread(24, 2.0, 6.0, 7.0),
        "boot": Spread(24, 2.0, 4.0, 5.0),
        "light": Spread(400, 0.03, 0.5, 2.0),
    },
    memory={"hub": (200.0 * MB, 220.0 * MB), "kernel": (70.0 * MB, 80.0 * MB)},
    each=(220.0 * MB, 240.0 * MB),
    whole=3000.0 * MB,
    failures=(),
)


def test_the_bound_counts_for_twelve_learners_on_two_cores() -> None:
    slow = RESULT.times | {"light": Spread(400, 0.03, 2.1, 2.2)}
    assert RESULT.verdict == "met"
    assert replace(RESULT, times=slow).verdict == "missed"
    assert replace(RESULT, learners=3).verdict == "not tried: it is for 12 learners"
    assert replace(RESULT, cores=4).verdict == "not tried: it is for 2 cores"
    assert replace(RESULT, learners=3, cores=4, times=slow).verdict == "missed"
    assert replace(RESULT, times={}).verdict == "not tried: no light cell was run"


def test_the_pace_is_taken_out_of_the_processors_time_and_not_out_of_memory() -> None:
    assert RESULT.cores_a_learner == 0.01
    twelve, twice = size(RESULT, 12), size(RESULT, 24)
    assert twelve.memory == 1.25 * (220 * MB + 12 * 240 * MB)
    assert twelve.one_more == 1.25 * 12 * 80 * MB
    assert (twelve.cores, twelve.begun) == (2, 10.0)
    assert (twice.cores, twice.begun) == (3, pytest.approx(40 / 3))


TOLD = {"result": RESULT.data(), "packages": {"jupyterhub": "6"}, "system": "Linux", "processor": "x"}


def test_a_result_comes_back_from_its_file() -> None:
    assert from_data(json.loads(json.dumps(RESULT.data()))) == RESULT


def test_the_report_gives_the_verdict_and_each_failure() -> None:
    said = report(replace(RESULT, failures=("learner-01, lesson 00, cell 3: it raised NameError",)))
    assert "95 % of the light cells within 0.50 s (≤ 2 s, for 12 learners on two cores): met" in said
    assert "failures: 1\nlearner-01, lesson 00, cell 3: it raised NameError" in said


def test_the_page_says_how_much_harder_than_a_class_it_was() -> None:
    said = page(TOLD)
    assert "- 10 times faster than a person: the processor has 10 times the work of such a class" in said
    assert "| 12 | 3.9 GB | 1.2 GB | 2 | 10 s |" in said


@pytest.mark.skipif(not (DOCS / "class.json").exists(), reason="`make class` has not been run yet")
def test_the_committed_page_comes_from_the_committed_figures() -> None:
    told = json.loads((DOCS / "class.json").read_text(encoding="utf-8"))
    assert page(told) == (DOCS / "class.md").read_text(encoding="utf-8")
    assert from_data(told["result"]).failures == ()
    assert from_data(told["result"]).verdict == "met"


def test_the_proxy_is_locked_at_the_version_that_is_asked_for() -> None:
    wanted = json.loads((WANTED / "package.json").read_text(encoding="utf-8"))["dependencies"]
    locked = json.loads((WANTED / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    assert locked[""]["dependencies"] == wanted
    assert {f"node_modules/{name}": locked[f"node_modules/{name}"]["version"] for name in wanted} == {
        f"node_modules/{name}": version for name, version in wanted.items()
    }
    assert [name for name, one in locked.items() if name and "integrity" not in one] == []
