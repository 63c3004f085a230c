"""Exercise 5.12: a layer that serves both modes, says which, and turns some visitors away."""

from __future__ import annotations

import inspect
from typing import Any

from .declare import Evidence, Exercise, Wrong
from .lesson_05_layers import (
    DJANGOS,
    INSIDE,
    Case,
    Plain,
    Sent,
    a_page,
    first_odd,
    no_page,
    s_page,
    send_all,
)

HEADER, CELLAR = "X-Mode", "/cellar/"
ASYNC, SYNC, AWAY = (200, "async"), (200, "sync"), (404, None)
CASES = {
    "by ASGI": Case("asgi", a_page, ASYNC),
    "by ASGI, around a sync view": Case("asgi", s_page, ASYNC),
    "by ASGI, beneath SecurityMiddleware": Case("asgi", a_page, ASYNC, above=(DJANGOS,)),
    "by ASGI, around XFrameOptionsMiddleware": Case("asgi", a_page, ASYNC, inside=(INSIDE,)),
    "by ASGI, around a sync layer": Case("asgi", a_page, SYNC, inside=(Plain,)),
    "by ASGI, a page that is not there": Case("asgi", no_page, (404, "async")),
    "by ASGI, /cellar/": Case("asgi", a_page, AWAY, CELLAR),
    "by ASGI, /cellar/ beneath SecurityMiddleware": Case("asgi", a_page, AWAY, CELLAR, above=(DJANGOS,)),
    "by WSGI": Case("wsgi", a_page, SYNC),
    "by WSGI, around a sync view": Case("wsgi", s_page, SYNC),
    "by WSGI, beneath SecurityMiddleware": Case("wsgi", a_page, SYNC, above=(DJANGOS,)),
    "by WSGI, a page that is not there": Case("wsgi", no_page, (404, "sync")),
    "by WSGI, /cellar/": Case("wsgi", a_page, AWAY, CELLAR),
}


async def try_doorman(doorman: Any) -> Evidence:
    """Thirteen requests: both worlds, beneath and around other layers, views that raise, the cellar."""
    sent = await send_all(doorman, HEADER, CASES)
    asgi, wsgi = sent["by ASGI"], sent["by WSGI"]
    served = [name for name, each in sent.items() if "/cellar/" in name and each.viewed]
    found = first_odd(sent, CASES, "Which half served that request, and which one should have?")
    let_in = [name for name in served if sent[name].status == 200]
    return Evidence(
        facts={
            "sent": sent,
            "asgi": asgi,
            "wsgi": wsgi,
            "below": sent["by ASGI, beneath SecurityMiddleware"],
            "mixed": sent["by ASGI, around a sync layer"],
            "let_in_by": ", ".join({name[3:7]: None for name in let_in}),  # "ASGI", "WSGI", or both
            **found,
            "odd": found["odd"] or (f"{served[0]}: the view ran all the same" if served else ""),
            "plain_call": not inspect.iscoroutinefunction(getattr(doorman, "__dict__", {}).get("__call__")),
            "where": str(asgi.place or ""),
        },
    )


def in_plain_call(seen: Evidence) -> bool:
    """By ASGI the plain `__call__` itself ran, and got a coroutine out of the next layer."""
    each: Sent = seen["asgi"]
    function = each.place.function if each.place else ""
    return each.gave_a_coroutine and function.endswith("__call__") and bool(seen["plain_call"])


def unmarked(seen: Evidence) -> bool:
    """By ASGI it runs on the loop, and Django takes it for sync."""
    each: Sent = seen["asgi"]
    return each.mode == "sync" and each.on_loop and each.status == 200


FLAGS = "    sync_capable = True\n    async_capable = True\n\n"
INIT = """\
    def __init__(self, get_response):
        self.get_response = get_response
        self.is_async = iscoroutinefunction(get_response)
"""
MARK = """\
        if self.is_async:
            markcoroutinefunction(self)
"""
AWAY_LINES = """\
        if request.path == "/cellar/":
            raise Http404("Staff only.")
"""
CALL = "\n    def __call__(self, request):\n"
BRANCH = """\
        if self.is_async:
            return self.later(request)
"""
SYNC_HALF = """\
        response = self.get_response(request)
        response.headers["X-Mode"] = "sync"
        return response
"""
LATER = "\n    async def later(self, request):\n"
ASYNC_HALF = """\
        response = await self.get_response(request)
        response.headers["X-Mode"] = "async"
        return response
"""
IMPORTS = """\
from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import Http404


"""


