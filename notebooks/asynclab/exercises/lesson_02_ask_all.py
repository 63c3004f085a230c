"""Exercise 2.10: ask many shops, at most three at the same moment."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from secrets import token_hex
from typing import Any

from .declare import Evidence, Exercise, Wrong
from .trying import UnderWay, never_awaited, unawaited

SHOPS = 8
PATIENCE = 4.0  # seconds; after that we look where it stands


class Line:
    """A line to some shops. The first is slow: it answers when all the others have been asked."""

    def __init__(self, shops: Sequence[str]) -> None:
        self.left = {shop: f"{shop}: {token_hex(2)} kg" for shop in shops}
        self.slow = shops[0]
        self.asked: list[str] = []
        self.under_way = UnderWay()
        self.waited_in_vain = False

    async def ask(self, shop: str) -> str:
        self.asked.append(shop)
        with self.under_way:
            if shop == self.slow:
                await self._until_all_are_asked()
            else:
                await asyncio.sleep(0.002)
        return self.left[shop]

    async def _until_all_are_asked(self) -> None:
        for _ in range(100):  # turns of the loop, so that a slow machine is nobody's fault
            if set(self.asked) == set(self.left):
                return
            await asyncio.sleep(0.005)
        self.waited_in_vain = True


@contextmanager
def semaphores_made() -> Iterator[list[object]]:
    """Collect every semaphore that is made."""
    made, init = list[object](), asyncio.Semaphore.__init__

    def noted(self: asyncio.Semaphore, value: int = 1) -> None:
        made.append(self)
        init(self, value)

    asyncio.Semaphore.__init__ = noted  # type: ignore[method-assign]
    try:
        yield made
    finally:
        asyncio.Semaphore.__init__ = init  # type: ignore[method-assign]


async def try_ask_all(ask_all: Any) -> Evidence:
    """Ask eight shops, made up now, and see how many questions are under way."""
    shops = [f"shop {token_hex(4)}" for _ in range(SHOPS)]
    line, before = Line(shops), asyncio.all_tasks()
    with never_awaited() as dropped, semaphores_made() as made:
        try:
            result = ask_all(line.ask, list(shops))
        except TypeError as error:
            if error.__traceback__ is None or error.__traceback__.tb_next is not None:
                raise  # it came from inside
            result = error  # it does not take these two
        hung = False
        if inspect.isawaitable(result):
            task = asyncio.ensure_future(result)
            await asyncio.wait({task}, timeout=PATIENCE)
            hung = not task.done()
            result = None if hung else task.result()  # raises what it raised
        questions = unawaited(result)
    stray = asyncio.all_tasks() - before  # of an answer that hangs, or did not wait
    for each in stray:
        each.cancel()
    await asyncio.gather(*stray, return_exceptions=True)
    answers = list(result) if isinstance(result, list | tuple) else result
    wanted = [line.left[shop] for shop in shops]
    return Evidence(
        result=result,
        facts={
            "most": line.under_way.most,
            "asked": len(line.asked),
            "semaphores": len(made),
            "unawaited": questions or bool(dropped),
            "hung": hung,
            "in_order": answers == wanted,
            "same_answers": isinstance(answers, list) and sorted(map(str, answers)) == sorted(wanted),
            "in_vain": line.waited_in_vain,
            "odd": "it never came back" if hung else _shown(answers),
        },
    )


def _shown(answers: object) -> str:
    if isinstance(answers, TypeError):
        return str(answers)
    if isinstance(answers, list):
        return f"{len(answers)} answers came back"
    return f"it returned {type(answers).__name__}, and a list was asked for"


def ask_all(*lines: str, before: str = "") -> str:
    """One way to write `ask_all`."""
    return "\n".join(
        ("import asyncio\n", before, "async def ask_all(ask, shops):", *(f"    {each}" for each in lines), "")
    )


ALL = "return await asyncio.gather(*(one(shop) for shop in shops))"

ASK_ALL = Exercise(
    number="2.10",
    name="ask_all",
    kind="make",
    minutes=6,
    task=(
        "Write `ask_all(ask, shops)`. `ask` is an async function: `await ask(shop)` gives what that shop "
        "has left. Ask every shop, and return the answers as a list, in the order of the shops.\n\n"
        "At most **three** questions are under way at the same moment. As soon as one is answered, the "
        "next goes out.\n\n"
        "`check` brings an `ask` of its own and eight shops. The first of them is slow."
    ),
    stub="""\
import asyncio


async def ask_all(ask, shops):
    ...
""",
    solutions=(
        """\
import asyncio


async def ask_all(ask, shops):
    three = asyncio.Semaphore(3)

    async def one(shop):
        async with three:
            return await ask(shop)

    return await asyncio.gather(*(one(shop) for shop in shops))
