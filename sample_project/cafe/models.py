"""What the café keeps: suppliers, the drinks made from their goods, and the orders for them."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.utils import timezone


class Supplier(models.Model):
    """Somebody who delivers one thing, and can be asked how much of it is left."""

    name = models.CharField(max_length=80, unique=True)
    slug = models.SlugField(max_length=40, unique=True, help_text="The path at which the supplier answers.")

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Drink(models.Model):
    """One line of the menu."""

    name = models.CharField(max_length=80, unique=True)
    price = models.DecimalField(
        max_digits=5, decimal_places=2, validators=[MinValueValidator(Decimal("0.01"))]
    )
    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="drinks")

    class Meta:
        ordering = ["name"]
        constraints = [
            # The validator guards forms; this guards every other way in.
            models.CheckConstraint(condition=models.Q(price__gt=0), name="drink_price_is_positive"),
        ]

    def __str__(self) -> str:
        return self.name


class Order(models.Model):
    """One drink, asked for by one guest."""

    class Status(models.TextChoices):
        WAITING = "waiting"
        BREWING = "brewing"
        READY = "ready"
        SERVED = "served"

    drink = models.ForeignKey(Drink, on_delete=models.PROTECT, related_name="orders")
    customer = models.CharField("name", max_length=60)
    table = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Leave empty to take it away.")
    status = models.CharField(max_length=10, choices=Status, default=Status.WAITING)
    created = models.DateTimeField(default=timezone.now, editable=False, db_index=True)
    placed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="orders"
    )

    class Meta:
        ordering = ["-created", "-pk"]  # the newest first; the key settles ties
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status__in=["waiting", "brewing", "ready", "served"]),
                name="order_status_is_known",
            ),
        ]

    def __str__(self) -> str:
        # No self.drink here: a lazy relation in __str__ asks the database once for each row printed,
        # and raises SynchronousOnlyOperation wherever an event loop is running.
        return f"Order {self.pk} for {self.customer}"

    @property
    def place(self) -> str:
        """Where the drink goes, in words."""
        return "take away" if self.table is None else f"table {self.table}"
