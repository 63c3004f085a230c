"""Each lesson as a learner has it: the copy is opened, run, played with, answered, and run again."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from asynclab import editions
from asynclab.exercises import Lesson, Prediction, lessons

from . import axe
from .conftest import new_page
from .lab import Lab
from .notebook import OUTPUT, RENDERED, Notebook

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

LESSONS = {
    lesson.number: lesson for lesson in lessons() if (editions.NOTEBOOKS / f"{lesson.slug}.ipynb").exists()
}
CONTENT = [RENDERED, OUTPUT]
# JupyterLab's own, in each notebook of the world: its themes show a link by colour alone,
# and in dark a comment in code has a contrast of 4.15:1, where 4.5:1 is asked.
LINKS, COLOURED = ["link-in-text-block"], [f"{RENDERED} pre code span"]
PLANT = """places => [places.at(0), places.at(-1)].map(place => {
    const pale = Object.assign(document.createElement('p'), {className: 'planted', textContent: 'pale'});
    pale.style = 'color: #777; background: #666';
    place.append(pale);
}).length"""
UPROOT = "document.querySelectorAll('.planted').forEach(pale => pale.remove())"


@dataclass
class Opened:
    """A lesson, open, after Run All."""

    lesson: Lesson
    notebook: Notebook
    mishaps: list[str] = field(default_factory=list)  # what JupyterLab or a script in the page complained of


@pytest.fixture(scope="module", params=sorted(LESSONS, reverse=True))  # the last lessons take longest
def opened(request: pytest.FixtureRequest, browser: Browser, jupyterlab: Lab) -> Iterator[Opened]:
    lesson = LESSONS[request.param]
    page = new_page(browser)
    mishaps: list[str] = []
    page.on("pageerror", lambda error: mishaps.append(str(error)))
    notebook = Notebook(page, jupyterlab, lesson.slug)
    notebook.run_all()
    yield Opened(lesson, notebook, mishaps)
    notebook.close()
    page.context.close()


def test_run_all_shows_nothing_red(opened: Opened) -> None:
    assert opened.notebook.red == {}
    assert opened.mishaps == []


def test_each_control_is_moved_by_keyboard_and_by_mouse(opened: Opened) -> None:
    written = [cell for cell in opened.notebook.cells if cell.is_code and "await control(" in cell.source]
    found = opened.notebook.controls()
    assert len(found) == len(written)
    for controls in found:
        assert len({control.name for control in controls}) == len(controls) > 0
        for control in controls:
            by_keyboard = control.by_keyboard()
            assert control.by_mouse() != by_keyboard
    assert opened.mishaps == []


@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_nothing_serious_keeps_anybody_out(opened: Opened, theme: str) -> None:
    notebook = opened.notebook
    notebook.theme(theme)
    with notebook.unrolled():
        planted = notebook.page.locator(RENDERED).evaluate_all(PLANT)  # the lesson's first words and its last
        found = axe.findings(notebook.page, CONTENT, exclude=COLOURED, spare=LINKS)
        notebook.page.evaluate(UPROOT)
    assert [each for each in found if "planted" not in each] == []
    assert len(found) == planted  # so it has looked from top to bottom


def test_it_has_one_title_and_no_heading_skips_a_level(opened: Opened) -> None:
    levels = axe.headings(opened.notebook.page, RENDERED)
    assert (levels[0], levels.count(1), axe.skipped(levels)) == (1, 1, [])


def test_each_picture_says_what_it_shows(opened: Opened) -> None:
    assert axe.nameless(opened.notebook.page, ", ".join(CONTENT)) == []


def test_a_prediction_is_answered_wrong_and_right(opened: Opened) -> None:
    for prediction in opened.lesson.predictions:
        first, *others = prediction.options
        verdicts = {first: predicted(opened.notebook, prediction, first)}
        shows = re.search(rf"^{prediction.number} ✗ .*The run shows (\w):", verdicts[first], re.DOTALL)
        second = shows[1] if shows else others[0]
        verdicts[second] = predicted(opened.notebook, prediction, second)
        right, wrong = (second, first) if shows else (first, second)
        assert verdicts[right].startswith(f"{prediction.number} ✓ {right}: ")
        assert verdicts[wrong].startswith(f"{prediction.number} ✗ You said {wrong}: ")
        assert words(prediction.replies[wrong]) in words(verdicts[wrong])
    assert opened.mishaps == []


def predicted(notebook: Notebook, prediction: Prediction, letter: str) -> str:
    """Type that letter, run the cell, and the one that settles it: what that says."""
    at = notebook.calling(f'predict("{prediction.number}"')
    notebook.write(at, f'predict("{prediction.number}", "{letter}")')
    assert f"{prediction.number} → {letter}" in notebook.run(at)
    shown = notebook.run(notebook.calling(f'"{prediction.number}"', after=at))
    said = re.search(rf"^{re.escape(prediction.number)} .*", shown, re.MULTILINE | re.DOTALL)
    return said[0] if said else shown


def words(text: str) -> str:
    return " ".join(text.split())


def test_a_wrong_answer_fails_and_after_a_restart_run_all_passes_every_right_one(opened: Opened) -> None:
    notebook, exercises = opened.notebook, opened.lesson.exercises
    for exercise in exercises:
        stub = notebook.where("stub", exercise.number)
        notebook.write(stub, exercise.wrong[0].forms[0])
        notebook.run(stub)
        assert f"{exercise.number} ✗ " in notebook.run(notebook.calling(f'check("{exercise.number}"'))
        notebook.write(stub, exercise.solutions[0])

    notebook.restart_and_run_all()

    assert notebook.red == {}
    cells = notebook.cells
    for exercise in exercises:
        assert f"{exercise.number} ✓ " in cells[notebook.calling(f'check("{exercise.number}"')].text
    known = json.loads((notebook.lab.course / "progress.json").read_text())
    assert {each.number for each in exercises} <= set(known["passed"])
    assert {each.number for each in opened.lesson.predictions} <= set(known["predicted"])
