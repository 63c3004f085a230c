"""Exercise 8.9: two lines of a test that tell a view that serves an order from four that do not."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse

from .declare import Evidence, Exercise, Wrong
from .mutation import Broken, Reads, good, survives, tried

reads = Reads()


def served(order: Any) -> HttpResponse:
    return HttpResponse(f"{order.customer} is served")


async def found(pk: int) -> Any:
    from cafe.models import Order

    order = await Order.objects.filter(pk=pk).afirst()
    if order is None:
        raise Http404(f"There is no order {pk}.")
    return order


async def saves_it(request: HttpRequest, pk: int) -> HttpResponse:
    """As in the notebook."""
    with reads:
        order = await found(pk)
        order.status = "served"
        await order.asave()
        return served(order)


async def updates_the_row(request: HttpRequest, pk: int) -> HttpResponse:
    from cafe.models import Order

    with reads:
        order = await found(pk)
        await Order.objects.filter(pk=pk).aupdate(status=Order.Status.SERVED)
        return served(order)


async def saves_nothing(request: HttpRequest, pk: int) -> HttpResponse:
    order = await found(pk)
    order.status = "served"
    return served(order)


async def serves_all(request: HttpRequest, pk: int) -> HttpResponse:
    from cafe.models import Order

    order = await found(pk)
    await Order.objects.all().aupdate(status="served")
    return served(order)


async def only_ready(request: HttpRequest, pk: int) -> HttpResponse:
    order = await found(pk)
    order.status = "ready"
    await order.asave()
    return served(order)


async def says_no(request: HttpRequest, pk: int) -> HttpResponse:
    order = await found(pk)
    order.status = "served"
    await order.asave()
    return HttpResponse("no such order", status=404)


RIGHT = (saves_it, updates_the_row)
BROKEN = (
    Broken(
        "saves nothing",
        "answers, and saves nothing",
        saves_nothing,
        "Where would a guest's order still be waiting, although the answer says otherwise?",
    ),
    Broken(
        "serves all",
        "serves every order in the café",
        serves_all,
        "Whose order must still be waiting afterwards?",
    ),
    Broken(
        "only ready",
        'makes the order "ready", which is not "served"',
        only_ready,
        "Which status exactly should the row have?",
    ),
    Broken(
        "says no",
        "serves the order and answers 404",
        says_no,
        "What of the answer do you look at?",
    ),
)


async def try_serve(case: Any) -> Evidence:
    """The learner's test on two right views and four broken ones."""
    global reads
    reads = Reads()
    return await tried(case, "ServeTest", "serve", RIGHT, BROKEN, reads)


IMPORTS = """\
from cafe.models import Order
from cafe.tests.helpers import mocha, order
from django.test import AsyncRequestFactory, TestCase


"""
SET_UP = """\
    def setUp(self):
        self.ada = order(mocha(), "Ada")
        self.bob = order(self.ada.drink, "Bob")

"""
REQUEST = 'request = AsyncRequestFactory().post("/")'
ASK = "response = await serve(request, self.ada.pk)"
FOUND = 'rows = Order.objects.order_by("customer").values_list("status", flat=True)'
FRESH = "await self.ada.arefresh_from_db()"
STATUS = "self.assertEqual(response.status_code, 200)"
ADA, BOB = 'self.assertEqual(self.ada.status, "served")', 'self.assertEqual(self.bob.status, "waiting")'
FRESH_BOB = "await self.bob.arefresh_from_db()"


def written(
    *lines: str,
    base: str = "TestCase",
    method: str = "async def test_serve(self):",
    imports: str = "",
    more: str = "",
) -> str:
    """One way to write the test; the request is made already."""
    body = "".join(f"        {line}\n" for line in (REQUEST, *lines))
    return f"{imports}{IMPORTS}class ServeTest({base}):\n{SET_UP}    {method}\n{body}{more}"


SEE = """
    async def see(self, *wanted):
        found = [await Order.objects.aget(pk=each.pk) for each in (self.ada, self.bob)]
        self.assertSequenceEqual([each.status for each in found], wanted)
        self.assertContains(self.said, "Ada is served")
"""
ISOLATED = "import unittest\n"

