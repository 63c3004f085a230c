"""Lesson 00: ten visitors, one page that waits, and who is kept waiting by it."""

from __future__ import annotations

from typing import Any

from ..client import fetch
from ..run import Run
from .declare import Evidence, Exercise, Lesson, Prediction, Wrong
from .trying import failed_with, given_up, never_awaited, said

IMPORTS = """\
import asyncio
import time
from django.http import HttpResponse

"""


# What the two predictions are decided by ----------------------------------------------------------


def in_turn(run: Run) -> str:
    """How many of ten were served at the same moment: an order of events, not a time."""
    return {1: "b", 10: "a"}.get(run.most_at_once, "c")


def on_which_threads(run: Run) -> str:
    """Whether the ten waited together, and whether that took more than the loop's thread."""
    if run.most_at_once == 1:
        return "c"
    return "b" if run.threads == ("loop",) else "a"


# How the two exercises are tried ------------------------------------------------------------------


async def try_view(view: Any, paths: list[str]) -> Evidence:
    """Ask for all paths at once, and say what was seen."""
    with never_awaited() as dropped:
        run = await fetch(paths, view=view, deadline=6)
    answers = run.responses
    return Evidence(
        result=run,
        recording=run.recording,
        error=run.error,
        facts={
            "texts": [answer.text if answer and answer.status == 200 else "" for answer in answers],
            "at_once": run.most_at_once,
            "waited": bool(run.views) and all(_waited(run, number) for number in range(1, len(paths) + 1)),
            "threads": len(run.threads),
            "on_loop": run.threads == ("loop",),
            "stopped": given_up(run).startswith("Stopped"),
            "blockers": len({row.request for row in run.blocked}),
            "line": f"{run.blocked[0].function}, line {run.blocked[0].line}" if run.blocked else "",
            "code": run.blocked[0].code if run.blocked else "",
            "never_awaited": bool(dropped),
            "errors": [said(run.error)],
        },
    )


def _waited(run: Run, request: int) -> bool:
    """Whether the loop turned to something else while this request's view was under way."""
    views = [view for view in run.views if view.request == request and view.end is not None]
    turns = run.recording.turns
    return any(view.start < turn.start < view.end for view in views for turn in turns)  # type: ignore[operator]


async def five_teas(view: Any) -> Evidence:
    """Five visitors at once."""
    return await try_view(view, ["/tea/"] * 5)


async def three_names(view: Any) -> Evidence:
    """Three visitors with three names at once."""
    return await try_view(view, [f"/greet/?name={name}" for name in ("Ada", "Bo", "Cy")])


BLOCKED = (
    "You blocked the loop: {code} ({line}). Nobody else was served meanwhile. Which sleep waits without that?"
)
FORGOT = "Nobody awaited `asyncio.sleep`, so the page did not wait. Which word is missing in front of it?"


def written(first: str, *lines: str, before: str = "") -> str:
    """One way to write a view: its imports, what stands before it, its first line, its body."""
    return "\n".join((IMPORTS + before + first, *(f"    {line}" for line in lines), ""))


def tea(*lines: str) -> str:
    """One way to write `tea`."""
    return written("async def tea(request):", *lines)


def greet(*lines: str, before: str = "") -> str:
    """One way to write `greet`."""
    return written("async def greet(request):", *lines, before=before)


def blocks(one: str, other: str) -> Wrong:
    """The loop is held: `time.sleep` in an `async def`. The first may hold it until it is stopped."""
    return Wrong(
        "blocks_the_loop",
        (one, other),
        lambda seen: seen["blockers"] > 1 or (seen["stopped"] and seen["blockers"] == 1),
        BLOCKED,
    )


def forgets_await(one: str, other: str) -> Wrong:
    """A coroutine is made, and dropped."""
    return Wrong("forgets_await", (one, other), lambda seen: bool(seen["never_awaited"]), FORGOT)


def awaits_time_sleep(one: str, other: str) -> Wrong:
    """It blocks first, and then there is nothing to await."""
    return Wrong(
        "awaits_time_sleep",
        (one, other),
        failed_with("await"),
        "`time.sleep` first holds the loop, then gives back None, and None cannot be awaited. "
        "Which sleep gives something to await?",
    )


def made_it_sync(one: str, other: str) -> Wrong:
    """A plain function: right in itself, and not what is practised here."""
    return Wrong(
        "made_it_sync",
        (one, other),
        lambda seen: seen["threads"] > 1,
        "Without `async`, each visitor got a thread: {threads} threads. "
        "That works, too. Now try it with one: write `async def`.",
    )


