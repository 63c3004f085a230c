"""Lessons 02 and 02b: what decides their questions, 02's test to keep, and answers that nobody foresaw."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from asynclab.events import LOOP, Crossing, Recording
from asynclab.exercises.lesson_02 import fifty_handed_over, five_stirred
from asynclab.exercises.lesson_02_ask_all import ask_all
from asynclab.exercises.lesson_02_stock import HEAD, IMPORTS, LIBRARY, TAIL, one_way
from asynclab.exercises.lesson_02b import what_became_of_the_thread
from asynclab.exercises.lesson_02b_drink import drink
from asynclab.run import Run
from asynclab.trial import Judge

from . import practice, recordings
from .reading import NOTEBOOKS


def run(recording: Recording) -> Run:
    seen = Run("asgi")
    seen.recording = recording
    return seen


def handed_over(threads: int, pages: int = 6) -> Run:
    """So many pages that hand a call to a pool of so many threads."""
    recording = recordings.awaiting(pages)
    recording.crossings = [
        Crossing("to_thread", "sleep", "yours", page, LOOP, 0.0, "pool 1", begun, begun + 0.29)
        for page in range(pages)
        for begun in (0.3 * (page // threads) + 0.001,)
    ]
    return run(recording)


@pytest.mark.parametrize(
    ("recording", "letter"),
    [(recordings.awaiting(5), "a"), (recordings.blocking(5), "b"), (recordings.threads(5), "c")],
)
def test_the_first_question_is_decided_by_how_five_were_served(recording: Recording, letter: str) -> None:
    assert five_stirred(run(recording)) == letter


@pytest.mark.parametrize(("threads", "letter"), [(6, "a"), (4, "b"), (1, "c")])
def test_the_second_one_by_how_many_calls_ran_side_by_side(threads: int, letter: str) -> None:
    assert fifty_handed_over(handed_over(threads)) == letter


@pytest.mark.parametrize(
    ("ended", "error", "letter"),
    [(0.2, None, "a"), (None, None, "b"), (0.4, None, "b"), (0.2, RuntimeError("Cancelled"), "c")],
)
def test_the_question_of_02b_by_what_outlived_the_page(
    ended: float | None, error: Exception | None, letter: str
) -> None:
    recording = recordings.awaiting(1)  # its page has been answered after 0.3 s
    call = Crossing("to_thread", "cook", "yours", 1, LOOP, 0.0, "pool 1", 0.01, ended, None, error)
    recording.crossings = [call]
    assert what_became_of_the_thread(run(recording)) == letter


@pytest.mark.parametrize(("wait", "fails"), [("await asyncio.sleep(0.2)", False), ("time.sleep(0.2)", True)])
def test_the_test_worth_keeping_fails_where_a_page_blocks(tmp_path: Path, wait: str, fails: bool) -> None:
    notebook = nbformat.read(NOTEBOOKS / "02_one_loop.ipynb", as_version=4)
    [cell] = [cell.source for cell in notebook.cells if cell.source.startswith("## 2.15")]
    [kept] = re.findall(r"```python\n(.+?)```", cell, re.DOTALL)
    page = f"async def page(request):\n    {wait}\n    return cafe.views.HttpResponse()\n"
    put_in = "import time, cafe.urls\ncafe.urls.urlpatterns[0].callback = page\n"
    (tmp_path / "test_kept.py").write_text(f"{page}\n{put_in}\n{kept}")
    command = [sys.executable, "manage.py", "test", "--top-level-directory", str(tmp_path), str(tmp_path)]
    project = NOTEBOOKS.parent / "sample_project"
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, timeout=120)
    assert ("Ran 1 test" in done.stderr, done.returncode != 0) == (True, fails), done.stderr
    assert ("took 0.2" in done.stderr) is fails


UNUSUAL = {
    "2.6 a View class": (
        "2.6",
        "from django.views import View\n"
        + one_way(
            "await asyncio.to_thread(ask, shop, {})",
            head=HEAD.replace("stock(request)", "get(self, request)"),
        )
        + "class stock(View):\n    get = get\n",
    ),
    "2.6 one trip for both, bound beforehand": (
        "2.6",
        f"{IMPORTS}import functools\n{LIBRARY}\nasync def both(request, ask):\n"
        '    shop = request.GET["shop"]\n'
        '    beans, milk = await asyncio.to_thread(lambda: [ask(shop, what) for what in ("beans", "milk")])\n'
        f"{TAIL}\nstock = functools.partial(both, ask=ask)\n",
    ),
    "2.10 tokens in a queue": (
        "2.10",
        ask_all(
            "tokens = asyncio.Queue()",
            "for token in range(3): tokens.put_nowait(token)",
            "async def one(shop):",
            "    token = await tokens.get()",
            "    try: return await ask(shop)",
            "    finally: tokens.put_nowait(token)",
            "return await asyncio.gather(*map(one, shops))",
        ),
    ),
    "2.10 a condition": (
        "2.10",
        ask_all(
            "door, inside, answers = asyncio.Condition(), set(), {}",
            "async def one(shop):",
            "    async with door:",
            "        await door.wait_for(lambda: len(inside) < 3)",
            "        inside.add(shop)",
            "    answers[shop] = await ask(shop)",
            "    async with door:",
            "        inside.remove(shop)",
            "        door.notify()",
            "await asyncio.gather(*map(one, shops))",
            "return [answers[shop] for shop in shops]",
        ),
    ),
    "2b.8 a group, which tells of the error in its own way": (
        "2b.8",
        drink(
            "cup.take()",
            "try:",
            "    async with asyncio.TaskGroup() as group:",
            "        sipping = group.create_task(sip())",
            "    return sipping.result()",
            "finally:",
            "    cup.give_back()",
        ),
    ),
    "2b.8 an error raised from the sip's": (
        "2b.8",
        drink(
            "cup.take()",
            "try:",
            "    return await sip()",
            "except ValueError as error:",
            "    raise RuntimeError('spilled') from error",
            "finally:",
            "    cup.give_back()",
        ),
    ),
}


@pytest.mark.parametrize(("number", "source"), UNUSUAL.values(), ids=UNUSUAL)
def test_an_unusual_answer_passes(judge: Judge, number: str, source: str) -> None:
    verdict = practice.judged(judge, number, source)
    assert verdict.state == "passed", verdict


WRONG = {
    "2.6 the library waits less": (
        "2.6",
        one_way("await asyncio.to_thread(ask, shop, {})", library=LIBRARY.replace("0.1", "0")),
        "as it was given, did not run",
    ),
    "2.6 nothing is left of it": (
        "2.6",
        "stock = None",
        "stock is no view. `view` is None. Has a decorator forgotten",
    ),
    "2.6 it never lets go": (
        "2.6",
        "async def stock(request):\n    while True: pass\n",
        "BLOCKED: while True: pass (stock, line 2)",
    ),
    "2.6 a def that gives a coroutine": (
        "2.6",
        one_way(
            "await asyncio.to_thread(ask, shop, {})", head=HEAD.replace("async def stock", "async def real")
        )
        + "\ndef stock(request): return real(request)\n",
        "It returned an unawaited coroutine instead",
    ),
    "2.10 three doors, taken in turn": (
        "2.10",
        ask_all(
            "doors = [asyncio.Lock(), asyncio.Lock(), asyncio.Lock()]",
            "async def one(at):",
            "    async with doors[at % 3]: return await ask(shops[at])",
            "return await asyncio.gather(*map(one, range(len(shops))))",
        ),
        "The slow one kept two places empty",
    ),
    "2.10 two at once": (
        "2.10",
        ask_all(
            "two = asyncio.Semaphore(2)",
            "async def one(shop):",
            "    async with two: return await ask(shop)",
            "return await asyncio.gather(*map(one, shops))",
        ),
        "at most 2 questions were under way at once, 8 were asked in all. Wanted are",
    ),
    "2b.8 the sip goes on behind a shield": (
        "2b.8",
        drink(
            "cup.take()", "try:", "    return await asyncio.shield(sip())", "finally:", "    cup.give_back()"
        ),
        "when the sip was cancelled: take, sip, give back; and `drink` was cancelled",
    ),
    "2b.8 no sip at all": (
        "2b.8",
        drink("cup.take()", "cup.give_back()", "return 'tasty'"),
        "when the sip went well: take, give back; and `drink` returned 'tasty'",
    ),
    "2b.8 misspelt in the clean-up": (
        "2b.8",
        drink("cup.take()", "try:", "    return await sip()", "finally:", "    cup.giveback()"),
        "AttributeError: 'Table' object has no attribute 'giveback' (line 8)",
    ),
}


@pytest.mark.parametrize(("number", "source", "words"), WRONG.values(), ids=WRONG)
def test_a_wrong_answer_that_nobody_foresaw_is_told_what_was_seen(
    judge: Judge, number: str, source: str, words: str
) -> None:
    verdict = practice.judged(judge, number, source)
    assert verdict.state == "failed", verdict
    assert words in verdict.message
