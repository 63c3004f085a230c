"""`manage.py seed`: something on the menu, and somebody waiting for it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.db.models import Q

from cafe.models import Drink, Order, Supplier
from cafe.upkeep import behind

SUPPLIERS = {"beans": "Bean & Sons", "milk": "Meadow Dairy", "cups": "Cup and Saucer"}
DRINKS = [  # name, price, supplier
    ("Espresso", "2.20", "beans"),
    ("Filter coffee", "2.80", "beans"),
    ("Cortado", "2.90", "milk"),
    ("Cappuccino", "3.40", "milk"),
    ("Flat white", "3.60", "milk"),
    ("Hot chocolate", "3.80", "milk"),
    ("Iced latte", "4.10", "cups"),
    ("Lemonade", "3.20", "cups"),
]
OPENING = datetime(2026, 6, 1, 8, 30, tzinfo=UTC)
ORDERS = [  # minutes after opening, drink, guest, table, status
    (0, "Espresso", "Ada", 1, Order.Status.SERVED),
    (4, "Flat white", "Grace", 3, Order.Status.SERVED),
    (7, "Cappuccino", "Guido", 2, Order.Status.READY),
    (9, "Lemonade", "Radia", None, Order.Status.BREWING),
    (11, "Hot chocolate", "Linus", 4, Order.Status.WAITING),
    (12, "Iced latte", "Margaret", None, Order.Status.WAITING),
]


class Command(BaseCommand):
    help = "Adds the café's suppliers, drinks and first orders. What is there already stays as it is."

    def handle(self, *args: Any, **options: Any) -> None:
        if sentence := behind():
            raise CommandError(sentence)
        with transaction.atomic():
            added = self._add()
        if options["verbosity"] > 0:
            self.stdout.write("Added {} suppliers, {} drinks and {} orders.".format(*added))

    def _add(self) -> list[int]:
        """Add what is missing; how many suppliers, drinks and orders that were."""
        before = [model.objects.count() for model in (Supplier, Drink, Order)]
        # A row counts as there if its slug or its name is: you may have changed the other by hand.
        suppliers = {
            slug: Supplier.objects.filter(Q(slug=slug) | Q(name=name)).first()
            or Supplier.objects.create(slug=slug, name=name)
            for slug, name in SUPPLIERS.items()
        }
        drinks = {
            name: Drink.objects.get_or_create(
                name=name, defaults={"price": Decimal(price), "supplier": suppliers[slug]}
            )[0]
            for name, price, slug in DRINKS
        }
        if not Order.objects.exists():  # an order has no name to know it by: only into an empty book
            for minutes, drink, customer, table, status in ORDERS:
                Order.objects.create(
                    drink=drinks[drink],
                    customer=customer,
                    table=table,
                    status=status,
                    created=OPENING + timedelta(minutes=minutes),
                )
        after = [model.objects.count() for model in (Supplier, Drink, Order)]
        return [now - then for now, then in zip(after, before, strict=True)]