WAIT, BLOCK = "await asyncio.sleep(0.1)", "time.sleep(0.1)"
TEA = "return HttpResponse('tea')"
NAME, HELLO = "name = request.GET['name']", "return HttpResponse(f'Hello, {name}')"
HELLO_AT_ONCE = "return HttpResponse('Hello, ' + request.GET['name'])"

EXERCISE_TEA = Exercise(
    number="0.6",
    name="tea",
    kind="modify",
    minutes=2,
    task=(
        "Change one line of `tea`: it still waits 0.1 s, but the others can go on meanwhile.\n\n"
        "Then run both cells. `check` sends five visitors at once and looks at what happens."
    ),
    stub=IMPORTS
    + """
async def tea(request):
    time.sleep(0.1)
    return HttpResponse("tea")
""",
    solutions=(
        IMPORTS
        + """
async def tea(request):
    await asyncio.sleep(0.1)
    return HttpResponse("tea")
""",
        """\
from asyncio import sleep
from django.http import HttpResponse as Page

async def tea(request):
    steeping = sleep(0.1)
    await steeping
    return Page(b"tea")
""",
    ),
    wrong=(
        awaits_time_sleep(
            tea("await time.sleep(0.1)", TEA),
            tea("from time import sleep", "done = sleep(0.1)", "await done", TEA),
        ),
        Wrong(
            "runs_a_second_loop",
            (
                tea("asyncio.run(asyncio.sleep(0.1))", TEA),
                tea(
                    "loop = asyncio.get_running_loop()",
                    "loop.run_until_complete(asyncio.sleep(0.1))",
                    TEA,
                ),
            ),
            failed_with("running"),
            "A loop runs in this thread already, and a thread has one at most. "
            "You are inside an `async def`: which word hands over to the loop that is there?",
        ),
        forgets_await(
            tea("asyncio.sleep(0.1)", TEA),
            tea("nap = asyncio.sleep(0.1)", "page = HttpResponse('tea')", "return page"),
        ),
        blocks(
            tea("await asyncio.sleep(0)", BLOCK, TEA),
            tea("until = time.monotonic() + 0.1", "while time.monotonic() < until:", "    pass", TEA),
        ),
        made_it_sync(
            written("def tea(request):", BLOCK, TEA),
            IMPORTS + "tea = lambda request: time.sleep(0.1) or HttpResponse('tea')\n",
        ),
        Wrong(
            "returns_nothing",
            (tea(WAIT), tea(WAIT, "HttpResponse('tea')")),
            failed_with("returned None"),
            "Your page waited well, but then it gave back None. Which line hands over the response?",
        ),
    ),
    hints=(
        "Which line holds the loop? The word BLOCKED in the picture of 0.3 names it.",
        "`asyncio.sleep` is the sleep that the loop understands. What must stand in front of it?",
        "Write `await asyncio.sleep(0.1)` instead of `time.sleep(0.1)`.",
    ),
    attempt=five_teas,
    passed=lambda seen: (
        seen["on_loop"] and seen["at_once"] > 1 and seen["waited"] and seen["texts"] == ["tea"] * 5
    ),
    done="{at_once} of 5 visitors waited at once, all on the loop's one thread.",
    otherwise=(
        "Not yet: {at_once} of 5 visitors were under way at once. "
        "Does the page wait 0.1 s, and does it answer with the text tea?"
    ),
)

