"""Does `asyncio.iscoroutinefunction` answer without complaint?"""

import asyncio
import warnings

from ..declare import no, yes

CLAIM = "`asyncio.iscoroutinefunction` tells whether something is async."
SAID = {
    "post": "17",
    "lesson 05": "from Python 3.14 on, the one in `asyncio` is deprecated, and warns",
}
VERDICT = "It warns from Python 3.14 on, and is to go. Ask `inspect` (from 3.12), or asgiref."

EXPECTED = {
    "Python up to 3.13": yes({"says": [True, False], "warns": []}),
    "Python from 3.14": no({"says": [True, False], "warns": ["DeprecationWarning", "DeprecationWarning"]}),
}


async def brew(): ...


def pour(): ...


def observe():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        says = [asyncio.iscoroutinefunction(function) for function in (brew, pour)]
    return {"says": says, "warns": [each.category.__name__ for each in caught]}
