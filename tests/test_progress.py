"""Ticks and answers are kept in a file that no accident destroys."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from asynclab import progress
from asynclab.progress import Answer, Progress, Ticks, from_data, line, load, note, to_data
from asynclab.ticks import from_code, to_code
from tests import practice

Printed = pytest.CaptureFixture[str]

SOME = Progress({"0.1": "b"}, frozenset({"0.4"}), {"0.4": Answer("async def nap(bell): …\n", True)})


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A learner's folder, where this process runs."""
    monkeypatch.delenv("ASYNCLAB_PROGRESS", raising=False)
    monkeypatch.chdir(tmp_path)
    forget(monkeypatch)
    return tmp_path


def forget(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a new kernel."""
    monkeypatch.setattr(progress, "_session", Progress())


def test_progress_outlives_the_kernel(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    note(SOME)
    forget(monkeypatch)

    assert load() == SOME
    assert sorted(os.listdir(folder)) == [".progress.lock", "progress.json"]


def test_nothing_is_written_when_it_is_off(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASYNCLAB_PROGRESS", "off")
    note(SOME)

    assert (load(), os.listdir(folder)) == (SOME, [])


def test_nothing_is_written_in_the_reading_edition(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "__file__", str(folder / "asynclab" / "progress.py"))
    note(SOME)

    assert (load(), os.listdir(folder)) == (SOME, [])


def test_a_folder_that_is_gone_is_no_error(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = folder / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    note(SOME)

    assert load() == SOME


def test_a_folder_that_cannot_be_written_costs_one_sentence(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Printed
) -> None:
    (folder / ".progress.lock").mkdir()
    note(SOME)

    assert capsys.readouterr().out == "Your progress was not saved: Is a directory (progress.json).\n"
    assert load() == SOME


def test_kernels_that_write_at_once_lose_nothing(folder: Path) -> None:
    code = (
        "import sys\nfrom asynclab.progress import Progress, note\nsys.stdin.readline()\n"
        "for n in range(1, 21): note(Progress({}, frozenset({f'{sys.argv[1]}.{n}'})))"
    )
    environment = os.environ | {"PYTHONPATH": str(Path(progress.__file__).parents[1])}
    kernels = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(number)], stdin=subprocess.PIPE, env=environment, cwd=folder
        )
        for number in (1, 2, 3)
    ]
    for kernel in kernels:
        assert kernel.stdin is not None
        kernel.stdin.write(b"\n")
        kernel.stdin.close()
    assert [kernel.wait() for kernel in kernels] == [0, 0, 0]

    assert load().passed == {f"{kernel}.{n}" for kernel in (1, 2, 3) for n in range(1, 21)}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"version": 2}',
        json.dumps({**to_data(SOME), "passed": ["../../etc"]}).encode(),
        json.dumps({**to_data(SOME), "passed": [["0.4"]]}).encode(),
        json.dumps({**to_data(SOME), "predicted": {"0.1": "<script>"}}).encode(),
        json.dumps({**to_data(SOME), "answers": {"0.4": {"text": "\ud800", "passed": True}}}).encode(),
        json.dumps({**to_data(SOME), "answers": {"0.4": {"text": "x" * 20_001, "passed": True}}}).encode(),
        json.dumps({**to_data(SOME), "answers": {"0.4": {"text": "x", "passed": "yes"}}}).encode(),
        json.dumps({**to_data(SOME), "passed": ["0.4"] * 501}).encode(),
    ],
)
def test_an_unreadable_file_is_set_aside(
    folder: Path, content: bytes, capsys: Printed, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "progress.json").write_bytes(content)
    note(SOME)
    forget(monkeypatch)

    assert load() == SOME
    assert (folder / "progress.unreadable-1.json").read_bytes() == content
    assert capsys.readouterr().out == (
        "progress.json was unreadable: it is set aside as progress.unreadable-1.json, and a new one begins.\n"
    )


def test_a_second_unreadable_file_does_not_replace_the_first(folder: Path) -> None:
    for content in (b"one", b"two"):
        (folder / "progress.json").write_bytes(content)
        load()

    assert (folder / "progress.unreadable-1.json").read_bytes() == b"one"
    assert (folder / "progress.unreadable-2.json").read_bytes() == b"two"


def test_a_write_that_fails_leaves_the_old_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    note(SOME)
    before = (folder / "progress.json").read_bytes()

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", fail)
    note(Progress({"0.2": "a"}))

    assert (folder / "progress.json").read_bytes() == before
    assert sorted(os.listdir(folder)) == [".progress.lock", "progress.json"]


def test_the_first_letter_stays_and_a_passing_answer_is_not_lost_to_a_later_try() -> None:
    later = Progress({"0.1": "c", "0.2": "a"}, frozenset({"0.5"}), {"0.4": Answer("worse", False)})

    assert SOME | later == Progress({"0.1": "b", "0.2": "a"}, frozenset({"0.4", "0.5"}), SOME.answers)


def test_a_better_answer_replaces_an_older_one() -> None:
    better = Progress(answers={"0.4": Answer("better", True)})

    assert (SOME | better).answers == better.answers


def test_data_comes_back_as_it_went() -> None:
    assert from_data(json.loads(json.dumps(to_data(SOME)))) == SOME


def test_a_line_to_copy_counts_predictions_and_exercises(folder: Path) -> None:
    assert line(practice.LESSON) == "00 P0/1 E0/2"
    note(SOME)
    assert line(practice.LESSON) == "00 P1/1 E1/2"


TICKS = [
    Ticks(),
    Ticks(frozenset({"0.1"})),
    Ticks(frozenset({"0.2"}), frozenset({"0.5", "1.4"})),
    Ticks(frozenset({"2b.1", "10.12"}), frozenset({"2b.3", "2.3", "11.99"})),
]


@pytest.mark.parametrize("ticks", TICKS)
def test_a_short_code_carries_the_ticks(ticks: Ticks) -> None:
    assert from_code(f"  {to_code(ticks)}\n") == ticks


def test_a_short_code_is_short_and_stays_the_same() -> None:
    assert to_code(Ticks(frozenset({"0.2"}), frozenset({"0.5"}))) == "AD1-00p2e16-11"


def test_every_single_slip_in_a_code_is_found() -> None:
    code = to_code(TICKS[3])
    slips = {code[:n] + other + code[n + 1 :] for n in range(len(code)) for other in "07bz-"}
    slips |= {code[:n] for n in range(len(code))}

    for slip in slips - {code}:
        with pytest.raises(ValueError, match=r"^That "):
            from_code(slip)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-",
        "AD1",
        "AD2-00p1-aa",
        "AD1-00p\u0661-aa",
        "AD1-" + "9" * 10_000,
        "<script>",
        "AD1-\ud800-aa",
        "\0",
    ],
)
def test_a_hostile_code_gets_one_sentence(text: str) -> None:
    with pytest.raises(ValueError, match=r"^That (is no progress code|progress code is incomplete)[^\n]*\.$"):
        from_code(text)
