"""The option is looked for in the source of the back end: psycopg is not there to try it with."""

import pkgutil

from ..declare import no, yes

CLAIM = "Django has a pool of connections for PostgreSQL."
SAID = {"lesson 06b": "Django has one for PostgreSQL, since 5.1"}
VERDICT = "Since 5.1. Lesson 06b sends a burst through it."

EXPECTED = {"3.0 to 5.0": no(False), "from 5.1": yes(True)}


def observe():
    return b"ConnectionPool(" in (pkgutil.get_data("django.db.backends.postgresql", "base.py") or b"")
