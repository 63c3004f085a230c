"""Exercise 11.8: a layer that times requests in both modes, streams and failures included."""

from __future__ import annotations

from .declare import Exercise, Wrong
from .lesson_11_timed import try_timing

IMPORTS = """\
import logging
from time import perf_counter

from asgiref.sync import iscoroutinefunction, markcoroutinefunction

log = logging.getLogger("cafe.timing")


def say(request, began):
    log.info("%s %.3f s", request.path, perf_counter() - began)


"""
CLASS = """\
class Timing:
    sync_capable = True
    async_capable = True

    def __init__(self, get_response):
        self.get_response = get_response
        self.is_async = iscoroutinefunction(get_response)
        if self.is_async:
            markcoroutinefunction(self)

"""
CALL = """\
    def __call__(self, request):
        if self.is_async:
            return self.later(request)
        began, response = perf_counter(), None
        try:
            response = self.get_response(request)
        finally:
            self.end(request, response, began)
        return response

"""
LATER = """\
    async def later(self, request):
        began, response = perf_counter(), None
        try:
            response = await self.get_response(request)
        finally:
            self.end(request, response, began)
        return response

"""
END = """\
    def end(self, request, response, began):
        if not getattr(response, "streaming", False):
            say(request, began)
            return
        pieces = response.streaming_content
        wrap = atimed if response.is_async else timed
        response.streaming_content = wrap(pieces, request, began)


"""
WRAPS = """\
def timed(pieces, request, began):
    try:
        yield from pieces
    finally:
        say(request, began)


async def atimed(pieces, request, began):
    try:
        async for piece in pieces:
            yield piece
    finally:
        say(request, began)
"""
WHOLE = IMPORTS + CLASS + CALL + LATER + END + WRAPS
FACTORY = """\
import functools
import logging
import time

from asgiref.sync import iscoroutinefunction
from django.utils.decorators import sync_and_async_middleware


class Watch:
    def __init__(self, request):
        self.request, self.began, self.said = request, time.monotonic(), False

    def __enter__(self):
        return self

    def __exit__(self, kind, error, where):
        if not self.said:
            self.said = True
            took = time.monotonic() - self.began
            logging.getLogger("cafe.timing").info(f"{self.request.path} took {took:.4f}")

    def around(self, response):
        if not response.streaming:
            self.__exit__(None, None, None)
        elif response.is_async:
            response.streaming_content = self.later(response.streaming_content)
        else:
            response.streaming_content = self.now(response.streaming_content)
        return response

    def now(self, pieces):
        with self:
            yield from pieces

    async def later(self, pieces):
        with self:
            async for piece in pieces:
                yield piece


@sync_and_async_middleware
def Timing(get_response):
    if iscoroutinefunction(get_response):
        async def middleware(request):
            watch = Watch(request)
            try:
                return watch.around(await get_response(request))
            except BaseException:
                watch.__exit__(None, None, None)
                raise
    else:
        def middleware(request):
            watch = Watch(request)
            try:
                return watch.around(get_response(request))
            except BaseException:
                watch.__exit__(None, None, None)
                raise
    return middleware
"""


def changed(*pairs: tuple[str, str], text: str = WHOLE) -> str:
    """The solution with each first of a pair replaced by its second; each must be there."""
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new)
    return text


AT_ONCE = """\
    def end(self, request, response, began):
        say(request, began)
"""
NO_TRY_CALL = """\
    def __call__(self, request):
        if self.is_async:
            return self.later(request)
        began = perf_counter()
        response = self.get_response(request)
        self.end(request, response, began)
        return response

"""
NO_TRY_LATER = """\
    async def later(self, request):
        began = perf_counter()
        response = await self.get_response(request)
        self.end(request, response, began)
        return response

"""
MIXIN = """\
import logging
from time import perf_counter

from django.utils.deprecation import MiddlewareMixin

log = logging.getLogger("cafe.timing")


class Timing(MiddlewareMixin):
    def process_request(self, request):
        request.began = perf_counter()

    def process_response(self, request, response):
        def say():
            log.info("%s %.3f s", request.path, perf_counter() - request.began)

        def now(pieces):
            try:
                yield from pieces
            finally:
                say()

        async def later(pieces):
            try:
                async for piece in pieces:
                    yield piece
            finally:
                say()

        if not response.streaming:
            say()
        else:
            wrap = later if response.is_async else now
            response.streaming_content = wrap(response.streaming_content)
        return response
"""


