"""What exercise 11.3 looks at: suppliers who answer, fail or say nothing, and who is still being asked."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from secrets import randbelow
from time import perf_counter
from typing import Any

from ..run import Run
from ..watch import watch
from .declare import Evidence
from .trying import UnderWay, never_awaited, said

NAMES = ("milk", "beans", "cups", "tea")
PATIENCE = 1.0  # seconds: what the answer gets where somebody says nothing
AMPLE = 20.0  # where nobody does
TOGETHER = 0.1  # seconds a supplier waits for the others to be asked
SLACK = 0.1  # seconds that a wait may be shorter
LATE = 1.5  # seconds more, until the check gives up


class OutOfOrder(Exception):
    """A supplier's own error: no built-in one."""


ERRORS = (OSError("the line is dead"), OutOfOrder("closed"), KeyError("left"), ValueError("no JSON"))


@dataclass
class Suppliers:
    """They answer once all have been asked. `moods` names those who do not: "fails" or "silent"."""

    moods: Mapping[str, str]
    asked: list[str] = field(default_factory=list)
    open: set[object] = field(default_factory=set)
    under_way: UnderWay = field(default_factory=UnderWay)

    def __post_init__(self) -> None:
        self.left = {name: f"{10 + randbelow(900)} kg" for name in NAMES}
        self.all_asked = asyncio.Event()

    async def ask(self, name: str) -> str:
        """What one supplier has left."""
        question = object()
        self.asked.append(name)
        self.open.add(question)
        if len(self.asked) == len(NAMES):
            self.all_asked.set()
        try:
            with self.under_way:
                with suppress(TimeoutError):
                    async with asyncio.timeout(TOGETHER):
                        await self.all_asked.wait()
                mood = self.moods.get(name, "")
                if mood == "silent":
                    await asyncio.Event().wait()
                if mood == "fails":
                    raise ERRORS[NAMES.index(name)]
                return self.left[name]
        finally:
            self.open.discard(question)

    @property
    def wanted(self) -> dict[str, str]:
        """What should be said of each."""
        states = {"fails": "failed", "silent": "late"}
        return {name: states.get(self.moods.get(name, ""), self.left[name]) for name in NAMES}


@dataclass
class Asked:
    """One call of the learner's function, and what came of it."""

    suppliers: Suppliers
    result: Any = None
    error: BaseException | None = None
    endless: bool = False  # it did not end, and was cancelled
    cancelled: bool = False  # it ended as cancelled
    seconds: float = 0.0  # until it ended
    left_open: int = 0  # suppliers still being asked after it had ended

    @property
    def states(self) -> dict[Any, Any]:
        """The result, if it is a dictionary."""
        return self.result if isinstance(self.result, dict) else {}

    @property
    def shown(self) -> str:
        """For a learner to read."""
        if self.endless:
            return f"no answer within {self.seconds:.1f} s"
        return said(self.error).rstrip(".") or repr(self.result)[:200]


async def asking(
    function: Any, moods: Mapping[str, str] | None = None, patience: float = AMPLE, *, leaves: bool = False
) -> Asked:
    """Call it once; with `leaves` the visitor goes as soon as all suppliers have been asked."""
    suppliers = Suppliers(moods or {})
    found = Asked(suppliers)

    async def call() -> Any:
        result = function(suppliers.ask, list(NAMES), patience)
        return await result if inspect.isawaitable(result) else result

    task, began = asyncio.create_task(call()), perf_counter()
    if leaves:
        with suppress(TimeoutError):
            async with asyncio.timeout(LATE):
                await suppliers.all_asked.wait()
        for _ in range(5):
            await asyncio.sleep(0)
        task.cancel()
    limit = LATE if leaves else min(patience, 2 * PATIENCE) + LATE
    done, _ = await asyncio.wait({task}, timeout=limit)
    found.seconds = perf_counter() - began
    if not done:
        found.endless = True
        task.cancel()
        await asyncio.wait({task}, timeout=LATE)
    elif task.cancelled():
        found.cancelled = True
    elif (error := task.exception()) is not None:
        found.error = error
    else:
        found.result = task.result()
    for _ in range(20):
        if not suppliers.open:
            break
        await asyncio.sleep(0)
    found.left_open = 0 if found.endless else len(suppliers.open)
    return found


