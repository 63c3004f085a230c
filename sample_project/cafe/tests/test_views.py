from __future__ import annotations

import re
from typing import Any
from unittest import mock
from urllib.parse import quote

from asgiref.sync import sync_to_async
from django.contrib.auth import get_user_model
from django.test import AsyncClient, Client, TestCase

from cafe.models import Drink, Order, Supplier
from cafe.tests.helpers import mocha, order

NASTY = "<script>alert('x')</script> & \"Zoë\""
ESCAPED = "&lt;script&gt;alert(&#x27;x&#x27;)&lt;/script&gt; &amp; &quot;Zoë&quot;"


class PagesTest(TestCase):
    """Every page, through the WSGI handler and through the ASGI handler."""

    drink: Drink

    @classmethod
    def setUpTestData(cls) -> None:
        cls.drink = mocha()
        order(cls.drink, NASTY, table=3)
        Supplier.objects.create(name=NASTY, slug="tea")  # nobody answers at /tea

    pages = {
        "/": "Mocha",
        "/orders/": ESCAPED,
        "/orders/new/": "Leave empty to take it away.",
        "/stock/?delay=0": "12 kg left",
        "/board/": ESCAPED,
        "/slow/?delay=0": "This async view waited",
        "/slow/sync/?delay=0.0": "This sync view waited",
        "/grind/?beans=7": "Of <strong>7</strong> beans, 2 came out fine",
    }

    def check(self, path: str, response: Any) -> None:
        page = response.content.decode()
        self.assertEqual(response.status_code, 200, path)
        self.assertIn(self.pages[path], page)
        self.assertNotIn("<script>", page)
        self.assertEqual(len(re.findall("<h1", page)), 1)
        self.assertEqual(response.headers["X-Cafe"], "open")

    def test_each_page_is_shown_under_wsgi(self) -> None:
        for path in self.pages:
            with self.subTest(path):
                self.check(path, self.client.get(path))

    async def test_each_page_is_shown_under_asgi(self) -> None:
        for path in self.pages:
            with self.subTest(path):
                self.check(path, await self.async_client.get(path))

    async def test_only_an_async_view_under_asgi_leaves_its_thread_to_others(self) -> None:
        for path, free in {"/slow/": True, "/slow/sync/": False}.items():
            response = await self.async_client.get(path, {"delay": "0"})
            self.assertEqual(("served others" in response.content.decode()), free)
        under_wsgi = await sync_to_async(self.client.get)("/slow/", {"delay": "0"})
        self.assertContains(under_wsgi, "could do nothing else")

    async def test_each_page_is_shown_to_somebody_who_is_logged_in(self) -> None:
        user = await get_user_model().objects.acreate_user("barista")
        await self.async_client.aforce_login(user)
        for path in self.pages:
            with self.subTest(path):
                self.check(path, await self.async_client.get(path))

    def test_a_page_takes_as_many_queries_with_many_rows_as_with_one(self) -> None:
        for number in range(20):
            order(self.drink, f"Guest {number}")
        for path, queries in {"/": 1, "/orders/": 1, "/board/": 1, "/stock/?delay=0": 1}.items():
            with self.subTest(path), self.assertNumQueries(queries):
                self.client.get(path)

    def test_pages_that_only_show_refuse_to_be_posted_to(self) -> None:
        paths = ("/", "/orders/", "/stock/", "/board/", "/board/events/", "/slow/", "/slow/sync/", "/grind/")
        for path in paths:
            with self.subTest(path), self.assertLogs("django.request", "WARNING"):
                self.assertEqual(self.client.post(path).status_code, 405)

    def test_a_page_that_does_not_exist_says_so_in_the_café_s_own_words(self) -> None:
        with self.assertLogs("django.request", "WARNING"):
            response = self.client.get("/" + quote(NASTY))
        self.assertContains(response, "The café has no such page.", status_code=404)

    async def test_a_mistake_of_ours_shows_a_page_and_no_source(self) -> None:
        visitor = AsyncClient(raise_request_exception=False)
        with (
            mock.patch("cafe.views.ask_all", side_effect=LookupError("a secret of ours")),
            self.assertLogs("django.request", "ERROR"),
        ):
            response = await visitor.get("/stock/")
        self.assertContains(response, "Something broke", status_code=500)
        self.assertNotContains(response, "secret", status_code=500)

    def test_an_empty_café_says_how_to_fill_it(self) -> None:
        Order.objects.all().delete()
        self.drink.delete()
        Supplier.objects.all().delete()
        for path, words in {
            "/": "The menu is empty.",
            "/orders/": "Nobody has ordered yet.",
            "/board/": "Nobody is waiting.",
            "/stock/": "There are no suppliers.",
        }.items():
            self.assertContains(self.client.get(path), words)


class DelaysTest(TestCase):
    def test_nonsense_in_the_address_is_answered_with_400_and_a_sentence(self) -> None:
        Supplier.objects.create(name="Bean & Sons", slug="beans")
        for path in ("/slow/", "/slow/sync/", "/stock/"):
            for text, words in {
                "nan": "plain number of seconds",
                "inf": "plain number of seconds",
                "-1": "plain number of seconds",
                "": "plain number of seconds",
                "1,5": "plain number of seconds",
                "1\x00": "plain number of seconds",
                "10.01": "at most 10 seconds",
                "999": "at most 10 seconds",
                NASTY: "plain number of seconds",
            }.items():
                with self.subTest(path=path, text=text), self.assertLogs("django.request", "WARNING"):
                    response = self.client.get(path, {"delay": text})
                    self.assertContains(response, words, status_code=400)
                    self.assertNotContains(response, "<script>", status_code=400)

    def test_beans_are_a_whole_number_and_not_too_many(self) -> None:
        for text in ("", "-1", "1.5", "1e3", "1000001", "9" * 5000, NASTY):
            with self.subTest(text), self.assertLogs("django.request", "WARNING"):
                response = self.client.get("/grind/", {"beans": text})
                self.assertContains(response, "whole numbers, at most 1,000,000", status_code=400)

    def test_a_supplier_can_be_made_to_fail_in_the_known_ways_only(self) -> None:
        Supplier.objects.create(name="Bean & Sons", slug="beans")
        failing = self.client.get("/stock/", {"delay": "0", "beans": "500"})
        self.assertContains(failing, "the supplier answered with an error, 500.")
        with self.assertLogs("django.request", "WARNING"):
            self.assertEqual(self.client.get("/stock/", {"beans": NASTY}).status_code, 400)