def doorman(*parts: str, before: str = "", bases: str = "") -> str:
    """A `Doorman` made of these parts."""
    return f"{IMPORTS}{before}class Doorman{bases}:\n" + "".join(parts)


GOOD_CALL = CALL + AWAY_LINES + BRANCH + SYNC_HALF
GOOD_LATER = LATER + ASYNC_HALF
TWO_CELLARS = CALL + BRANCH + AWAY_LINES + SYNC_HALF + LATER + AWAY_LINES + ASYNC_HALF


def factory(decorator: str, test: str, cellar: tuple[str, str] = (AWAY_LINES, AWAY_LINES)) -> str:
    """The same as a function that makes functions."""
    asynchronous, synchronous = cellar
    return (
        f"from django.utils.decorators import {decorator}\n{IMPORTS}@{decorator}\n"
        f"def Doorman(get_response):\n    if {test}:\n        async def middleware(request):\n"
        + indented(asynchronous)
        + indented(ASYNC_HALF.replace("self.", ""))
        + "    else:\n        def middleware(request):\n"
        + indented(synchronous)
        + indented(SYNC_HALF.replace("self.", ""))
        + "    return middleware\n"
    )


def indented(lines: str) -> str:
    return "".join(f"    {line}\n" for line in lines.splitlines())


