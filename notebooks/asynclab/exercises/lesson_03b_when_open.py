"""Exercise 3b.7: a decorator that turns visitors away, for plain and for async views."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from secrets import token_hex
from typing import Any

from django.http import HttpRequest, HttpResponse

from ..client import fetch
from ..run import Run
from .declare import Evidence, Exercise, Wrong
from .trying import never_awaited, said


@dataclass(frozen=True)
class Tried:
    """The decorator around one view: the first visitor came to a closed café, three to an open one."""

    kind: str
    word: str  # what the view says
    run: Run

    @property
    def statuses(self) -> list[int | None]:
        """The four statuses; None where no answer came."""
        return [None if each is None else each.status for each in self.run.responses]

    @property
    def right(self) -> bool:
        """Whether the first was turned away and the others served."""
        texts = [each and each.text for each in self.run.responses]
        return self.statuses == [503, 200, 200, 200] and texts[1:] == [self.word] * 3

    @property
    def error(self) -> str:
        """What went wrong, in one line; nothing if nothing did."""
        return " ".join(self.run.notes) or said(self.run.error)

    @property
    def odd(self) -> str:
        """What came of it, for a learner to read."""
        statuses = ", ".join(map(str, self.statuses))
        words = " and the words not the view's" if self.statuses == [503, 200, 200, 200] else ""
        seen = self.error.rstrip(".") or f"the four statuses were {statuses}{words}"
        return f"around the {self.kind} view, {seen}"


async def try_when_open(when_open: Any) -> Evidence:
    """Put it around a plain and an async view, and send four visitors to each."""
    word, loops = token_hex(4), list[bool]()
    calls = {"plain": list[bool](), "async": list[bool]()}  # of each call, whether the café was closed

    def plain(request: HttpRequest) -> HttpResponse:
        calls["plain"].append("closed" in request.GET)
        loops.append(_loop_runs_here())
        time.sleep(0.05)
        return HttpResponse(word)

    async def awaiting(request: HttpRequest) -> HttpResponse:
        calls["async"].append("closed" in request.GET)
        await asyncio.sleep(0.05)
        return HttpResponse(word)

    wrapped = [when_open(plain), when_open(awaiting)]
    if not all(map(callable, wrapped)):
        nothing = dict.fromkeys(("plain", "async", "called_though_closed", "plain_on_loop"), False)
        given = type(wrapped[0]).__name__
        odd = f"`when_open` returned {given}, where it should return a function"
        return Evidence(facts={**nothing, "plain_error": "", "async_error": "", "odd": odd})
    with never_awaited():
        one, other = [
            Tried(kind, word, await fetch(["/?closed=1", "/", "/", "/"], view=view, deadline=6))
            for kind, view in zip(("plain", "async"), wrapped, strict=True)
        ]
    return Evidence(
        error=one.run.error or other.run.error,
        facts={
            "plain": one.right,
            "async": other.right,
            "plain_error": one.error,
            "async_error": other.error,
            "called_though_closed": " and the ".join(kind for kind, each in calls.items() if any(each)),
            "each_visitor": all(len(each) == 3 for each in calls.values()),
            "plain_on_loop": any(loops),
            "async_on_loop": other.run.threads == ("loop",),
            "where": ", ".join(other.run.threads),
            "odd": next(
                (each.odd for each in (one, other) if not each.right),
                f"three visitors came, and the plain view was called {len(calls['plain'])} times, "
                f"the async view {len(calls['async'])} times",
            ),
        },
    )


def _loop_runs_here() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


IMPORTS = """\
from functools import wraps
from inspect import isawaitable, iscoroutinefunction

from django.http import HttpResponse


"""
CLOSED = """\
        if "closed" in request.GET:
            return HttpResponse("Closed", status=503)
"""


def decorator(*wrappers: str, imports: str = IMPORTS) -> str:
    """`when_open` with these parts of its body."""
    return imports + "def when_open(view):\n" + "".join(wrappers)


def wrapper(first: str, *lines: str, name: str = "wrapper") -> str:
    """One wrapper: how it is defined, and its lines."""
    return f"    @wraps(view)\n    {first} {name}(request, *args, **kwargs):\n" + "".join(lines)


CALL = "        return view(request, *args, **kwargs)\n"
AWAIT = "        return await view(request, *args, **kwargs)\n"
DONE = "    return wrapper\n"

WHEN_OPEN = Exercise(
    number="3b.7",
    name="when_open",
    kind="make",
    minutes=6,
    task=(
        "Write `when_open`, a decorator. If `closed` is in `request.GET`, as in `/?closed=1`, the visitor "
        "gets status 503, and the view is not called. Otherwise the view answers as it would without the "
        "decorator.\n\n"
        "It serves both kinds of view, and each stays what it is: an `async def` view on the loop, a `def` "
        "view in a thread. `check` puts it around one of each."
    ),
    stub=decorator("    # Your lines come here.\n    ...\n", imports=IMPORTS.replace("isawaitable, ", "")),
    solutions=(
        decorator(
            "    if iscoroutinefunction(view):\n\n",
            "        @wraps(view)\n        async def wrapper(request, *args, **kwargs):\n",
            '            if "closed" in request.GET:\n'
            '                return HttpResponse("Closed", status=503)\n'
            "            return await view(request, *args, **kwargs)\n\n",
            "    else:\n\n",
            "        @wraps(view)\n        def wrapper(request, *args, **kwargs):\n",
            '            if "closed" in request.GET:\n'
            '                return HttpResponse("Closed", status=503)\n'
            "            return view(request, *args, **kwargs)\n\n",
            DONE,
            imports=IMPORTS.replace("isawaitable, ", ""),
        ),
        """\
