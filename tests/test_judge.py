"""The judge: an answer may do what it likes in there; out here it costs one sentence."""

from __future__ import annotations

import dataclasses
import os
import pickle
import re
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from asgiref.sync import iscoroutinefunction

from asynclab.child import TAIL, Child
from asynclab.database import FOLDER
from asynclab.exercises import Evidence, Exercise, Wrong
from asynclab.submission import CannotTravel, pack
from asynclab.trial import Judge, Verdict
from tests import practice
from tests.practice import marked

posix = pytest.mark.skipif(sys.platform == "win32", reason="signals and limits as POSIX knows them")
SLOW = 1.5  # seconds: the deadline of an answer that will miss it


def folders() -> set[Path]:
    return set(Path(tempfile.gettempdir()).glob(f"{FOLDER}{os.getpid()}-*"))


@pytest.fixture(scope="module")
def not_ours() -> set[Path]:
    """The folder of a café that an earlier module has booted in this process."""
    return folders()


@pytest.fixture(autouse=True)
def nothing_is_left(not_ours: set[Path]) -> Iterator[None]:
    yield
    allowed = 1  # the warm judge of this module
    assert len(marked()) <= allowed, marked()
    assert len(folders() - not_ours) <= allowed


@pytest.fixture(autouse=True)
def mark(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OF", str(os.getpid()))  # what a judge starts inherits this


def nap(body: str, **changes: Any) -> tuple[Exercise, Any]:
    """The practice exercise with these changes, and an answer with this body."""
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    answer = practice.defined(f"async def nap(bell):\n{lines}", "nap")
    return dataclasses.replace(practice.NAP, **changes), answer


def said(judge: Judge, body: str, **changes: Any) -> tuple[str, str]:
    exercise, answer = nap(body, **changes)
    verdict = judge(exercise, answer)
    return verdict.state, verdict.message


def test_an_exception_is_told_with_its_line(judge: Judge) -> None:
    assert said(judge, "await bell.ring()\nraise ValueError('too late')") == (
        "failed",
        "Your `nap` raised ValueError: too late (line 3).",
    )


def test_an_exception_inside_a_group_is_told_itself(judge: Judge) -> None:
    body = "import asyncio\nasync with asyncio.TaskGroup() as group:\n    group.create_task(broken())"
    answer = practice.defined(
        f"async def nap(bell):\n    async def broken():\n        1 / 0\n{indented(body)}", "nap"
    )

    verdict = judge(practice.NAP, answer)

    assert verdict.message == "Your `broken` raised ZeroDivisionError: division by zero (line 3)."


def test_an_exception_in_a_group_that_no_line_of_the_answer_raised_is_told_at_the_groups_line(
    judge: Judge,
) -> None:
    body = (
        "import asyncio\nasync with asyncio.TaskGroup() as group:\n    group.create_task(asyncio.sleep('x'))"
    )

    state, message = said(judge, body)

    assert state == "failed"
    assert re.fullmatch(r"Your `nap` raised TypeError: '<=' not supported .+ \(line 3\)\.", message)


def indented(body: str) -> str:
    return "".join(f"    {line}\n" for line in body.splitlines())


def test_an_exception_that_cannot_describe_itself_is_told_by_name(judge: Judge) -> None:
    body = "class Mute(Exception):\n    def __str__(self):\n        raise RuntimeError\nraise Mute"

    assert said(judge, body) == ("failed", "Your `nap` raised Mute (line 5).")


def test_the_wrong_number_of_arguments_is_the_answers_fault(judge: Judge) -> None:
    answer = practice.defined("async def nap():\n    pass\n", "nap")

    assert judge(practice.NAP, answer).message == (
        "The check cannot call your `nap`: TypeError: nap() takes 0 positional arguments but 1 was given."
    )


def test_sys_exit_is_told(judge: Judge) -> None:
    assert said(judge, "import sys\nsys.exit(1)") == (
        "failed",
        "Your `nap` ended the process with sys.exit. Can it return?",
    )


def test_what_the_answer_prints_never_reaches_the_wire(judge: Judge) -> None:
    exercise, answer = nap(
        "import os\nprint('x' * 99_999)\nos.write(1, b'raw \\xff\\n')\nreturn await bell.ring()"
    )

    verdict = judge(exercise, answer)

    assert (verdict.state, len(verdict.printed)) == ("passed", TAIL)
    assert "raw" in verdict.printed or verdict.printed.endswith("x\n")
    assert judge._child is not None
    assert len(judge._child._printed) <= 4 * TAIL  # and no more of it is kept


def test_its_last_words_come_with_the_verdict_however_late_they_are_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    drain, reply, verdict_came = Child._drain, Child.reply, threading.Event()

    def late(child: Child) -> None:
        verdict_came.wait(10)
        drain(child)

    def replied(child: Child, key: str, value: int, seconds: float) -> dict[str, Any]:
        message = reply(child, key, value, seconds)
        if key == "job":
            verdict_came.set()
        return message

    monkeypatch.setattr(Child, "_drain", late)
    monkeypatch.setattr(Child, "reply", replied)
    source = "async def nap(bell):\n    print('good night')\n    return await bell.ring()\n"
    with Judge() as own:
        verdict = own(practice.NAP, practice.defined(source, "nap"))
    assert (verdict.state, verdict.printed) == ("passed", "good night\n")


def test_one_judge_serves_many_answers(judge: Judge) -> None:
    exercise, answer = nap("return await bell.ring()")
    first = judge(exercise, answer)
    child = judge._child

    assert judge(exercise, answer) == first
    assert judge._child is child


def test_ending_the_process_is_told_and_the_next_answer_gets_a_new_judge(judge: Judge) -> None:
    assert said(judge, "import os\nos._exit(3)") == (
        "died",
        "Your `nap` ended its process (exit code 3). Can it return instead?",
    )
    assert said(judge, "return await bell.ring()") == ("passed", "1 rang.")


@posix
def test_a_crash_is_told_with_its_line(judge: Judge) -> None:
    assert said(judge, "import ctypes\nctypes.string_at(0)") == (
        "died",
        "Your `nap` crashed its process (SIGSEGV): `nap`, line 3: `ctypes.string_at(0)`.",
    )


LATE = {
    "spins": ("while True:\n    x = 1", None),
    "blocks": (
        "import threading\nlock = threading.Lock()\nlock.acquire()\nlock.acquire()",
        (5, "lock.acquire()"),
    ),
    "waits": ("import asyncio\nawait asyncio.Event().wait()", (3, "await asyncio.Event().wait()")),
    "holds the interpreter": ("9**9**9", (2, "9**9**9")),
    "swallows its end": (
        "import asyncio\nwhile True:\n    try:\n        await asyncio.sleep(60)\n    except: pass",
        (5, "await asyncio.sleep(60)"),
    ),
}


@pytest.mark.parametrize("how", LATE)
def test_an_answer_that_never_comes_is_told_with_the_line_it_stands_at(judge: Judge, how: str) -> None:
    body, place = LATE[how]

    state, message = said(judge, body, deadline=SLOW)

    assert state == "late"
    assert message.startswith("No answer within 1.5 s: still in `nap`, line ")
    if place is not None:
        assert f"line {place[0]}: `{place[1]}`. What does it wait for, or repeat?" in message


@posix
@pytest.mark.parametrize("greed", ["b'x' * 10**10", "[bytearray(b'x' * 10**7) for _ in range(1000)]"])
def test_greed_ends_as_a_sentence(judge: Judge, greed: str) -> None:
    state, message = said(judge, f"return {greed}")

    assert message.startswith("Your `nap` asked for more memory than a check has")
    assert state in ("failed", "died")
    if sys.platform == "linux":
        assert state == "failed"  # a MemoryError in time, not the machine's memory used up


def test_where_the_system_sets_no_limit_the_kernel_watches(monkeypatch: pytest.MonkeyPatch) -> None:
    with Judge() as judge:
        child = judge._ready()
        assert child is not None
        monkeypatch.setattr(judge, "_ready", lambda: child)  # or it would be found greedy before its answer
        child._memory = 1

        assert said(judge, "while True: pass", deadline=5.0) == (
            "died",
            "Your `nap` asked for more memory than a check has.",
        )


@posix
def test_a_process_that_ran_away_is_found_and_ended(judge: Judge) -> None:
    sleep = "[sys.executable, '-c', 'import time; time.sleep(600)']"
    body = f"import subprocess, sys\nsubprocess.Popen({sleep}, start_new_session=True)\nwhile True: pass"

    assert said(judge, body, deadline=SLOW)[0] == "late"  # the fixture looks for what is left


@posix
def test_a_copy_of_the_process_does_not_answer_twice(judge: Judge) -> None:
    body = "import os, warnings\nwarnings.simplefilter('ignore')\nos.fork()\nreturn await bell.ring()"

    assert said(judge, body) == ("passed", "1 rang.")
    until = time.monotonic() + 10
    while len(marked()) > 1 and time.monotonic() < until:
        time.sleep(0.01)  # the copy is on its way out
    assert len(marked()) == 1


@posix
def test_a_flood_of_output_is_bounded(judge: Judge) -> None:
    exercise, answer = nap("while True: print('é' * 1000)", deadline=SLOW)

    verdict = judge(exercise, answer)

    assert (verdict.state, len(verdict.printed) <= TAIL) == ("late", True)


def test_writing_on_the_wire_is_no_verdict(judge: Judge) -> None:
    body = "import os\nfor n in range(3, 30):\n    try: os.write(n, b'{}' * 500)\n    except OSError: pass"

    assert said(judge, body) == (
        "died",
        "Your `nap` broke the line to the judge. Does it write to a file descriptor?",
    )


def test_a_thread_left_running_does_not_delay_the_verdict_or_the_next_answer(judge: Judge) -> None:
    left = "import asyncio, time\nasyncio.ensure_future(asyncio.to_thread(time.sleep, 60))"
    body = f"{left}\nreturn await bell.ring()"

    assert said(judge, body) == ("passed", "1 rang.")
    assert said(judge, "return await bell.ring()") == ("passed", "1 rang.")


def test_an_interrupt_ends_the_check_and_says_so(judge: Judge, tmp_path: Path) -> None:
    begun = tmp_path / "begun"
    os.mkfifo(begun)

    def interrupt() -> None:
        begun.read_bytes()  # returns once the answer runs
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    exercise, answer = nap(f"open({str(begun)!r}, 'w').close()\nwhile True: pass")
    verdict = judge(exercise, answer)
    thread.join()

    assert verdict == Verdict("interrupted", "interrupted: the check is stopped, and nothing of it is left.")
    assert judge._child is None


def test_a_detector_that_fails_is_our_mistake(judge: Judge) -> None:
    broken = Wrong("broken", ("a", "b"), lambda seen: seen["no such fact"], "never")

    assert said(judge, "return await bell.ring()", wrong=(broken,)) == (
        "ours",
        "The check itself failed: KeyError: 'no such fact'. That is our mistake, not yours.",
    )


def test_a_message_that_cannot_be_filled_is_our_mistake(judge: Judge) -> None:
    assert said(judge, "return await bell.ring()", done="{nothing}")[0] == "ours"


def test_an_attempt_that_fails_by_itself_is_our_mistake(judge: Judge) -> None:
    async def attempt(answer: object) -> Evidence:
        raise RuntimeError("no café")

    assert said(judge, "return await bell.ring()", attempt=attempt) == (
        "ours",
        "The check itself failed: RuntimeError: no café. That is our mistake, not yours.",
    )


def test_only_a_detector_that_asks_for_it_reads_the_source(judge: Judge) -> None:
    looks = Wrong("looks", ("a", "b"), lambda seen: "secret" in seen.source, "looked")
    reads = Wrong("reads", ("a", "b"), lambda seen: "secret" in seen.source, "read", reads_source=True)

    assert said(judge, "return await bell.ring()  # secret", wrong=(looks, reads)) == ("failed", "read")


def test_a_function_that_is_marked_as_async_is_so_when_it_has_travelled() -> None:
    source = "from asgiref.sync import markcoroutinefunction\n@markcoroutinefunction\ndef nap(bell): ..."
    nap = practice.defined(source, "nap")
    copy = pickle.loads(pack(nap, "nap"))
    assert (iscoroutinefunction(nap), iscoroutinefunction(copy), copy is nap) == (True, True, False)


def test_a_helper_of_another_cell_travels_along(judge: Judge) -> None:
    answer = practice.defined(
        "from asyncio import sleep\nasync def nap(bell):\n    await helper(bell)\n", "nap"
    )
    answer.__globals__["helper"] = practice.defined(
        "async def helper(bell):\n    await bell.ring()\n    raise OSError('gone')\n", "helper"
    )

    assert judge(practice.NAP, answer).message == "Your `helper` raised OSError: gone (line 3)."


@pytest.mark.parametrize(
    ("made", "kind"),
    [
        ("import threading\nthing = threading.Lock()", "lock"),
        ("import socket\nthing = socket.socket()\nthing.close()", "socket"),
        ("thing = (n for n in range(3))", "generator"),
        ("import contextvars\nthing = contextvars.ContextVar('thing')", "ContextVar"),
    ],
)
def test_what_cannot_travel_is_named(judge: Judge, made: str, kind: str) -> None:
    answer = practice.defined(
        f"{made}\nasync def nap(bell):\n    return helper()\ndef helper():\n    thing\n", "nap"
    )

    with pytest.raises(CannotTravel) as caught:
        judge(practice.NAP, answer)

    assert str(caught.value) == (
        f"`helper` uses `thing` (a {kind}), which cannot travel to the process that checks. "
        "Can you make it inside `helper`?"
    )


def test_what_a_class_cannot_take_along_is_named(judge: Judge) -> None:
    made = "import threading\nlock = threading.Lock()\n"
    answer = practice.defined(f"{made}class nap:\n    def __call__(self, bell):\n        lock\n", "nap")

    with pytest.raises(CannotTravel, match=r"^`__call__` uses `lock` "):
        judge(practice.NAP, answer)


def test_a_large_value_dragged_along_is_told(judge: Judge) -> None:
    answer = practice.defined("big = bytes(30_000_000)\nasync def nap(bell):\n    big\n", "nap")

    with pytest.raises(CannotTravel, match=r"drags 30,\d{3},\d{3} bytes along"):
        judge(practice.NAP, answer)


@pytest.mark.parametrize(
    ("code", "patience", "why"),
    [
        ("import not_there", 60, "ModuleNotFoundError: No module named 'not_there'"),
        ("import os; os._exit(3)", 60, "its process ended (exit code 3). Run the cell again."),
        ("input()", 0.1, "it was not ready within 0.1 s. Is this machine busy? Run the cell again."),
    ],
)
def test_a_judge_that_cannot_start_says_why(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, code: str, patience: float, why: str
) -> None:
    (tmp_path / "no_judge.py").write_text(code)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr("asynclab.trial.MODULE", "no_judge")
    monkeypatch.setattr("asynclab.trial.BOOT", patience)
    with Judge() as judge:
        verdict = judge(*nap("return await bell.ring()"))

    assert (verdict.state, verdict.message) == ("ours", f"The check could not start: {why}")


def test_closing_leaves_neither_process_nor_folder() -> None:
    with Judge() as judge:
        judge(*nap("return await bell.ring()"))
        child = judge._child
        assert child is not None
        folder = child.folder
        process = psutil.Process(child._process.pid)
        assert folder.is_dir()

    assert not folder.exists()
    assert not process.is_running()
