"""Lessons 02 and 02b: what decides their questions, and the test of lesson 02 to keep."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from asynclab.events import LOOP, Crossing, Recording
from asynclab.exercises.lesson_02 import fifty_handed_over, five_stirred
from asynclab.exercises.lesson_02b import what_became_of_the_thread
from asynclab.run import Run

from . import recordings
from .reading import NOTEBOOKS


def run(recording: Recording) -> Run:
    seen = Run("asgi")
    seen.recording = recording
    return seen


def handed_over(threads: int, pages: int = 6) -> Run:
    """So many pages that hand a call to a pool of so many threads."""
    recording = recordings.awaiting(pages)
    recording.crossings = [
        Crossing("to_thread", "sleep", "yours", page, LOOP, 0.0, "pool 1", begun, begun + 0.29)
        for page in range(pages)
        for begun in (0.3 * (page // threads) + 0.001,)
    ]
    return run(recording)


@pytest.mark.parametrize(
    ("recording", "letter"),
    [(recordings.awaiting(5), "a"), (recordings.blocking(5), "b"), (recordings.threads(5), "c")],
)
def test_the_first_question_is_decided_by_how_five_were_served(recording: Recording, letter: str) -> None:
    assert five_stirred(run(recording)) == letter


@pytest.mark.parametrize(("threads", "letter"), [(6, "a"), (4, "b"), (1, "c")])
def test_the_second_one_by_how_many_calls_ran_side_by_side(threads: int, letter: str) -> None:
    assert fifty_handed_over(handed_over(threads)) == letter


@pytest.mark.parametrize(
    ("ended", "error", "letter"),
    [(0.2, None, "a"), (None, None, "b"), (0.4, None, "b"), (0.2, RuntimeError("Cancelled"), "c")],
)
def test_the_question_of_02b_by_what_outlived_the_page(
    ended: float | None, error: Exception | None, letter: str
) -> None:
    recording = recordings.awaiting(1)  # its page has been answered after 0.3 s
    call = Crossing("to_thread", "cook", "yours", 1, LOOP, 0.0, "pool 1", 0.01, ended, None, error)
    recording.crossings = [call]
    assert what_became_of_the_thread(run(recording)) == letter


@pytest.mark.parametrize(("wait", "fails"), [("await asyncio.sleep(0.2)", False), ("time.sleep(0.2)", True)])
def test_the_test_worth_keeping_fails_where_a_page_blocks(tmp_path: Path, wait: str, fails: bool) -> None:
    notebook = nbformat.read(NOTEBOOKS / "02_one_loop.ipynb", as_version=4)
    [cell] = [cell.source for cell in notebook.cells if cell.source.startswith("## 2.15")]
    [kept] = re.findall(r"```python\n(.+?)```", cell, re.DOTALL)
    page = f"async def page(request):\n    {wait}\n    return cafe.views.HttpResponse()\n"
    put_in = "import time, cafe.urls\ncafe.urls.urlpatterns[0].callback = page\n"
    (tmp_path / "test_kept.py").write_text(f"{page}\n{put_in}\n{kept}")
    command = [sys.executable, "manage.py", "test", "--top-level-directory", str(tmp_path), str(tmp_path)]
    project = NOTEBOOKS.parent / "sample_project"
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, timeout=120)
    assert ("Ran 1 test" in done.stderr, done.returncode != 0) == (True, fails), done.stderr
    assert ("took 0.2" in done.stderr) is fails