from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpResponse


class when_open:
    def __init__(self, view):
        self.view = view
        if iscoroutinefunction(view):
            markcoroutinefunction(self)

    def __call__(self, request, *args, **kwargs):
        if "closed" not in request.GET:
            return self.view(request, *args, **kwargs)
        closed = HttpResponse("Closed", status=503)
        return self.later(closed) if iscoroutinefunction(self) else closed

    async def later(self, response):
        return response
""",
        """\
from inspect import iscoroutinefunction
from django.http import HttpResponse

def refusal(request):
    return HttpResponse(status=503) if request.GET.get("closed") else None

def when_open(view):
    async def waits(request, **kwargs):
        return refusal(request) or await view(request, **kwargs)
    return waits if iscoroutinefunction(view) else lambda request, **kwargs: (
        refusal(request) or view(request, **kwargs)
    )
""",
    ),
    wrong=(
        Wrong(
            "calls_the_view_anyway",
            (
                decorator(
                    "    if iscoroutinefunction(view):\n",
                    "        async def wrapper(request):\n            response = await view(request)\n"
                    '            return HttpResponse(status=503) if "closed" in request.GET else response\n',
                    "    else:\n",
                    "        def wrapper(request):\n            response = view(request)\n"
                    '            return HttpResponse(status=503) if "closed" in request.GET else response\n',
                    DONE,
                ),
                decorator(
                    "    def closed(request, response):\n"
                    '        return HttpResponse(status=503) if "closed" in request.GET else response\n',
                    "    async def waits(request):\n        return closed(request, await view(request))\n",
                    "    def wrapper(request):\n        return closed(request, view(request))\n",
                    "    return waits if iscoroutinefunction(view) else wrapper\n",
                ),
            ),
            lambda seen: bool(seen["called_though_closed"]),
            "The café was closed, and visitors got into the {called_though_closed} view all the same. "
            "What must a wrapper ask before it calls the view?",
        ),
        Wrong(
            "hands_on_a_coroutine",
            (
                decorator(wrapper("def", CLOSED, CALL), DONE),
                decorator(
                    "    async def waits(request):\n        return await view(request)\n",
                    "    def wrapper(request):\n" + CLOSED,
                    "        return waits(request) if iscoroutinefunction(view) else view(request)\n",
                    DONE,
                ),
            ),
            lambda seen: (
                seen["plain"] and not seen["async_on_loop"] and "unawaited coroutine" in seen["async_error"]
            ),
            "The plain view is served. Around the async view your wrapper is still a plain function: Django "
            "ran it in a thread, and got a coroutine that nobody awaits. What must the wrapper itself be?",
        ),
        Wrong(
            "awaits_every_view",
            (
                decorator(wrapper("async def", CLOSED, AWAIT), DONE),
                decorator(
                    "    async def wrapper(request):\n"
                    '        closed = "closed" in request.GET\n'
                    "        return HttpResponse(status=503) if closed else await view(request)\n",
                    DONE,
                ),
            ),
            lambda seen: seen["async"] and "await" in seen["plain_error"],
            "The async view is served. The plain view returns a response at once, and there is nothing to "
            "await: {plain_error}. How do you learn, before any request comes, which kind you have?",
        ),
        Wrong(
            "plain_view_on_the_loop",
            (
                decorator(
                    wrapper(
                        "async def",
                        CLOSED,
                        "        response = view(request, *args, **kwargs)\n"
                        "        return await response if isawaitable(response) else response\n",
                    ),
                    DONE,
                ),
                decorator(
                    wrapper(
                        "async def",
                        CLOSED,
                        "        if iscoroutinefunction(view):\n            return await view(request)\n"
                        "        return view(request)\n",
                    ),
                    DONE,
                ),
            ),
            lambda seen: seen["plain"] and seen["async"] and seen["plain_on_loop"],
            "Both views answer. But your wrapper is always `async`, so the plain view now runs on the loop, "
            "and while it waits, nobody else is served. Which wrapper leaves a plain view in its thread?",
        ),
        Wrong(
            "a_loop_of_its_own",
            (
                decorator(
                    wrapper(
                        "def",
                        CLOSED,
                        "        if not iscoroutinefunction(view):\n            return view(request)\n"
                        "        return asyncio.run(view(request))\n",
                    ),
                    DONE,
                    imports="import asyncio\n" + IMPORTS,
                ),
                decorator(
                    "    if iscoroutinefunction(view):\n        view = async_to_sync(view)\n",
                    "    def wrapper(request):\n" + CLOSED,
                    "        return view(request)\n",
                    DONE,
                    imports="from asgiref.sync import async_to_sync\n" + IMPORTS,
                ),
            ),
            lambda seen: seen["async"] and seen["plain"] and not seen["async_on_loop"],
            "Both views answer. But around the async view your wrapper is a plain function that drives it to "
            "its end: each visitor now holds a thread ({where}). Which kind of wrapper stays on the loop?",
        ),
    ),
    hints=(
        "You need two wrappers, one `async def` and one `def`, and return the one that fits.",
        "`iscoroutinefunction(view)` tells which, when the decorator is applied. 3b.6 does it.",
        "In the async wrapper: `return await view(request, *args, **kwargs)`. In the other: no `await`.",
    ),
    attempt=try_when_open,
    passed=lambda seen: seen["plain"] and seen["async"] and seen["async_on_loop"] and seen["each_visitor"],
    done="Each kind stayed what it is: the async view on the loop, the plain one in threads.",
    otherwise="Not yet: {odd}. Is it 503 if `closed` is asked for, and else what the view answers?",
    deadline=15.0,
)
