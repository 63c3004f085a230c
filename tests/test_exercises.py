"""What each declared exercise promises, derived from its declaration."""

from __future__ import annotations

import ast
import re
import string

import pytest

from asynclab.exercises import Exercise, Lesson, Wrong, find, lessons
from asynclab.submission import stub_of, untouched
from asynclab.trial import Judge
from tests import cafe, practice

LESSONS = (practice.LESSON, *lessons())


def name(lesson: Lesson, exercise: Exercise) -> str:
    return f"{'practice' if lesson is practice.LESSON else 'lesson'} {exercise.number}"


EVERY = [
    pytest.param(exercise, id=name(lesson, exercise)) for lesson in LESSONS for exercise in lesson.exercises
]
SOLUTIONS = [
    pytest.param(exercise, source, id=f"{name(lesson, exercise)} solution {form}")
    for lesson in LESSONS
    for exercise in lesson.exercises
    for form, source in enumerate(exercise.solutions, 1)
]
WRONG = [
    pytest.param(exercise, wrong, source, id=f"{name(lesson, exercise)} {wrong.name} {form}")
    for lesson in LESSONS
    for exercise in lesson.exercises
    for wrong in exercise.wrong
    for form, source in enumerate(wrong.forms, 1)
]
SIBLINGS = [
    pytest.param(sibling, exercise, wrong, id=f"{name(lesson, sibling)} given {exercise.name} {wrong.name}")
    for lesson in LESSONS
    for exercise in lesson.exercises
    for sibling in lesson.exercises
    if sibling is not exercise
    for wrong in exercise.wrong
]


@pytest.fixture(autouse=True, scope="module")
def booted() -> None:
    """An answer may import the café's models."""
    cafe.ready()


def as_pattern(template: str) -> str:
    """A pattern for the message, with something in place of each of its fields."""
    parts = string.Formatter().parse(template)
    return "".join(re.escape(text) + (".+" if field is not None else "") for text, field, *_ in parts)


@pytest.mark.parametrize(("exercise", "source"), SOLUTIONS)
def test_every_solution_passes(judge: Judge, exercise: Exercise, source: str) -> None:
    verdict = judge(exercise, practice.defined(source, exercise.name))

    assert (verdict.state, verdict.wrong) == ("passed", ""), verdict
    assert re.fullmatch(as_pattern(exercise.done), verdict.message)


@pytest.mark.parametrize(("exercise", "wrong", "source"), WRONG)
def test_every_wrong_answer_gets_exactly_its_message(
    judge: Judge, exercise: Exercise, wrong: Wrong, source: str
) -> None:
    verdict = judge(exercise, practice.defined(source, exercise.name))

    assert (verdict.state, verdict.wrong) == ("failed", wrong.name), verdict
    assert re.fullmatch(as_pattern(wrong.message), verdict.message)


@pytest.mark.parametrize("exercise", EVERY)
def test_an_answer_that_fails_is_told_with_which_error(judge: Judge, exercise: Exercise) -> None:
    tree = ast.parse(exercise.solutions[0])
    (answer,) = (node for node in tree.body if getattr(node, "name", "") == exercise.name)
    if isinstance(answer, ast.ClassDef):
        methods = [node for node in answer.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
        called = ("__call__", "connect", "publish", "test")
        answer = next(node for node in methods if node.name.startswith(called))
    assert isinstance(answer, ast.FunctionDef | ast.AsyncFunctionDef)
    answer.body.insert(0, ast.parse("misspelt").body[0])

    verdict = judge(exercise, practice.defined(ast.unparse(tree), exercise.name))

    assert (verdict.state, verdict.wrong) == ("failed", ""), verdict
    assert "NameError: name 'misspelt' is not defined" in verdict.message


@pytest.mark.parametrize(
    "line", ["time.sleep(60)", pytest.param("while True: pass", id="a loop without an end")]
)
def test_a_loop_that_is_held_until_the_end_is_held(judge: Judge, line: str) -> None:
    tea = find("0.6")
    assert isinstance(tea, Exercise)

    verdict = judge(tea, practice.defined(tea.stub.replace("time.sleep(0.1)", line), "tea"))

    assert verdict.message.startswith(f"You blocked the loop: {line} (tea, line ")


@pytest.mark.parametrize(("sibling", "exercise", "wrong"), SIBLINGS)
def test_a_wrong_answer_never_passes_another_exercise(
    judge: Judge, sibling: Exercise, exercise: Exercise, wrong: Wrong
) -> None:
    verdict = judge(sibling, practice.defined(wrong.forms[0], exercise.name))

    assert verdict.state in ("failed", "late"), verdict
    assert verdict.message


@pytest.mark.parametrize("exercise", EVERY)
def test_the_stub_runs_and_counts_as_not_attempted(exercise: Exercise) -> None:
    spaced = (
        exercise.stub.replace("\n", "   # so far\n\n", 1) if '"""' not in exercise.stub else exercise.stub
    )

    assert untouched(exercise, practice.defined(exercise.stub, exercise.name))
    assert untouched(exercise, practice.defined(spaced, exercise.name))
    assert callable(stub_of(exercise)[0]) == callable(practice.defined(exercise.stub, exercise.name))


@pytest.mark.parametrize(("exercise", "source"), SOLUTIONS)
def test_a_solution_counts_as_attempted(exercise: Exercise, source: str) -> None:
    assert not untouched(exercise, practice.defined(source, exercise.name))


@pytest.mark.parametrize(("exercise", "wrong", "source"), WRONG)
def test_a_wrong_answer_counts_as_attempted(exercise: Exercise, wrong: Wrong, source: str) -> None:
    assert not untouched(exercise, practice.defined(source, exercise.name))


@pytest.mark.parametrize("exercise", EVERY)
def test_every_exercise_has_hints_and_no_two_are_the_same(exercise: Exercise) -> None:
    assert exercise.hints
    assert len(set(exercise.hints)) == len(exercise.hints)


def test_a_number_without_quotes_is_told_so() -> None:
    with pytest.raises(LookupError, match=r'^Write the number as text, between quotes: "0\.3", not 0\.3\.$'):
        find(0.3)  # type: ignore[arg-type]