async def _tidy(before: set[asyncio.Task[Any]]) -> None:
    """End what an answer has left running, before the next case looks."""
    others = asyncio.all_tasks() - before
    for task in others:
        task.cancel()
    if others:
        await asyncio.wait(others, timeout=1)
        for task in others:
            if task.done() and not task.cancelled():
                task.exception()  # heard, so that nobody complains


async def try_ask_all(function: Any) -> Evidence:
    """All well; each kind of failure; a silent one; both; all fail; the visitor leaves."""
    cases: dict[str, dict[str, Any]] = {
        "well": {},
        "fails": {"moods": {"milk": "fails"}},
        "silent": {"moods": {"cups": "silent"}, "patience": PATIENCE},
        "both": {"moods": {"beans": "fails", "cups": "silent"}, "patience": PATIENCE},
        "all": {"moods": dict.fromkeys(NAMES, "fails")},
        "leaves": {"moods": dict.fromkeys(NAMES, "silent"), "leaves": True},
    }
    seen = {name: Asked(Suppliers({})) for name in cases}
    before, run = asyncio.all_tasks(), Run("asgi")
    ran = list[str]()
    with never_awaited() as dropped:
        async with watch() as run:
            for name, case in cases.items():
                seen[name] = await asking(function, **case)
                ran.append(name)
                await _tidy(before)
                if seen[name].endless or (name == "well" and seen[name].error is not None):
                    break
    well, fails, silent, leaves = (seen[name] for name in ("well", "fails", "silent", "leaves"))
    last = seen[ran[-1]]
    held = run.blocked[0] if run.blocked else None
    odd = next(
        (
            f"{_CASES[name]} it gave {seen[name].shown}, and should give {seen[name].suppliers.wanted}"
            for name in ran
            if name != "leaves" and seen[name].result != seen[name].suppliers.wanted
        ),
        "",
    )
    able = well.result == well.suppliers.wanted  # else it is about something else
    good = {name for name in NAMES if silent.suppliers.left.get(name) == silent.states.get(name)}
    return Evidence(
        error=next((seen[name].error for name in ran if seen[name].error is not None), None),
        facts={
            "held": f"{held.code} ({held.function}, line {held.line})" if held else "",
            "dropped": bool(dropped) or any(map(inspect.iscoroutine, well.states.values())),
            "asked": len(well.suppliers.asked),
            "most": well.suppliers.under_way.most,
            "lost": "fails" in ran and not well.error and fails.error is not None,
            "fails": fails.shown,
            "object": next((each for each in fails.states.values() if isinstance(each, BaseException)), None),
            "endless": ran[-1] if last.endless else "",
            "good_lost": able and "silent" in ran and not silent.endless and len(good) < len(NAMES) - 1,
            "silent": silent.shown,
            "swallowed": able and "leaves" in ran and leaves.result is not None,
            "ignores": "leaves" in ran and leaves.endless,
            "leaves": leaves.shown,
            "orphans": silent.left_open or leaves.left_open,
            "when": "had answered" if silent.left_open else "had been cancelled",
            "odd": odd
            or _hasty(silent)
            or ("" if leaves.cancelled else f"cancelled, it gave {leaves.shown}"),
        },
    )


def _hasty(silent: Asked) -> str:
    """Whether nobody waited as long as `patience` says, in words."""
    if silent.seconds > PATIENCE - SLACK:
        return ""
    return f"cups says nothing, and with `patience` {PATIENCE:g} it was given up after {silent.seconds:.2f} s"


_CASES = {
    "well": "when all suppliers answer,",
    "fails": "when milk fails,",
    "silent": "when cups says nothing,",
    "both": "when beans fails and cups says nothing,",
    "all": "when all fail,",
}
