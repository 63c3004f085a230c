"""Eight lines, each tried in a coroutine."""

import asyncio
import time

from ..declare import attempt, no, yes
from ..stage import guests, project

CLAIM = "With a loop in the thread, Django refuses whatever asks the database, and nothing else."
SAID = {"lesson 06": "It protects the database. Nothing protects the loop."}
VERDICT = "Since 3.0."

_FREE = ["filter", "slice", "time.sleep"]
_ASKS = ["list", "repr", "index", "count"]
EXPECTED = {
    "2.2": no({"passes": [*_FREE, *_ASKS], "refused": []}),
    "from 3.0": yes({"passes": _FREE, "refused": _ASKS}),
}


def observe():
    project()
    rows = guests().objects.order_by("id")
    lines = {
        "filter": lambda: bool(rows.filter(name="Ada").query),
        "slice": lambda: bool(rows[:1].query),
        "time.sleep": lambda: time.sleep(0),
        "list": lambda: list(rows.all()),
        "repr": lambda: repr(rows.all()),
        "index": lambda: rows[0],
        "count": lambda: rows.count(),
    }
    seen = {"passes": [], "refused": []}

    async def each():
        for name, line in lines.items():
            refused = str(attempt(line)).startswith("SynchronousOnlyOperation")
            seen["refused" if refused else "passes"].append(name)

    asyncio.run(each())
    return seen
