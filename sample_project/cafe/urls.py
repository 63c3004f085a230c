from django.urls import path

from cafe import views

app_name = "cafe"

urlpatterns = [
    path("", views.menu, name="menu"),
    path("orders/", views.orders, name="orders"),
    path("orders/new/", views.place_order, name="place_order"),
    path("stock/", views.stock, name="stock"),
    path("board/", views.board, name="board"),
    path("board/events/", views.board_events, name="board_events"),
    path("slow/", views.slow, name="slow"),
    path("slow/sync/", views.slow_sync, name="slow_sync"),
    path("grind/", views.grind, name="grind"),
]
