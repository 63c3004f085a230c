"""The back office: where the barista moves an order along, and the board follows."""

from __future__ import annotations

from django.contrib import admin

from cafe.models import Drink, Order, Supplier


@admin.register(Supplier)
class SupplierAdmin(admin.ModelAdmin):
    list_display = ["name", "slug"]
    search_fields = ["name", "slug"]
    prepopulated_fields = {"slug": ["name"]}


@admin.register(Drink)
class DrinkAdmin(admin.ModelAdmin):
    list_display = ["name", "price", "supplier"]
    list_filter = ["supplier"]
    list_select_related = ["supplier"]  # one query for the page, not one a row
    search_fields = ["name"]
    autocomplete_fields = ["supplier"]


@admin.register(Order)
class OrderAdmin(admin.ModelAdmin):
    list_display = ["__str__", "drink", "table", "status", "created"]
    list_editable = ["status"]
    list_filter = ["status", "drink"]
    list_select_related = ["drink"]
    search_fields = ["customer", "drink__name"]
    autocomplete_fields = ["drink"]
    readonly_fields = ["created", "placed_by"]
    date_hierarchy = "created"
