"""A lesson for the tests: two exercises that need neither Django nor a clock; and how to answer any."""

from __future__ import annotations

import ast
import asyncio
import inspect
import itertools
import linecache
import os
import sys
from typing import Any

import cloudpickle
import psutil

from asynclab import family
from asynclab.exercises import Evidence, Exercise, Lesson, Prediction, Wrong
from asynclab.exercises import find as find_declared
from asynclab.trial import Judge, Verdict

from . import cafe


class Bell:
    """Rings as soon as it is awaited; knows how many were waited for at the same moment."""

    def __init__(self) -> None:
        self.rung = self.now = self.most = 0

    async def ring(self) -> str:
        self.now += 1
        self.most = max(self.most, self.now)
        await asyncio.sleep(0)
        self.now -= 1
        self.rung += 1
        return "ding"


async def attempt_nap(nap: Any) -> Evidence:
    bell = Bell()
    result = await nap(bell)
    if inspect.iscoroutine(result):
        result.close()
        result = "a coroutine"
    return Evidence(result=result, facts={"rung": bell.rung})


async def attempt_together(together: Any) -> Evidence:
    bell = Bell()
    await together(bell)
    return Evidence(facts={"rung": bell.rung, "most": bell.most})


NAP = Exercise(
    number="0.4",
    name="nap",
    kind="modify",
    minutes=3,
    task="Wait for the bell.",
    stub="async def nap(bell):\n    bell  # your turn\n",
    solutions=(
        "async def nap(bell):\n    return await bell.ring()\n",
        "async def nap(bell):\n    ringing = bell.ring()\n    heard = await ringing\n    return heard\n",
    ),
    wrong=(
        Wrong(
            "handed on",
            (
                "async def nap(bell):\n    return bell.ring()\n",
                "async def nap(bell):\n    ringing = bell.ring()\n    return ringing\n",
            ),
            lambda seen: seen.result == "a coroutine",
            "You returned {result}: {rung} rang. Which word waits for it?",
        ),
        Wrong(
            "never called",
            ("async def nap(bell):\n    return bell.ring\n", "async def nap(bell):\n    bell.ring\n"),
            lambda seen: seen["rung"] == 0,
            "The bell never rang. What calls a function?",
        ),
    ),
    hints=("A coroutine does nothing by itself.", "Put one word in front."),
    attempt=attempt_nap,
    passed=lambda seen: seen["rung"] == 1,
    done="{rung} rang.",
    otherwise="{rung} rang; 1 was asked for.",
    deadline=5.0,
)
TOGETHER = Exercise(
    number="0.5",
    name="together",
    kind="make",
    minutes=5,
    task="Ring three times at once.",
    stub="import asyncio\n\n\nasync def together(bell): ...\n",
    solutions=(
        "import asyncio\n\n\nasync def together(bell):\n"
        "    await asyncio.gather(*(bell.ring() for _ in range(3)))\n",
        "import asyncio\n\n\nasync def together(bell):\n"
        "    tasks = [asyncio.create_task(bell.ring()) for _ in range(3)]\n"
        "    for task in tasks:\n        await task\n",
    ),
    wrong=(
        Wrong(
            "one after the other",
            (
                "async def together(bell):\n    for _ in range(3):\n        await bell.ring()\n",
                "async def together(bell):\n" + 3 * "    await bell.ring()\n",
            ),
            lambda seen: seen["rung"] == 3 and seen["most"] == 1,
            "They rang one after the other. What starts all three first?",
        ),
    ),
    hints=("gather",),
    attempt=attempt_together,
    passed=lambda seen: seen["most"] == 3,
    done="{most} at once.",
    otherwise="{most} at once, {rung} in all.",
    deadline=5.0,
)
GUESS = Prediction(
    number="0.1",
    question="How many wait at the same time?",
    options={"a": "one", "b": "ten, because a waiting request holds nobody up", "c": "none"},
    settle=lambda run: {1: "a", 10: "b"}[run.most_at_once],
    replies={"a": "That is true of code that blocks. Does this view block?", "c": "Each of them waits."},
)
LESSON = Lesson(
    number="00",
    slug="00_start_here",
    title="Practice",
    objectives=("wait for a bell",),
    know_first="nothing",
    docs=(("Async", "topics/async/"),),
    predictions=(GUESS,),
    exercises=(NAP, TOGETHER),
)
PARTS = {part.number: part for part in (GUESS, NAP, TOGETHER)}

cloudpickle.register_pickle_by_value(sys.modules[__name__])  # the judge cannot import the tests

_cells = itertools.count(1)


def find(number: str) -> Exercise | Prediction:
    if number not in PARTS:
        raise LookupError(f"There is no exercise or prediction {number!r}.")
    return PARTS[number]


def defined(source: str, name: str) -> Any:
    """What a cell with this source defines, as in a notebook: in __main__, with its lines known."""
    if "from cafe" in source:  # in a lesson the cell with boot() has run before
        cafe.ready()
    file = f"<cell {next(_cells)}>"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    namespace: dict[str, Any] = {"__name__": "__main__"}
    for statement in ast.parse(source).body:  # one by one, as IPython does
        exec(compile(ast.Module([statement], []), file, "exec", dont_inherit=True), namespace)
    return namespace[name]


def judged(judge: Judge, number: str, source: str) -> Verdict:
    """What the judge says of an answer to the exercise of that number."""
    exercise = find_declared(number)
    assert isinstance(exercise, Exercise)
    return judge(exercise, defined(source, exercise.name))


def marked() -> list[psutil.Process]:
    """What runs with our number in its variable OF: judges, and whatever an answer has started."""
    return family.members("OF", str(os.getpid()))
