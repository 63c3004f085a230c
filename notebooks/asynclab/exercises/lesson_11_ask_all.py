"""Exercise 11.3: ask all suppliers at once, and say of each what came of it."""

from __future__ import annotations

from .declare import Exercise, Wrong
from .lesson_11_suppliers import NAMES, try_ask_all

HEAD = "import asyncio\n\n\n"
DEF = "async def ask_all(ask, names, patience):\n"
ONE = """\
async def state_of(ask, name, patience):
    try:
        async with asyncio.timeout(patience):
            return await ask(name)
    except TimeoutError:
        return "late"
    except Exception:
        return "failed"


"""
GATHER = """\
    asking = [state_of(ask, name, patience) for name in names]
    states = await asyncio.gather(*asking)
    return dict(zip(names, states))
"""


def body(*lines: str, before: str = "") -> str:
    """`ask_all` with these lines, and what stands before it."""
    return HEAD + before + DEF + "".join(f"    {line}\n" for line in lines)


WAITED = (
    "tasks = {name: asyncio.create_task(ask(name)) for name in names}",
    "try:",
    "    done, late = await asyncio.wait(tasks.values(), timeout=patience)",
)
SAY = (
    "def state(task):",
    "    if task not in done:",
    '        return "late"',
    '    return "failed" if task.exception() else task.result()',
    "return {name: state(task) for name, task in tasks.items()}",
)
CANCEL = ("finally:", "    for task in tasks.values():", "        task.cancel()")

