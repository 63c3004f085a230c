"""The judge: a process of its own that runs your answer, looks at what happened, and decides.

`python -m asynclab.judge` boots Django with a database of its own and reads jobs from standard
input; `child.py` starts it, and ends it at the deadline. Jobs come in as pickles, from the kernel
that trusts itself; verdicts go out as JSON, because an answer may do anything it likes in here.
"""

from __future__ import annotations

import asyncio
import dataclasses
import faulthandler
import gc
import json
import linecache
import os
import pickle
import struct
import sys
import threading
import traceback
from collections.abc import Mapping
from contextlib import redirect_stdout, suppress
from io import StringIO
from itertools import chain
from typing import BinaryIO, NoReturn, TextIO

from .boot import boot
from .child import SPOKEN
from .errors import Interrupted
from .exercises import Evidence, Exercise
from .places import Place, frame_of_waiting, origin, place_of, running_loops

MEMORY = 1_000_000_000  # bytes; Binder gives 2 GB to everything together
WHERE = "where.txt"  # where the answer's threads stood shortly before its deadline, or when it crashed
WAITING = "waiting.txt"  # where its tasks stood then; at the same moment somebody writes to the other
LAST = 1.0  # seconds; see `_note_threads`


@dataclasses.dataclass(frozen=True)
class Job:
    """One answer to judge."""

    number: int
    exercise: Exercise
    answer: bytes  # the learner's object, pickled
    files: dict[str, str]  # the text of the cells it comes from; its own is first
    path: list[str]  # where the kernel imports from


def main() -> NoReturn:
    """Judge job after job until the input ends."""
    jobs, wire = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)  # what the answer prints goes with its errors; the wire stays ours
    _limit_memory()
    with open(WHERE, "w", encoding="utf-8") as where, open(WAITING, "w", encoding="utf-8") as waiting:
        faulthandler.enable(where)
        with redirect_stdout(StringIO()):  # its one line is not the answer's
            boot()
        _send(wire, {"ready": 0})
        while (job := _receive(jobs)) is not None:
            _hold(job, where, waiting, wire)
    os._exit(0)  # without waiting for threads that an answer has left behind


def _hold(job: Job, where: TextIO, waiting: TextIO, wire: BinaryIO) -> None:
    """Run one answer, send the verdict, and only then wait for whatever is still running."""
    home, deadline = os.getpid(), job.exercise.deadline
    sys.path += [folder for folder in job.path if folder not in sys.path]
    for name, text in job.files.items():  # so that a recording can quote the line
        linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    for notes in where, waiting:
        notes.seek(0)
        notes.truncate()
    _alarm(deadline + 10)
    late = deadline - min(0.5, deadline / 4)
    with asyncio.Runner() as runner:
        runner.get_loop().call_later(late, _note_tasks, waiting)
        threads = threading.Timer(late, _note_threads, (where,))
        threads.daemon = True
        threads.start()
        faulthandler.dump_traceback_later(late + LAST, file=where)
        verdict = _judged(job, runner)
        if os.getpid() != home:  # the answer forked, and this is the copy
            os._exit(0)
        threads.cancel()
        faulthandler.cancel_dump_traceback_later()
        with suppress(Exception):  # the answer may have closed them
            sys.stdout.flush()
            sys.stderr.flush()
            os.write(2, SPOKEN)
        _send(wire, {"job": job.number, **verdict})
    _alarm(0)
    gc.collect()  # a forgotten coroutine complains now, not while the next answer is watched
    _send(wire, {"ready": job.number})


def _judged(job: Job, runner: asyncio.Runner) -> dict[str, str]:
    try:
        answer = pickle.loads(job.answer)
    except Exception as error:
        return _verdict(
            "failed", f"Your `{job.exercise.name}` cannot be rebuilt for the check: {_said(error)}."
        )

    async def attempt() -> Evidence:
        return await job.exercise.attempt(answer)

    try:
        evidence = runner.run(attempt())
    except BaseException as error:  # SystemExit and KeyboardInterrupt are an answer's doing, too
        return _raised(error, job.exercise)
    try:
        return _weighed(evidence, job)
    except Exception as error:
        return _ours(error)


