"""Exercise 5.9: three lines that mend the sample without flags and mark."""

from __future__ import annotations

from typing import Any

from .declare import Evidence, Exercise, Wrong
from .lesson_05_layers import DJANGOS, INSIDE, Case, Sent, a_page, first_odd, no_page, s_page, send_all

HEADER = "X-Cafe"
FINE, LOST = (200, "open"), (404, "open")
CASES = {
    "by ASGI, alone": Case("asgi", a_page, FINE),
    "by ASGI, beneath SecurityMiddleware": Case("asgi", a_page, FINE, above=(DJANGOS,)),
    "by ASGI, around XFrameOptionsMiddleware": Case("asgi", a_page, FINE, inside=(INSIDE,)),
    "by ASGI, around a sync view": Case("asgi", s_page, FINE),
    "by ASGI, a page that is not there": Case("asgi", no_page, LOST),
    "by WSGI, alone": Case("wsgi", a_page, FINE),
    "by WSGI, beneath SecurityMiddleware": Case("wsgi", a_page, FINE, above=(DJANGOS,)),
    "by WSGI, around a sync view": Case("wsgi", s_page, FINE),
    "by WSGI, a page that is not there": Case("wsgi", no_page, LOST),
}


async def try_sign(sign: Any) -> Evidence:
    """Nine requests in both worlds: alone, beneath and around Django's own layers, with a 404."""
    sent = await send_all(sign, HEADER, CASES)
    alone = sent["by ASGI, alone"]
    return Evidence(
        facts={
            "sent": sent,
            "alone": alone,
            "below": sent["by ASGI, beneath SecurityMiddleware"],
            "by_wsgi": sent["by WSGI, alone"],
            **first_odd(sent, CASES, "Which line of yours did that request reach last?"),
            "flags_inside": flagged_inside(sign),
            "in_a_thread": alone.mode == "sync" and not alone.on_loop,
        },
    )


def flagged_inside(sign: Any) -> bool:
    """Whether an object of the class carries a flag that the class itself does not."""
    try:
        own = vars(sign(a_page))
    except Exception:  # its own mistakes show elsewhere
        return False
    return any(flag in own for flag in ("sync_capable", "async_capable"))


def unmarked(seen: Evidence) -> bool:
    """Alone it answers, on the loop, and Django takes it for sync."""
    alone: Sent = seen["alone"]
    return alone.mode == "sync" and alone.on_loop and alone.status == 200


ASYNC_ONLY = "    sync_capable = False\n    async_capable = True\n"
ASYNC_CALL = """\
    async def __call__(self, request):
        response = await self.get_response(request)
"""
SYNC_CALL = ASYNC_CALL.replace("async ", "").replace("await ", "")


def sign(
    flags: str = ASYNC_ONLY,
    mark: str = "        markcoroutinefunction(self)\n",
    before: str = "",
    call: str = ASYNC_CALL,
) -> str:
    """The sample, with these lines in place of the comments."""
    return (
        "from asgiref.sync import markcoroutinefunction\n\n\n"
        + f"{before}class Sign:\n{flags}\n    def __init__(self, get_response):\n"
        + f"        self.get_response = get_response\n{mark}\n{call}"
        + '        response.headers["X-Cafe"] = "open"\n        return response\n'
    )


