"""Exercise 7.6: an iterator that Django has to collect becomes one that it can pass on piece by piece."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator
from secrets import token_hex
from time import monotonic
from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse

from .. import stack
from ..client import fetch
from .declare import Evidence, Exercise, Wrong
from .trying import behind, given_up, never_awaited, said, unawaited

NAMES = ("espresso", "mocha", "latte")
PATIENCE = 0.3  # seconds until a cup is brewed although the one before never reached the client


class Kitchen:
    """It brews; but each cup only after the one before has reached the client, or after a while."""

    def __init__(self) -> None:
        self.mark = token_hex(3)
        self.asked = list[str]()
        self.held = list[str]()  # cups that were still here when the next one was brewed
        self.body = b""  # what the client has got

    async def brew(self, name: str) -> str:
        """A cup. It looks again and again, so that it works on any loop."""
        before, end = self.asked[-1:], monotonic() + PATIENCE
        self.asked.append(name)
        await asyncio.sleep(0)
        while before and not (there := f"{before[0]} {self.mark}".encode() in self.body):
            if monotonic() > end:
                break
            await asyncio.sleep(0.003)
        if before and not there:
            self.held += before
        return f"{name} {self.mark}"


def kind(result: object) -> str:
    """What Django makes of it: it asks for a plain iterator first."""
    if inspect.isawaitable(result):
        return "coroutine"
    if hasattr(result, "__iter__"):
        return "sync"
    return "async" if hasattr(result, "__aiter__") else f"object of type {type(result).__name__}"


async def try_tray(tray: Any) -> Evidence:
    """One visitor, under ASGI; what is brewed and what has arrived is noted."""
    kitchen, kinds = Kitchen(), list[str]()

    def view(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
        result = tray(kitchen.brew, list(NAMES))
        kinds.append(kind(result))
        if unawaited(result):
            return HttpResponse("a coroutine")
        return StreamingHttpResponse(result)

    async def again() -> AsyncIterator[object]:
        async for piece in tray(Kitchen().brew, list(NAMES)):
            yield piece

    django = stack.build("asgi", view, ())

    async def app(scope: Any, receive: Any, send: Any) -> None:
        async def out(message: Any) -> None:
            await send(message)
            kitchen.body += message.get("body", b"")

        await django(scope, receive, out)

    with never_awaited() as dropped:
        run = await fetch("/", app=app, deadline=5)
    expected = [f"{name} {kitchen.mark}" for name in NAMES]
    got = kitchen.body.decode(errors="replace").split("\n")
    lines = [line.strip() for line in got if line.strip()]
    good = lines == expected and sorted(kitchen.asked) == sorted(NAMES)
    error = await behind(run.error, again())
    trouble = given_up(run) or said(error).rstrip(".")
    return Evidence(
        error=error,
        facts={
            "kind": kinds[0] if kinds else "",
            "held": kitchen.held,
            "count": len(kitchen.held) + 1,
            "error": said(error),
            "dropped": "<coroutine object" in kitchen.body.decode(errors="replace")
            or bool(dropped and not good and not error),
            "good": good,
            "odd": trouble or f"the client got {kitchen.body.decode(errors='replace')[:120]!r}",
        },
    )


IMPORTS = "import asyncio\nfrom asgiref.sync import async_to_sync\n\n\n"


def trayed(*lines: str, plain: bool = False) -> str:
    """One way to write `tray`."""
    word = "def" if plain else "async def"
    return "\n".join((f"{IMPORTS}{word} tray(brew, names):", *(f"    {line}" for line in lines), ""))


def looped(cup: str, after: str = 'yield f"{cup}\\n"') -> tuple[str, ...]:
    """A loop over the names."""
    return ("for name in names:", f"    cup = {cup}", f"    {after}")


TRAY = Exercise(
    number="7.6",
    name="tray",
    kind="modify",
    minutes=4,
    task=(
        "`tray(brew, names)` makes one piece for each name. `brew` is an `async def` that waits. A plain "
        "view hands `tray(…)` to `StreamingHttpResponse`, under ASGI, and the client gets nothing until the "
        "last cup is ready.\n\n"
        "Change two lines, so that each cup leaves when it is ready. The check's `brew` starts the next cup "
        "when the one before has reached the client."
    ),
    stub="from asgiref.sync import async_to_sync\n\n\ndef tray(brew, names):\n"
    '    for name in names:\n        cup = async_to_sync(brew)(name)\n        yield f"{cup}\\n"\n',
    solutions=(
        "async def tray(brew, names):\n    for name in names:\n        cup = await brew(name)\n"
        '        yield f"{cup}\\n"\n',
        trayed(
            "async def cups():",
            "    for name in names:",
            "        yield await brew(name)",
            "        yield '\\n'",
            "return cups()",
            plain=True,
        ),
        "class tray:\n"
        "    def __init__(self, brew, names):\n"
        "        self.brew, self.names = brew, iter(names)\n\n"
        "    def __aiter__(self):\n"
        "        return self\n\n"
        "    async def __anext__(self):\n"
        "        for name in self.names:\n"
        '            return f"{await self.brew(name)}\\n".encode()\n'
        "        raise StopAsyncIteration\n",
        trayed(
            "tasks = []",
            "for name in names:",
            "    tasks.append(asyncio.create_task(brew(name)))",
            "    await asyncio.sleep(0)",
            "for task in tasks:",
            '    yield f"{await task}\\n"',
        ),
    ),
    wrong=(
        Wrong(
            "bridge_on_the_loop",
            (trayed(*looped("async_to_sync(brew)(name)")), trayed(*looped("asyncio.run(brew(name))"))),
            lambda seen: "AsyncToSync" in seen["error"] or "running event loop" in seen["error"],
            "This ran on the loop, and there such a call is refused: {error} "
            "In an `async def`, which word waits for `brew`?",
        ),
        Wrong(
            "returns_a_list",
            (
                trayed("return [await brew(name) + '\\n' for name in names]"),
                trayed("cups = await asyncio.gather(*map(brew, names))", "return '\\n'.join(cups)"),
            ),
            lambda seen: seen["kind"] == "coroutine",
            "A call of your `tray` gives a coroutine, with one result at its end. `StreamingHttpResponse` "
            "needs something to go through, piece by piece. Which word makes an `async def` a generator?",
        ),
        Wrong(
            "still_sync",
            (
                trayed("return [async_to_sync(brew)(name) + '\\n' for name in names]", plain=True),
                trayed(*looped("asyncio.run(brew(name))"), plain=True),
            ),
            lambda seen: seen["kind"] == "sync" and bool(seen["held"]),
            "{count} cups were ready before the first one left: a call of your `tray` gives a plain "
            "iterator, and under ASGI Django collects that. What must stand in front of `def`?",
        ),
        Wrong(
            "collects_first",
            (
                trayed(
                    "cups = [await brew(name) for name in names]",
                    "for cup in cups:",
                    '    yield f"{cup}\\n"',
                ),
                trayed(
                    "text = ''",
                    "for name in names:",
                    "    text += await brew(name) + '\\n'",
                    "yield text",
                ),
            ),
            lambda seen: seen["kind"] == "async" and bool(seen["good"]) and bool(seen["held"]),
            "Your iterator is async, and still {count} cups were ready before the first one left. "
            "What happens between one `await brew` and the next?",
        ),
        Wrong(
            "forgets_await",
            (trayed(*looped("brew(name)")), trayed(*looped("brew(name)", "yield str(cup)"))),
            lambda seen: bool(seen["dropped"]),
            "The client got `<coroutine object …>` in place of a cup: `brew(name)` was called, and nobody "
            "waited for it. Which word is missing?",
        ),
    ),
    hints=(
        "Which of the two kinds of iterator does Django pass on piece by piece under ASGI (7.4)?",
        "`async def` with a `yield` in it makes an async generator. In there, how do you wait for `brew`?",
        "`async def tray(brew, names):` and `cup = await brew(name)`.",
    ),
    attempt=try_tray,
    passed=lambda seen: bool(seen["good"] and not seen["held"]),
    done="Each cup reached the client before the next one was brewed.",
    otherwise="Not yet: {odd}. Is there one line for each name, in order, and does each leave at once?",
    deadline=12.0,
)
