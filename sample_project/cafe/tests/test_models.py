from __future__ import annotations

from decimal import Decimal
from io import StringIO
from unittest import mock

from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError, models, transaction
from django.db.models import ProtectedError
from django.test import TestCase

from cafe.models import Drink, Order, Supplier
from cafe.tests.helpers import mocha, order


class ModelsTest(TestCase):
    def test_each_row_prints_as_what_a_person_would_call_it(self) -> None:
        drink = mocha()
        placed = order(drink)
        self.assertEqual(
            [str(drink.supplier), str(drink), str(placed)],
            ["Bean & Sons", "Mocha", f"Order {placed.pk} for Ada"],
        )

    def test_printing_an_order_asks_the_database_nothing(self) -> None:
        order(mocha())
        placed = Order.objects.get()
        with self.assertNumQueries(0):
            str(placed)

    def test_the_newest_order_comes_first(self) -> None:
        drink = mocha()
        first, second = order(drink, "Ada"), order(drink, "Grace")
        self.assertEqual(list(Order.objects.all()), [second, first])

    def test_an_order_says_where_it_goes(self) -> None:
        drink = mocha()
        self.assertEqual([order(drink).place, order(drink, table=7).place], ["take away", "table 7"])

    def test_a_form_refuses_a_price_of_nothing(self) -> None:
        drink = mocha()
        drink.price = Decimal("0.00")
        with self.assertRaises(ValidationError) as caught:
            drink.clean_fields()
        self.assertEqual(
            caught.exception.message_dict, {"price": ["Ensure this value is greater than or equal to 0.01."]}
        )

    def test_the_database_itself_refuses_what_no_form_has_seen(self) -> None:
        drink = mocha()
        for wrong in (
            lambda: Drink.objects.filter(pk=drink.pk).update(price=Decimal("-1")),
            lambda: Drink.objects.create(name="Mocha", price=Decimal("1"), supplier=drink.supplier),
            lambda: Supplier.objects.create(name="Somebody else", slug="beans"),
            lambda: order(drink, status="spilled"),
        ):
            with self.assertRaises(IntegrityError), transaction.atomic():
                wrong()

    def test_a_drink_that_was_ordered_stays(self) -> None:
        drink = mocha()
        order(drink)
        with self.assertRaises(ProtectedError):
            drink.delete()


def rows() -> dict[str, list[dict[str, object]]]:
    """Everything in the café's tables."""
    tables: tuple[type[models.Model], ...] = (Supplier, Drink, Order)
    return {model.__name__: list(model._default_manager.order_by("pk").values()) for model in tables}


def seed(verbosity: int = 1) -> str:
    said = StringIO()
    call_command("seed", stdout=said, verbosity=verbosity)
    return said.getvalue()


class SeedTest(TestCase):
    def test_an_empty_café_gets_the_same_rows_every_time(self) -> None:
        self.assertEqual(seed(), "Added 3 suppliers, 8 drinks and 6 orders.\n")
        self.assertEqual(
            list(Order.objects.values_list("customer", "drink__name", "drink__price", "status", "table")),
            [
                ("Margaret", "Iced latte", Decimal("4.10"), "waiting", None),
                ("Linus", "Hot chocolate", Decimal("3.80"), "waiting", 4),
                ("Radia", "Lemonade", Decimal("3.20"), "brewing", None),
                ("Guido", "Cappuccino", Decimal("3.40"), "ready", 2),
                ("Grace", "Flat white", Decimal("3.60"), "served", 3),
                ("Ada", "Espresso", Decimal("2.20"), "served", 1),
            ],
        )
        self.assertEqual(
            f"{Order.objects.latest('created').created:%Y-%m-%d %H:%M %Z}", "2026-06-01 08:42 UTC"
        )

    def test_a_second_seed_changes_nothing(self) -> None:
        seed()
        before = rows()
        self.assertEqual(seed(), "Added 0 suppliers, 0 drinks and 0 orders.\n")
        self.assertEqual(rows(), before)

    def test_a_row_edited_by_hand_is_left_alone(self) -> None:
        seed()
        Drink.objects.filter(name="Espresso").update(price=Decimal("9.99"))
        Supplier.objects.filter(slug="beans").update(name="Ada's Beans")
        Supplier.objects.filter(slug="milk").update(slug="meadow")
        Order.objects.filter(customer="Ada").update(status=Order.Status.WAITING, customer="Countess")
        before = rows()
        seed()
        self.assertEqual(rows(), before)

    def test_a_drink_taken_off_the_menu_comes_back(self) -> None:
        seed()
        Drink.objects.get(name="Cortado").delete()
        self.assertEqual(seed(), "Added 0 suppliers, 1 drinks and 0 orders.\n")

    def test_a_seed_that_fails_half_way_leaves_nothing(self) -> None:
        with (
            mock.patch.object(Order.objects, "create", side_effect=ValueError),
            self.assertRaises(ValueError),
        ):
            seed()
        self.assertEqual(rows(), {"Supplier": [], "Drink": [], "Order": []})

    def test_it_can_be_quiet(self) -> None:
        self.assertEqual(seed(verbosity=0), "")
