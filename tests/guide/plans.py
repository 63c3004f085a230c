"""The timetables: docs/teaching/plans.toml, with the clock times and sums computed."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from asynclab.exercises import Lesson

from .teaching import FOLDER


@dataclass(frozen=True)
class Part:
    """One line of a timetable: exactly one of lesson, other, slack and rest."""

    minutes: int
    lesson: str = ""
    sections: str = ""  # of a lesson that is taught in part: "1.1 to 1.5"
    other: str = ""
    rest: str = ""  # a break; it does not count
    slack: bool = False


@dataclass(frozen=True)
class Plan:
    """One day, or one half of it."""

    title: str
    start: str
    parts: tuple[Part, ...]

    @property
    def planned(self) -> int:
        """Minutes with something to do in them."""
        return sum(part.minutes for part in self.parts if part.lesson or part.other)

    @property
    def slack(self) -> int:
        """Minutes for whatever takes longer."""
        return sum(part.minutes for part in self.parts if part.slack)


def plans() -> tuple[Plan, ...]:
    """All timetables."""
    read = tomllib.loads((FOLDER / "plans.toml").read_text(encoding="utf-8"))["plan"]
    return tuple(_plan(each) for each in read)


def timetable(plan: Plan, lessons: Mapping[str, Lesson]) -> str:
    """One plan as a table with its sums below."""
    rows = [f"| {time} | {part.minutes} | {_said(part, lessons)} |" for time, part in _times(plan)]
    net = plan.planned + plan.slack
    return "\n".join(
        [
            f"### {plan.title}",
            "",
            "| from | minutes | what |",
            "|---|---|---|",
            *rows,
            f"| {_clock(_end(plan))} | | End |",
            "",
            f"{net} minutes without the breaks: {plan.planned} planned, {plan.slack} slack.",
        ]
    )


def _plan(data: Mapping[str, Any]) -> Plan:
    plan = Plan(data["title"], data["start"], tuple(Part(**part) for part in data["parts"]))
    for part in plan.parts:
        if sum(map(bool, (part.lesson, part.other, part.rest, part.slack))) != 1:
            raise ValueError(
                f"{plan.title}: a part is a lesson, other, a rest or slack, and only one of them"
            )
    return plan


def _times(plan: Plan) -> Iterator[tuple[str, Part]]:
    minute = _minutes(plan.start)
    for part in plan.parts:
        yield _clock(minute), part
        minute += part.minutes


def _end(plan: Plan) -> int:
    return _minutes(plan.start) + sum(part.minutes for part in plan.parts)


def _minutes(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _said(part: Part, lessons: Mapping[str, Lesson]) -> str:
    if part.slack:
        return "*Slack*"
    if part.rest:
        return f"*{part.rest}*"
    if part.other:
        return part.other
    if part.lesson not in lessons:
        return f"Lesson {part.lesson}"  # it is planned, and not written yet
    lesson = lessons[part.lesson]
    only = f", only {part.sections}" if part.sections else ""
    return f"[{lesson.number} {lesson.title}](../notebooks/{lesson.slug}.ipynb){only}"
