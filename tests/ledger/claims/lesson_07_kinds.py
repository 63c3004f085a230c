"""Both kinds of iterator, both kinds of handler: how many pieces are made before the first one leaves?"""

import asyncio
import warnings

from django.http import StreamingHttpResponse

from ..declare import attempt, partly, yes
from ..stage import environ, handler, messages, project, wsgi_handler

CLAIM = "WSGI streams plain iterators, ASGI async ones; the other kind is collected, with a warning."
SAID = {
    "lesson 07": "WSGI streams plain iterators, ASGI async ones. The other kind is collected first, "
    "with a warning."
}
VERDICT = "True since 4.2. Before, both streamed plain ones, and neither could stream an async one."

_NO_STREAM = ["TypeError: 'async_generator' object is not iterable"]
_COLLECTED = [3, "a warning"]
EXPECTED = {
    "3.0 to 4.1": partly(
        {"asgi": {"plain": [1], "async": _NO_STREAM}, "wsgi": {"plain": [1], "async": _NO_STREAM}}
    ),
    "from 4.2": yes(
        {"asgi": {"plain": _COLLECTED, "async": [1]}, "wsgi": {"plain": [1], "async": _COLLECTED}}
    ),
}


def observe():
    project()
    made = []

    def brew():
        for _ in range(3):
            made.append("a cup")
            yield b"tea"

    async def brew_async():
        for cup in brew():
            yield cup

    def by_asgi(view):
        counts = []

        def look(message):
            if message.get("body"):
                counts.append(len(made))

        asyncio.run(messages(handler(view), look))
        return counts[0]

    def by_wsgi(view):
        next(iter(wsgi_handler(view)(environ(), lambda status, headers: None)))
        return len(made)

    def first(serve, pieces):
        made.clear()
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            count = attempt(serve, lambda request: StreamingHttpResponse(pieces()))
        warned = any("must consume" in str(each.message) for each in caught)
        return [count, "a warning"] if warned else [count]

    return {
        "asgi": {"plain": first(by_asgi, brew), "async": first(by_asgi, brew_async)},
        "wsgi": {"plain": first(by_wsgi, brew), "async": first(by_wsgi, brew_async)},
    }