SIGN = Exercise(
    number="5.9",
    name="Sign",
    kind="modify",
    minutes=3,
    task=(
        "Mend the sample of 5.5. Put two lines and one in place of the comments, and leave "
        "`async def __call__` as it is: this layer is to be async only.\n\n"
        "`check` sends requests by ASGI and by WSGI, to `Sign` alone, beneath and around Django's layers, "
        "to a page that is there and to one that is not."
    ),
    stub=sign("    # Two lines come here.\n", "        # One line comes here.\n"),
    solutions=(
        sign(),
        sign(
            "",
            "        self = markcoroutinefunction(self)\n",
            "from django.utils.decorators import async_only_middleware\n\n@async_only_middleware\n",
        ),
        """\
from asgiref.sync import markcoroutinefunction

class Open:
    async_capable = True

    def __init__(self, get_response):
        self.inner = get_response
        markcoroutinefunction(self)

    async def __call__(self, request):
        found = await self.inner(request)
        found["X-Cafe"] = "open"
        return found

class Sign(Open):
    sync_capable = False
""",
    ),
    wrong=(
        Wrong(
            "claims_nothing",
            (
                sign("    sync_capable = False\n"),
                sign("    sync_capable = False\n    async_capable = False\n", ""),
            ),
            lambda seen: "must have at least one of" in seen["alone"].refused,
            "Django refuses the class: it can be neither. One flag is off now, and the other one is off "
            "unless you say so. Which line is missing?",
        ),
        Wrong(
            "flags_in_init",
            (
                sign("", "        self.sync_capable, self.async_capable = False, True\n"),
                sign(
                    "",
                    "        self.async_capable = True\n        self.sync_capable = False\n"
                    "        markcoroutinefunction(self)\n",
                ),
            ),
            lambda seen: bool(seen["flags_inside"]),
            "Your flags are on the object. Django reads them from the class, before it makes an object. "
            "Where do they stand then?",
        ),
        Wrong(
            "mark_without_flags",
            (sign(""), sign("    sync_capable = True\n")),
            lambda seen: "can only be applied to sync functions" in seen["alone"].refused,
            "Marked as a coroutine function, and by its flags sync only: Django then tries to carry it into "
            "a thread, and asgiref refuses that ({alone.refused}). Which flag is off unless you set it?",
        ),
        Wrong(
            "neither_flags_nor_mark",
            (
                sign("    is_async = True\n", ""),
                sign("    sync_capable = True\n    async_capable = False\n", ""),
            ),
            lambda seen: (
                bool(seen["in_a_thread"]) and seen["alone"].gave_a_coroutine and not seen["alone"].place
            ),
            "Your `__call__` never began: Django called it in a thread, as a plain function, and got a "
            "coroutine ({alone.error}). By its flags the class is sync only. What must they say?",
        ),
        Wrong(
            "flags_without_mark",
            (
                sign(mark=""),
                sign(
                    "",
                    "        markcoroutinefunction(self.__call__.__func__)\n",
                    "from django.utils.decorators import async_only_middleware\n\n@async_only_middleware\n",
                ),
            ),
            unmarked,
            "Alone it answers {alone.status}. Beneath `SecurityMiddleware` we saw {below.error}. That layer "
            "asked whether your object is a coroutine function, and was told no. What tells it yes?",
        ),
        Wrong(
            "claims_sync_too",
            (sign("    async_capable = True\n"), sign("    sync_capable = async_capable = True\n")),
            lambda seen: bool(seen["by_wsgi"].error) and seen["alone"].status == 200,
            "By ASGI all is well. By WSGI: {by_wsgi.error}. There Django asked for a sync layer, since "
            "`sync_capable` is on unless you say otherwise. Can this `__call__` be sync?",
        ),
        Wrong(
            "made_it_sync",
            (
                sign(
                    "",
                    "",
                    call=SYNC_CALL,
                ),
                sign(
                    "    sync_capable = True\n    async_capable = False\n",
                    "",
                    call=SYNC_CALL,
                ),
            ),
            lambda seen: bool(seen["in_a_thread"]) and not seen["odd"],
            "It answers everywhere, as a sync layer in a thread: a right way to mend it, too. "
            "Now try the other one: keep `async def __call__`, and say so to Django.",
        ),
    ),
    hints=(
        "Django asks twice: the class, what it can be; the object, what it is.",
        "The class: 5.6 has the two flags. The object: 5.8 has the mark, in `__init__`.",
        "`sync_capable = False`, `async_capable = True`, and `markcoroutinefunction(self)`.",
    ),
    attempt=try_sign,
    passed=lambda seen: not seen["odd"] and seen["alone"].mode == "async" and seen["alone"].on_loop,
    done="Nine requests, both worlds, one broken page: all answered, and by ASGI your layer ran on the loop.",
    otherwise="Not yet: {odd}. {next}",
    deadline=20.0,
)
