"""The blocks of docs/instructors.md, and of the other pages that derive something."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from xml.etree import ElementTree as ET

from asynclab.exercises import Lesson, lessons

from ..reading.cells import minutes
from . import DOCS, NOTEBOOKS, ROOT, architecture, mistakes, seen
from .blocks import with_block
from .plans import plans, timetable
from .routes import routes
from .teaching import Teaching, teaching

GUIDE, ARCHITECTURE = DOCS / "instructors.md", DOCS / "architecture.md"
README, DEPLOY, CLASS = ROOT / "README.md", DOCS / "deploy/README.md", DOCS / "class.md"
ARCHITECTURE_PICTURE = seen.PICTURES / "architecture.svg"


def written() -> dict[Path, str]:
    """Every file that this package writes, with its text. Raises LookupError where notes are missing."""
    core = [lesson for lesson in lessons() if lesson.core and (NOTEBOOKS / f"{lesson.slug}.ipynb").exists()]
    by_number = {lesson.number: lesson for lesson in core}
    guide = GUIDE.read_text(encoding="utf-8")
    guide = with_block(guide, "timetable", "\n\n".join(timetable(plan, by_number) for plan in plans()))
    guide = with_block(
        guide, "lessons", "\n\n".join(chapter(lesson, teaching(lesson.number)) for lesson in core)
    )
    guide = with_block(guide, "sizing", sizing(GUIDE))
    files = {GUIDE: guide, ARCHITECTURE_PICTURE: architecture.drawing() + "\n"}
    files[README] = with_block(README.read_text(encoding="utf-8"), "routes", routes())
    files[DEPLOY] = with_block(DEPLOY.read_text(encoding="utf-8"), "sizing", sizing(DEPLOY))
    page = ARCHITECTURE.read_text(encoding="utf-8")
    files[ARCHITECTURE] = with_block(page, "layers", architecture.twin())
    for lesson in core:
        files[seen.file_of(lesson)] = _picture(lesson)[1] + "\n"
    return files


def sizing(page: Path) -> str:
    """Where a page says how large a machine a class takes: only what `make class` has measured."""
    if not CLASS.exists():
        return "Not measured yet: `make class` does it, and then `make guide` puts the table here."
    way = os.path.relpath(CLASS, page.parent).replace(os.sep, "/")
    table = CLASS.read_text(encoding="utf-8").partition("## Sizing")[2].strip()
    return f"Measured with a class on one machine: [{CLASS.name}]({way}).\n\n{table}"


def chapter(lesson: Lesson, notes: Teaching) -> str:
    """One lesson's part of the guide."""
    needed = minutes(seen.read(lesson), lesson)
    practice = sum(exercise.minutes for exercise in lesson.exercises)
    return "\n\n".join(
        [
            f"### {lesson.number} {lesson.title}",
            f"[The lesson](../notebooks/{lesson.slug}.ipynb) takes about {needed} minutes: "
            f"{needed - practice} teaching, {practice} exercises.",
            *_question(notes),
            f"**Live-code:**\n\n{_listed(notes.live)}",
            f"**Skip:**\n\n{_listed(notes.skip)}",
            f"**Late:**\n\n- by five minutes: {notes.five}\n- by ten: {notes.ten}",
            *_what_you_see(lesson, notes),
            mistakes.usual(lesson),
        ]
    )


def _question(notes: Teaching) -> Iterator[str]:
    asked = notes.question
    yield f"**Hands up, after {asked.after}.** {asked.text}"
    rows = [
        f"| **{letter}** | {text} | {'*right*' if letter == asked.right else asked.tells[letter]} |"
        for letter, text in asked.options.items()
    ]
    yield "\n".join(["| | answer | whoever says so … |", "|---|---|---|", *rows])
    yield f"This cell shows it, and prints:\n\n```python\n{asked.code}\n```"
    yield f"```text\n{asked.shows}\n```"


def _what_you_see(lesson: Lesson, notes: Teaching) -> Iterator[str]:
    text, svg = _picture(lesson)
    title = ET.fromstring(svg).findtext("{*}title") or ""
    at = seen.file_of(lesson).relative_to(DOCS).as_posix()
    yield f"**What you should see** in {notes.picture}:"
    yield f"```text\n{text}\n```"
    yield f"![{title.replace('[', '(').replace(']', ')')}: the words above, drawn]({at})"


def _picture(lesson: Lesson) -> tuple[str, str]:
    section = teaching(lesson.number).picture
    try:
        return seen.seen(seen.sections(seen.read(lesson)).get(section, []))
    except LookupError:
        reason = (
            f"Lesson {lesson.number} shows no picture in {section}: choose another section in docs/teaching/"
        )
        raise LookupError(f"{reason}{lesson.number}.toml.") from None


def _listed(by_section: Mapping[str, str]) -> str:
    return "\n".join(f"- {section}: {text}" for section, text in by_section.items())
