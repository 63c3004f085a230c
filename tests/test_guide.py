"""The instructor guide: complete, made from the declarations, and true of the lessons as they are."""

from __future__ import annotations

import ast
import builtins
import re
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_notebook

from asynclab.exercises import Lesson, lesson, lessons

from .guide import __main__, page, seen, teaching
from .guide.blocks import block, with_block
from .guide.mistakes import telling_lines, usual
from .guide.page import GUIDE, written
from .guide.plans import Plan, plans
from .guide.routes import ROUTES, routes
from .guide.teaching import problems
from .reading import NOTEBOOKS
from .reading.cells import minutes
from .reading.execute import run
from .reading.normalise import COMPARED, applied
from .reading.picture import problems as problems_of_picture

CORE = [each for each in lessons() if each.core and (NOTEBOOKS / f"{each.slug}.ipynb").exists()]
each_core_lesson = pytest.mark.parametrize("lesson", CORE, ids=lambda lesson: lesson.number)

SET_UP = """
import asyncio, time
from asgiref.sync import sync_to_async
from django.http import HttpResponse, StreamingHttpResponse
from asynclab import boot, fetch
boot()
"""


def test_what_is_committed_comes_from_the_declarations() -> None:
    stale = [path.name for path, text in written().items() if path.read_text(encoding="utf-8") != text]
    assert stale == [], "make guide writes them"


def test_no_picture_is_left_of_a_lesson_that_is_gone() -> None:
    assert set(seen.PICTURES.iterdir()) == {path for path in written() if path.suffix == ".svg"}


# What is written by hand


@each_core_lesson
def test_each_core_lesson_has_its_notes_and_they_speak_of_its_sections(lesson: Lesson) -> None:
    notes = teaching.teaching(lesson.number)
    assert list(problems(lesson, notes, set(seen.sections(seen.read(lesson))))) == []


def test_a_lesson_without_notes_is_named_with_the_file_to_write() -> None:
    sentence = "^Lesson 97 has no notes for whoever teaches it: write docs/teaching/97.toml.$"
    with pytest.raises(LookupError, match=sentence):
        teaching.teaching("97")


