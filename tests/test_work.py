"""The work as one file: it comes back where a stub still stands, and a hostile file changes nothing."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from asynclab import progress, work
from asynclab.progress import Answer, Progress, Ticks, note
from asynclab.ticks import to_code
from tests import practice

Printed = pytest.CaptureFixture[str]

ANSWER = practice.NAP.solutions[1]
DONE = Progress({"0.1": "b"}, frozenset({"0.4"}), {"0.4": Answer(ANSWER, True)})


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("ASYNCLAB_PROGRESS", raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(work, "find", practice.find)
    monkeypatch.setattr(work, "lesson", {"00": practice.LESSON}.__getitem__)
    forget(monkeypatch)
    return tmp_path


def forget(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a new Binder: neither memory nor file."""
    monkeypatch.setattr(progress, "_session", Progress())
    Path("progress.json").unlink(missing_ok=True)


def notebook(folder: Path, nap: str, together: str = practice.TOGETHER.stub) -> Path:
    """A learner's copy with these two stub cells, and a cell that mentions the first stub."""
    marks: list[Any] = [{"part": "stub", "number": "0.4"}, {"part": "stub", "number": "0.5"}, None]
    cells = [
        {
            "cell_type": "code",
            "metadata": {"asynclab": mark} if mark else {},
            "source": source.splitlines(keepends=True),
            "outputs": [],
            "execution_count": None,
        }
        for mark, source in zip(marks, (nap, together, practice.NAP.stub), strict=True)
    ]
    file = folder / "00_start_here.ipynb"
    file.write_text(json.dumps({"cells": cells, "nbformat": 4, "nbformat_minor": 5, "metadata": {"é": 1}}))
    return file


def sources(file: Path) -> list[str]:
    return ["".join(cell["source"]) for cell in json.loads(file.read_text(encoding="utf-8"))["cells"]]


