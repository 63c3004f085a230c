"""`python -m tests.classroom`: a class on a real JupyterHub; writes docs/class.json and class.md.

A class of fewer than twelve, of other lessons or at another pace, or one in which something failed, is a try:
it is printed, and nothing is written.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import os
import platform
import resource
import signal
import sys
import time
from contextlib import suppress
from importlib.metadata import version
from statistics import mean, median
from typing import Any

from . import ROOT
from .figures import ALONE, BOUND_FOR, Result, spread
from .hub import Hub, started
from .learner import Class, Diary, attend
from .page import page, report
from .proxy import NoHub
from .script import LEFT_OUT
from .weigh import Weights, watch

RESULTS, PAGE = ROOT / "docs/class.json", ROOT / "docs/class.md"
LESSONS = ("00", "01", "02", "03", "04", "05")
PACE = 10.0
PACKAGES = ("jupyterhub", "jupyterlab", "ipykernel", "django")


def main(arguments: list[str] | None = None) -> int:
    """1 if anything failed, or the bound was missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.classroom", description=__doc__)
    parser.add_argument("--learners", type=int, default=12)
    parser.add_argument("--pace", type=float, default=PACE, help="so many times faster than a person")
    parser.add_argument("--lessons", nargs="+", default=LESSONS)
    parser.add_argument("--page", action="store_true", help="only write the page anew from docs/class.json")
    options = parser.parse_args(arguments)
    if options.page:
        PAGE.write_text(page(json.loads(RESULTS.read_text(encoding="utf-8"))), encoding="utf-8")
        return 0
    if options.learners < 1 or options.pace <= 0:
        parser.error("a class has at least one learner, and a pace above 0")
    for ending in signal.SIGINT, signal.SIGTERM:  # either ends the class, however this was started
        signal.signal(ending, signal.default_int_handler)
    try:
        result = asyncio.run(held(options.learners, options.pace, tuple(options.lessons)))
    except NoHub as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrupted: the class is over, and nothing of it is left.", file=sys.stderr)
        return 130
    print(report(result))
    whole = result.learners >= BOUND_FOR and result.lessons == LESSONS and result.pace == PACE
    if whole and not result.failures and result.verdict == "met":
        told = {"result": result.data()} | surroundings()
        RESULTS.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        PAGE.write_text(page(told), encoding="utf-8")
        print(f"Written: {PAGE.relative_to(ROOT)}, {RESULTS.relative_to(ROOT)}. Now `make guide`.")
    return 1 if result.failures or result.verdict == "missed" else 0


async def held(count: int, pace: float, lessons: tuple[str, ...]) -> Result:
    """One class from the first login to the end of the hub."""
    names = [f"learner-{number:02}" for number in range(1, count + 1)]
    teacher = "teacher"
    weights = Weights()
    async with started([teacher, *names]) as hub:
        before = processor_time()
        print(f"JupyterHub answers at {hub.url}. The teacher goes through the lessons alone.", flush=True)
        rehearsal = Class(hub, lessons, math.inf, asyncio.Barrier(1), (LEFT_OUT,))
        alone = await attend(teacher, rehearsal)
        print(f"{count} learners come.", flush=True)
        began = time.perf_counter()
        watching = asyncio.create_task(watch(hub, weights))
        try:
            diaries = await taught(hub, names, pace, lessons)
        finally:
            watching.cancel()
            with suppress(asyncio.CancelledError):
                await watching
        wall = time.perf_counter() - began
        left_open = [str(file) for name in names for file in (hub.home(name) / "tmp").iterdir()]
    servers, clients = (after - start for after, start in zip(processor_time(), before, strict=True))
    failures = [failure for diary in (alone, *diaries) for failure in diary.failures]
    failures += [f"still running at the end: {command}" for command in hub.left]
    failures += [f"left in a temporary folder: {file}" for file in left_open]
    failures += sorted(weights.abroad)
    if failures:
        print("\n".join(["The hub and the servers complained:", *hub.complaints]), file=sys.stderr)
    slow = {(one.lesson, one.cell) for one in alone.cells if one.seconds > ALONE}
    times = {
        "arrive": [diary.arrived for diary in diaries],
        "open": [seconds for diary in diaries for seconds in diary.opened],
    }
    for done in (done for diary in diaries for done in diary.cells):
        light = "waits" if (done.lesson, done.cell) in slow else "light"
        times.setdefault(light if done.kind == "cell" else done.kind, []).append(done.seconds)
    highest = [max(weights.learners[name], default=0) for name in names]
    return Result(
        learners=count,
        lessons=lessons,
        pace=pace,
        cores=os.cpu_count() or 1,
        wall=wall,
        lesson_time=mean(diary.thought + sum(done.seconds for done in diary.cells) for diary in diaries),
        processor=servers,
        clients=clients,
        times={kind: one for kind, seconds in times.items() if (one := spread(seconds))},
        memory={part: (median(sizes), max(sizes)) for part, sizes in weights.parts.items()},
        each=(median(highest), max(highest)),
        whole=max(weights.whole, default=0),
        failures=tuple(failures),
    )


async def taught(hub: Hub, names: list[str], pace: float, lessons: tuple[str, ...]) -> list[Diary]:
    """All learners at once, each lesson begun together."""
    course = Class(hub, lessons, pace, asyncio.Barrier(len(names)))
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(attend(name, course)) for name in names]
    return [task.result() for task in tasks]


def processor_time() -> tuple[float, float]:
    """Seconds of a core: of all processes below this one that have ended, and of this one."""
    below, own = resource.getrusage(resource.RUSAGE_CHILDREN), resource.getrusage(resource.RUSAGE_SELF)
    return below.ru_utime + below.ru_stime, own.ru_utime + own.ru_stime


def surroundings() -> dict[str, Any]:
    """What this was measured with."""
    return {
        "packages": {name: version(name) for name in PACKAGES} | {"Python": platform.python_version()},
        "system": platform.system(),
        "processor": processor(),
    }


def processor() -> str:
    """What the machine calls its processor; Linux tells more than Python asks for."""
    with suppress(OSError), open("/proc/cpuinfo", encoding="utf-8") as file:
        for line in file:
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


if __name__ == "__main__":
    sys.exit(main())
