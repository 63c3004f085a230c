"""Two async receivers: when one fails, the other one waits. Does it get to its end?"""

import asyncio

from django.dispatch import Signal

from ..declare import no, yes
from ..stage import project

CLAIM = "If one async receiver of a signal fails, the others are cancelled."
SAID = {"roadmap": "6.1"}
VERDICT = "Since 6.1, which has a `TaskGroup` for them. Before, the others went on."

EXPECTED = {
    "3.0 to 4.2": no("no asend"),
    "5.0 to 6.0": no({"raised": "ValueError", "the other": ["went on"]}),
    "from 6.1": yes({"raised": "ValueError", "the other": ["cancelled"]}),
}


def observe():
    project()
    signal, other = Signal(), []
    if not hasattr(signal, "asend"):
        return "no asend"

    async def main():
        waits, sent, ended = asyncio.Event(), asyncio.Event(), asyncio.Event()

        async def patient(**named):
            waits.set()
            try:
                await sent.wait()
                other.append("went on")
            except asyncio.CancelledError:
                other.append("cancelled")
                raise
            finally:
                ended.set()

        async def clumsy(**named):
            await waits.wait()
            raise ValueError

        signal.connect(patient)
        signal.connect(clumsy)
        try:
            await signal.asend(None)
        except Exception as error:
            raised = type(error).__name__
        sent.set()
        await ended.wait()
        return {"raised": raised, "the other": other}

    return asyncio.run(main())