EXERCISE_GREET = Exercise(
    number="0.7",
    name="greet",
    kind="make",
    minutes=3,
    task=(
        "Write `greet`, an async view. It looks up the visitor's name in an address such as `/?name=Ada` "
        '(`request.GET["name"]`), waits 0.1 s while others go on, and answers `Hello, Ada`.\n\n'
        "`check` sends Ada, Bo and Cy at once. Each wants to read their own name. Hints work here, too."
    ),
    stub="""\
import asyncio
from django.http import HttpResponse


async def greet(request):
    ...
""",
    solutions=(
        IMPORTS
        + """
async def greet(request):
    name = request.GET["name"]
    await asyncio.sleep(0.1)
    return HttpResponse(f"Hello, {name}")
""",
        """\
from asyncio import sleep
from django.http import HttpResponse

async def steep():
    await sleep(0.1)

async def greet(request):
    await steep()
    return HttpResponse("Hello, " + request.GET.get("name"))
""",
    ),
    wrong=(
        awaits_time_sleep(
            greet("await time.sleep(0.1)", HELLO_AT_ONCE),
            greet(NAME, "nothing = time.sleep(0.1)", "await nothing", HELLO),
        ),
        forgets_await(
            greet("asyncio.sleep(0.1)", HELLO_AT_ONCE),
            greet(NAME, "_ = asyncio.sleep(0.1)", HELLO),
        ),
        blocks(
            greet(BLOCK, HELLO_AT_ONCE),
            greet(NAME, "await asyncio.sleep(0)", BLOCK, HELLO),
        ),
        Wrong(
            "shares_a_global",
            (
                greet("global name", NAME, WAIT, HELLO, before="name = ''\n\n"),
                greet(
                    "state['name'] = request.GET['name']",
                    WAIT,
                    "return HttpResponse('Hello, ' + state['name'])",
                    before="state = {}\n\n",
                ),
            ),
            lambda seen: len(set(seen["texts"])) == 1 and seen["texts"][0] != "",
            "All three read {texts[0]!r}. While Ada's page waits, Bo's runs, and they share that name. "
            "Where could each request keep its own?",
        ),
        Wrong(
            "returns_text",
            (
                greet(WAIT, "return 'Hello, ' + request.GET['name']"),
                greet(NAME, WAIT, "text = f'Hello, {name}'", "return text"),
            ),
            failed_with("'str' object"),
            "A view gives back a response, and you gave it text. What makes a response out of text?",
        ),
        made_it_sync(
            written("def greet(request):", BLOCK, HELLO_AT_ONCE),
            written("def greet(request):", NAME, BLOCK, HELLO),
        ),
    ),
    hints=(
        "Three lines do: look up the name, wait, answer.",
        "You have written the waiting line in 0.6. The answer is an `HttpResponse` with a text.",
        'Begin with `name = request.GET["name"]`. A name inside the function belongs to one request.',
    ),
    attempt=three_names,
    passed=lambda seen: (
        seen["on_loop"]
        and seen["at_once"] > 1
        and seen["waited"]
        and seen["texts"] == ["Hello, Ada", "Hello, Bo", "Hello, Cy"]
    ),
    done="Ada, Bo and Cy waited at once on one thread, and each read their own name.",
    otherwise=(
        "Not yet. The three answers were {texts}, and {at_once} of 3 visitors were under way at once. "
        "What should each of them read, and after which wait?"
    ),
)


LESSON = Lesson(
    number="00",
    slug="00_start_here",
    title="Ten visitors and a page that waits",
    objectives=(
        "read the picture of a run: who waits, who holds which thread",
        "write a view that waits without keeping the others waiting",
        "decide whether async is worth your while at all",
    ),
    know_first="how to write a Django view (nothing about async)",
    docs=(("Asynchronous support", "topics/async/"), ("How to deploy with ASGI", "howto/deployment/asgi/")),
    predictions=(
        Prediction(
            number="0.3",
            question=(
                "You write `async` in front of `def`, and nothing else: the page still calls `time.sleep`. "
                "Ten visitors come at once. How are they served?"
            ),
            options={
                "a": "all ten at once: an async view makes room for the others",
                "b": "one after another: each waits for all those before",
                "c": "a few at a time: Django has a handful of threads for this",
            },
            settle=in_turn,
            replies={
                "a": (
                    "`async` makes no room by itself. All async views share one thread, the loop's; "
                    "only an `await` lets the next one have it, and this page has none."
                ),
                "c": (
                    "Django gives a thread to a *sync* view. An async view runs on the loop's own thread, "
                    "and that is one."
                ),
                "b": "Here they were not served one after another. Did you change the cell?",
            },
        ),
        Prediction(
            number="0.4",
            question="Now the page awaits `asyncio.sleep`. Ten visitors come at once. How do they wait?",
            options={
                "a": "together, on ten threads: one thread can wait for one thing only",
                "b": "together, on one thread",
                "c": "one after another: one thread, so one at a time",
            },
            settle=on_which_threads,
            replies={
                "a": (
                    "Nobody needs a thread in order to wait. The loop keeps a list of what is due, "
                    "and looks at the clock."
                ),
                "c": (
                    "One at a time *runs*. But an `await` gives the thread away until the wait is over, "
                    "so all ten can have begun."
                ),
                "b": "Here it took more than one thread, or they took turns. Did you change the cell?",
            },
        ),
    ),
    exercises=(EXERCISE_TEA, EXERCISE_GREET),
    next="01_two_callables",
)
