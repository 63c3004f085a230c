"""The client leaves while Django waits in `send`: when does the generator's `finally` run?"""

import asyncio
import gc

from django.http import StreamingHttpResponse

from ..declare import no, yes
from ..stage import handler, project, scope_of

CLAIM = "A generator whose client leaves during `send` is closed only when Python throws it away."
SAID = {
    "lesson 07b": "it stood at its `yield`, and nobody cancelled it. It is closed when Python throws it away"
}
VERDICT = (
    "True since there are async streams, 4.2. (There the server's error ends `send`, from 5.0 Django does.)"
)

_LATE = {"closed at once": [], "after collection": ["GeneratorExit"]}
EXPECTED = {
    "3.0 to 4.1": no("no async streams"),
    "4.2": yes({"the call": "OSError", **_LATE}),
    "from 5.0": yes({"the call": "returned", **_LATE}),
}


def observe():
    project()
    if not hasattr(StreamingHttpResponse, "__aiter__"):
        return "no async streams"
    ends = []

    async def brew():
        try:
            while True:
                yield b"tea"
        except BaseException as error:
            ends.append(type(error).__name__)
            raise

    async def main():
        stuck, asked = asyncio.Event(), [{"type": "http.request", "body": b""}]

        async def receive():
            if asked:
                return asked.pop()
            await stuck.wait()
            return {"type": "http.disconnect"}

        async def send(message):
            if message.get("body"):
                stuck.set()
                await asyncio.sleep(0.3)
                raise OSError("gone")  # as servers do where nobody listens

        try:
            await handler(lambda request: StreamingHttpResponse(brew()))(scope_of(), receive, send)
        except (OSError, asyncio.CancelledError) as error:
            call = type(error).__name__
        else:
            call = "returned"
        before = list(ends)
        gc.collect()
        await asyncio.sleep(0.05)  # the loop closes it in a task of its own
        return {"the call": call, "closed at once": before, "after collection": list(ends)}

    gc.disable()
    return asyncio.run(main())
