"""What a guest may send us."""

from __future__ import annotations

from django import forms

from cafe.models import Order


class OrderForm(forms.ModelForm):
    """One order. The status and the account are not the guest's to choose."""

    class Meta:
        model = Order
        fields = ["drink", "customer", "table"]
        widgets = {"customer": forms.TextInput(attrs={"autocomplete": "given-name"})}
