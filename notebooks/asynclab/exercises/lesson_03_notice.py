"""Exercise 3.9: a page that asks three suppliers at once and survives whichever of them fails."""

from __future__ import annotations

from typing import Any

from .declare import Evidence, Exercise, Wrong
from .lesson_03_suppliers import ITEMS, Visit, visit

# Nobody fails; then each in turn, each in its own way; then all.
WAYS: tuple[dict[str, str], ...] = (
    {},
    {"milk": "500"},
    {"beans": "disconnect"},
    {"cups": "garbage"},
    dict.fromkeys(ITEMS, "500"),
)
# Errors that no supplier makes: they come from the page's own lines.
OWN = ("NameError", "UnboundLocalError", "AttributeError", "TypeError")


async def try_notice(notice: Any) -> Evidence:
    """Five visits; stop at one that never ends."""
    visits = list[Visit]()
    for failing in WAYS:
        visits.append(await visit(notice, failing, name="notice"))
        if visits[-1].run.notes:
            break
    wanted = [
        {item: None if item in failing else seen.left[item] for item in ITEMS}
        for failing, seen in zip(WAYS, visits, strict=False)
    ]
    odd = next((at for at, seen in enumerate(visits) if seen.answer != wanted[at]), None)
    milk = visits[1] if len(visits) > 1 else None
    return Evidence(
        result=visits,
        recording=visits[0].run.recording,
        error=visits[0].run.error,
        facts={
            "answers": [seen.answer for seen in visits],
            "wanted": wanted,
            "statuses": [seen.status for seen in visits],
            "right": odd is None and len(visits) == len(WAYS),
            "most": [seen.traffic.most for seen in visits],
            "asked_all": all(set(seen.traffic.asked) == set(ITEMS) for seen in visits),
            "cancelled": next(
                (" and ".join(seen.traffic.cancelled) for seen in visits if seen.traffic.cancelled), ""
            ),
            "milk": milk.shown if milk else "",
            "milk_error": milk.error if milk else "",
            "milk_value": milk.told.get("milk") if milk and isinstance(milk.told, dict) else None,
            "milk_took_all": milk is not None and not milk.error and _lost_all(milk),
            "beans_error": visits[2].error if len(visits) > 2 else "",
            "odd": "the answers are right" if odd is None else _odd(odd, visits[odd], wanted[odd]),
        },
    )


def _lost_all(seen: Visit) -> bool:
    """Whether no supplier's number is left in what the page said."""
    told = list(seen.told.values()) if isinstance(seen.told, dict) else []
    return not any(number in told for number in seen.left.values())


def _odd(at: int, seen: Visit, wanted: object) -> str:
    """In words: an answer that was not the right one."""
    failed = " and ".join(WAYS[at])
    when = f"when {failed} failed" if failed else "when all was well"
    return f"{when}, this came: {seen.shown}; wanted: {wanted}"


HEAD = """\
import asyncio

from django.http import JsonResponse

ITEMS = ["beans", "milk", "cups"]


async def stock_of(http, item):
    answer = await http.get(f"/{item}")
    if answer.status_code != 200:
        raise LookupError(f"{item}: status {answer.status_code}")
    return answer.json()["left"]


"""
OPEN = """\
async def notice(request):
    from cafe.stock import client  # there once boot() has run

    async with client() as http:
"""
END = "    return JsonResponse(dict(zip(ITEMS, counts, strict=True)))\n"
ASK = "*[stock_of(http, item) for item in ITEMS]"


def notice(*lines: str, before: str = "", end: str = END) -> str:
    """One way to write `notice`: what stands before it, the lines inside `async with`, its end."""
    return HEAD + before + OPEN + "".join(f"        {line}\n" for line in lines) + end


def or_none(catching: str, name: str = "perhaps") -> str:
    """A question that answers None where it fails."""
    return (
        f"async def {name}(http, item):\n    try:\n        return await stock_of(http, item)\n"
        f"    {catching}:\n        return None\n\n\n"
    )


GATHERED = "counts = await asyncio.gather(*[perhaps(http, item) for item in ITEMS])"

