"""The café's tests, by Django's client. It speaks WSGI."""

from django.test import TestCase

from cafe.models import Drink, Order, Supplier


class Pages(TestCase):
    @classmethod
    def setUpTestData(cls):
        beans = Supplier.objects.create(name="Bean & Sons", slug="beans")
        Supplier.objects.create(name="Cow Ltd", slug="milk")
        cls.mocha = Drink.objects.create(name="Mocha", price="3.50", supplier=beans)

    def test_the_menu_lists_the_drinks(self):
        self.assertContains(self.client.get("/"), "Mocha")

    def test_a_guest_orders(self):
        data = {"drink": self.mocha.pk, "customer": "Ada", "table": ""}
        self.assertRedirects(self.client.post("/orders/new/", data), "/orders/")
        self.assertEqual(Order.objects.get().customer, "Ada")

    def test_an_order_is_listed(self):
        Order.objects.create(drink=self.mocha, customer="Ada")
        self.assertContains(self.client.get("/orders/"), "Ada")

    def test_the_stock_page_says_what_each_supplier_has_left(self):
        page = self.client.get("/stock/?delay=0")
        self.assertContains(page, "12 kg left")
        self.assertContains(page, "40 litres left")

    def test_each_page_says_that_we_are_open_and_how_long_it_took(self):
        page = self.client.get("/")
        self.assertEqual(page["X-Cafe"], "open")
        self.assertRegex(page["X-Took"], r"^\d\.\d{3} s$")
