"""Which address leads where: the admin under /admin/, everything else to the café."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("", include("cafe.urls")),
]