def test_notes_that_lack_a_part_say_which(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(teaching, "FOLDER", tmp_path)
    whole = (GUIDE.parent / "teaching/00.toml").read_text(encoding="utf-8")
    (tmp_path / "00.toml").write_text(whole.replace("[live]", "[alive]"), encoding="utf-8")
    with pytest.raises(ValueError, match=r"^00.toml: missing \['live'\], unknown \['alive'\]$"):
        teaching.teaching("00")
    (tmp_path / "00.toml").write_text(
        whole.replace("0.8", "0.98").replace("\na =", "\nf ="), encoding="utf-8"
    )
    notes = teaching.teaching("00")
    assert list(problems(lesson("00"), notes, set(seen.sections(seen.read(lesson("00")))))) == [
        "there is no section 0.98",
        "a question has three to five options: a, b, c …",
    ]


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What the cells of all questions print, in one kernel."""
    cells = [new_code_cell(SET_UP)]
    cells += [
        new_code_cell(teaching.teaching(each.number).question.code, id=f"q{each.number}") for each in CORE
    ]
    folder = tmp_path_factory.mktemp("room")
    cells[0].source = f"import sys; sys.path.insert(0, {str(NOTEBOOKS)!r})\n{SET_UP}"
    ran = run(new_notebook(cells=cells), folder)
    return {cell.id: "".join(output.get("text", "") for output in cell.outputs) for cell in ran.cells}


@each_core_lesson
def test_the_cell_of_each_question_prints_what_the_guide_says(
    lesson: Lesson, printed: dict[str, str]
) -> None:
    shown = iter(applied(COMPARED, printed[f"q{lesson.number}"]).splitlines())  # in this order
    said_there = applied(COMPARED, teaching.teaching(lesson.number).question.shows).splitlines()
    assert [line for line in said_there if line not in shown] == []


@each_core_lesson
def test_the_cell_of_each_question_needs_nothing_that_the_lesson_has_not_given_by_then(
    lesson: Lesson,
) -> None:
    asked = teaching.teaching(lesson.number).question
    given, number = set(dir(builtins)), ""
    for number, cells in seen.sections(seen.read(lesson)).items():
        code = [cell.source for cell in cells if cell.cell_type == "code"]
        given |= {name for source in code for name in names(source, ast.Store)}
        if number == asked.after:
            break
    assert number == asked.after
    assert names(asked.code, ast.Load) - names(asked.code, ast.Store) - given == set()


def names(code: str, use: type[ast.expr_context]) -> set[str]:
    """The names that a cell reads, or those that it gives: by assignment, import, def or class."""
    found = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Name) and isinstance(node.ctx, use):
            found.add(node.id)
        elif use is ast.Store and isinstance(node, ast.alias):
            found.add((node.asname or node.name).partition(".")[0])
        elif use is ast.Store and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif use is ast.Store and isinstance(node, ast.arg):
            found.add(node.arg)
    return found


# Timetables


def test_a_day_nets_285_minutes_and_so_do_two_half_days() -> None:
    day, first, second = plans()
    assert (day.planned, day.slack) == (240, 45)
    assert (first.planned + second.planned, first.slack + second.slack) == (240, 45)
    assert lessons_of(day) == lessons_of(first) + lessons_of(second)
    assert lessons_of(day) == ["00", "01", "02", "03", "04", "05", "06", "08", "10"]


def lessons_of(plan: Plan) -> list[str]:
    return [part.lesson for part in plan.parts if part.lesson]


@each_core_lesson
def test_a_slot_is_at_least_as_long_as_its_lesson(lesson: Lesson) -> None:
    needed = minutes(seen.read(lesson), lesson)
    slots = [part for plan in plans() for part in plan.parts if part.lesson == lesson.number]
    assert [part.minutes for part in slots if not part.sections and part.minutes < needed] == []
    named = {number for part in slots for number in re.findall(r"[\d.]+\d", part.sections)}
    assert named <= set(seen.sections(seen.read(lesson)))


# What is taken out of the lessons


@each_core_lesson
def test_each_picture_is_one_that_github_shows_and_has_its_text_first(lesson: Lesson) -> None:
    text, svg = seen.seen(seen.sections(seen.read(lesson))[teaching.teaching(lesson.number).picture])
    assert list(problems_of_picture(svg)) == []
    assert text
    assert max(map(len, text.splitlines())) <= 60


@each_core_lesson
def test_each_wrong_answer_stands_in_the_guide_with_what_is_said_to_it(lesson: Lesson) -> None:
    guide = GUIDE.read_text(encoding="utf-8")
    wrong = [each for exercise in lesson.exercises for each in exercise.wrong]
    rows = {each.name: rf"^\| {each.name.replace('_', ' ')} \| .*\| \S.* \|$" for each in wrong}
    assert [name for name, row in rows.items() if not re.search(row, guide, re.MULTILINE)] == []
    assert usual(lesson) in guide


def test_the_telling_lines_are_those_that_differ_from_the_solution() -> None:
    tea = lesson("00").exercises[0]
    lines = {wrong.name: telling_lines(wrong, tea) for wrong in tea.wrong}
    assert (lines["forgets_await"], lines["returns_nothing"]) == (["asyncio.sleep(0.1)"], [])


# The page


def test_a_block_is_replaced_and_what_people_write_around_it_stays() -> None:
    page = "One.\n<!-- begin: x -->\nold\n<!-- end: x -->\nTwo.\n"
    new = with_block(page, "x", "new\nlines\n")
    assert new == "One.\n<!-- begin: x -->\nnew\nlines\n<!-- end: x -->\nTwo.\n"
    assert block(new, "x") == "new\nlines"


@pytest.mark.parametrize("text", ["", "<!-- begin: x -->\n", "<!-- end: x -->\n<!-- begin: x -->\n"])
def test_a_page_without_the_two_markers_is_refused(text: str) -> None:
    with pytest.raises(LookupError, match=r"^The page needs the lines '<!-- begin: x -->' and"):
        with_block(text, "x", "new")


def test_check_says_what_is_stale_and_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "page.md"
    monkeypatch.setattr(__main__, "ROOT", tmp_path)
    monkeypatch.setattr(__main__, "written", lambda: {page: "new\n"})
    assert (__main__.main(["--check"]), page.exists()) == (1, False)
    assert (__main__.main([]), page.read_text()) == (0, "new\n")
    assert (__main__.main(["--check"]), capsys.readouterr().out) == (0, "page.md: stale\npage.md: written\n")


def test_sizes_are_those_that_make_class_has_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page, "CLASS", tmp_path / "class.md")
    assert page.sizing(tmp_path / "guide.md").startswith("Not measured yet: `make class`")
    (tmp_path / "class.md").write_text("# A class\n\nfigures\n\n## Sizing\n\n| learners |\n")
    measured = "Measured with a class on one machine"
    assert page.sizing(tmp_path / "guide.md") == f"{measured}: [class.md](class.md).\n\n| learners |"
    below = page.sizing(tmp_path / "deploy/README.md")
    assert below == f"{measured}: [class.md](../class.md).\n\n| learners |"


# README's routes


def test_the_routes_link_lessons_that_exist_and_add_up_their_minutes() -> None:
    needed = {each.number: minutes(seen.read(each), each) for each in lessons()}
    table = routes()
    for route in ROUTES:
        [row] = [line for line in table.splitlines() if line.startswith(f"| **{route.name}** |")]
        taken = [number for number in needed if number in (route.lessons or needed)]
        if route.lessons:
            assert re.findall(r"\[(\w+)\]\(notebooks/", row) == taken
        assert row.endswith(f"| {sum(needed[number] for number in taken)} |")


def test_the_day_of_the_guide_is_the_route_for_learning() -> None:
    assert lessons_of(plans()[0]) == list(ROUTES[1].lessons)
