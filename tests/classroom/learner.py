"""One learner: logs in, opens lesson after lesson, reads, answers, runs cells."""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass, field

import httpx
import nbformat
from websockets.exceptions import WebSocketException

from asynclab.exercises import lesson

from .hub import Hub
from .kernel import Ran, asked, opened
from .script import WAYS, Kind, Step, script

FOLDER = "course/notebooks/my_course"
SPREAD = (0.5, 1.5)  # a person takes from half of the planned time to half more


@dataclass(frozen=True)
class Done:
    """One cell that was run."""

    lesson: str
    cell: int
    kind: Kind
    seconds: float


@dataclass
class Diary:
    """What one learner met."""

    learner: str
    arrived: float = 0.0  # seconds until the server was there
    opened: list[float] = field(default_factory=list)  # seconds until a lesson's kernel answered
    cells: list[Done] = field(default_factory=list)
    thought: float = 0.0  # seconds of a person's time, not those waited here
    failures: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Class:
    """What all learners share."""

    hub: Hub
    lessons: tuple[str, ...]
    pace: float  # so many times faster than a person
    together: asyncio.Barrier  # they begin each lesson at the same moment, as in a class
    ways: tuple[str, ...] = WAYS  # how they take an exercise


async def attend(learner: str, course: Class) -> Diary:
    """All lessons, one after the other. A failure is noted, and the next lesson begins."""
    diary, chance = Diary(learner), random.Random(learner)
    began = time.perf_counter()
    try:
        token = await arrive(learner, course.hub)
    except (httpx.HTTPError, OSError, TimeoutError) as error:
        diary.failures.append(f"{learner} has no server: {said(error)}")
        token = ""
    diary.arrived = time.perf_counter() - began
    async with httpx.AsyncClient(
        base_url=f"{course.hub.url}/user/{learner}/",
        headers={"Authorization": f"token {token}"},
        timeout=180,
        trust_env=False,
    ) as client:
        for name in course.lessons:
            await course.together.wait()
            if not token:
                continue
            try:
                await work_through(name, client, diary, chance, course)
            except (httpx.HTTPError, WebSocketException, OSError, TimeoutError, LookupError) as error:
                diary.failures.append(f"{learner}, lesson {name}: {said(error)}")
    return diary


async def arrive(learner: str, hub: Hub) -> str:
    """Log in and start the server; returns the learner's own token."""
    headers, me = {"Authorization": f"token {hub.token}"}, f"users/{learner}"
    async with httpx.AsyncClient(
        base_url=f"{hub.url}/hub/api/", headers=headers, timeout=300, trust_env=False
    ) as client:
        await asked(client.post(me))
        await asked(client.post(f"{me}/server"))
        async with client.stream("GET", f"{me}/server/progress") as progress:
            async for line in progress.aiter_lines():
                if '"failed": true' in line:
                    raise TimeoutError(line)
        if not (await asked(client.get(me)))["server"]:
            raise TimeoutError("the hub gave none")
        made = await asked(client.post(f"{me}/tokens", json={"note": "of a learner in make class"}))
    return str(made["token"])


async def work_through(
    name: str, client: httpx.AsyncClient, diary: Diary, chance: random.Random, course: Class
) -> None:
    """One lesson: open it, run its cells as the script has them, save it, close it."""
    declared = lesson(name)
    path = f"{FOLDER}/{declared.slug}.ipynb"
    began = time.perf_counter()
    found = await asked(client.get(f"api/contents/{path}"))
    notebook = nbformat.from_dict(found["content"])
    async with opened(client, path) as kernel:
        diary.opened.append(time.perf_counter() - began)
        for step in script(notebook, declared, chance, course.ways):
            thought = step.think * chance.uniform(*SPREAD)
            diary.thought += thought
            await asyncio.sleep(thought / course.pace)
            if step.kind == "save":
                written = {"type": "notebook", "content": found["content"]}
                await asked(client.put(f"api/contents/{path}", json=written))
                continue
            ran = await kernel.run(step.code)
            diary.cells.append(Done(name, step.cell, step.kind, ran.seconds))
            if wrong := amiss(step, ran):
                diary.failures.append(f"{diary.learner}, lesson {name}, cell {step.cell}: {wrong}")


def amiss(step: Step, ran: Ran) -> str | None:
    """What is wrong with what a cell did, if anything."""
    if ran.error and not step.raises:
        return f"it raised {ran.error}"
    if step.says not in ran.text:
        return f"it does not say {step.says!r}: {ran.text.strip()[:300]}"
    return None


def said(error: BaseException) -> str:
    """An error in one line."""
    return f"{type(error).__name__}: {error}".replace("\n", " ")[:300]
