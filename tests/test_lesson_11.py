"""What lesson 11 claims beyond its declarations: whose steps are on the finished page, and that it runs."""

from __future__ import annotations

import sys
from typing import Any

import httpx
import pytest

from asynclab import progress
from asynclab.client import fetch
from asynclab.dashboard import parts, steps
from asynclab.dashboard.drawing import Dashboard
from asynclab.dashboard.page import dashboard, open_dashboard, read
from asynclab.exercises import Exercise, Prediction, find
from tests import cafe, practice

THE_COURSES = "the course's: yours is not written yet"


@pytest.fixture(autouse=True)
def ready(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server gets the database that this process has, as in a kernel."""
    cafe.ready()
    from django.db import connections

    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{connections.settings['default']['NAME']}")


@pytest.fixture
def cells(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the cells of a notebook define, and what they were typed as."""
    names: dict[str, Any] = {"In": [""]}
    monkeypatch.setattr(steps, "notebook", lambda: names)
    monkeypatch.setattr(steps, "untouched", lambda exercise, obj: names["In"][-1] == exercise.stub)
    texts: dict[str, str] = names.setdefault("texts", {})
    monkeypatch.setattr(steps, "last_cell", texts.get)
    monkeypatch.setattr(progress, "_session", progress.Progress())
    monkeypatch.setenv("ASYNCLAB_PROGRESS", "off")
    return names


def answered(cells: dict[str, Any], number: str, text: str, *, passed: bool) -> None:
    """Somebody types this, runs it, and checks it."""
    exercise = find(number)
    assert isinstance(exercise, Exercise)
    cells[exercise.name] = practice.defined(text, exercise.name)
    cells["texts"][exercise.name] = text
    cells["In"].append(text)
    ticked = frozenset([number] if passed else [])
    progress.note(progress.Progress({}, ticked, {number: progress.Answer(text, passed)}))


def solution(number: str, form: int = 0) -> str:
    exercise = find(number)
    assert isinstance(exercise, Exercise)
    return exercise.solutions[form]


def test_what_is_not_written_is_the_courses(cells: dict[str, Any]) -> None:
    assert set(steps.told().values()) == {THE_COURSES}
    assert steps.yours() == {}


def test_a_step_that_has_passed_is_yours(cells: dict[str, Any]) -> None:
    answered(cells, "11.6", solution("11.6", 1), passed=True)

    assert steps.told()["2, the feed"] == "yours"
    assert steps.yours() == {"Feed": cells["Feed"]}


def test_a_step_that_has_failed_is_the_courses(cells: dict[str, Any]) -> None:
    answered(cells, "11.3", "async def ask_all(ask, names, patience): return {}", passed=False)

    assert steps.told()["1, the suppliers"] == "the course's: yours has not passed its check"


def test_a_step_that_has_changed_since_is_the_courses(cells: dict[str, Any]) -> None:
    answered(cells, "11.3", solution("11.3"), passed=True)
    cells["texts"]["ask_all"] += "\n# one more thought\nask_all = None"

    assert steps.told()["1, the suppliers"] == "the course's: yours has changed since its check"


def test_a_step_that_was_never_checked_is_the_courses(cells: dict[str, Any]) -> None:
    cells["ask_all"] = practice.defined(solution("11.3"), "ask_all")

    assert steps.told()["1, the suppliers"] == "the course's: yours has not been checked"


@pytest.mark.parametrize("form", [0, 1], ids=["as printed", "written differently"])
def test_the_finished_page_runs_on_your_steps(cells: dict[str, Any], form: int) -> None:
    for number in ("11.3", "11.6", "11.8", "11.10"):
        answered(cells, number, solution(number, form), passed=True)

    async def visit() -> tuple[Dashboard, str, str]:
        async with open_dashboard() as server, httpx.AsyncClient(trust_env=False) as http:
            page = await http.get(server.link, params={"milk": "500", "cups": "timeout"})
            async with http.stream("GET", f"{server.link}events/") as events:
                first = await anext(events.aiter_lines())
        return read(page.text), first, server.log

    page, first, log = cafe.run(visit())
    assert page.suppliers == {"beans": "12 kg", "cups": "late", "milk": "failed"}
    assert set(page.steps.values()) == {"yours"}
    assert first.replace(" ", "") in ("id:1", "retry:1000")
    assert "timing: /dashboard/ " in log
    assert "timing: /dashboard/events/ " in log


def test_a_step_that_cannot_travel_is_named_and_the_page_runs(cells: dict[str, Any]) -> None:
    answered(cells, "11.3", solution("11.3"), passed=True)
    cells["ask_all"].stuck = sys._getframe()  # an attribute travels along

    async def visit() -> Dashboard:
        async with open_dashboard() as server, httpx.AsyncClient(trust_env=False) as http:
            return read((await http.get(server.link)).text)

    page = cafe.run(visit())
    assert page.steps["1, the suppliers"].startswith("the course's: `ask_all` ")
    assert page.suppliers == {"beans": "12 kg", "cups": "250 pieces", "milk": "40 litres"}


def test_a_part_stands_in_until_the_block_ends() -> None:
    class Other:
        def __init__(self, keep: int) -> None:
            self.keep = keep

    with parts.standing_in(lambda name: Other):
        assert parts.feed(7).keep == 7
    assert type(parts.feed()).__name__ == "Feed"


def test_a_drawing_shows_what_a_supplier_says_as_text() -> None:
    page = Dashboard({"beans": "<b>"}, ["tea for <script>"])

    assert "&lt;b&gt; left" in page.svg()
    assert "<script>" not in page.svg()
    assert page.text().splitlines() == [
        "Dashboard",
        "Suppliers",
        "  beans  <b> left",
        "Newest orders",
        "  tea for <script>",
    ]


def test_a_drawing_is_made_of_the_cafes_own_suppliers() -> None:
    assert cafe.run(dashboard(milk="garbage")).row() == {
        "page: beans": "12 kg",
        "page: cups": "250 pieces",
        "page: milk": "failed",
    }


# What the runs decide


@pytest.mark.parametrize(("way", "letter"), [("fails", "b"), ("answers", "a")])
def test_the_run_of_11_2_decides_it(way: str, letter: str) -> None:
    from django.http import HttpResponse

    async def page(request: Any) -> HttpResponse:
        if way == "fails":
            raise LookupError
        return HttpResponse("12 kg")

    async def send() -> Any:
        return await fetch("/", view=page)

    asked = find("11.2")
    assert isinstance(asked, Prediction)
    assert asked.settle(cafe.run(send())) == letter


@pytest.mark.parametrize(
    ("diary", "letter"),
    [(["noted", "piece 1"], "b"), (["piece 1", "noted"], "a"), (["piece 1", "noted", "piece 2"], "c")],
)
def test_the_diary_of_11_7_decides_it(diary: list[str], letter: str) -> None:
    from django.http import HttpResponse

    async def page(request: Any) -> HttpResponse:
        request.scope["diary"] = diary
        return HttpResponse("")

    async def send() -> Any:
        return await fetch("/", view=page)

    asked = find("11.7")
    assert isinstance(asked, Prediction)
    assert asked.settle(cafe.run(send())) == letter