SERVE = Exercise(
    number="8.9",
    name="ServeTest",
    kind="modify",
    minutes=4,
    task=(
        "`ServeTest` passes. It passes on *any* view. Change its last two lines, or put others in their "
        "place, so that it passes on a view that serves Ada's order as the text above says, and fails on "
        "one that does not.\n\n"
        "`check` runs your test on two right views, written differently, and on four broken ones."
    ),
    stub=written("response = serve(request, self.ada.pk)", "self.assertTrue(response)"),
    solutions=(
        written(
            ASK,
            FRESH,
            FRESH_BOB,
            "self.assertEqual(",
            "    [response.status_code, self.ada.status, self.bob.status],",
            '    [200, "served", "waiting"],',
            ")",
        ),
        written(
            "response = async_to_sync(serve)(request, pk=self.ada.pk)",
            STATUS,
            'served = Order.objects.filter(status="served")',
            "self.assertEqual(list(served), [self.ada])",
            method="def test_it(self):",
            imports="from asgiref.sync import async_to_sync\n",
        ),
        written(
            ASK,
            FOUND,
            'assert [row async for row in rows] == ["served", "waiting"]',
            "assert response.content == b'Ada is served' and response.status_code == 200",
            base="TransactionTestCase",
            imports="from django.test import TransactionTestCase\n",
        ),
        written(
            "self.said = await serve(request, self.ada.pk)",
            "await self.see('served', 'waiting')",
            more=SEE,
        ),
    ),
    wrong=(
        Wrong(
            "never_ran",
            (
                written(ASK, FRESH, STATUS, ADA, base="unittest.TestCase", imports=ISOLATED),
                written("self.fail()", base="Base", imports="from unittest import TestCase as Base\n"),
            ),
            lambda seen: bool(seen["never_ran"]),
            "The runner called `{never_ran}`, got a coroutine, and took that for a success: nobody awaited "
            "it, so your test never ran. Which base class awaits an `async def` test?",
        ),
        Wrong(
            "forgets_await",
            (
                written("response = serve(request, self.ada.pk)", "self.assertIsNotNone(response)"),
                written(ASK, STATUS, "self.ada.arefresh_from_db()", ADA),
            ),
            lambda seen: bool(seen["unawaited"]),
            "Your test calls `{unawaited}`, and nobody awaits it: it never ran. Which word is missing?",
        ),
        Wrong(
            "leaves_rows",
            (
                written(
                    ASK,
                    FOUND,
                    'self.assertEqual([r async for r in rows], ["served", "waiting"])',
                    STATUS,
                    base="unittest.IsolatedAsyncioTestCase",
                    imports=ISOLATED,
                ),
                written(
                    ASK,
                    FRESH,
                    FRESH_BOB,
                    STATUS,
                    ADA,
                    BOB,
                    base="Alone",
                    imports="from unittest import IsolatedAsyncioTestCase as Alone\n",
                ),
            ),
            lambda seen: bool(seen["passes"] and seen["left"]),
            "Your test passes, and leaves rows in the database for the next one to find: {left}. "
            "Which base class rolls back?",
        ),
        Wrong(
            "asks_its_own_copy",
            (
                written(ASK, STATUS, ADA),
                written(ASK, "self.assertIn('served', response.content.decode())", f"{BOB}; {ADA}"),
            ),
            lambda seen: seen["rejects_all"] and not seen["reads"] and "waiting" in seen["rejected"].lower(),
            "Your test fails on a right view: {rejected} After the view had answered, your test asked the "
            "database nothing. Does `self.ada` hear of what became of its row?",
        ),
        Wrong(
            "looks_inside",
            (
                written(
                    "from unittest import mock",
                    "with mock.patch.object(Order, 'asave', autospec=True) as save:",
                    f"    {ASK}",
                    STATUS,
                    "save.assert_awaited_once()",
                ),
                written(
                    "def save(order, *args, **options):",
                    "    saved.append(order.status)",
                    "saved, Order.save = [], save",
                    "self.addCleanup(delattr, Order, 'save')",
                    ASK,
                    STATUS,
                    'self.assertEqual(saved, ["served"])',
                ),
            ),
            lambda seen: bool(seen["rejects_some"]),
            "Your test passes on one right view and fails on another: {rejected} Does it look at how the "
            "view works, where it should look at what came of it?",
        ),
        Wrong(
            "proves_nothing",
            (
                written(ASK, "self.assertTrue(response)"),
                written(ASK, "self.ada.status = 'served'", "await self.ada.asave()", ADA),
            ),
            lambda seen: bool(seen["proves_nothing"]),
            "Your test passes on all {broken} broken views. One of them {what}. What does your test compare, "
            "and with what?",
        ),
        Wrong(
            "believes_the_answer",
            (
                written(ASK, STATUS),
                written(ASK, "self.assertContains(response, 'Ada is served')"),
            ),
            survives("saves nothing"),
            "Your test passes on a view that {what}. {question}",
        ),
        Wrong(
            "forgets_bob",
            (
                written(ASK, FRESH, STATUS, ADA),
                written(
                    ASK,
                    "self.assertContains(response, 'Ada')",
                    "found = await Order.objects.aget(pk=self.ada.pk)",
                    'self.assertEqual(found.get_status_display(), "Served")',
                ),
            ),
            survives("serves all"),
            "Your test passes on a view that {what}. {question}",
        ),
    ),
    hints=(
        "A call of an `async def` gives a coroutine, and a coroutine is true. Which word runs it?",
        "What must be in the database afterwards? `self.ada` is a copy from before: "
        "`await self.ada.arefresh_from_db()`.",
        "Compare three things: `response.status_code`, Ada's status, and Bob's status: nobody served him.",
    ),
    attempt=try_serve,
    passed=good,
    done="Your test passes on {right} right views and fails on all {broken} broken ones.",
    otherwise="Not yet: {odd}. {question}",
    deadline=20.0,
)