class PlaceOrderTest(TestCase):
    drink: Drink

    @classmethod
    def setUpTestData(cls) -> None:
        cls.drink = mocha()

    def orders(self) -> list[tuple[Any, ...]]:
        return list(Order.objects.values_list("drink__name", "customer", "table", "status", "placed_by"))

    def test_a_guest_orders_and_is_led_to_the_order(self) -> None:
        response = self.client.post(
            "/orders/new/", {"drink": self.drink.pk, "customer": " Ada ", "table": ""}
        )
        self.assertRedirects(response, f"/orders/#order-{Order.objects.get().pk}")
        self.assertEqual(self.orders(), [("Mocha", "Ada", None, "waiting", None)])

    def test_an_order_remembers_who_was_logged_in(self) -> None:
        user = get_user_model().objects.create_user("barista")
        self.client.force_login(user)
        self.client.post("/orders/new/", {"drink": self.drink.pk, "customer": "Ada", "table": 2})
        self.assertEqual(self.orders(), [("Mocha", "Ada", 2, "waiting", user.pk)])

    async def test_it_works_under_asgi_as_well(self) -> None:
        data = {"drink": self.drink.pk, "customer": "Ada"}
        response = await self.async_client.post("/orders/new/", data)
        self.assertEqual((response.status_code, await Order.objects.aexists()), (302, True))

    def test_what_is_wrong_is_said_and_nothing_is_ordered(self) -> None:
        for wrong, words in {
            "drink": (999, "That choice is not one of the available choices."),
            "customer": ("", "This field is required."),
            "table": ("-1", "Ensure this value is greater than or equal to 0."),
        }.items():
            value, sentence = words
            data = {"drink": self.drink.pk, "customer": NASTY, "table": 1, wrong: value}
            with self.subTest(wrong), self.assertLogs("django.request", "WARNING"):
                response = self.client.post("/orders/new/", data)
                self.assertContains(response, sentence, status_code=422)
                self.assertNotContains(response, "<script>", status_code=422)
        self.assertEqual(self.orders(), [])

    def test_a_guest_cannot_choose_the_status_or_the_account(self) -> None:
        self.client.post(
            "/orders/new/",
            {
                "drink": self.drink.pk,
                "customer": "Ada",
                "status": "served",
                "placed_by": 1,
                "created": "2000-01-01",
            },
        )
        self.assertEqual(self.orders(), [("Mocha", "Ada", None, "waiting", None)])

    def test_the_menu_s_link_chooses_the_drink(self) -> None:
        response = self.client.get("/orders/new/", {"drink": self.drink.pk})
        self.assertContains(response, f'<option value="{self.drink.pk}" selected>Mocha</option>', html=True)
        for nonsense in ("x", "999", NASTY):
            self.assertNotContains(self.client.get("/orders/new/", {"drink": nonsense}), "<script>")

    def test_a_form_without_its_token_is_refused(self) -> None:
        strict = Client(enforce_csrf_checks=True)
        data = {"drink": self.drink.pk, "customer": "Ada"}
        with self.assertLogs("django.security.csrf", "WARNING"):
            self.assertEqual(strict.post("/orders/new/", data).status_code, 403)
        page = strict.get("/orders/new/").content.decode()
        token = re.search('name="csrfmiddlewaretoken" value="([^"]+)"', page)
        assert token
        accepted = strict.post("/orders/new/", data | {"csrfmiddlewaretoken": token[1]})
        self.assertEqual((accepted.status_code, len(self.orders())), (302, 1))

    async def test_the_token_is_asked_for_under_asgi_as_well(self) -> None:
        strict = AsyncClient(enforce_csrf_checks=True)
        with self.assertLogs("django.security.csrf", "WARNING"):
            self.assertEqual((await strict.post("/orders/new/", {})).status_code, 403)


class AdminTest(TestCase):
    def test_the_back_office_lists_everything_with_few_queries(self) -> None:
        user = get_user_model().objects.create_superuser("boss")
        self.client.force_login(user)
        drink = mocha()
        for number in range(20):
            order(drink, f"Guest {number}", placed_by=user)
        for model, words in {"supplier": "Bean &amp; Sons", "drink": "Mocha", "order": "Guest 19"}.items():
            with self.subTest(model):
                with self.assertNumQueries(FewerThan(12)):
                    response = self.client.get(f"/admin/cafe/{model}/")
                self.assertContains(response, words)
                row = {
                    "supplier": drink.supplier_id,
                    "drink": drink.pk,
                    "order": Order.objects.latest("pk").pk,
                }
                self.assertEqual(
                    self.client.get(f"/admin/cafe/{model}/{row[model]}/change/").status_code, 200
                )

    def test_a_stranger_is_asked_to_log_in(self) -> None:
        self.assertRedirects(self.client.get("/admin/"), "/admin/login/?next=/admin/")


class FewerThan(int):
    """A number of queries that equals every smaller one: exact counts differ between Django releases."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, int) and other < int(self)

    __hash__ = int.__hash__
