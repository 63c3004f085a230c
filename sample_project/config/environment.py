"""Reads environment variables, and says in one sentence what is wrong with one."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

import dj_database_url
from django.core.exceptions import ImproperlyConfigured
from django.core.management.utils import get_random_secret_key

# What Django's engine needs, and how to get it.
DRIVERS = {
    "django.db.backends.sqlite3": ("sqlite3", "a Python built with SQLite"),
    "django.db.backends.postgresql": ("psycopg", "pip install 'psycopg[binary]'"),
    "django.db.backends.mysql": ("MySQLdb", "pip install mysqlclient"),
}
# A transaction asks for SQLite's one write lock when it begins, and waits for it. By default it asks at its
# first write, when waiting may no longer help: "database is locked".
SQLITE = {"transaction_mode": "IMMEDIATE", "timeout": 20}
KEY_LENGTH = 50  # Django's own recommendation, see `manage.py check --deploy`


def flag(environ: Mapping[str, str], name: str) -> bool:
    """True for 1, false for 0 or nothing. Any other word is refused: DJANGO_DEBUG=off must not mean on."""
    value = environ.get(name, "").strip()
    if value not in ("", "0", "1"):
        raise ImproperlyConfigured(f"{name} must be 1 or 0, not {value!r}.")
    return value == "1"


def words(environ: Mapping[str, str], name: str) -> list[str]:
    """The comma-separated words in a variable: 'a, b' → ['a', 'b']."""
    return [word.strip() for word in environ.get(name, "").split(",") if word.strip()]


def prefix(environ: Mapping[str, str], name: str) -> str | None:
    """The path under which a proxy shows the project: '/user/ada/' → '/user/ada'. None: at the root."""
    value = environ.get(name, "").strip().rstrip("/")
    if value and not value.startswith("/"):
        raise ImproperlyConfigured(f"{name} must begin with a slash, not {value!r}.")
    return value or None


def address(environ: Mapping[str, str], name: str) -> str:
    """The address of another server, or nothing."""
    value = environ.get(name, "").strip()
    try:
        parts = urlsplit(value)
        usable = parts.scheme in ("http", "https") and parts.hostname
    except ValueError:  # a bracket that is never closed
        usable = None
    if value and not usable:
        raise ImproperlyConfigured(f"{name} must look like http://127.0.0.1:8001, not {value!r}.")
    return value


def database(url: str, default: Path) -> dj_database_url.DBConfig:
    """Django's settings for a database URL, or for the SQLite file `default` where there is none.

    A message never repeats the URL: it may hold a password.
    """
    if not url:
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": str(default), "OPTIONS": {**SQLITE}}
    try:
        # conn_max_age=0: a connection belongs to a thread, and under ASGI each request may bring a thread
        # of its own. A kept connection would then never be used again, only held open.
        found = dj_database_url.parse(url, conn_max_age=0)
    except ValueError:
        raise ImproperlyConfigured(
            "DATABASE_URL cannot be read; write it like postgres://user:password@host:5432/name,"
            " mysql://user:password@host/name or sqlite:////absolute/path.sqlite3,"
            " with special characters in the password percent-encoded."
        ) from None
    engine = found.get("ENGINE", "")
    if engine not in DRIVERS:
        raise ImproperlyConfigured(
            f"DATABASE_URL asks for {engine}; the café runs on SQLite, PostgreSQL or MySQL."
        )
    if not found.get("NAME"):
        raise ImproperlyConfigured(
            "DATABASE_URL names no database; its name comes last: postgres://user@host/name."
        )
    module, remedy = DRIVERS[engine]
    if find_spec(module) is None:
        raise ImproperlyConfigured(
            f"DATABASE_URL asks for {engine}, whose driver is not installed: {remedy}."
        )
    if module == "sqlite3":
        found["OPTIONS"] = {**SQLITE, **found.get("OPTIONS", {})}
    return found


def required_key(environ: Mapping[str, str], name: str) -> str:
    """The secret that production must bring along."""
    key = environ.get(name, "")
    if len(key) < KEY_LENGTH or len(set(key)) < 5:
        raise ImproperlyConfigured(
            f"CAFE_ENV=production needs {name}, at least {KEY_LENGTH} random characters;"
            ' this prints some: python -c "import secrets; print(secrets.token_urlsafe(50))"'
        )
    return key


def key_of_this_checkout(path: Path) -> str:
    """A secret of this machine's own: made at the first start, kept beside the project, never in git.

    Kept, because a new key at each start would log you out whenever the development server reloads.
    """
    try:
        if not path.exists():
            # Written in full under another name (readable by you alone), then linked into place: if two
            # servers start at once, one wins and both read the same key.
            handle, draft = tempfile.mkstemp(dir=path.parent)
            try:
                with os.fdopen(handle, "w") as file:
                    file.write(get_random_secret_key())
                os.link(draft, path)
            except FileExistsError:
                pass
            finally:
                os.unlink(draft)
        if key := path.read_text().strip():
            return key
    except OSError:
        pass  # a read-only folder: then a key for this process only
    return get_random_secret_key()
