"""Exercise 2b.8: give back what was taken, also when the task is cancelled, and let the others know."""

from __future__ import annotations

import asyncio
import inspect
from typing import Any

from .declare import Evidence, Exercise, Wrong
from .trying import never_awaited

PATIENCE = 2.0  # seconds; after that we look how far it came


class Table:
    """A cup, and a sip that goes well, fails, or lasts until it is cancelled; in order, what happened."""

    def __init__(self, sip: str) -> None:
        self.sip_is = sip
        self.seen: list[str] = []
        self.sipping = asyncio.Event()
        self.error = ValueError("too hot")

    def take(self) -> None:
        self.seen.append("take")

    def give_back(self) -> None:
        self.seen.append("give back")

    async def sip(self) -> str:
        self.seen.append("sip")
        self.sipping.set()
        try:
            await (asyncio.Event().wait() if self.sip_is == "long" else asyncio.sleep(0))
            if self.sip_is == "bad":
                raise self.error
            return "tasty"
        finally:
            self.seen.append("sip over")


async def try_drink(drink: Any) -> Evidence:
    """Drink three times: one goes well, one fails, one is cancelled in the middle of the sip."""
    outcomes, tables, returned_late = dict[str, str](), dict[str, list[str]](), False
    error: BaseException | None = None
    with never_awaited() as dropped:
        for sip in ("good", "bad", "long"):
            table, before = Table(sip), asyncio.all_tasks()
            given = drink(table, table.sip)
            if not inspect.isawaitable(given):
                outcomes[sip], tables[sip] = f"returned {_shown(given)}", list(table.seen)
                continue
            task = asyncio.ensure_future(given)
            if sip == "long":
                sipping = asyncio.ensure_future(table.sipping.wait())
                await asyncio.wait({task, sipping}, timeout=PATIENCE / 4, return_when=asyncio.FIRST_COMPLETED)
                task.cancel()
            await asyncio.wait({task}, timeout=PATIENCE)
            outcomes[sip] = _outcome(task, table)
            if task.done() and not task.cancelled() and task.exception() is None:
                returned_late = returned_late or inspect.isawaitable(task.result())
                if inspect.iscoroutine(task.result()):
                    task.result().close()
            elif task.done() and not task.cancelled() and outcomes[sip] != TOLD:
                error = error or task.exception()  # a mistake of its own
            stray = asyncio.all_tasks() - before
            for each in stray:
                each.cancel()
            tables[sip] = list(table.seen)  # what is given back only now, is given back too late
            await asyncio.gather(*stray, return_exceptions=True)
    right = ["take", "sip", "sip over", "give back"]
    return Evidence(
        error=error,
        facts={
            "good": outcomes["good"],
            "bad": outcomes["bad"],
            "long": outcomes["long"],
            "too_early": returned_late
            or bool(dropped)
            or tables["good"] == ["take", "give back", "sip", "sip over"],
            "cups": {sip: seen.count("give back") for sip, seen in tables.items()},
            "sipped": {sip: "sip over" in seen for sip, seen in tables.items()},
            "right": all(seen == right for seen in tables.values()),
            "odd": next(
                f"when the sip {_said[sip]}: {', '.join(seen) or 'nothing'}; and `drink` {outcomes[sip]}"
                for sip, seen in tables.items()
                if seen != right or outcomes[sip] != _wanted[sip] or sip == "long"
            ),
        },
    )


TASTED, TOLD, CANCELLED = "returned 'tasty'", "raised the sip's ValueError", "was cancelled"
_said = {"good": "went well", "bad": "failed", "long": "was cancelled"}
_wanted = {"good": TASTED, "bad": TOLD, "long": CANCELLED}


def _outcome(task: asyncio.Future[Any], table: Table) -> str:
    if not task.done():
        return "never ended"
    if task.cancelled():
        return CANCELLED
    error = task.exception()
    if error is None:
        return f"returned {_shown(task.result())}"
    return TOLD if _tells(error, table.error) else f"raised {type(error).__name__}"


def _tells(error: BaseException | None, of: BaseException) -> bool:
    """Whether an error is this one, or was raised from it, or is a group that holds it."""
    if isinstance(error, BaseExceptionGroup):
        return any(_tells(each, of) for each in error.exceptions)
    return error is of or (error is not None and _tells(error.__cause__, of))


def _shown(value: object) -> str:
    """A value that has no address in its text; else its kind."""
    return (
        repr(value)
        if isinstance(value, str | int | float | None)
        else f"something of type {type(value).__name__}"
    )


def drink(*lines: str) -> str:
    """One way to write `drink`."""
    return "\n".join(
        ("import asyncio\n", "async def drink(cup, sip):", *(f"    {line}" for line in lines), "")
    )


