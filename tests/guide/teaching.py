"""What is written by hand for whoever teaches a lesson: docs/teaching/<number>.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from asynclab.exercises import Lesson

from . import DOCS

FOLDER = DOCS / "teaching"


@dataclass(frozen=True)
class Question:
    """One question for a show of hands, and the cell that answers it."""

    after: str  # the section after which it is asked
    text: str
    right: str  # a letter
    code: str  # for a cell that has booted; a test runs it
    shows: str  # what it prints
    options: Mapping[str, str]
    tells: Mapping[str, str]  # wrong letter: what whoever chose it believes, and what to answer


@dataclass(frozen=True)
class Teaching:
    """How to teach one lesson. Sections are numbers such as "3.4"."""

    picture: str  # the section whose picture the guide shows
    question: Question
    live: Mapping[str, str]  # section: what to type or do in front of the room
    skip: Mapping[str, str]  # section: when, or what to say instead
    five: str  # five minutes late
    ten: str  # ten minutes late


def teaching(number: str) -> Teaching:
    """The notes for a lesson. Raises LookupError if there are none, ValueError if a part is missing."""
    path = FOLDER / f"{number}.toml"
    if not path.exists():
        raise LookupError(
            f"Lesson {number} has no notes for whoever teaches it: write docs/teaching/{path.name}."
        )
    return _read(path)


def problems(lesson: Lesson, notes: Teaching, sections: set[str]) -> Iterator[str]:
    """What these notes lack, or say of a lesson that is not so."""
    asked = notes.question
    named = [notes.picture, asked.after, *notes.live, *notes.skip]
    yield from (f"there is no section {each}" for each in named if each not in sections)
    if not 3 <= len(asked.options) <= 5 or "".join(asked.options) != "abcde"[: len(asked.options)]:
        yield "a question has three to five options: a, b, c …"
    if set(asked.tells) != set(asked.options) - {asked.right}:
        yield "each wrong option needs its `tells`, and the right one none"
    if asked.text in {prediction.question for prediction in lesson.predictions}:
        yield "the question is a prediction of the lesson already"
    if not (2 <= len(notes.live) <= 4 and notes.skip):
        yield "name two to four sections to live-code, and at least one to skip"


def _read(path: Path) -> Teaching:
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    data |= data.pop("stop", {})
    data["question"] = _made(Question, data.get("question", {}), path)
    made: Teaching = _made(Teaching, data, path)
    return made


def _made(kind: type[Any], data: Mapping[str, Any], path: Path) -> Any:
    wanted, given = {field.name for field in fields(kind)}, set(data)
    if wanted != given:
        raise ValueError(f"{path.name}: missing {sorted(wanted - given)}, unknown {sorted(given - wanted)}")
    return kind(**{name: value.strip() if isinstance(value, str) else value for name, value in data.items()})