DOORMAN = Exercise(
    number="5.12",
    name="Doorman",
    kind="make",
    minutes=7,
    task=(
        "Write `Doorman`, a middleware class that serves both modes.\n\n"
        "- Each response gets the header `X-Mode`. It says `async` where your layer runs as a coroutine, "
        "and `sync` where it runs as a plain function.\n"
        '- For the path `/cellar/` it calls nobody: it raises `Http404("Staff only.")`, and the visitor '
        "gets Django's 404 page, which needs no header.\n\n"
        "`check` sends thirteen requests by ASGI and WSGI, with Django's layers and a plain one around and "
        "inside yours."
    ),
    stub=IMPORTS + "class Doorman:\n    ...\n",
    solutions=(
        doorman(FLAGS, INIT, MARK, GOOD_CALL, GOOD_LATER),
        factory("sync_and_async_middleware", "iscoroutinefunction(get_response)"),
        """\
from django.http import Http404
from django.utils.deprecation import MiddlewareMixin

class Doorman(MiddlewareMixin):
    def __call__(self, request):
        self.look(request)
        return self.__acall__(request) if self.async_mode else self.said(self.get_response(request), "sync")

    async def __acall__(self, request):
        return self.said(await self.get_response(request), "async")

    def look(self, request):
        if request.path_info.startswith("/cellar/"):
            raise Http404

    def said(self, response, mode):
        response["X-Mode"] = mode
        return response
""",
    ),
    wrong=(
        Wrong(
            "acall_never_called",
            (
                doorman(
                    FLAGS, INIT, CALL, AWAY_LINES, SYNC_HALF, LATER.replace("later", "__acall__"), ASYNC_HALF
                ),
                doorman(
                    FLAGS,
                    INIT,
                    "        markcoroutinefunction(self)\n",
                    LATER.replace("later", "__acall__"),
                    AWAY_LINES,
                    ASYNC_HALF,
                    CALL,
                    AWAY_LINES,
                    SYNC_HALF,
                ),
            ),
            in_plain_call,
            "By ASGI your plain `__call__` ran to its end, and the next layer gave it a coroutine: {where}. "
            "Nobody calls your async half. Who does in 5.10?",
        ),
        Wrong(
            "forgets_await",
            (
                doorman(FLAGS, INIT, MARK, GOOD_CALL, LATER, ASYNC_HALF.replace("await ", "")),
                factory("sync_and_async_middleware", "iscoroutinefunction(get_response)").replace(
                    "await ", ""
                ),
            ),
            lambda seen: seen["asgi"].gave_a_coroutine and seen["asgi"].mode == "async",
            "Your async half got a coroutine where it wanted a response: {where}. "
            "Which word gets the response out of it?",
        ),
        Wrong(
            "forgets_the_mark",
            (doorman(FLAGS, INIT, GOOD_CALL, GOOD_LATER), doorman(FLAGS, INIT, TWO_CELLARS)),
            unmarked,
            "Alone it answers. Beneath `SecurityMiddleware`: {below.error}. By ASGI Django still takes your "
            "object for a sync one. What tells it otherwise, and when?",
        ),
        Wrong(
            "no_flags",
            (
                doorman(INIT, MARK, GOOD_CALL, GOOD_LATER),
                doorman(
                    INIT.replace(
                        "        self.is_async", "        self.async_capable = True\n        self.is_async"
                    ),
                    MARK,
                    TWO_CELLARS,
                ),
            ),
            lambda seen: (
                seen["asgi"].mode == "sync" and not seen["asgi"].on_loop and not seen["asgi"].endless
            ),
            "By ASGI your layer ran in a thread, as a plain function: by its flags it can do no other. "
            "Which one must the class carry?",
        ),
        Wrong(
            "always_async",
            (
                doorman(
                    "    sync_capable = False\n    async_capable = True\n\n",
                    INIT,
                    "        markcoroutinefunction(self)\n",
                    LATER.replace("later", "__call__"),
                    AWAY_LINES,
                    ASYNC_HALF,
                ),
                factory("async_only_middleware", "True"),
            ),
            lambda seen: seen["wsgi"].mode == "async" and seen["wsgi"].status == 200,
            "By WSGI, too, your layer ran as a coroutine: Django started a loop for each request. "
            "It works, and it is one mode. What would let Django choose the other?",
        ),
        Wrong(
            "always_marked",
            (
                doorman(FLAGS, INIT, "        markcoroutinefunction(self)\n", GOOD_CALL, GOOD_LATER),
                doorman(
                    FLAGS,
                    INIT,
                    "        markcoroutinefunction(self)\n",
                    LATER.replace("later", "__call__"),
                    AWAY_LINES,
                    ASYNC_HALF,
                ),
            ),
            lambda seen: seen["wsgi"].modes_clash and seen["asgi"].status == 200,
            "By ASGI all is well. By WSGI: {wsgi.error}. There the next layer is sync, and yours is async "
            "all the same, or says so. For which `get_response` would that be right?",
        ),
        Wrong(
            "asks_the_request",
            (
                doorman(
                    FLAGS,
                    INIT,
                    MARK,
                    GOOD_CALL.replace("if self.is_async", "if isinstance(request, ASGIRequest)"),
                    GOOD_LATER,
                    before="from django.core.handlers.asgi import ASGIRequest\n\n",
                ),
                doorman(
                    FLAGS,
                    INIT,
                    MARK,
                    GOOD_CALL.replace("self.is_async", 'hasattr(request, "scope")'),
                    GOOD_LATER,
                ),
            ),
            lambda seen: seen["mixed"].status != 200 and {seen["asgi"].status, seen["wsgi"].status} == {200},
            "Around a sync layer, by ASGI, it fails: {mixed.error}. The request came by ASGI, and the next "
            "layer is sync all the same. What knows better than the request which half is wanted?",
        ),
        Wrong(
            "one_half_lets_in",
            (
                doorman(FLAGS, INIT, MARK, CALL, BRANCH, AWAY_LINES, SYNC_HALF, GOOD_LATER),
                factory("sync_and_async_middleware", "iscoroutinefunction(get_response)", (AWAY_LINES, "")),
            ),
            lambda seen: seen["let_in_by"] in ("ASGI", "WSGI"),
            "By {let_in_by} somebody got into the cellar. Both halves serve visitors. "
            "Where could the question stand once for both?",
        ),
    ),
    hints=(
        "Begin with `Both` of 5.10: flags, `__init__` with the mark, `__call__`, an async half.",
        "Each half sets the header to its own word. Ask for `/cellar/` in `request.path`, first of all.",
        'In `__call__`: `if request.path == "/cellar/": raise Http404("Staff only.")`, then the two halves.',
    ),
    attempt=try_doorman,
    passed=lambda seen: not seen["odd"] and seen["asgi"].on_loop,
    done="Thirteen requests: async on the loop, sync where the next layer is, and nobody in the cellar.",
    otherwise="Not yet: {odd}. {next}",
    deadline=25.0,
)
