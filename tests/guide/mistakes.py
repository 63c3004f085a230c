"""The usual wrong answers of a lesson, made from its exercises' declarations."""

from __future__ import annotations

import ast
import re
from contextlib import suppress
from difflib import SequenceMatcher

from asynclab.exercises import Exercise, Lesson, Wrong
from asynclab.words import shorten

MOST_LINES, LONGEST_LINE = 3, 72


def usual(lesson: Lesson) -> str:
    """A folded table for each exercise: the mistake, its telling lines, and what `check` says to it."""
    return "\n\n".join(_table(exercise) for exercise in lesson.exercises)


def telling_lines(wrong: Wrong, exercise: Exercise) -> list[str]:
    """The lines by which a wrong answer differs from the solution; none where it only leaves some out."""
    ours, theirs = _lines(exercise.solutions[0]), _lines(wrong.forms[0])
    blocks = SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes()
    lines = [line for kind, _, _, begin, end in blocks if kind != "equal" for line in theirs[begin:end]]
    lines = [line for line in lines if not line.startswith(("import ", "from ", "#", '"""'))]
    return [*lines[:MOST_LINES], "…"] if len(lines) > MOST_LINES else lines


def _table(exercise: Exercise) -> str:
    rows = [
        f"| {wrong.name.replace('_', ' ')} | {_shown(telling_lines(wrong, exercise))} | {said(wrong)} |"
        for wrong in exercise.wrong
    ]
    title = f"{exercise.number}, <code>{exercise.name}</code>"
    return "\n".join(
        [
            f"<details>\n<summary>{title}: the usual wrong answers</summary>\n",
            "| mistake | telling lines | `check` says |",
            "|---|---|---|",
            *rows,
            "\n</details>",
        ]
    )


def said(wrong: Wrong) -> str:
    """What `check` says, with … for what it saw in that run."""
    return _cell(re.sub(r"\{[^{}]*\}\.?", "…", wrong.message))


def _shown(lines: list[str]) -> str:
    if not lines:
        return "*something is left out*"
    return "<br>".join(line if line == "…" else _code(line) for line in lines)


def _code(line: str) -> str:
    fence = "``" if "`" in line else "`"
    return f"{fence}{_cell(shorten(line, LONGEST_LINE))}{fence}"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _lines(code: str) -> list[str]:
    """Its lines as Python would write them: other quotes make no other line. Code that is no Python stays."""
    with suppress(SyntaxError):
        code = ast.unparse(ast.parse(code))
    return [line.strip() for line in code.splitlines() if line.strip()]