TIMING = Exercise(
    number="11.8",
    name="Timing",
    title="Step 3: an honest clock",
    kind="make",
    minutes=15,
    task=(
        "Make `Timing` a middleware for both modes. For each request it sends one line to the logger "
        "`cafe.timing`, with the path and, as the last number, the seconds until **the last byte was made**: "
        '`say` does that.\n\nThe draft below says "0.000" of every stream, and nothing at all when somebody '
        "leaves.\n\n"
        "`check` looks at: ASGI and WSGI, beneath and around other layers · no crossing more than without it "
        "· streams of both kinds, not collected · a page that fails, a stream that breaks, a visitor who "
        "leaves: one line each, and the error goes on · two visitors at once."
    ),
    stub=IMPORTS.replace("from asgiref", "# You may need:\n# from asgiref")
    + "class Timing:\n"
    + "    def __init__(self, get_response):\n        self.get_response = get_response\n\n"
    + "    def __call__(self, request):\n"
    + "        began = perf_counter()\n"
    + "        response = self.get_response(request)\n"
    + "        say(request, began)\n"
    + "        return response\n",
    solutions=(
        WHOLE,
        FACTORY,
        changed(
            (END + WRAPS, ""),
            (
                "            self.end(request, response, began)",
                "            end = functools.partial(say, request, began)\n"
                '            if getattr(response, "streaming", False):\n'
                "                response.streaming_content = Timed(response, end)\n"
                "            else:\n"
                "                end()",
            ),
            ("import logging\n", "import functools\nimport logging\n"),
            (
                "class Timing",
                "class Timed:\n"
                "    def __new__(cls, response, end):\n"
                "        kind = cls.later if response.is_async else cls.now\n"
                "        return kind(response.streaming_content, end)\n\n"
                "    def now(pieces, end):\n"
                "        try:\n            for piece in pieces:\n                yield piece\n"
                "        finally:\n            end()\n\n"
                "    async def later(pieces, end):\n"
                "        try:\n            async for piece in pieces:\n                yield piece\n"
                "        finally:\n            end()\n\n\n"
                "class Timing",
            ),
        ),
    ),
    wrong=(
        Wrong(
            "forgets_await",
            (
                changed(("response = await self.get", "response = self.get")),
                changed(
                    ("return watch.around(await get_response", "return watch.around(get_response"),
                    text=FACTORY,
                ),
            ),
            lambda seen: seen["asgi"].gave_a_coroutine and seen["asgi"].mode == "async",
            "Your async half got a coroutine where it wanted a response: {where}. "
            "Which word gets the response out of it?",
        ),
        Wrong(
            "forgets_the_mark",
            (
                changed(("        if self.is_async:\n            markcoroutinefunction(self)\n\n", "\n")),
                IMPORTS
                + "class Timing:\n    sync_capable = async_capable = True\n\n"
                + "    def __init__(self, get_response):\n"
                + "        self.get_response = get_response\n\n"
                + "    def __call__(self, request):\n"
                + "        if iscoroutinefunction(self.get_response):\n"
                + "            return self.later(request)\n"
                + CALL.partition("self.later(request)\n")[2]
                + LATER
                + END
                + WRAPS,
            ),
            lambda seen: (
                seen["asgi"].mode == "sync" and seen["asgi"].status == 200 and seen["below"].status != 200
            ),
            "Alone it answers. Beneath `SecurityMiddleware`: {below.error}. Django takes your object for a "
            "sync one. What tells it otherwise, and when (5.8)?",
        ),
        Wrong(
            "adds_crossings",
            (
                changed(
                    ("    async_capable = True\n", "    async_capable = False\n"),
                ),
                MIXIN,
            ),
            lambda seen: seen["added"] > 0 and seen["asgi"].status == 200,
            "With your layer a request by ASGI makes {added} crossings more than without it, and nothing in "
            "it needs a thread. In which mode does Django run it, or its hooks?",
        ),
        Wrong(
            "says_before_the_stream",
            (
                changed((END + WRAPS, AT_ONCE)),
                changed(
                    (
                        "    async_capable = True\n",
                        "    async_capable = True\n    wrap = staticmethod(lambda each, *rest: each)\n",
                    ),
                    ("        wrap = atimed if response.is_async else timed\n", ""),
                    (
                        "wrap(pieces, request, began)",
                        "self.wrap(pieces, request, began)\n        say(request, began)",
                    ),
                ),
            ),
            lambda seen: any(seen["early"]),
            "Of a stream you said how long it took before it had run: {early_events}. When your layer has "
            "the response, not one piece is made. Where in the stream is its end?",
        ),
        Wrong(
            "collects_the_stream",
            (
                changed(
                    (
                        "            response = await self.get_response(request)\n",
                        "            response = await self.get_response(request)\n"
                        "            if response.streaming:\n"
                        "                found = [each async for each in response.streaming_content]\n"
                        "                response.streaming_content = kept(found)\n",
                    ),
                    (
                        WRAPS,
                        WRAPS + "\n\nasync def kept(found):\n    for each in found:\n        yield each\n",
                    ),
                ),
                changed(
                    (
                        "            response = self.get_response(request)\n",
                        "            response = self.get_response(request)\n"
                        "            if response.streaming:\n"
                        "                response.streaming_content = "
                        "[b''.join(response.streaming_content)]\n",
                    ),
                ),
            ),
            lambda seen: bool(seen["collected"]),
            "All pieces of a stream were made before the first one left: your layer goes through it. The "
            "visitor waits for the end, as if there were no stream. Could it hand on piece by piece?",
        ),
        Wrong(
            "wrong_kind_of_loop",
            (
                changed(("atimed if response.is_async else timed", "timed")),
                changed(("atimed if response.is_async else timed", "atimed")),
            ),
            lambda seen: any(
                "object is not iterable" in error or "requires an object with __aiter__" in error
                for error in seen["stream_errors"]
            ),
            "A stream broke in your layer: {stream_problem}. Its pieces may come from an async iterator or "
            "from a plain one. What does `response.is_async` say?",
        ),
        Wrong(
            "hides_errors",
            (
                changed(
                    ("from asgiref", "from django.http import HttpResponseServerError\nfrom asgiref"),
                    (
                        "        finally:\n            self.end",
                        "        except Exception:\n"
                        "            response = HttpResponseServerError()\n        finally:\n      "
                        "      self.end",
                    ),
                ),
                changed(
                    (
                        "            self.end(request, response, began)\n",
                        "            self.end(request, response, began)\n            return response\n",
                    )
                ),
            ),
            lambda seen: bool(seen["hidden"]) and seen["asgi"].status == 200,
            "The next layer raised a LookupError, and out of yours came {hidden_status}: nobody will ever "
            "hear of that error. Who should decide what becomes of it?",
        ),
        Wrong(
            "says_nothing_of_failures",
            (
                changed((CALL, NO_TRY_CALL), (LATER, NO_TRY_LATER)),
                changed(
                    (
                        "            response = await self.get_response(request)\n        "
                        "finally:\n            self.end",
                        "            response = await self.get_response(request)\n"
                        "        except Exception:\n            say(request, began)\n            raise\n"
                        "        else:\n            self.end",
                    )
                ),
            ),
            lambda seen: bool(seen["gone_unsaid"]) and seen["asgi"].said == 1,
            "A visitor left while the page was waiting, and nothing was said of it: just the slow ones are "
            "missing from your log. The cancellation comes out of the next layer, and is no `Exception`. "
            "Which clause runs all the same?",
        ),
        Wrong(
            "keeps_time_on_itself",
            (
                changed(
                    ("began, response = perf_counter(), None", "self.began, response = perf_counter(), None"),
                    ("self.end(request, response, began)", "self.end(request, response, self.began)"),
                ),
                changed(
                    ("began, response = perf_counter(), None", "response = self.start()"),
                    ("self.end(request, response, began)", "self.end(request, response, self.times[-1])"),
                    (
                        "    def __call__",
                        "    times = [0.0]\n\n    def start(self):\n        "
                        "self.times.append(perf_counter())\n\n"
                        "    def __call__",
                    ),
                ),
            ),
            lambda seen: bool(seen["mixed"]) and not seen["asgi"].odd,
            "Two visitors at once: {mixed}. There is one `Timing` for all of them. Where does each request "
            "keep its own beginning?",
        ),
    ),
    hints=(
        "Flags, the mark, two halves: `Both` of 5.10. In each half `try … finally`, so that a cancellation "
        "is timed, too.",
        "If `response.streaming`, put a generator of yours around `response.streaming_content`, and call "
        "`say` in *its* `finally`. `response.is_async` tells whether it needs `async for`.",
        "`async def atimed(pieces, request, began): try: async for piece in pieces: yield piece; finally: "
        "say(request, began)`, and the same as a plain `def`.",
    ),
    attempt=try_timing,
    passed=lambda seen: not seen["odd"] and seen["added"] <= 0,
    done="Both modes, no crossing more; each stream timed to its end, each failure once and handed on.",
    otherwise="Not yet: {odd}. Which path through your layer leads there?",
    deadline=30.0,
)