DRINK = Exercise(
    number="2b.8",
    name="drink",
    kind="make",
    minutes=5,
    task=(
        "Write `drink(cup, sip)`. It calls `cup.take()`, awaits `sip()`, and returns what that gives. At "
        "the end it calls `cup.give_back()`, **once, whatever happens**: the sip may fail, and the task may "
        "be cancelled in the middle of it.\n\n"
        "Whoever awaits `drink` must learn of the error, or of the cancellation.\n\n"
        "`check` drinks three times: once it goes well, once the sip fails, once the task is cancelled."
    ),
    stub="""\
import asyncio


async def drink(cup, sip):
    ...
""",
    solutions=(
        """\
import asyncio


async def drink(cup, sip):
    cup.take()
    try:
        return await sip()
    finally:
        cup.give_back()
""",
        """\
from contextlib import contextmanager

@contextmanager
def borrowed(cup):
    cup.take()
    try:
        yield
    finally:
        cup.give_back()

async def drink(cup, sip):
    with borrowed(cup):
        taste = await sip()
    return taste
""",
        drink(
            "cup.take()",
            "try:",
            "    taste = await sip()",
            "except BaseException:",
            "    cup.give_back()",
            "    raise",
            "else:",
            "    cup.give_back()",
            "    return taste",
        ),
        drink(
            "from contextlib import ExitStack",
            "with ExitStack() as stack:",
            "    cup.take()",
            "    stack.callback(cup.give_back)",
            "    return await asyncio.create_task(sip())",
        ),
    ),
    wrong=(
        Wrong(
            "too_early",
            (
                drink("cup.take()", "try:", "    return sip()", "finally:", "    cup.give_back()"),
                drink(
                    "cup.take()",
                    "sipping = asyncio.create_task(sip())",
                    "cup.give_back()",
                    "return sipping",
                ),
            ),
            lambda seen: bool(seen["too_early"]),
            "The cup was back before the first sip had ended: nobody waited for it. Which word is missing?",
        ),
        Wrong(
            "only_when_all_goes_well",
            (
                drink("cup.take()", "taste = await sip()", "cup.give_back()", "return taste"),
                drink("cup.take()", "try:", "    return await sip()", "except Exception:", "    raise"),
            ),
            lambda seen: seen["cups"]["bad"] == 0 and seen["bad"] == TOLD,
            "The sip failed, and the cup never came back: an error jumps over the lines below it. "
            "Which block of a `try` runs whatever happens?",
        ),
        Wrong(
            "cancellation_is_no_exception",
            (
                drink(
                    "cup.take()",
                    "try:",
                    "    taste = await sip()",
                    "except Exception:",
                    "    cup.give_back()",
                    "    raise",
                    "cup.give_back()",
                    "return taste",
                ),
                drink(
                    "cup.take()",
                    "(taste,) = await asyncio.gather(sip(), return_exceptions=True)",
                    "cup.give_back()",
                    "if isinstance(taste, Exception):",
                    "    raise taste",
                    "return taste",
                ),
            ),
            lambda seen: seen["cups"]["good"] == seen["cups"]["bad"] == 1 and seen["cups"]["long"] == 0,
            "After an error the cup comes back, and after a cancellation it does not. `CancelledError` is no "
            "`Exception`: it is a `BaseException`. Which block runs for both?",
        ),
        Wrong(
            "swallows_the_cancellation",
            (
                drink(
                    "cup.take()",
                    "try:",
                    "    return await sip()",
                    "except asyncio.CancelledError:",
                    "    return None",
                    "finally:",
                    "    cup.give_back()",
                ),
                drink(
                    "cup.take()",
                    "taste = None",
                    "try:",
                    "    taste = await sip()",
                    "except BaseException:",
                    "    pass",
                    "cup.give_back()",
                    "return taste",
                ),
            ),
            lambda seen: (
                seen["long"].startswith("returned") and seen["cups"]["long"] and seen["sipped"]["long"]
            ),
            "The cup is back, but a cancelled `drink` {long}, as if nothing had happened: a time limit "
            "around it would never know. What must go on after your clean-up?",
        ),
        Wrong(
            "swallows_the_error",
            (
                drink(
                    "cup.take()",
                    "try:",
                    "    return await sip()",
                    "except ValueError:",
                    "    return None",
                    "finally:",
                    "    cup.give_back()",
                ),
                drink(
                    "import contextlib",
                    "cup.take()",
                    "try:",
                    "    with contextlib.suppress(Exception):",
                    "        return await sip()",
                    "finally:",
                    "    cup.give_back()",
                ),
            ),
            lambda seen: seen["bad"].startswith("returned") and seen["sipped"]["bad"],
            "The sip failed, and `drink` {bad}: whoever awaits it never hears of the error. "
            "Do you need an `except` here at all?",
        ),
        Wrong(
            "gives_it_back_twice",
            (
                drink(
                    "cup.take()",
                    "try:",
                    "    return await sip()",
                    "except BaseException:",
                    "    cup.give_back()",
                    "    raise",
                    "finally:",
                    "    cup.give_back()",
                ),
                drink(
                    "cup.take()",
                    "try:",
                    "    taste = await sip()",
                    "    cup.give_back()",
                    "    return taste",
                    "finally:",
                    "    cup.give_back()",
                ),
            ),
            lambda seen: max(seen["cups"].values()) > 1,
            "One cup was taken, and it was given back twice. `finally` runs in every case. "
            "Which other line is too much?",
        ),
    ),
    hints=(
        "Two words of Python make sure that a line runs whatever happens. 2b.7 shows them.",
        "`cup.take()` stands before the `try`. What stands in `finally`?",
        "`try: return await sip()` and `finally: cup.give_back()`. No `except`.",
    ),
    attempt=try_drink,
    passed=lambda seen: seen["right"] and all(seen[sip] == wanted for sip, wanted in _wanted.items()),
    done="Three cups taken and three given back; the error and the cancellation reached whoever waited.",
    otherwise="Not yet: {odd}. Wanted: take, sip, sip over, give back. What differs, and why?",
)
