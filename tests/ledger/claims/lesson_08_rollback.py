"""An `async def` test makes a row: is the row there afterwards?"""

import io
import unittest

from asgiref.sync import sync_to_async

from ..declare import no, yes
from ..stage import guests, project

CLAIM = "`TestCase` rolls back what an `async def` test writes."
SAID = {"lesson 08": "Its queries come back to the runner's thread, so `TestCase` rolls them back."}
VERDICT = "With asgiref 3.3 or newer. Before, `sync_to_async` took any thread; and 3.0 ran no such test."

EXPECTED = {
    "3.0": no({"during": [], "after": 1, "errors": []}),
    "from 3.1, asgiref up to 3.2": no({"during": [2], "after": 2, "errors": []}),
    "from 3.1, asgiref from 3.3": yes({"during": [2], "after": 1, "errors": []}),
}


def observe():
    project()
    model, during = guests(), []
    from django.test import TestCase

    def make():
        model.objects.create(name="Bo")
        during.append(model.objects.count())

    class Tests(TestCase):
        async def test_row(self):
            await sync_to_async(make)()

    result = unittest.TextTestRunner(stream=io.StringIO()).run(Tests("test_row"))
    errors = [text.strip().splitlines()[-1] for _, text in [*result.errors, *result.failures]]
    return {"during": during, "after": model.objects.count(), "errors": errors}
