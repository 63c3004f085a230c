from django.urls import path

from cafe import views

app_name = "cafe"

urlpatterns = [
    path("", views.menu, name="menu"),
    path("orders/", views.orders, name="orders"),
    path("orders/new/", views.place_order, name="place_order"),
    path("stock/", views.stock, name="stock"),
]