def test_the_work_comes_back_on_a_new_machine(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    note(DONE)
    saved = work.save()
    forget(monkeypatch)
    file = notebook(folder, practice.NAP.stub)

    report = work.restore("my_work.zip")

    assert saved == folder / "my_work.zip"
    assert sources(file) == [ANSWER, practice.TOGETHER.stub, practice.NAP.stub]
    assert progress.load() == DONE
    assert report.splitlines() == [
        "Restored: 1 prediction, 1 exercise. Read what came back before you run it.",
        "00_start_here.ipynb: put back 0.4. If it is open: File → Reload Notebook from Disk.",
    ]


def test_your_own_text_is_kept(folder: Path) -> None:
    note(DONE)
    work.save()
    file = notebook(folder, "async def nap(bell): 'mine'")
    before = file.read_bytes()

    assert work.restore("my_work.zip").endswith(
        "00_start_here.ipynb: nothing to put back; kept your own text in 0.4."
    )
    assert file.read_bytes() == before


def test_restoring_twice_changes_nothing_more(folder: Path) -> None:
    note(DONE)
    work.save()
    file = notebook(folder, practice.NAP.stub)
    work.restore("my_work.zip")
    before = file.read_bytes()

    assert work.restore("my_work.zip").endswith("00_start_here.ipynb: nothing to put back.")
    assert file.read_bytes() == before


def test_a_notebook_that_is_missing_or_broken_is_named(folder: Path) -> None:
    note(DONE)
    work.save()
    assert work.restore("my_work.zip").endswith(
        "00_start_here.ipynb: not in this folder, so its answers were left out."
    )
    for content in ("", "[]", '{"cells": [1]}', '{"cells": [{"metadata": {"asynclab": 3}}]}'):
        (folder / "00_start_here.ipynb").write_text(content)
        assert work.restore("my_work.zip").endswith(
            "00_start_here.ipynb: this notebook cannot be read or written; it is unchanged."
        )


def test_a_short_code_brings_the_ticks_alone() -> None:
    report = work.restore(to_code(Ticks(frozenset({"0.1"}), frozenset({"0.5", "7.7"}))))

    assert progress.load() == Progress({"0.1": ""}, frozenset({"0.5"}))
    assert report.splitlines() == [
        "Restored: 1 prediction, 1 exercise.",
        "Left out, because no lesson here has them: 7.7.",
    ]


def test_the_letter_is_not_lost_to_a_code_that_has_none() -> None:
    note(DONE)
    work.restore(to_code(DONE.ticks))

    assert progress.load() == DONE


def parts(**changes: Any) -> dict[str, bytes]:
    data = {
        "answers.json": {"0.4": {"text": ANSWER, "passed": True}},
        "predictions.json": {"0.1": "b"},
        "ticks.json": ["0.4"],
    }
    made = {name: json.dumps(content).encode() for name, content in data.items()}
    return made | {f"{name}.json": content for name, content in changes.items()}


def packed(members: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


HOSTILE = {
    "no zip": b"hello",
    "nothing": b"",
    "cut short": packed(parts())[:-30],
    "damaged": packed(parts()).replace(b"answers.json", b"answer?.json", 1),
    "a bomb": packed(parts(answers=b"{" + b" " * 50_000_000 + b"}")),
    "too large": b"x" * 5_000_001 + packed(parts()),  # a zip may stand behind something else
    "a part missing": packed({"answers.json": b"{}"}),
    "not UTF-8": packed(parts(answers=b"\xff\xfe{}")),
    "no JSON": packed(parts(ticks=b"import os")),
    "deep": packed(parts(ticks=b"[" * 200_000)),
    "wrong types": packed(parts(ticks=b'{"0.4": true}')),
    "a number that is a path": packed(parts(answers=b'{"../../x": {"text": "", "passed": true}}')),
    "an answer that is a number": packed(parts(answers=b'{"0.4": {"text": 3, "passed": true}}')),
    "an answer without end": packed(
        parts(answers=json.dumps({"0.4": {"text": "x" * 20_001, "passed": True}}).encode())
    ),
    "a huge number": packed(parts(ticks=b"[" + b"9" * 10_000 + b"]")),
    "a lone surrogate": packed(parts(answers=b'{"0.4": {"text": "\\ud800", "passed": true}}')),
    "a prediction that is no letter": packed(parts(predictions=b'{"0.1": "<script>"}')),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_file_gets_one_sentence_and_changes_nothing(folder: Path, kind: str) -> None:
    file = notebook(folder, practice.NAP.stub)
    before = file.read_bytes()
    (folder / "my_work.zip").write_bytes(HOSTILE[kind])

    report = work.restore("my_work.zip")

    assert report.startswith("Nothing was restored: ")
    assert report.endswith(".")
    assert "\n" not in report
    assert len(report) < 160
    assert (file.read_bytes(), progress.load()) == (before, Progress())
    assert not (folder / "progress.json").exists()


def test_a_bomb_is_stopped_while_it_unpacks(folder: Path) -> None:
    (folder / "my_work.zip").write_bytes(HOSTILE["a bomb"])

    assert work.restore("my_work.zip") == (
        "Nothing was restored: answers.json unpacks to more than 5,000,000 bytes."
    )


@pytest.mark.parametrize("name", ["gone.zip", ".", "\0", "x" * 300, "AD1-nonsense"])
def test_a_name_that_leads_nowhere_gets_one_sentence(name: str) -> None:
    report = work.restore(name)

    assert report.startswith("Nothing was restored: ")
    assert "\n" not in report


def test_members_that_are_not_asked_for_are_never_written(folder: Path) -> None:
    extra = {"../escaped.txt": b"x", "/tmp/asynclab-escaped.txt": b"x", "progress.json": b"x"}
    (folder / "my_work.zip").write_bytes(packed({**parts(), **extra}))
    work.restore("my_work.zip")

    assert not (folder.parent / "escaped.txt").exists()
    assert not Path("/tmp/asynclab-escaped.txt").exists()
    assert progress.load() == DONE


def test_in_the_reading_edition_no_notebook_is_changed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    note(DONE)
    work.save()
    monkeypatch.setenv("ASYNCLAB_PROGRESS", "off")
    file = notebook(folder, practice.NAP.stub)
    before = file.read_bytes()

    assert work.restore("my_work.zip").endswith("Answers come back only in a learner's copy: run `make lab`.")
    assert file.read_bytes() == before


def test_numbers_that_no_lesson_has_are_named_and_left_out(folder: Path) -> None:
    (folder / "my_work.zip").write_bytes(packed(parts(ticks=b'["0.4", "9.9", "0.1"]')))

    assert "Left out, because no lesson here has them: 9.9." in work.restore("my_work.zip")
    assert progress.load().passed == {"0.4"}


def test_nothing_is_offered_where_nothing_is_written(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Printed
) -> None:
    monkeypatch.setenv("ASYNCLAB_PROGRESS", "off")
    work.offer()

    assert (capsys.readouterr().out, list(folder.iterdir())) == ("", [])


def test_the_offer_is_a_link_with_the_reminder(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[Any] = []
    monkeypatch.setattr(work, "in_notebook", lambda: True)
    monkeypatch.setattr("IPython.display.display", shown.append)
    note(DONE)
    work.offer()

    assert [output.data for output in shown] == [
        "<p>Binder forgets when idle: before each break, download this. "
        '<a href="my_work.zip" download="my_work.zip">my_work.zip</a>'
        "<span> · your ticks alone, without the answers: AD1-00p1e8-sg</span></p>"
    ]


def test_a_full_disk_is_a_sentence(monkeypatch: pytest.MonkeyPatch, capsys: Printed) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(work, "replace", full)
    work.offer()

    assert capsys.readouterr().out == "my_work.zip could not be written: No space left on device.\n"
