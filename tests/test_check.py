"""`check`: one verdict, one line of ticks, whatever is handed in."""

from __future__ import annotations

import asyncio
import dataclasses
import importlib
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from asynclab import cells as cells_of
from asynclab import progress, submission, work
from asynclab.progress import Answer, Progress
from tests import practice

Printed = pytest.CaptureFixture[str]

checking = importlib.import_module("asynclab.check")
check = checking.check
PASSING = practice.NAP.solutions[0]
MARK = "def mark(function):\n    function.marked = True\n    return function\n"


@pytest.fixture(autouse=True)
def notebook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A new kernel in a learner's folder, with the practice lesson; its `In` holds the cells run."""
    cells = ModuleType("__main__")
    vars(cells)["In"] = [""]
    monkeypatch.delenv("ASYNCLAB_PROGRESS", raising=False)
    monkeypatch.chdir(tmp_path)
    for module in (cells_of, checking, submission):
        monkeypatch.setattr(module, "notebook", lambda: dict(vars(cells)))
    monkeypatch.setattr(checking, "find", practice.find)
    monkeypatch.setattr(checking, "lesson", {"00": practice.LESSON}.__getitem__)
    monkeypatch.setattr(progress, "_session", Progress())
    return cells


def run(cells: ModuleType, source: str, name: str = "nap") -> Any:
    """Run a cell with this source; what it defines under the name."""
    vars(cells)["In"].append(source)
    vars(cells)[name] = practice.defined(source, name)
    return vars(cells)[name]


def said(capsys: Printed, *arguments: Any, **options: Any) -> list[str]:
    capsys.readouterr()
    check(*arguments, **options)
    return capsys.readouterr().out.splitlines()


def test_a_right_answer_is_ticked(notebook: ModuleType, capsys: Printed) -> None:
    assert said(capsys, "0.4", run(notebook, PASSING)) == ["0.4 ✓ 1 rang.", "00 P0/1 E1/2"]
    assert progress.load() == Progress({}, frozenset({"0.4"}), {"0.4": Answer(PASSING, True)})


def test_a_wrong_answer_is_met_with_its_message(notebook: ModuleType, capsys: Printed) -> None:
    source = practice.NAP.wrong[0].forms[1]

    assert said(capsys, "0.4", run(notebook, source)) == [
        "0.4 ✗ You returned a coroutine: 0 rang. Which word waits for it?",
        "00 P0/1 E0/2",
    ]
    assert progress.load() == Progress(answers={"0.4": Answer(source, False)})


@pytest.mark.parametrize(
    "source",
    [
        practice.NAP.stub,
        "# my notes\nasync def nap( bell ):\n\n    # nothing yet\n    bell\n",
        f"from __future__ import annotations\n{practice.NAP.stub}",
    ],
)
def test_the_stub_is_not_attempted_whatever_its_comments(
    notebook: ModuleType, capsys: Printed, source: str
) -> None:
    assert said(capsys, "0.4", run(notebook, source)) == ["0.4 ○ not attempted", "00 P0/1 E0/2"]
    assert progress.load() == Progress()


def altered(stub: str, cell: str) -> bool:
    exercise = dataclasses.replace(practice.NAP, stub=stub)
    return not submission.untouched(exercise, practice.defined(cell, "nap"))


@pytest.mark.parametrize(
    ("stub", "cell"),
    [
        ("async def nap(bell): ...", "async def nap(bell, loud=True): ..."),
        ("async def nap(bell): ...", "def nap(bell): ..."),
        (f"{MARK}def nap(): ...", f"{MARK}@mark\ndef nap(): ..."),
        ("class nap:\n    flag = False", "class nap:\n    flag = True"),
        ("class nap:\n    def go(self): ...", "class nap:\n    async def go(self): ..."),
        ("class nap:\n    def go(self): ...", "class nap:\n    @staticmethod\n    def go(self): ..."),
        ("class nap: ...", "class nap(dict): ..."),
        ("def part(): ...\ndef nap(): part()", "def part(): return 1\ndef nap(): part()"),
        ("wait = 1\ndef nap(): return wait", "wait = 2\ndef nap(): return wait"),
        ("def nap(): return 1", "def nap(): return True"),
        ("def nap():\n    def inner(): return 1", "def nap():\n    def inner(): return 2"),
        ("nap = [1, 2]", "nap = [2, 1]"),
    ],
)
def test_any_change_of_meaning_counts_as_an_attempt(stub: str, cell: str) -> None:
    assert not altered(stub, stub)
    assert altered(stub, cell)


