"""One answer before the judge: sent, waited for until the deadline, and what became of it."""

from __future__ import annotations

import re
import signal
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import cloudpickle  # type: ignore[import-untyped]

from .cells import line_of
from .child import Child, Gone, Greedy, Silent
from .exercises import Exercise
from .judge import MEMORY, WAITING, WHERE, Job
from .places import origin
from .submission import files, pack

MODULE = "asynclab.judge"
BOOT = 60.0  # seconds until the judge must be ready, on a slow machine
GRACE = 2.0  # seconds after a missed deadline for it to say where it stands
State = Literal["passed", "failed", "ours", "late", "died", "interrupted"]
_FRAME = re.compile(r'^  File "(.+)", line ([0-9]+) in (.+)$', re.MULTILINE)


@dataclass(frozen=True)
class Verdict:
    """What the judge says about one answer."""

    state: State
    message: str
    wrong: str = ""  # the name of the known mistake that was seen
    printed: str = ""  # the end of what the answer printed


class Judge:
    """One judge for any number of answers, replaced when an answer has hung or ended it.

    with Judge() as judge:
        verdict = judge(exercise, nap_well)
    """

    def __init__(self) -> None:
        self._child: Child | None = None
        self._jobs = 0

    def __enter__(self) -> Judge:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def __call__(self, exercise: Exercise, answer: object) -> Verdict:
        """Judge one answer. Raises submission.CannotTravel if it cannot be sent."""
        packed, texts = pack(answer, exercise.name), files(answer)
        path = [str(Path(folder or ".").resolve()) for folder in sys.path]
        try:
            if (child := self._ready()) is None:
                return self._unwilling()
            self._jobs += 1
            job: bytes = cloudpickle.dumps(Job(self._jobs, exercise, packed, texts, path))
            verdict = self._asked(child, exercise, job)
        except KeyboardInterrupt:
            self.close()
            return Verdict("interrupted", "interrupted: the check is stopped, and nothing of it is left.")
        except BaseException:
            self.close()
            raise
        if verdict.state in ("late", "died"):
            self.close()
        return verdict

    def close(self) -> None:
        """End the process and all that it started, and remove its folder."""
        child, self._child = self._child, None
        if child is not None:
            child.end()

    def _ready(self) -> Child | None:
        """A judge that waits for its next answer: this one, or a new one; None if none will start."""
        if self._child is not None:
            try:
                self._child.reply("ready", self._jobs, seconds=2)
                return self._child
            except (Silent, Gone, Greedy):  # its last answer left something running
                self.close()
        self._jobs = 0
        self._child = Child(MODULE, MEMORY)
        try:
            self._child.reply("ready", 0, BOOT)
        except (Silent, Gone, Greedy):
            return None
        return self._child

    def _unwilling(self) -> Verdict:
        assert self._child is not None
        code, lines = self._child.exit_code, self._child.heard_out().strip().splitlines()
        self.close()
        if code is None:
            why = f"it was not ready within {BOOT:g} s. Is this machine busy? Run the cell again."
        else:
            why = lines[-1] if lines else f"its process ended (exit code {code}). Run the cell again."
        return Verdict("ours", f"The check could not start: {why}")

    def _asked(self, child: Child, exercise: Exercise, job: bytes) -> Verdict:
        child.forget()
        name = exercise.name
        try:
            child.send(job)
            reply = child.reply("job", self._jobs, exercise.deadline)
            return Verdict(reply["state"], str(reply["message"]), str(reply["wrong"]), child.heard_out())
        except Silent:
            until = time.monotonic() + GRACE  # it notes its line just before the deadline, or a busy
            while (place := self._stood(child, exercise)) is None and time.monotonic() < until:
                time.sleep(0.05)  # machine lets it do so a little later
            still = f": still in {place}" if place else ""
            late = f"No answer within {exercise.deadline:g} s{still}. What does it wait for, or repeat?"
            return Verdict("late", late, "", child.printed)
        except Greedy:
            return Verdict(
                "died", f"Your `{name}` asked for more memory than a check has.", "", child.printed
            )
        except Gone:
            return Verdict("died", self._death(child, exercise), "", child.heard_out())

    def _death(self, child: Child, exercise: Exercise) -> str:
        name, code, place = exercise.name, child.exit_code, self._stood(child, exercise)
        if code is None:
            return f"Your `{name}` broke the line to the judge. Does it write to a file descriptor?"
        if code == -9:
            return f"Your `{name}` was ended by the system, most likely because it took too much memory."
        if code < 0 or code > 255:  # Windows reports a crash as a very large number
            what = signal.Signals(-code).name if code < 0 else hex(code)
            return f"Your `{name}` crashed its process ({what})" + (f": {place}." if place else ".")
        return f"Your `{name}` ended its process (exit code {code}). Can it return instead?"

    def _stood(self, child: Child, exercise: Exercise) -> str | None:
        """The line of the learner's at which the process stood: "`nap`, line 3: `lock.acquire()`"."""
        text = ""
        for notes in WHERE, WAITING:
            with suppress(OSError):
                text += (child.folder / notes).read_text(encoding="utf-8", errors="replace")
        ours = getattr(getattr(exercise.attempt, "__code__", None), "co_filename", None)
        for filename, line, function in _FRAME.findall(text):
            if origin(filename) == "yours" and filename != ours:
                return f"`{function}`, line {line}: `{line_of(filename, int(line))}`"
        return None
