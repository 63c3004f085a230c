"""What you have done so far: predictions and answers, in one small file beside your notebooks.

The file is `progress.json` in the folder where the kernel runs. Nothing is written in the reading
edition's own folder, nor when ASYNCLAB_PROGRESS=off; then progress lives as long as the kernel.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from .exercises import Lesson
from .store import alone, replace
from .ticks import NUMBER, Ticks

FILE = "progress.json"
LONGEST = 20_000  # characters of one answer
MOST = 500  # predictions, or answers


@dataclass(frozen=True)
class Answer:
    """The text of the cell that you handed in, and whether it passed."""

    text: str
    passed: bool


@dataclass(frozen=True)
class Progress:
    """Everything that is kept. `old | new` joins two and loses nothing."""

    predicted: Mapping[str, str] = field(default_factory=dict)  # number → the letter given first
    passed: frozenset[str] = frozenset()
    answers: Mapping[str, Answer] = field(default_factory=dict)

    def __or__(self, new: Progress) -> Progress:
        first = {number: letter for number, letter in self.predicted.items() if letter}
        kept = {
            number: answer
            for number, answer in self.answers.items()
            if number in new.answers and answer.passed and not new.answers[number].passed
        }
        return Progress(
            predicted={**self.predicted, **new.predicted, **first},
            passed=self.passed | new.passed,
            answers={**self.answers, **new.answers, **kept},
        )

    @property
    def ticks(self) -> Ticks:
        """The ticks alone."""
        return Ticks(frozenset(self.predicted), self.passed)


_session = Progress()


def load() -> Progress:
    """What this kernel and the file in its folder know together."""
    folder = where()
    return _session if folder is None else _read(folder) | _session


def note(new: Progress) -> None:
    """Add this to what is known, in the kernel and in the file."""
    global _session
    _session |= new
    folder = where()
    if folder is None:
        return
    try:
        with alone(folder / ".progress.lock"):  # read and write in one step: another kernel writes too
            replace(folder / FILE, json.dumps(to_data(_read(folder) | new), indent=1, ensure_ascii=False))
    except OSError as error:
        print(f"Your progress was not saved: {error.strerror or error} ({FILE}).")


def line(lesson: Lesson) -> str:
    """One lesson's ticks in a line to copy: `00 P1/2 E1/2`, predictions and exercises."""
    ticks = load().ticks
    predicted = sum(prediction.number in ticks.predicted for prediction in lesson.predictions)
    passed = sum(exercise.number in ticks.passed for exercise in lesson.exercises)
    return f"{lesson.number} P{predicted}/{len(lesson.predictions)} E{passed}/{len(lesson.exercises)}"


def where() -> Path | None:
    """The folder that keeps the file, or None where nothing may be written."""
    with suppress(FileNotFoundError):  # somebody removed the folder under this kernel
        here = Path.cwd()
        if os.environ.get("ASYNCLAB_PROGRESS") != "off" and here != Path(__file__).resolve().parents[1]:
            return here
    return None


def to_data(progress: Progress) -> dict[str, object]:
    """As plain data for JSON; `from_data` is the way back."""
    return {
        "version": 1,
        "predicted": dict(sorted(progress.predicted.items())),
        "passed": sorted(progress.passed),
        "answers": {
            number: {"text": answer.text, "passed": answer.passed}
            for number, answer in sorted(progress.answers.items())
        },
    }


def from_data(data: object) -> Progress:
    """Progress from data that anybody may have written. Raises ValueError with one sentence."""
    if not isinstance(data, dict) or data.get("version") != 1:
        raise ValueError("it is not written by this course")
    predicted, passed, answers = (data.get(key) for key in ("predicted", "passed", "answers"))
    if not (isinstance(predicted, dict) and isinstance(passed, list) and isinstance(answers, dict)):
        raise ValueError("a part is missing")
    if max(len(predicted), len(passed), len(answers)) > MOST:
        raise ValueError(f"it holds more than {MOST} entries")
    for number in (*predicted, *passed, *answers):
        if not (isinstance(number, str) and NUMBER.fullmatch(number)):
            raise ValueError(f"{str(number)[:20]!r} is no exercise number")
    if not all(isinstance(letter, str) and re.fullmatch("[a-h]?", letter) for letter in predicted.values()):
        raise ValueError("a prediction is no letter")
    read = {number: _answer(number, answer) for number, answer in answers.items()}
    return Progress(predicted, frozenset(passed), read)


def _answer(number: str, data: object) -> Answer:
    text, passed = (data.get("text"), data.get("passed")) if isinstance(data, dict) else (None, None)
    if not isinstance(text, str) or not isinstance(passed, bool):
        raise ValueError(f"the answer to {number} is no text")
    if len(text) > LONGEST:
        raise ValueError(f"the answer to {number} is longer than {LONGEST:,} characters")
    text.encode()  # a lone surrogate could never be saved: UnicodeEncodeError is a ValueError
    return Answer(text, passed)


def _read(folder: Path) -> Progress:
    file = folder / FILE
    try:
        if file.stat().st_size > 20_000_000:
            raise ValueError("it is too long")
        return from_data(json.loads(file.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return Progress()
    except OSError as error:
        print(f"{FILE} cannot be read: {error.strerror or error}. Your ticks live in this kernel only.")
    except (ValueError, RecursionError):
        aside = next(
            spare
            for spare in (folder / f"progress.unreadable-{n}.json" for n in range(1, 10_000))
            if not spare.exists()
        )
        with suppress(OSError):
            file.replace(aside)
            print(f"{FILE} was unreadable: it is set aside as {aside.name}, and a new one begins.")
    return Progress()