def test_a_stub_that_calls_itself_can_be_compared() -> None:
    stub = "def nap(n):\n    other(n)\ndef other(n):\n    nap(n)\n    other(n)\n"

    assert not altered(stub, stub)


def test_without_an_object_the_notebook_is_asked(notebook: ModuleType, capsys: Printed) -> None:
    assert said(capsys, "0.4")[0] == (
        "0.4 ○ `nap` is not defined yet. Run the cell that defines it, then this one."
    )
    run(notebook, practice.NAP.stub)
    assert said(capsys, "0.4")[0] == "0.4 ○ not attempted"


def test_another_name_is_told_apart(notebook: ModuleType, capsys: Printed) -> None:
    other = practice.defined("def together(): ...", "together")

    assert said(capsys, "0.4", other)[0] == (
        '0.4 ✗ This exercise is about `nap`; you handed in `together`: check("0.4", nap).'
    )


def test_an_answer_under_its_name_may_call_itself_something_else(
    notebook: ModuleType, capsys: Printed
) -> None:
    source = "async def other(bell):\n    return await bell.ring()\nnap = other\n"

    assert said(capsys, "0.4", run(notebook, source))[0] == "0.4 ✓ 1 rang."


def test_a_call_instead_of_the_function_is_told(notebook: ModuleType, capsys: Printed) -> None:
    nap = run(notebook, PASSING)

    assert said(capsys, "0.4", nap(None))[0] == (
        '0.4 ✗ That is a call of a function. Hand in the function itself: check("0.4", nap).'
    )


@pytest.mark.parametrize("thing", [3, None, "nap", [1]])
def test_what_is_no_function_is_told(capsys: Printed, thing: object) -> None:
    assert said(capsys, "0.4", thing)[0] == (
        f"0.4 ✗ `nap` must be a function or a class; what you handed in is of type {type(thing).__name__}."
    )


def test_a_cell_that_does_not_compile_is_told_instead_of_judging_the_old_one(
    notebook: ModuleType, capsys: Printed
) -> None:
    nap = run(notebook, PASSING)
    vars(notebook)["In"].append("import time\nasync def nap(bell)\n    return 1\n")

    assert said(capsys, "0.4", nap)[0] == (
        "0.4 ✗ Your last cell with `nap` does not compile (line 2: expected ':'). Mend it and run it first."
    )


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        ("0.9", "There is no exercise or prediction '0.9'."),
        ("0.1", '0.1 is a prediction: predict("0.1", "a").'),
        ("<b>", "There is no exercise or prediction '<b>'."),
    ],
)
def test_a_number_that_is_no_exercise_gets_one_sentence(capsys: Printed, number: str, sentence: str) -> None:
    assert said(capsys, number, print) == [sentence]


@pytest.mark.parametrize(
    ("stage", "sentence"),
    [
        (1, '0.4 hint 1 of 2: A coroutine does nothing by itself. Then: check("0.4", hint=2).'),
        (2, "0.4 hint 2 of 2: Put one word in front."),
        (3, "0.4 has 2 hints, and you have seen them all: a wrong try tells you more."),
        (-1, "0.4: hints are numbered 1 to 2."),
        ("1", "0.4: hints are numbered 1 to 2."),
    ],
)
def test_hints_come_one_at_a_time(capsys: Printed, stage: Any, sentence: str) -> None:
    assert said(capsys, "0.4", hint=stage) == [sentence]


def test_what_cannot_travel_is_a_sentence(notebook: ModuleType, capsys: Printed) -> None:
    nap = run(notebook, "import threading\nlock = threading.Lock()\nasync def nap(bell):\n    lock\n")

    assert said(capsys, "0.4", nap)[0] == (
        "0.4 ✗ `nap` uses `lock` (a lock), which cannot travel to the process that checks. "
        "Can you make it inside `nap`?"
    )


