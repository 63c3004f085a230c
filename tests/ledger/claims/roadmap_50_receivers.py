"""An `async def` receiver: `send` in a thread, `asend` on the loop."""

import asyncio
import inspect

from django.dispatch import Signal

from ..declare import no, yes
from ..stage import project

CLAIM = "A signal awaits a receiver that is `async def`."
SAID = {"roadmap": "5.0"}
VERDICT = "Since 5.0, with `send` and with `asend`. Before, the receiver's coroutine was never awaited."

EXPECTED = {
    "3.0 to 4.2": no({"send": "not awaited", "asend": "not there"}),
    "from 5.0": yes({"send": "tea", "asend": "tea"}),
}


async def receiver(**named):
    return "tea"


def told(answers):
    ((_, answer),) = answers
    if inspect.iscoroutine(answer):
        answer.close()
        return "not awaited"
    return answer


def observe():
    project()
    signal = Signal()
    signal.connect(receiver)
    there = hasattr(signal, "asend")
    return {
        "send": told(signal.send(None)),
        "asend": told(asyncio.run(signal.asend(None))) if there else "not there",
    }
