"""Exercise 4b.4: several calls at once, and the visitor's language goes with them."""

from __future__ import annotations

import inspect
import threading
from contextlib import suppress
from secrets import token_hex
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import translation

from ..client import fetch
from .declare import Evidence, Exercise, Wrong
from .trying import UnderWay, never_awaited, said, unawaited

DRINKS = ("tea", "milk", "cocoa")
LANGUAGES = ("pl", "de")
TOGETHER = 1.0  # seconds until a call that waits for its companions gives up


class Dictionary:
    """One visitor's: it translates, and notes where it is asked and how many ask at the same moment."""

    def __init__(self, loop: int) -> None:
        self.mark = token_hex(2)
        self.languages = list[str]()
        self.on_loop = 0
        self.under_way = UnderWay()
        self._loop = loop
        self._all = threading.Barrier(len(DRINKS))

    def translate(self, drink: str) -> str:
        """Blocks until the visitor's other drinks are asked for, too; but not for ever."""
        language = translation.get_language() or ""
        here = threading.get_ident() == self._loop
        with self.under_way:
            self.languages.append(language)
            self.on_loop += here
            if not here:
                with suppress(threading.BrokenBarrierError):
                    self._all.wait(TOGETHER)
        return f"{drink} ({language}, {self.mark})"


async def try_labels(labels: Any) -> Evidence:
    """Two visitors at once, each with a language."""
    books = {language: Dictionary(threading.get_ident()) for language in LANGUAGES}
    got = dict[str, object]()

    async def view(request: HttpRequest) -> HttpResponse:
        language = request.GET["language"]
        with translation.override(language):
            result = labels(books[language].translate, list(DRINKS))
            got[language] = await result if inspect.isawaitable(result) else result
        return HttpResponse("ready")

    with never_awaited() as dropped:
        paths = [f"/?language={language}" for language in LANGUAGES]
        run = await fetch(paths, view=view, deadline=60)
        waits = [unawaited(result) for result in got.values()]
    wanted = {
        language: [f"{drink} ({language}, {book.mark})" for drink in DRINKS]
        for language, book in books.items()
    }
    found = {
        language: list(result) if isinstance(result, tuple) else result for language, result in got.items()
    }
    others = sorted({heard for language, book in books.items() for heard in book.languages} - set(LANGUAGES))
    wrong = next(
        (language for language in LANGUAGES if found.get(language) != wanted[language]), LANGUAGES[0]
    )
    odd = f"to {wrong} with {list(DRINKS)} you returned {str(found.get(wrong))[:120]}"
    return Evidence(
        error=run.error,
        facts={
            "on_loop": sum(book.on_loop for book in books.values()),
            "most": min(book.under_way.most for book in books.values()),
            "others": others,
            "other": others[0] if others else "",
            "asked": sum(len(book.languages) for book in books.values()),
            "waits": run.error is None and (any(waits) or bool(dropped and found != wanted)),
            "good": found == wanted and not others,
            "odd": said(run.error).rstrip(".") or odd,
        },
    )


IMPORTS = "import asyncio\nfrom asgiref.sync import sync_to_async\n\n\n"
POOL = "thread_sensitive=False"


def labelled(*lines: str, imports: str = "") -> str:
    """One way to write `labels`."""
    body = (f"    {line}" for line in lines)
    return "\n".join((f"{imports}{IMPORTS}async def labels(translate, drinks):", *body, ""))


def gathered(call: str) -> tuple[str, ...]:
    """All drinks in one `gather`; `call` translates `drink`."""
    return (f"calls = [{call} for drink in drinks]", "return await asyncio.gather(*calls)")


LABELS = Exercise(
    number="4b.4",
    name="labels",
    kind="modify",
    minutes=4,
    task=(
        "`translate(drink)` is sync. It waits for a dictionary, is safe in several threads, leaves the "
        "database alone, and answers in Django's current language. `labels` translates all drinks at once, "
        "and on the way loses the visitor's language.\n\n"
        "Change it: every label in the visitor's language, still all at the same time, none on the loop's "
        "thread. `check` sends a Polish and a German visitor at once."
    ),
    stub=labelled(*gathered("asyncio.to_thread(translate, drink)")),
    solutions=(
        labelled(*gathered(f"sync_to_async(translate, {POOL})(drink)")),
        labelled(
            "async with asyncio.TaskGroup() as group:",
            f"    bridge = sync_to_async({POOL})(translate)",
            "    tasks = [group.create_task(bridge(drink)) for drink in drinks]",
            "return tuple(task.result() for task in tasks)",
        ),
        labelled(
            "language = translation.get_language()",
            "def speak(drink):",
            "    with translation.override(language):",
            "        return translate(drink)",
            *gathered("asyncio.to_thread(speak, drink)"),
            imports="from django.utils import translation\n",
        ),
    ),
    wrong=(
        Wrong(
            "asks_on_the_loop",
            (
                labelled("return [translate(drink) for drink in drinks]"),
                labelled(*gathered(f"sync_to_async(translate(drink), {POOL})()")),
            ),
            lambda seen: seen["on_loop"] > 0,
            "`translate` ran on the loop's thread, and held up the other visitor. "
            "What takes the function itself into a thread?",
        ),
        Wrong(
            "forgets_await",
            (
                labelled(f"return [sync_to_async(translate, {POOL})(drink) for drink in drinks]"),
                labelled(f"return list(map(sync_to_async(translate, {POOL}), drinks))"),
            ),
            lambda seen: bool(seen["waits"]),
            "You made the calls, and nobody waited for their answers. Which call starts them all, and which "
            "word waits for them?",
        ),
        Wrong(
            "loses_the_language",
            (
                labelled(
                    "loop = asyncio.get_running_loop()",
                    *gathered("loop.run_in_executor(None, translate, drink)"),
                ),
                labelled(
                    "loop = asyncio.get_running_loop()",
                    *gathered("loop.run_in_executor(None, contextvars.copy_context().run, translate, drink)"),
                    imports="import contextvars\n",
                ),
            ),
            lambda seen: bool(seen["others"]),
            "A label came in the language {other!r}, which nobody had chosen: the language stands in a "
            "`Local`, and that did not cross. Which way into the same pool carries it (4b.3)?",
        ),
        Wrong(
            "takes_turns",
            (
                labelled(*gathered("sync_to_async(translate)(drink)")),
                labelled(
                    f"bridge = sync_to_async(translate, {POOL})",
                    "return [await bridge(drink) for drink in drinks]",
                ),
            ),
            lambda seen: bool(seen["good"]) and seen["most"] < len(DRINKS),
            "Every label is in the right language, but a visitor's calls took turns: at most {most} of 3 at "
            "the same moment. Do they share one thread, or does each wait for the one before?",
        ),
    ),
    hints=(
        "The table of 4b.3: in which rows does `Local` go in?",
        "One of the bridges, with the argument that sends it to the pool that `to_thread` uses.",
        "`sync_to_async(translate, thread_sensitive=False)(drink)` takes the place of the call in the list.",
    ),
    attempt=try_labels,
    passed=lambda seen: bool(seen["good"] and seen["most"] == len(DRINKS) and not seen["on_loop"]),
    done="Two visitors, two languages, and {most} labels at the same moment for each.",
    otherwise="Not yet: {odd}. Is there one label for each drink, in order, in the visitor's language?",
    deadline=8.0,
)
