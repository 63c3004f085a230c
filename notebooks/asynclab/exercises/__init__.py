"""The lessons' declarations, each loaded when somebody first asks for it.

`lesson("00")` is one lesson, `lessons()` all that exist, `find("0.5")` one prediction or exercise.
"""

from __future__ import annotations

import importlib
import pkgutil
import re

from .declare import Evidence, Exercise, Lesson, Prediction, Size, Wrong

__all__ = ["Evidence", "Exercise", "Lesson", "Prediction", "Size", "Wrong", "find", "lesson", "lessons"]

_LESSON = re.compile(r"lesson_(\d\d[a-z]?)")  # lesson_01_door holds one of its exercises


def lesson(number: str) -> Lesson:
    """The lesson with this number: "00", or "02b". Raises LookupError if there is none."""
    if number not in _numbers():
        raise LookupError(f"There is no lesson {number!r}: there are {_listed(_numbers())}.")
    declared = importlib.import_module(f"{__name__}.lesson_{number}").LESSON
    assert isinstance(declared, Lesson)
    return declared


def lessons() -> tuple[Lesson, ...]:
    """Every lesson, in order."""
    return tuple(lesson(number) for number in _numbers())


def find(number: str) -> Exercise | Prediction:
    """The prediction or exercise with this number, such as "0.5". Raises LookupError if there is none."""
    if not isinstance(number, str):
        raise LookupError(f'Write the number as text, between quotes: "{number}", not {number!r}.')
    named = repr(number if len(number) <= 20 else f"{number[:20]}…")
    chapter = number.partition(".")[0]
    home = next((name for name in _numbers() if name.removeprefix("0") == chapter), None)
    if home is None:
        raise LookupError(
            f"There is no exercise or prediction {named}: there are lessons {_listed(_numbers())}."
        )
    declared = lesson(home)  # only this lesson's module is imported
    parts: dict[str, Exercise | Prediction] = {part.number: part for part in declared.predictions}
    parts |= {part.number: part for part in declared.exercises}
    if number not in parts:
        raise LookupError(
            f"There is no exercise or prediction {named}: lesson {home} has {_listed(list(parts))}."
        )
    return parts[number]


def _numbers() -> list[str]:
    matches = [_LESSON.fullmatch(module.name) for module in pkgutil.iter_modules(__path__)]
    return sorted(match[1] for match in matches if match)


def _listed(names: list[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:]))) or "none yet"