ASK_ALL = Exercise(
    number="11.3",
    name="ask_all",
    title="Step 1: ask the suppliers",
    kind="make",
    minutes=12,
    task=(
        "Write `ask_all`. `await ask(name)` gives what one supplier has left, a text. It may raise any "
        "`Exception`, or never answer.\n\n"
        "| one supplier | is said to be |\n|---|---|\n"
        '| answers | its answer: `"12 kg"` |\n| raises | `"failed"` |\n'
        '| says nothing for `patience` seconds | `"late"` |\n\n'
        "(A `TimeoutError` of its own may be called either.) "
        'So `await ask_all(ask, ["beans", "milk", "cups"], 1)` may give '
        '`{"beans": "12 kg", "milk": "failed", "cups": "late"}`.\n\n'
        "`check` looks at: all asked at once · one failure costs nobody else his answer · so does one "
        "silence · the visitor leaves: your function is cancelled, and says so · nobody is still being "
        "asked afterwards."
    ),
    stub=HEAD + DEF + "    ...\n",
    solutions=(
        HEAD + ONE + DEF + GATHER,
        body(*WAITED, *CANCEL, *SAY),
        body(
            "states = {}",
            "async def one(name):",
            "    try:",
            "        states[name] = await asyncio.wait_for(ask(name), patience)",
            "    except Exception as error:",
            '        states[name] = "late" if isinstance(error, TimeoutError) else "failed"',
            "async with asyncio.TaskGroup() as group:",
            "    for name in names:",
            "        group.create_task(one(name))",
            "return states",
        ),
        body(
            "limited = [asyncio.wait_for(ask(name), patience) for name in names]",
            "found = await asyncio.gather(*limited, return_exceptions=True)",
            "for at, each in enumerate(found):",
            "    if isinstance(each, Exception):",
            '        found[at] = "late" if isinstance(each, TimeoutError) else "failed"',
            "return dict(zip(names, found, strict=True))",
        ),
    ),
    wrong=(
        Wrong(
            "blocks",
            (
                body(
                    "tasks = {name: asyncio.create_task(ask(name)) for name in names}",
                    "await asyncio.sleep(0)",
                    "time.sleep(min(patience, 0.5))",
                    "def state(task):",
                    '    return task.result() if task.done() else "late"',
                    "return {name: state(task) for name, task in tasks.items()}",
                    before="import time\n\n\n",
                ),
                body(
                    "asking = asyncio.gather(*map(ask, names), return_exceptions=True)",
                    "until = monotonic() + min(patience, 0.5)",
                    "while not asking.done() and monotonic() < until:",
                    "    pass",
                    'return dict.fromkeys(names, "late")',
                    before="from time import monotonic\n\n\n",
                ),
            ),
            lambda seen: bool(seen["held"]),
            "You blocked the loop: {held}. Meanwhile no supplier can be heard, and no visitor either. "
            "What waits and lets others go on?",
        ),
        Wrong(
            "forgets_await",
            (
                body("return {name: ask(name) for name in names}"),
                body(
                    "states = {}",
                    "for name in names:",
                    "    try:",
                    "        states[name] = ask(name)",
                    "    except Exception:",
                    '        states[name] = "failed"',
                    "return states",
                ),
            ),
            lambda seen: bool(seen["dropped"]),
            "A coroutine was made, and nobody awaited it: {asked} suppliers were asked. "
            "What makes `ask(name)` begin?",
        ),
        Wrong(
            "one_after_another",
            (
                HEAD
                + ONE
                + DEF
                + "    return {name: await state_of(ask, name, patience) for name in names}\n",
                body(
                    "states = {}",
                    "for name in names:",
                    "    task = asyncio.create_task(ask(name))",
                    "    try:",
                    "        states[name] = await asyncio.wait_for(task, patience)",
                    "    except TimeoutError:",
                    '        states[name] = "late"',
                    "    except Exception:",
                    '        states[name] = "failed"',
                    "return states",
                ),
            ),
            lambda seen: seen["asked"] == len(NAMES) and seen["most"] == 1,
            "{asked} suppliers were asked, and never more than {most} at the same moment: the waits add up. "
            "How do you ask them all first, and wait then?",
        ),
        Wrong(
            "one_failure_loses_all",
            (
                body("found = await asyncio.gather(*map(ask, names))", "return dict(zip(names, found))"),
                body(
                    "async with asyncio.timeout(patience), asyncio.TaskGroup() as group:",
                    "    tasks = {name: group.create_task(ask(name)) for name in names}",
                    "return {name: task.result() for name, task in tasks.items()}",
                ),
            ),
            lambda seen: bool(seen["lost"]),
            "Milk failed, and the visitor gets no page at all: {fails}. Three suppliers had an answer. "
            "Where would a `try` cost only milk its line?",
        ),
        Wrong(
            "hands_the_error_on",
            (
                body(
                    "found = await asyncio.gather(*map(ask, names), return_exceptions=True)",
                    "return dict(zip(names, found))",
                ),
                body(
                    "async def one(name):",
                    "    try:",
                    "        return await asyncio.wait_for(ask(name), patience)",
                    "    except Exception as error:",
                    "        return error",
                    "return dict(zip(names, await asyncio.gather(*map(one, names))))",
                ),
            ),
            lambda seen: seen["object"] is not None,
            "Of milk the page says `{object!r}`: the error itself lies where its state should be. "
            "Who looks at what came, and says `failed`?",
        ),
        Wrong(
            "waits_for_ever",
            (
                HEAD + ONE.replace("asyncio.timeout(patience)", "asyncio.timeout(None)") + DEF + GATHER,
                body(
                    "async def one(name):",
                    "    try:",
                    "        return await ask(name)",
                    "    except Exception:",
                    '        return "failed"',
                    "return dict(zip(names, await asyncio.gather(*map(one, names))))",
                ),
            ),
            lambda seen: seen["endless"] == "silent",
            "Cups says nothing, and your function still waited when `patience` was long over. "
            "What ends a wait after so many seconds?",
        ),
        Wrong(
            "silence_loses_all",
            (
                body(
                    "try:",
                    "    async with asyncio.timeout(patience):",
                    "        found = await asyncio.gather(*map(ask, names), return_exceptions=True)",
                    "except TimeoutError:",
                    '    return dict.fromkeys(names, "late")',
                    'return {n: "failed" if isinstance(e, Exception) else e for n, e in zip(names, found)}',
                ),
                body(
                    "found = asyncio.gather(*map(ask, names), return_exceptions=True)",
                    "found = await asyncio.wait_for(found, patience)",
                    'found = ["failed" if isinstance(each, Exception) else each for each in found]',
                    "return dict(zip(names, found))",
                ),
            ),
            lambda seen: bool(seen["good_lost"]),
            "Only cups says nothing, the others had answered long before, and you gave: {silent}. "
            "Your limit is around all of them. Around what should it be?",
        ),
        Wrong(
            "swallows_the_cancellation",
            (
                body(
                    "each = [asyncio.wait_for(ask(name), patience) for name in names]",
                    "try:",
                    "    found = await asyncio.gather(*each, return_exceptions=True)",
                    "except BaseException:",
                    "    return dict.fromkeys(names, 'late')",
                    "def state(one):",
                    "    late = 'late' if isinstance(one, TimeoutError) else 'failed'",
                    "    return late if isinstance(one, Exception) else one",
                    "return dict(zip(names, map(state, found)))",
                ),
                HEAD
                + ONE
                + DEF
                + "    try:\n"
                + "".join(f"    {line}\n" for line in GATHER.splitlines())
                + "    except asyncio.CancelledError:\n"
                + '        return dict.fromkeys(names, "failed")\n',
            ),
            lambda seen: bool(seen["swallowed"]),
            "The visitor left, your function was cancelled, and it gave {leaves} as if nothing had happened. "
            "Which `except` catches more than a supplier's error?",
        ),
        Wrong(
            "goes_on_asking",
            (
                body(*(line.removeprefix("    ") for line in WAITED if line != "try:"), *SAY),
                body(
                    "async def one(name):",
                    "    try:",
                    "        task = asyncio.ensure_future(ask(name))",
                    "        return await asyncio.wait_for(asyncio.shield(task), patience)",
                    "    except TimeoutError:",
                    '        return "late"',
                    "    except Exception:",
                    '        return "failed"',
                    "return dict(zip(names, await asyncio.gather(*map(one, names))))",
                ),
            ),
            lambda seen: bool(seen["orphans"]),
            "Your function {when}, and {orphans} of its questions were still under way: with every visitor "
            "there are more of them. Who ends a task that nobody waits for any more?",
        ),
    ),
    hints=(
        "A small `async def` for *one* supplier: `try`, the answer, `except`. `gather` then never hears "
        "of an error.",
        "In it, `async with asyncio.timeout(patience):` around the one question. It raises `TimeoutError`.",
        "`except TimeoutError` first, `except Exception` after it: a `CancelledError` is neither, "
        "and passes.",
    ),
    attempt=try_ask_all,
    passed=lambda seen: not (seen["odd"] or seen["held"] or seen["orphans"] or seen["dropped"]),
    done="Six visits: all asked at once, each failure and each silence told, and nobody asked for nothing.",
    otherwise="Not yet: {odd}. What does your function do with that supplier?",
    deadline=25.0,
)
