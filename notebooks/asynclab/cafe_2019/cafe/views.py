"""The café's pages."""

from django.shortcuts import redirect, render

from cafe.forms import OrderForm
from cafe.models import Drink, Order, Supplier
from cafe.suppliers import left


def menu(request):
    drinks = Drink.objects.select_related("supplier")
    return render(request, "cafe/menu.html", {"drinks": drinks})


def orders(request):
    newest = Order.objects.select_related("drink__supplier")[:50]
    return render(request, "cafe/orders.html", {"orders": newest})


def place_order(request):
    form = OrderForm(request.POST or None, label_suffix="")
    if form.is_valid():
        form.save()
        return redirect("cafe:orders")
    return render(request, "cafe/place_order.html", {"form": form})


def stock(request):
    delay = float(request.GET.get("delay", "0.3"))
    rows = []
    for supplier in Supplier.objects.all():
        answer = left(supplier.slug, delay)
        rows.append((supplier.name, answer))
    context = {"rows": rows}
    return render(request, "cafe/stock.html", context)
