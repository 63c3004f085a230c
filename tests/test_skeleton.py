"""The skeleton of a lesson: every cell that its declaration asks for, and nothing that is there already."""

from __future__ import annotations

from pathlib import Path

import pytest

from . import specimen
from .reading import rules
from .reading.cells import number, part
from .reading.page import Page
from .reading.skeleton import completed, main


def test_a_new_notebook_keeps_every_rule_of_the_contract(tmp_path: Path) -> None:
    page = Page(completed(None, specimen.lesson(), tmp_path), specimen.lesson(), tmp_path)
    assert [breach for rule in rules.CONTRACT for breach in rule(page)] == []


def test_a_whole_notebook_stays_as_it_is(tmp_path: Path) -> None:
    assert completed(specimen.notebook(), specimen.lesson(), tmp_path) == specimen.notebook()


def test_an_exercise_that_is_new_comes_before_the_exit_question(tmp_path: Path) -> None:
    lacking = specimen.notebook()
    lacking.cells = [
        cell for cell in lacking.cells if number(cell) != "97.4" and 'check("97.4"' not in cell.source
    ]
    cells = completed(lacking, specimen.lesson(), tmp_path).cells
    exit_question = next(at for at, cell in enumerate(cells) if "Exit question" in cell.source)
    assert [part(cell) for cell in cells[exit_question - 4 : exit_question]] == [
        "task",
        "stub",
        None,
        "solution",
    ]
    assert len(cells) == len(specimen.notebook().cells)


def test_without_a_declaration_it_says_what_comes_first(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["98"]) == 1
    assert capsys.readouterr().err.endswith("Write notebooks/asynclab/exercises/lesson_….py first.\n")
