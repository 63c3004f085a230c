"""Exercise 3.7: three questions, asked one after another; ask them all at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .declare import Evidence, Exercise, Wrong
from .lesson_03_suppliers import ITEMS, visit
from .trying import failed_with


async def try_basket(basket: Any) -> Evidence:
    """One visit, with numbers on the shelves that nobody can know."""
    seen = await visit(basket, name="basket")
    answer = seen.answer
    return Evidence(
        result=seen.run,
        recording=seen.run.recording,
        error=seen.run.error,
        facts={
            "answer": seen.shown,
            "right": answer == {"left": seen.left},
            "mixed_up": _mixed_up(answer, seen.left),
            "asked": len(seen.traffic.asked),
            "each_once": sorted(seen.traffic.asked) == sorted(ITEMS),
            "most": seen.traffic.most,
            "errors": [seen.error],
            "odd": f"this came: {seen.shown}",
        },
    )


def _mixed_up(answer: object, left: Mapping[str, int]) -> bool:
    """Whether the right numbers stand beside the wrong names."""
    said = answer.get("left") if isinstance(answer, dict) else None
    if not isinstance(said, dict) or said == left:
        return False
    return set(said) == set(left) and sorted(map(str, said.values())) == sorted(map(str, left.values()))


def handed_on(seen: Evidence) -> bool:
    """Whether a coroutine, a task or a gathering stands where a number should."""
    words = ("await wasn't used with future", "Object of type Task", "Object of type coroutine")
    return any(failed_with(word)(seen) for word in words) or failed_with("Future is not JSON")(seen)


def not_spread(seen: Evidence) -> bool:
    """Whether `gather` was handed a list or a generator (which Python 3.11 takes, and then trips over)."""
    words = ("unhashable type", "awaitable is required", "Task got bad yield")
    return any(failed_with(word)(seen) for word in words)


UNITS = """\
import asyncio

from django.http import JsonResponse


async def units(http, item):
    answer = await http.get(f"/{item}")
    return answer.json()["left"]


async def basket(request):
    from cafe.stock import client  # there once boot() has run

    items = ["beans", "milk", "cups"]
    async with client() as http:
"""
ANSWER = '    return JsonResponse({"left": dict(zip(items, counts, strict=True))})\n'


def basket(*lines: str, after: str = "") -> str:
    """One way to write `basket`: the lines inside `async with`, and those after it."""
    return UNITS + "".join(f"        {line}\n" for line in lines) + after + ANSWER


BASKET = Exercise(
    number="3.7",
    name="basket",
    kind="modify",
    minutes=4,
    task=(
        "`basket` asks one supplier after another. Write two lines in place of the three that begin with "
        "`counts = []`, so that all three are asked at once. What the page answers stays the same.\n\n"
        "`check` looks at the suppliers: how many questions do they have at the same moment?"
    ),
    stub=basket("counts = []", "for item in items:", "    counts.append(await units(http, item))"),
    solutions=(
        basket("asking = [units(http, item) for item in items]", "counts = await asyncio.gather(*asking)"),
        basket(
            "async with asyncio.TaskGroup() as group:",
            "    tasks = [group.create_task(units(http, item)) for item in items]",
            "counts = [task.result() for task in tasks]",
        ),
        """\
import asyncio

from django.http import JsonResponse

from cafe.stock import client


async def basket(request):
    found = {}

    async def look(http, item):
        found[item] = (await http.get(f"/{item}")).json()["left"]

    async with client() as http:
        tasks = {asyncio.create_task(look(http, item)) for item in ("cups", "beans", "milk")}
        await asyncio.wait(tasks)
    return JsonResponse({"left": found})
""",
    ),
    wrong=(
        Wrong(
            "forgets_the_star",
            (
                basket(
                    "asking = [units(http, item) for item in items]", "counts = await asyncio.gather(asking)"
                ),
                basket("counts = await asyncio.gather(units(http, item) for item in items)"),
            ),
            lambda seen: seen["asked"] == 0 and not_spread(seen),
            "No supplier was asked. What you gave `gather` is no coroutine. Is it a list, or another thing "
            "that holds them? Which sign spreads it over the arguments? Or a function that nobody called?",
        ),
        Wrong(
            "awaits_inside",
            (
                basket("counts = await asyncio.gather(*[await units(http, item) for item in items])"),
                basket(
                    'beans, milk = await units(http, "beans"), await units(http, "milk")',
                    'counts = await asyncio.gather(beans, milk, await units(http, "cups"))',
                ),
            ),
            lambda seen: (
                seen["asked"] == 3 and seen["most"] == 1 and failed_with("awaitable is required")(seen)
            ),
            "You awaited each question yourself, one after another, and gave `gather` three numbers. "
            "Which of your two kinds of `await` is one too many?",
        ),
        Wrong(
            "hands_on_a_promise",
            (
                basket("counts = asyncio.gather(*[units(http, item) for item in items])"),
                basket("counts = [asyncio.create_task(units(http, item)) for item in items]"),
            ),
            handed_on,
            "`counts` holds no numbers yet, but what will give them later. "
            "Which word waits until they are there, and in front of what?",
        ),
        Wrong(
            "leaves_the_client_first",
            (
                basket(
                    "asking = [units(http, item) for item in items]",
                    after="    counts = await asyncio.gather(*asking)\n",
                ),
                basket(
                    "tasks = [asyncio.create_task(units(http, item)) for item in items]",
                    after="    counts = [await task for task in tasks]\n",
                ),
            ),
            failed_with("client has been closed"),
            "The client was closed when the questions came to be asked: `async with` ends where its block "
            "does. Where must the waiting stand?",
        ),
        Wrong(
            "takes_them_as_they_come",
            (
                basket(
                    "asking = [units(http, item) for item in items]",
                    "counts = [await first for first in asyncio.as_completed(asking)]",
                ),
                basket(
                    "counts = []",
                    "async def add(item):",
                    "    counts.append(await units(http, item))",
                    "await asyncio.gather(*map(add, items))",
                ),
            ),
            lambda seen: bool(seen["mixed_up"]),
            "All were asked at once, but the numbers stand beside the wrong names: {answer}. The quickest "
            "supplier came first. In which order does `gather` return its results?",
        ),
        Wrong(
            "one_at_a_time_all_the_same",
            (
                basket(
                    "counts = []",
                    "for item in items:",
                    "    counts += await asyncio.gather(units(http, item))",
                ),
                basket("counts = [await asyncio.create_task(units(http, item)) for item in items]"),
            ),
            lambda seen: seen["most"] == 1 and seen["right"],
            "The answer is right, and the suppliers never had more than {most} question at a time: each "
            "was awaited before the next was asked. How many have begun when you first await?",
        ),
    ),
    hints=(
        "First make a list of three coroutines: call `units`, and do not await it yet.",
        "Then one `await asyncio.gather(…)` for the whole list. 3.6 has such a line.",
        "The first line: `asking = [units(http, item) for item in items]`.",
    ),
    attempt=try_basket,
    passed=lambda seen: seen["right"] and seen["most"] == 3 and seen["each_once"],
    done="The suppliers had {most} questions at once, and each number stands beside its name.",
    otherwise=(
        "Not yet: {odd}. The suppliers were asked {asked} times, {most} at once. "
        "Is each asked once, all three at the same moment, and does the page answer the three numbers?"
    ),
    deadline=12.0,
)