NOTICE = Exercise(
    number="3.9",
    name="notice",
    kind="make",
    minutes=7,
    task=(
        "Write `notice`, a page that asks all three suppliers at once and answers with JSON such as "
        '`{"beans": 12, "milk": 40, "cups": 250}`. Whatever goes wrong with one supplier, the page still '
        "answers, with status 200: `None` stands for that supplier (JSON writes it `null`), and the others "
        "have their numbers.\n\n"
        "`stock_of` is given. It raises if a supplier answers with an error, and a supplier can fail in "
        "other ways, too. `check` comes five times: all is well, one fails (each in turn, each in its own "
        "way), all fail."
    ),
    stub=HEAD + OPEN + '        await stock_of(http, "beans")  # your lines in place of this one\n',
    solutions=(
        notice(GATHERED, before=or_none("except Exception")),
        notice(
            f"found = await asyncio.gather({ASK}, return_exceptions=True)",
            end="    counts = [None if isinstance(one, Exception) else one for one in found]\n" + END,
        ),
        notice(
            "async with asyncio.TaskGroup() as group:",
            "    tasks = [group.create_task(perhaps(http, item)) for item in ITEMS]",
            end="    counts = [task.result() for task in tasks]\n" + END,
            before=or_none("except (LookupError, OSError, ValueError)"),
        ),
        """\
from django.http import JsonResponse

from cafe.stock import ask_all


async def notice(request):
    answers = await ask_all((item, item, {}) for item in ("beans", "milk", "cups"))
    left = {one.supplier: None if one.problem else int(one.left.split()[0]) for one in answers}
    return JsonResponse(left)
""",
    ),
    wrong=(
        Wrong(
            "one_at_a_time",
            (
                notice(
                    "counts = []",
                    "for item in ITEMS:",
                    "    try:",
                    "        counts.append(await stock_of(http, item))",
                    "    except Exception:",
                    "        counts.append(None)",
                ),
                notice(
                    "counts = [await perhaps(http, item) for item in ITEMS]",
                    before=or_none("except Exception"),
                ),
            ),
            lambda seen: seen["right"] and set(seen["most"]) == {1},
            "Your page survives. But the suppliers never had more than one question at a time: each is "
            "awaited before the next is asked. How did 3.6 ask all three at once?",
        ),
        Wrong(
            "hides_its_own_mistake",
            (
                notice(
                    "asking = [perhaps(http, item) for item in ITEMS]",
                    before=or_none("except Exception"),
                    end="    counts = await asyncio.gather(*asking)\n" + END,
                ),
                notice(
                    GATHERED,
                    before=or_none("except Exception").replace("stock_of(http, item)", "stock_of(item)"),
                ),
            ),
            lambda seen: seen["answers"][0] == dict.fromkeys(ITEMS),
            "All was well with the suppliers, and yet each is None. Perhaps your `except` hides an error of "
            "your own code: what does it print, with `print(repr(error))` in it? Or no number is returned.",
        ),
        Wrong(
            "a_group_cancels_the_others",
            (
                notice(
                    "async with asyncio.TaskGroup() as group:",
                    "    tasks = [group.create_task(stock_of(http, item)) for item in ITEMS]",
                    end="    counts = [task.result() for task in tasks]\n" + END,
                ),
                notice(
                    "tasks = [asyncio.create_task(stock_of(http, item)) for item in ITEMS]",
                    "done, others = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)",
                    "for task in others:",
                    "    task.cancel()",
                    "await asyncio.wait(tasks)",
                    "counts = [t.result() if t in done and not t.exception() else None for t in tasks]",
                ),
            ),
            lambda seen: seen["cancelled"] != "",
            "One supplier failed, and with it the question to {cancelled} was cancelled. "
            "Where must the error be caught, so that it never reaches the others?",
        ),
        Wrong(
            "shows_the_exception",
            (
                notice(f"counts = await asyncio.gather({ASK}, return_exceptions=True)"),
                notice(
                    GATHERED,
                    before=or_none("except Exception as error").replace("return None", "return str(error)"),
                ),
            ),
            lambda seen: (
                "LookupError is not JSON" in seen["milk_error"]
                or str(seen["milk_value"]).startswith("milk: status")
            ),
            "Where the failing supplier should be None stands its exception, meant for you and not for a "
            "visitor ({milk}). How do you tell an exception from a number?",
        ),
        Wrong(
            "catches_one_kind",
            (
                notice(GATHERED, before=or_none("except LookupError")),
                notice(
                    f"found = await asyncio.gather({ASK}, return_exceptions=True)",
                    "for one in found:",
                    "    if isinstance(one, Exception) and not isinstance(one, LookupError):",
                    "        raise one",
                    "counts = [None if isinstance(one, LookupError) else one for one in found]",
                ),
            ),
            lambda seen: seen["answers"][:2] == seen["wanted"][:2] and seen["statuses"][2:3] == [500],
            "Your page survives a supplier that answers with an error. Then beans hung up in the middle of "
            "a word, and the page failed: {beans_error} What else can go wrong with a supplier?",
        ),
        Wrong(
            "one_failure_loses_all",
            (
                notice(
                    "try:",
                    f"    counts = await asyncio.gather({ASK})",
                    "except Exception:",
                    "    counts = [None] * 3",
                ),
                notice(
                    "tasks = [asyncio.create_task(stock_of(http, item)) for item in ITEMS]",
                    "counts = dict.fromkeys(ITEMS)",
                    "try:",
                    "    counts = dict(zip(ITEMS, [await task for task in tasks]))",
                    "except Exception:",
                    "    await asyncio.wait(tasks)",
                    end="    return JsonResponse(counts)\n",
                ),
            ),
            lambda seen: seen["answers"][:1] == seen["wanted"][:1] and seen["milk_took_all"],
            "Milk failed, and your page lost beans and cups as well: {milk}. One `try` around all three "
            "knows only that something failed. How could each question have its own?",
        ),
        Wrong(
            "nothing_catches_it",
            (
                notice(f"counts = await asyncio.gather({ASK})"),
                notice(
                    "tasks = [asyncio.create_task(stock_of(http, item)) for item in ITEMS]",
                    "counts = [await task for task in tasks]",
                ),
            ),
            lambda seen: (
                seen["answers"][:1] == seen["wanted"][:1]
                and seen["statuses"][1:2] == [500]
                and not seen["milk_error"].startswith(OWN)
            ),
            "While all is well, so is your page. When milk failed, the page failed: {milk}. "
            "What makes `gather` hand you an exception instead of raising it, or who could catch it before?",
        ),
    ),
    hints=(
        "Two ways: `return_exceptions=True`, as in 3.8, or a small function with `try` around one question.",
        "The second way: `async def perhaps(http, item)` awaits `stock_of`, and returns None if that raises.",
        "Then gather three: `counts = await asyncio.gather(*[perhaps(http, item) for item in ITEMS])`.",
    ),
    attempt=try_notice,
    passed=lambda seen: seen["right"] and min(seen["most"]) == 3 and seen["asked_all"],
    done="Five visits, three questions at once in each; whoever failed is None, and nobody lost the others.",
    otherwise="Not yet: {odd}. At most {most[0]} of 3 questions were under way at once. What would mend it?",
    deadline=25.0,
)