def _weighed(evidence: Evidence, job: Job) -> dict[str, str]:
    """The first mistake that was seen; else passed; else what it raised; else the general reply."""
    exercise = job.exercise
    source = next(iter(job.files.values()), "")
    for wrong in exercise.wrong:
        if wrong.saw(dataclasses.replace(evidence, source=source) if wrong.reads_source else evidence):
            return _verdict("failed", evidence.fill(wrong.message), wrong.name)
    if exercise.passed(evidence):
        return _verdict("passed", evidence.fill(exercise.done))
    error = None if isinstance(evidence.error, Interrupted) else evidence.error
    if error is not None and _place(error, exercise) is not None:
        return _raised(error, exercise)
    return _verdict("failed", evidence.fill(exercise.otherwise))


def _raised(error: BaseException, exercise: Exercise) -> dict[str, str]:
    """What to say of an exception that the answer raised, or that ended the attempt itself."""
    place = _place(error, exercise)
    while isinstance(error, BaseExceptionGroup):  # a task's own line, if it has one
        error = error.exceptions[0]
        place = _place(error, exercise) or place
    if place is None and isinstance(error, TypeError) and exercise.name in str(error):
        return _verdict("failed", f"The check cannot call your `{exercise.name}`: {_said(error)}.")
    if isinstance(error, SystemExit):
        return _verdict("failed", f"Your `{exercise.name}` ended the process with sys.exit. Can it return?")
    if isinstance(error, MemoryError):
        size = f"{MEMORY // 1_000_000_000} GB"
        return _verdict("failed", f"Your `{exercise.name}` asked for more memory than a check has ({size}).")
    if place is None:
        return _ours(error)
    name = place.function if place.function.isidentifier() else exercise.name
    return _verdict("failed", f"Your `{name}` raised {_said(error)} (line {place.line}).")


def _place(error: BaseException, exercise: Exercise) -> Place | None:
    """The innermost line of the learner's that an exception passed through."""
    found, ours = None, getattr(getattr(exercise.attempt, "__code__", None), "co_filename", None)
    for frame, line in traceback.walk_tb(error.__traceback__):
        if frame.f_code.co_filename != ours and origin(frame.f_code.co_filename) == "yours":
            found = place_of(frame, line)
    return found


def _ours(error: BaseException) -> dict[str, str]:
    return _verdict("ours", f"The check itself failed: {_said(error)}. That is our mistake, not yours.")


def _said(error: BaseException) -> str:
    try:
        text = str(error).strip()
    except Exception:  # an exception class of the learner's may fail to describe itself
        text = ""
    name = type(error).__name__
    return f"{name}: {text[:300].rstrip('.')}" if text else name


def _verdict(state: str, message: str, wrong: str = "") -> dict[str, str]:
    return {"state": state, "message": message[:2000], "wrong": wrong}


def _note_threads(where: TextIO) -> None:
    """Write where each thread stands, while this one holds Python's lock, so that none of them moves.

    What faulthandler would do by itself reads the frames of threads that run, and may crash. So it has its
    turn LAST, where nobody else gets one: in C code that never lets go of the lock, no frame moves, either.
    """
    faulthandler.cancel_dump_traceback_later()
    faulthandler.dump_traceback(where)


def _note_tasks(waiting: TextIO) -> None:
    """Write where each waiting task of any loop stands, in the form that faulthandler uses."""
    for task in chain.from_iterable(map(asyncio.all_tasks, running_loops())):
        if (frame := frame_of_waiting(task.get_coro())) is not None:
            file, function = frame.f_code.co_filename, frame.f_code.co_name
            print(f'  File "{file}", line {frame.f_lineno} in {function}', file=waiting, flush=True)


def _limit_memory() -> None:
    """A greedy answer gets a MemoryError, and is the first to go if the machine runs short."""
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        with suppress(ValueError):  # a smaller limit is in force already
            resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    with suppress(OSError), open("/proc/self/oom_score_adj", "w") as score:  # only Linux has it
        score.write("1000")


def _alarm(seconds: float) -> None:
    """End this process by itself, should the kernel that has to end it be gone by then."""
    if sys.platform != "win32":
        import signal

        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, seconds)


def _send(wire: BinaryIO, data: Mapping[str, object]) -> None:
    body = json.dumps(data).encode()
    wire.write(struct.pack(">I", len(body)) + body)
    wire.flush()


def _receive(jobs: BinaryIO) -> Job | None:
    head = jobs.read(4)
    if len(head) < 4:
        return None
    job = pickle.loads(jobs.read(*struct.unpack(">I", head)))
    assert isinstance(job, Job)
    return job


if __name__ == "__main__":
    # Jobs are pickled as asynclab.judge.Job: work in that module, not in its twin named __main__.
    from asynclab import judge

    judge.main()
