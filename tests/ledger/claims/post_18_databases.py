"""Which database back ends come with Django?"""

import pkgutil

import django.db.backends

from ..declare import partly

CLAIM = "The supported databases are PostgreSQL, MySQL and SQLite."
SAID = {"post": "18"}
VERDICT = "Incomplete: Oracle and MariaDB, too."

EXPECTED = {
    "from 3.0": partly({"back ends": ["mysql", "oracle", "postgresql", "sqlite3"], "names MariaDB": True})
}


def observe():
    names = [each.name for each in pkgutil.iter_modules(django.db.backends.__path__)]
    own = [name for name in names if name not in {"base", "ddl_references", "dummy", "signals", "utils"}]
    source = pkgutil.get_data("django.db.backends.mysql", "base.py") or b""
    return {"back ends": own, "names MariaDB": b"mysql_is_mariadb" in source}