""",
        ask_all(
            "answers, waiting = {}, list(shops)",
            "async def worker():",
            "    while waiting:",
            "        shop = waiting.pop(0)",
            "        answers[shop] = await ask(shop)",
            "await asyncio.gather(worker(), worker(), worker())",
            "return [answers[shop] for shop in shops]",
        ),
        ask_all(
            "gate, tasks = asyncio.BoundedSemaphore(3), []",
            "async with asyncio.TaskGroup() as group:",
            "    for shop in shops:",
            "        await gate.acquire()",
            "        task = group.create_task(ask(shop))",
            "        task.add_done_callback(lambda done: gate.release())",
            "        tasks.append(task)",
            "return tuple(task.result() for task in tasks)",
        ),
        ask_all(
            "running, tasks = set(), []",
            "for shop in shops:",
            "    if len(running) == 3:",
            "        _, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)",
            "    tasks.append(asyncio.create_task(ask(shop)))",
            "    running.add(tasks[-1])",
            "return [await task for task in tasks]",
        ),
    ),
    wrong=(
        Wrong(
            "does_not_wait",
            (
                ask_all("return asyncio.gather(*(ask(shop) for shop in shops))"),
                ask_all("return [ask(shop) for shop in shops]"),
            ),
            lambda seen: bool(seen["unawaited"]),
            "Questions came back instead of answers: somebody still has to wait for them. "
            "Where is the `await` missing?",
        ),
        Wrong(
            "lets_nobody_out",
            (
                ask_all(
                    "three = asyncio.Semaphore(3)",
                    "async def one(shop):",
                    "    await three.acquire()",
                    "    return await ask(shop)",
                    ALL,
                ),
                ask_all(
                    "three = asyncio.Semaphore(3)",
                    "tasks = []",
                    "for shop in shops:",
                    "    await three.acquire()",
                    "    tasks.append(asyncio.create_task(ask(shop)))",
                    "return [await task for task in tasks]",
                ),
            ),
            lambda seen: seen["hung"] and seen["asked"] == 3,
            "Three questions went out, and then nothing more: three were let in, and nobody out again. "
            "What leaves a semaphore when the question is answered?",
        ),
        Wrong(
            "a_semaphore_each",
            (
                ask_all(
                    "async def one(shop):",
                    "    async with asyncio.Semaphore(3):",
                    "        return await ask(shop)",
                    ALL,
                ),
                ask_all(
                    "return await asyncio.gather(*(one(ask, shop) for shop in shops))",
                    before=(
                        "async def one(ask, shop):\n    three = asyncio.Semaphore(3)\n"
                        "    async with three:\n        return await ask(shop)\n\n"
                    ),
                ),
            ),
            lambda seen: seen["most"] > 3 and seen["semaphores"] > 1,
            "{most} questions were under way at once, and you made {semaphores} semaphores: each lets in "
            "three. How many doors should all questions share?",
        ),
        Wrong(
            "all_at_once",
            (
                ask_all("return await asyncio.gather(*(ask(shop) for shop in shops))"),
                ask_all(
                    "three, tasks = asyncio.Semaphore(3), []",
                    "for shop in shops:",
                    "    async with three:",
                    "        tasks.append(asyncio.create_task(ask(shop)))",
                    "return [await task for task in tasks]",
                ),
            ),
            lambda seen: seen["most"] > 3,
            "{most} questions were under way at once. What lets in three, and is the `await ask(shop)` "
            "itself inside it?",
        ),
        Wrong(
            "one_by_one",
            (
                ask_all("return [await ask(shop) for shop in shops]"),
                ask_all(
                    "three, answers = asyncio.Semaphore(3), []",
                    "for shop in shops:",
                    "    async with three:",
                    "        answers.append(await ask(shop))",
                    "return answers",
                ),
            ),
            lambda seen: seen["most"] == 1 and seen["asked"] == SHOPS,
            "One question at a time: each `await` in a loop waits for its answer before the next goes out. "
            "What starts them all?",
        ),
        Wrong(
            "in_batches",
            (
                ask_all(
                    "answers = []",
                    "for at in range(0, len(shops), 3):",
                    "    answers += await asyncio.gather(*map(ask, shops[at:at + 3]))",
                    "return answers",
                ),
                ask_all(
                    "tasks = []",
                    "for shop in shops:",
                    "    tasks.append(asyncio.create_task(ask(shop)))",
                    "    if len(tasks) % 3 == 0:",
                    "        await asyncio.wait(tasks)",
                    "return [await task for task in tasks]",
                ),
            ),
            lambda seen: seen["most"] == 3 and seen["in_vain"] and seen["asked"] == SHOPS,
            "Three at a time, and the fourth waited for all of the first three. The slow one kept two "
            "places empty. How can each answer let in the next question?",
        ),
        Wrong(
            "in_order_of_arrival",
            (
                ask_all(
                    "three, answers = asyncio.Semaphore(3), []",
                    "async def one(shop):",
                    "    async with three:",
                    "        answers.append(await ask(shop))",
                    "await asyncio.gather(*(one(shop) for shop in shops))",
                    "return answers",
                ),
                ask_all(
                    "three = asyncio.Semaphore(3)",
                    "async def one(shop):",
                    "    async with three:",
                    "        return await ask(shop)",
                    "asked = asyncio.as_completed([one(shop) for shop in shops])",
                    "return [await each for each in asked]",
                ),
            ),
            lambda seen: seen["same_answers"] and not seen["in_order"],
            "All answers are there, in the order in which they came: the slow first shop is last. "
            "Which function gives them back in the order of the questions?",
        ),
    ),
    hints=(
        "2.9 has a door that lets in two. Make one that lets in three, once, for all questions.",
        "Inside `ask_all`, write an `async def one(shop)` that goes through the door and asks.",
        "`async with three: return await ask(shop)`. Then `gather` over all shops, and await it.",
    ),
    attempt=try_ask_all,
    passed=lambda seen: (
        seen["in_order"] and seen["most"] == 3 and not seen["in_vain"] and seen["asked"] == SHOPS
    ),
    done="{asked} shops asked, never more than {most} at once, and the answers in order.",
    otherwise=(
        "Not yet: {odd}; at most {most} questions were under way at once, {asked} were asked in all. "
        "Wanted are a list of eight answers, three questions at once, and each shop once. Which is missing?"
    ),
    deadline=12.0,
)
