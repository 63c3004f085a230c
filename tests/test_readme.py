"""README's index of lessons says what the lessons say of themselves."""

from __future__ import annotations

import re

import nbformat
import pytest

from asynclab.exercises import Lesson, lessons

from .reading import NOTEBOOKS
from .reading.cells import minutes
from .reading.readme import README, said_in, with_index, written_in

ROW = re.compile(r"^\| \[(\w+) (.+?)\]\(notebooks/(\w+)\.ipynb\) \| (\d+) \| (.+) \|$", re.MULTILINE)

Row = tuple[str, str, str, int]  # number, title, file, minutes


def listed() -> list[Row]:
    rows = ROW.findall(README.read_text(encoding="utf-8"))
    return [(number, title, slug, int(needed)) for number, title, slug, needed, _ in rows]


def declared() -> list[Row]:
    return [
        (lesson.number, lesson.title, lesson.slug, minutes(nbformat.read(path, as_version=4), lesson))
        for lesson in lessons()
        if (path := NOTEBOOKS / f"{lesson.slug}.ipynb").exists()
    ]


def test_each_row_has_the_number_title_file_and_minutes_of_its_lesson() -> None:
    assert listed() == declared()


def test_every_notebook_is_linked_from_the_index_exactly_once() -> None:
    assert [slug for _, _, slug, _ in listed()] == sorted(path.stem for path in NOTEBOOKS.glob("*.ipynb"))


def test_the_index_of_errors_says_what_the_lessons_declare() -> None:
    readme = README.read_text(encoding="utf-8")
    assert readme == with_index(readme), "make notebooks writes it"


@pytest.mark.parametrize("lesson", [each for each in lessons() if each.errors], ids=lambda each: each.number)
def test_each_error_of_the_index_is_met_in_its_section_in_these_words(lesson: Lesson) -> None:
    notebook = nbformat.read(NOTEBOOKS / f"{lesson.slug}.ipynb", as_version=4)
    missing = {words: at for words, at in lesson.errors.items() if words not in said_in(notebook, at)}
    missing |= {
        words: at for words, at in lesson.newer_words.items() if words not in written_in(notebook, at)
    }
    assert missing == {}
