"""The learner's copies: no outputs, no answers, working links, and nobody's work overwritten."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from asynclab import editions

NOTEBOOKS = Path(editions.__file__).resolve().parent.parent


def reading_edition() -> nbformat.NotebookNode:
    return new_notebook(
        metadata={"widgets": {"state": {}}},
        cells=[
            new_markdown_cell("# 00 · Start\n\n[next](01_next.ipynb)", id="head"),
            new_code_cell(
                "1 + 1",
                id="sum",
                execution_count=3,
                outputs=[new_output("execute_result", {"text/plain": "2"}, execution_count=3)],
                metadata={"tags": ["measured"], "execution": {"started": "now"}},
            ),
            new_markdown_cell(
                "<details>the answer</details>", id="solved", metadata={"asynclab": {"part": "solution"}}
            ),
        ],
    )


@pytest.fixture
def course(tmp_path: Path) -> Path:
    (tmp_path / "notebooks").mkdir()
    for name in ("00_start", "01_next"):
        nbformat.write(reading_edition(), tmp_path / "notebooks" / f"{name}.ipynb")
    return tmp_path / "notebooks"


def made(course: Path) -> list[tuple[bool, str]]:
    return list(editions.make(course / "my_course", course))


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_copy_has_no_outputs_no_counts_and_no_solutions(course: Path) -> None:
    assert made(course) == [(True, f"made 2 of 2 notebooks in {course / 'my_course'}")]
    copy = nbformat.read(course / "my_course" / "00_start.ipynb", as_version=4)
    nbformat.validate(copy)
    assert [(cell.id, dict(cell.metadata)) for cell in copy.cells] == [
        ("head", {}),
        ("sum", {"tags": ["measured"]}),
    ]
    assert (copy.cells[1].outputs, copy.cells[1].execution_count) == ([], None)
    assert copy.metadata == {}


def test_a_copy_is_formatted_as_jupyter_formats_it(course: Path) -> None:
    made(course)
    path = course / "my_course" / "00_start.ipynb"
    assert path.read_text() == nbformat.writes(nbformat.read(path, as_version=4)) + "\n"


def test_an_existing_file_is_kept_and_said_to_be(course: Path) -> None:
    made(course)
    mine = course / "my_course" / "00_start.ipynb"
    mine.write_text("mine")
    assert made(course) == [
        (True, "kept 00_start.ipynb: it is yours (rename it, and the next run makes a fresh one)"),
        (True, "kept 01_next.ipynb: it is yours (rename it, and the next run makes a fresh one)"),
        (True, f"made 0 of 2 notebooks in {course / 'my_course'}"),
    ]
    assert mine.read_text() == "mine"


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("[a](01_next.ipynb)", "[a](01_next.ipynb)"),
        ("[a](./01_next.ipynb#part)", "[a](./01_next.ipynb#part)"),
        ("[a](asynclab/boot.py)", "[a](../asynclab/boot.py)"),
        ("[a](<asynclab/boot.py>)", "[a](<../asynclab/boot.py>)"),
        ("[a](../sample_project/)", "[a](../../sample_project/)"),
        ('![a](img/x.png "title")', '![a](../img/x.png "title")'),
        ("[a]: ../README.md", "[a]: ../../README.md"),
        ('<img src="img/x.png">', '<img src="../img/x.png">'),
        ("[a](https://example.org/x)", "[a](https://example.org/x)"),
        ("[a](mailto:a@example.org)", "[a](mailto:a@example.org)"),
        ("[a](#part)", "[a](#part)"),
        ("`[a](asynclab/boot.py)`", "`[a](asynclab/boot.py)`"),
        ("```\n[a](asynclab/boot.py)\n```", "```\n[a](asynclab/boot.py)\n```"),
        ("```\nx\n```\n[a](b.py)", "```\nx\n```\n[a](../b.py)"),
    ],
)
def test_relative_links_still_lead_where_they_led(link: str, expected: str) -> None:
    text = nbformat.writes(new_notebook(cells=[new_markdown_cell(link)]))
    copy = json.loads(editions.learners_copy(text, "..", frozenset({"01_next.ipynb"})))
    assert "".join(copy["cells"][0]["source"]) == expected


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b'{"cells": [', "no copy of 00_start.ipynb: line 1 is no JSON"),
        (b"[]", "no copy of 00_start.ipynb: it is no notebook of format 4"),
        (b'{"nbformat": 4, "cells": [{}]}', "no copy of 00_start.ipynb: it is no notebook of format 4"),
        (b'{"nbformat": 3, "cells": []}', "no copy of 00_start.ipynb: it is no notebook of format 4"),
        (b"\xff", "no copy of 00_start.ipynb: it is not in UTF-8"),
    ],
)
def test_a_broken_source_is_named_and_the_others_are_copied(course: Path, content: bytes, line: str) -> None:
    (course / "00_start.ipynb").write_bytes(content)
    assert made(course) == [(False, line), (True, f"made 1 of 2 notebooks in {course / 'my_course'}")]
    assert files(course / "my_course") == ["01_next.ipynb", "asynclab.py"]


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EACCES])
def test_a_failed_write_leaves_nothing_half_written(
    course: Path, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "replace", refuse)
    why = os.strerror(code)
    assert made(course) == [
        (False, f"no copy of 00_start.ipynb: {why}"),
        (False, f"no copy of 01_next.ipynb: {why}"),
        (False, f"cannot write asynclab.py: {why}"),
        (True, f"made 0 of 2 notebooks in {course / 'my_course'}"),
    ]
    assert files(course / "my_course") == []


def test_a_folder_that_cannot_be_made_is_one_line(course: Path) -> None:
    (course / "my_course").write_text("a file stands here")
    assert made(course) == [(False, f"cannot make the folder {course / 'my_course'}: File exists")]


def test_an_older_forwarding_module_is_replaced_and_a_strangers_is_kept(course: Path) -> None:
    made(course)
    forward = course / "my_course" / "asynclab.py"
    current = forward.read_text()
    forward.write_text(current.splitlines()[0])
    made(course)
    assert forward.read_text() == current
    forward.write_text("mine")
    assert made(course)[-2] == (
        False,
        "kept asynclab.py: it is not ours, and it hides the course's asynclab; rename it",
    )
    assert forward.read_text() == "mine"


@pytest.mark.parametrize("target", ["my_course", "../far/away"])
def test_the_lab_imports_from_the_copies_folder(tmp_path: Path, target: str) -> None:
    notebooks = tmp_path / "notebooks"
    (notebooks / "asynclab").mkdir(parents=True)
    (notebooks / "asynclab" / "__init__.py").write_text("here = __file__")
    (notebooks / "asynclab" / "part.py").write_text("")
    list(editions.make(notebooks / target, notebooks))
    code = "import asynclab.part, asynclab; print(asynclab.here)"
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=notebooks / target, capture_output=True, text=True, check=False
    )
    assert (ran.stdout.strip(), ran.stderr) == (str(notebooks / "asynclab" / "__init__.py"), "")


def test_the_command_line_says_what_it_made_and_fails_where_a_copy_is_missing(tmp_path: Path) -> None:
    command = [sys.executable, "-I", "-S", editions.__file__, "--to"]  # -I -S: nothing but Python itself
    ran = subprocess.run([*command, str(tmp_path / "copies")], capture_output=True, text=True, check=False)
    count = len(list(NOTEBOOKS.glob("*.ipynb")))
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout == f"made {count} of {count} notebooks in {tmp_path / 'copies'}\n"
    (tmp_path / "file").write_text("")
    ran = subprocess.run([*command, str(tmp_path / "file")], capture_output=True, text=True, check=False)
    assert ran.returncode == 1
    assert ran.stderr == f"cannot make the folder {tmp_path / 'file'}: File exists\n"


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.stem)
def test_a_lessons_copy_shows_no_output_and_no_solution(path: Path) -> None:
    copy = nbformat.reads(editions.learners_copy(path.read_text(encoding="utf-8")), as_version=4)
    nbformat.validate(copy)
    assert [cell.id for cell in copy.cells if cell.get("outputs") or cell.get("execution_count")] == []
    assert [cell.id for cell in copy.cells if editions.is_solution(cell)] == []
    assert [cell.id for cell in copy.cells if "<summary>Solution" in cell.source] == []
