"""Answers leave with one learner's copies and arrive in another's: nothing here is made up."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from asynclab import editions, progress, work
from asynclab.exercises import Exercise, Lesson, lessons
from asynclab.progress import Answer, Progress

WRITTEN = [lesson for lesson in lessons() if (editions.NOTEBOOKS / f"{lesson.slug}.ipynb").exists()]


def stubs(folder: Path, lesson: Lesson) -> Iterator[tuple[str, str]]:
    for cell in json.loads((folder / f"{lesson.slug}.ipynb").read_text(encoding="utf-8"))["cells"]:
        mark = cell["metadata"].get("asynclab", {})
        if mark.get("part") == "stub":
            yield mark["number"], "".join(cell["source"])


@pytest.mark.parametrize(
    "lesson", [each for each in WRITTEN if each.exercises], ids=lambda lesson: lesson.number
)
def test_each_answer_comes_back_into_the_cell_of_its_stub(
    lesson: Lesson, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ASYNCLAB_PROGRESS", raising=False)
    answers = {exercise.number: answer_to(exercise) for exercise in lesson.exercises}
    for name in ("here", "elsewhere"):
        assert {done for done, _ in editions.make(tmp_path / name)} == {True}
        monkeypatch.chdir(tmp_path / name)
        monkeypatch.setattr(progress, "_session", Progress())
        if name == "here":
            progress.note(Progress({}, frozenset(answers), {n: Answer(t, True) for n, t in answers.items()}))
            zipped = work.save()

    report = work.restore(zipped)

    assert dict(stubs(tmp_path / "elsewhere", lesson)) == answers
    assert f"{lesson.slug}.ipynb: put back {', '.join(answers)}." in report
    assert progress.load().passed == frozenset(answers)


def answer_to(exercise: Exercise) -> str:
    return exercise.solutions[-1].strip()
