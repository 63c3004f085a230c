"""Says in one sentence that the database is behind the code, where Django would say "no such table"."""

from __future__ import annotations

import logging
import sys
from typing import Any

from django.db import DatabaseError, OperationalError, ProgrammingError, close_old_connections, connection
from django.db.migrations.executor import MigrationExecutor

logger = logging.getLogger("cafe")


def behind() -> str:
    """The sentence, or nothing where every migration is applied, or the database does not say."""
    try:
        executor = MigrationExecutor(connection)
        missing = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    except DatabaseError:
        return ""
    if not missing:
        return ""
    migrations = "1 migration" if missing == 1 else f"{missing} migrations"
    return f"The database lacks {migrations}: run `python manage.py migrate`."


def tell(**signal: Any) -> None:
    """Log the sentence when a request has failed for want of a table or a column."""
    if isinstance(sys.exc_info()[1], OperationalError | ProgrammingError):
        if sentence := behind():
            logger.error(sentence)
        # An async view's error is handled on a thread that has no other use for a connection. Within a
        # transaction, as in a test, it is somebody's who goes on.
        if not connection.in_atomic_block:
            close_old_connections()
