"""What a learner does in a lesson, step by step, from the notebook and its declaration. Pure.

Somebody reads at 180 words a minute, thinks two minutes about a prediction, and for an exercise takes its
declared minutes: the same arithmetic that puts "about 25 minutes" into a lesson's header.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from nbformat import NotebookNode

from asynclab.exercises import Exercise, Lesson
from tests.reading.cells import MINUTES_A_PREDICTION, WORDS_A_MINUTE, number, part, prose, tagged

Kind = Literal["boot", "cell", "measured", "check", "save"]

_UNANSWERED = re.compile(r'\bpredict\("([0-9a-z.]+)", ""\)')
_CHECKS = re.compile(r'\bcheck\("([0-9a-z.]+)"')
# How a learner takes an exercise: wrong first, right at once, or not at all. Most are wrong first.
LEFT_OUT = "left out"
WAYS = ("wrong first", "wrong first", "wrong first", "right", LEFT_OUT)


@dataclass(frozen=True)
class Step:
    """One cell, run once; or, at the end, the notebook saved."""

    cell: int  # counted from 1 over all cells of the copy
    kind: Kind
    code: str
    think: float  # seconds that a person takes before running it
    says: str = ""  # what its output must hold
    raises: bool = False  # the lesson means it to raise


def script(
    notebook: NotebookNode, lesson: Lesson, chance: random.Random, ways: Sequence[str] = WAYS
) -> list[Step]:
    """The steps of one learner; `chance` decides letters, wrong answers, and which exercises are left out."""
    steps: list[Step] = []
    exercises = {exercise.number: exercise for exercise in lesson.exercises}
    letters = {prediction.number: list(prediction.options) for prediction in lesson.predictions}
    given: dict[str, Sequence[Step]] = {}  # what is handed in, until its check comes
    words, first = 0, True
    for at, cell in enumerate(notebook.cells, 1):
        if cell.cell_type != "code":
            words += len(prose(cell.source).split()) if part(cell) != "header" else 0
            continue
        think, words = words / WORDS_A_MINUTE * 60, 0
        code = cell.source
        if found := _UNANSWERED.search(code):
            think += MINUTES_A_PREDICTION * 60
            letter = chance.choice(letters[found[1]])
            code = code.replace(found[0], f'predict("{found[1]}", "{letter}")')
        if part(cell) == "stub" and (exercise := exercises.get(number(cell) or "")):
            answers = attempts(exercise, chance, ways)
            writing = exercise.minutes * 60 / len(answers)
            given[exercise.number] = [
                Step(at, "cell", answer, writing + (0 if turn else think), f"{exercise.number} {mark}")
                for turn, (answer, mark) in enumerate(answers)
            ]
        elif (found := _CHECKS.search(code)) and found[1] in given:
            for answer in given.pop(found[1]):
                steps.append(replace(answer, says=""))
                steps.append(Step(at, "check", code, think, answer.says))
                think = 0.0
        else:
            kind: Kind = "boot" if first else "measured" if tagged(cell, "measured") else "cell"
            steps.append(Step(at, kind, code, think, raises=tagged(cell, "raises-exception")))
            first = False
    return [*steps, Step(len(notebook.cells), "save", "", words / WORDS_A_MINUTE * 60)]


def attempts(exercise: Exercise, chance: random.Random, ways: Sequence[str]) -> list[tuple[str, str]]:
    """(code, the mark that the check gives it) for each attempt of one learner."""
    way = chance.choice(ways)
    if way == LEFT_OUT:
        return [(exercise.stub, "○")]
    right = [(chance.choice(exercise.solutions), "✓")]
    if way == "right":
        return right
    return [(chance.choice(chance.choice(exercise.wrong).forms), "✗"), *right]
