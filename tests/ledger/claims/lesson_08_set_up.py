"""A test class of Django's with an `async def setUp`, and one with an `asyncSetUp`: do they run?"""

import io
import unittest
import warnings

from ..declare import yes
from ..stage import project

CLAIM = "In Django's test classes neither `async def setUp` nor `asyncSetUp` ever runs."
SAID = {"lesson 08": "`async def setUp` made a coroutine that nobody awaited: one warning."}
VERDICT = "True in every series: there `setUp` is a `def`."

EXPECTED = {"from 3.0": yes({"async def setUp": [], "asyncSetUp": [], "def setUp": ["ran"]})}


def observe():
    project()
    from django.test import SimpleTestCase, TestCase

    ran = []

    class Awaited(TestCase):
        async def setUp(self):
            ran.append("ran")

        def test_page(self): ...

    class Other(TestCase):
        async def asyncSetUp(self):
            ran.append("ran")

        def test_page(self): ...

    class Plain(SimpleTestCase):
        def setUp(self):
            ran.append("ran")

        def test_page(self): ...

    def after(case):
        ran.clear()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            unittest.TextTestRunner(stream=io.StringIO()).run(case("test_page"))
        return list(ran)

    return {"async def setUp": after(Awaited), "asyncSetUp": after(Other), "def setUp": after(Plain)}
