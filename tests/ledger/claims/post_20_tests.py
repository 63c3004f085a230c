"""A test that calls async code by `async_to_sync`; and an `async def` test that ought to fail."""

import io
import unittest

from asgiref.sync import async_to_sync

from ..declare import yes
from ..stage import project

CLAIM = "In a `TestCase`, `async_to_sync` runs the async code under test."
SAID = {"post": "20"}
VERDICT = "True. Since 3.1 write `async def test_…`; in 3.0 such a test passes whatever it asserts."

_SYNC = {"right": "passes", "wrong": "fails"}
EXPECTED = {
    "3.0": yes({"async_to_sync": _SYNC, "async def, wrong": "passes"}),
    "from 3.1": yes({"async_to_sync": _SYNC, "async def, wrong": "fails"}),
}


async def two():
    return 2


def observe():
    project()
    from django.test import TestCase

    class Tests(TestCase):
        def test_right(self):
            assert async_to_sync(two)() == 2

        def test_wrong(self):
            assert async_to_sync(two)() == 3

        async def test_async_wrong(self):
            assert await two() == 3

    def outcome(name):
        result = unittest.TextTestRunner(stream=io.StringIO()).run(Tests(name))
        return "passes" if result.wasSuccessful() else "fails"

    return {
        "async_to_sync": {"right": outcome("test_right"), "wrong": outcome("test_wrong")},
        "async def, wrong": outcome("test_async_wrong"),
    }
