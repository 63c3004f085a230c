"""Projects for the audit, written where a test says."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent

MANAGE = """\
import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site1.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
"""
SETTINGS = """\
SECRET_KEY = "for the audit"
ROOT_URLCONF = "site1.urls"
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "shop"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "db.sqlite3"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
"""
MODELS = """\
from django.contrib.auth.models import User
from django.db import models


class Drink(models.Model):
    name = models.CharField(max_length=9)


class Order(models.Model):
    drink = models.ForeignKey(Drink, models.CASCADE)
    guest = models.ForeignKey(User, models.CASCADE, null=True)
    extras = models.ManyToManyField(Drink, related_name="+")


class Receipt(models.Model):
    order = models.OneToOneField(Order, models.CASCADE)
"""
ASGI = """\
import os
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site1.settings")
application = get_asgi_application()
"""


def project(folder: Path, files: Mapping[str, str] | None = None, settings: str = "") -> Path:
    """A sound project in `folder`, with these files added or put in its place, and these settings after its
    own.
    """
    written = {
        "manage.py": MANAGE,
        "site1/__init__.py": "",
        "site1/settings.py": SETTINGS + dedent(settings),
        "site1/urls.py": "urlpatterns = []\n",
        "site1/asgi.py": ASGI,
        "shop/__init__.py": "",
        "shop/models.py": MODELS,
    }
    for name, text in {**written, **(files or {})}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text), encoding="utf-8")
    return folder


def state(folder: Path) -> dict[str, bytes]:
    """Every file below a folder and what is in it: the audit must change none, and add none."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