def test_what_the_answer_printed_is_shown_on_request_as_plain_text(
    notebook: ModuleType, capsys: Printed
) -> None:
    nap = run(
        notebook, "async def nap(bell):\n    print('<b>', '\\x1b[31mred')\n    return await bell.ring()\n"
    )

    assert said(capsys, "0.4", nap) == ["0.4 ✓ 1 rang.", "00 P0/1 E1/2"]
    assert said(capsys, "0.4", nap, output=True) == [
        "0.4 ✓ 1 rang.",
        "Your code printed:",
        "<b> ␛[31mred",
        "00 P0/1 E1/2",
    ]


def test_a_message_with_terminal_codes_stays_one_harmless_line(notebook: ModuleType, capsys: Printed) -> None:
    nap = run(notebook, "async def nap(bell):\n    raise ValueError('a\\nb\\x1b[2J')\n")

    assert said(capsys, "0.4", nap)[0] == "0.4 ✗ Your `nap` raised ValueError: a␊b␛[2J (line 2)."


def test_our_own_mistake_is_not_noted_as_an_answer(
    notebook: ModuleType, capsys: Printed, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = dataclasses.replace(practice.NAP, done="{nothing}")
    monkeypatch.setattr(checking, "find", {"0.4": broken}.__getitem__)
    lesson = dataclasses.replace(practice.LESSON, exercises=(broken, practice.TOGETHER))
    monkeypatch.setattr(checking, "lesson", {"00": lesson}.__getitem__)

    assert said(capsys, "0.4", run(notebook, PASSING)) == [
        "0.4 ! The check itself failed: KeyError: 'nothing'. That is our mistake, not yours.",
        "00 P0/1 E0/2",
    ]
    assert progress.load() == Progress()


def test_the_work_is_offered_once_each_exercise_was_tried(
    notebook: ModuleType, capsys: Printed, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    said(capsys, "0.4", run(notebook, PASSING))
    assert not (tmp_path / work.FILE).exists()

    last = said(capsys, "0.5", run(notebook, practice.TOGETHER.wrong[0].forms[0], "together"))

    assert last[1:] == ["00 P0/1 E1/2", f"{work.REMINDER} my_work.zip"]
    assert (tmp_path / work.FILE).exists()


def test_an_interrupt_before_the_judge_answers_is_a_sentence(
    notebook: ModuleType, capsys: Printed, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(checking.Judge, "__call__", interrupted)

    assert said(capsys, "0.4", run(notebook, PASSING))[0] == "0.4 ○ interrupted before it was judged."


def test_in_a_real_kernel_cells_travel_and_their_text_is_kept(tmp_path: Path, root: Path) -> None:
    setup = f"""
import sys; sys.path[:0] = [{str(root)!r}, {str(root / "notebooks")!r}]
import importlib
from tests import practice
checking = importlib.import_module("asynclab.check"); check = checking.check
checking.find = practice.find; checking.lesson = lambda number: practice.LESSON
"""
    cells = [
        setup,
        practice.NAP.stub,
        'check("0.4", nap)',
        "async def nap(bell):\n    return await helper(bell)\n\n"
        "async def helper(bell):\n    raise ValueError(LIMIT)",
        "LIMIT = 3",
        'check("0.4", nap)',
        "async def nap(bell):\n    get_ipython()",
        'check("0.4", nap)',
        "async def nap(bell)",
        'check("0.4", nap)',
        f"%time x = 1\n{PASSING}",
        'check("0.4", nap)',
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    client = NotebookClient(notebook, allow_errors=True, resources={"metadata": {"path": str(tmp_path)}})
    asyncio.run(client.async_execute())

    shown = ["".join(output.get("text", "") for output in cell.outputs) for cell in notebook.cells]
    assert [shown[n].splitlines()[0] for n in (2, 5, 9, 11)] == [
        "0.4 ○ not attempted",
        "0.4 ✗ Your `helper` raised ValueError: 3 (line 5).",
        "0.4 ✗ Your last cell with `nap` does not compile (line 1: expected ':'). Mend it and run it first.",
        "0.4 ✓ 1 rang.",
    ], shown
    assert shown[7].startswith("0.4 ✗ `nap` uses `get_ipython` (a "), shown[7]
    kept = json.loads((tmp_path / "progress.json").read_text(encoding="utf-8"))
    assert kept["answers"] == {"0.4": {"text": cells[10].rstrip(), "passed": True}}
