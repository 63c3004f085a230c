"""Lesson 08."""

from __future__ import annotations

from asynclab.exercises.lesson_08_serve import ASK, FRESH, FRESH_BOB, STATUS
from asynclab.exercises.lesson_08_serve import written as serve_test
from asynclab.exercises.lesson_08_sign import ASYNC, BOTH, HEADER, SYNC, TEA
from asynclab.exercises.lesson_08_sign import written as sign_test

ALL_THREE = (
    "self.assertEqual((response.status_code, self.ada.status, self.bob.status), (200, 'served', 'waiting'))"
)
RIGHT = {
    "8.9 the view is an attribute of the class": serve_test(
        "response = await self.view(request, self.ada.pk)", FRESH, FRESH_BOB, ALL_THREE
    )
    .replace("    def setUp", "    view = staticmethod(serve)\n\n    def setUp")
    .replace("class ServeTest", "async def serve(request, pk): ...\n\n\nclass ServeTest"),
    "8.9 the view comes by way of another function": serve_test(
        "response = await asked(request, self.ada.pk)", FRESH, FRESH_BOB, ALL_THREE
    ).replace("class ServeTest", "asked = lambda *given: serve(*given)\n\n\nclass ServeTest"),
    "8.9 by a test client, at a URL of its own": serve_test(
        "from django.test import override_settings",
        "from django.urls import path",
        'urls = (path("<int:pk>/", serve),)',
        "with override_settings(ROOT_URLCONF=urls, MIDDLEWARE=[]):",
        '    response = await self.async_client.post(f"/{self.ada.pk}/")',
        FRESH,
        FRESH_BOB,
        ALL_THREE,
    ),
    "8.9 three tests, one for each thing": serve_test(
        ASK,
        STATUS,
        more=f"""
    async def test_row(self):
        await serve(AsyncRequestFactory().post("/"), self.ada.pk)
        {FRESH}
        self.assertEqual(self.ada.status, "served")

    async def test_others(self):
        await serve(AsyncRequestFactory().post("/"), self.ada.pk)
        self.assertEqual(await Order.objects.filter(status="waiting").acount(), 1)
""",
    ),
    "8.9 rows made in setUpTestData": serve_test(ASK, FRESH, FRESH_BOB, ALL_THREE).replace(
        "    def setUp(self):", "    @classmethod\n    def setUpTestData(self):"
    ),
    "8.11 plain asserts and a lambda": sign_test(
        (ASYNC, ("assert (response['X-Cafe'], response.content) == ('open', b'tea')",)),
        (
            "    def test_sync(self):\n",
            (
                "response = Sign(lambda request: HttpResponse(request))('tea')",
                "assert (response['X-Cafe'], response.content) == ('open', b'tea')",
            ),
        ),
    ),
    "8.11 the async one by async_to_sync": sign_test(
        (
            ASYNC.replace("async def test", "def test").replace(
                "await Sign(page)", "async_to_sync(Sign(page))"
            ),
            BOTH,
        ),
        (SYNC, BOTH),
        imports="from asgiref.sync import async_to_sync\n",
    ),
    "8.11 a TestCase": sign_test((ASYNC, BOTH), (SYNC, BOTH), base="TestCase").replace(
        "import AsyncRequestFactory", "import TestCase, AsyncRequestFactory"
    ),
    "8.11 on a loop of its own": sign_test(
        (ASYNC, BOTH),
        (SYNC, BOTH),
        base="IsolatedAsyncioTestCase",
        imports="from unittest import IsolatedAsyncioTestCase\n",
    ),
    "8.11 awaits whatever can be awaited": sign_test(
        (
            "    async def test_both(self):\n",
            (
                "async def later(request):",
                "    return HttpResponse('tea')",
                "for page in (later, lambda request: HttpResponse('tea')):",
                "    response = Sign(page)(RequestFactory().get('/'))",
                "    if hasattr(response, '__await__'):",
                "        response = await response",
                f"    {HEADER}",
                f"    {TEA}",
            ),
        ),
    ),
}
WRONG = {
    "8.9 no method is a test": (
        serve_test(FRESH, method="async def check(self):"),
        "no test of yours ran. Does a method's name",
    ),
    "8.9 it skips itself": (
        serve_test("self.skipTest('later')"),
        "no test of yours ran. It was skipped: what says so?",
    ),
    "8.9 it expects a redirect": (
        serve_test(ASK, FRESH, FRESH_BOB, ALL_THREE.replace("200", "302")),
        "AssertionError: Tuples differ",
    ),
    "8.9 Ada's status only differs from Bob's": (
        serve_test(ASK, STATUS, FRESH, FRESH_BOB, "self.assertNotEqual(self.ada.status, self.bob.status)"),
        'makes the order "ready", which is not "served"',
    ),
    "8.9 it compares the answer with itself": (
        serve_test(ASK, FRESH, FRESH_BOB, ALL_THREE.replace("200", "response.status_code")),
        "answers 404",
    ),
    "8.11 any value of the header": (
        sign_test(
            (ASYNC, ("self.assertIn('X-Cafe', response)", TEA)),
            (SYNC, ("self.assertIn('X-Cafe', response)", TEA)),
        ),
        '"closed"',
    ),
    "8.11 it awaits a sync layer": (
        sign_test((SYNC.replace("Sign(page)(", "await Sign(page)("), BOTH)).replace(
            "def test", "async def test"
        ),
        "TypeError: ",
    ),
    "8.9 it never awaits the view": (
        serve_test("serve(request, 1)"),
        "Your test calls `serve`, and nobody awaits it",
    ),
    "8.9 an argument is missing": (
        serve_test("await serve(request)"),
        "serve() missing 1 required positional argument: 'pk'.",
    ),
    "8.9 it awaits the request": (
        serve_test("await request"),
        "What does that line of your test call or await",
    ),
    "8.11 it never awaits the layer": (
        sign_test((ASYNC.replace("await ", ""), BOTH)),
        "Nobody awaits `Sign.later`",
    ),
    "8.11 no test class": ("class SignTest(object): ...\n", "no test class"),
    "8.9 no test class": ("class ServeTest: ...\n", "no test class"),
}
