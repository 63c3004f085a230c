"""What the exercises of lesson 06 need: rows that the check makes up, and what the database was asked."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from threading import get_ident
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from django.core.exceptions import SynchronousOnlyOperation
from django.db.backends.utils import CursorWrapper
from django.db.models import QuerySet

from ..run import Run
from .trying import said

if TYPE_CHECKING:
    from cafe.models import Drink, Supplier

CAFE = "cafe_"  # how the names of the café's tables begin


@dataclass(frozen=True)
class Query:
    """One question to the database, and the thread that asked it."""

    sql: str
    thread: int


@dataclass(frozen=True)
class Refused:
    """A query that Django's guard refused: who asked for it, for which model, and at which line of yours."""

    by: str  # "user", "relation" or "queryset"
    model: str
    line: str


@contextmanager
def asked() -> Iterator[list[Query]]:
    """Note every query of the café's own tables, in whatever thread, on whatever connection."""
    noted = list[Query]()

    def noting(execute: Callable[..., Any]) -> Callable[..., Any]:
        def noted_first(cursor: CursorWrapper, sql: str, *rest: Any) -> Any:
            if CAFE in str(sql):
                noted.append(Query(str(sql), get_ident()))
            return execute(cursor, sql, *rest)

        return noted_first

    with (
        patch.object(CursorWrapper, "execute", noting(CursorWrapper.execute)),
        patch.object(CursorWrapper, "executemany", noting(CursorWrapper.executemany)),
    ):
        yield noted


@contextmanager
def environment_restored() -> Iterator[None]:
    """An answer may switch the guard off: not for the next one."""
    before = dict(os.environ)
    try:
        yield
    finally:
        for name in set(os.environ) - set(before):
            del os.environ[name]
        os.environ.update(before)


def refused(run: Run) -> Refused | None:
    """The first refusal that reached Django as an error of the page."""
    for failure in run.recording.failures:
        if isinstance(failure.error, SynchronousOnlyOperation):
            by, model, step = "queryset", "", failure.error.__traceback__
            while step is not None:
                frame, step = step.tb_frame, step.tb_next
                file = frame.f_code.co_filename.replace("\\", "/")
                if "/contrib/auth/" in file:
                    by = "user"
                elif file.endswith("related_descriptors.py") and by != "user":
                    by = "relation"
                asking: Any = frame.f_locals.get("self")
                if issubclass(type(asking), QuerySet):  # isinstance would open a lazy user, here on the loop
                    model = asking.model.__name__
            place = failure.place
            line = f"line {place.line}: {place.code}" if place is not None else "some line"
            return Refused(by, model, line)
    return None


def errors_of(runs: list[Run]) -> list[str]:
    """What each page that failed died of."""
    return [said(run.error) for run in runs if run.error is not None]


async def menu(mark: str, *counts: int) -> list[tuple[Supplier, list[Drink]]]:
    """New suppliers, each with so many drinks; `mark` makes their names this check's own."""
    from cafe.models import Drink, Supplier

    made = []
    for one, count in enumerate(counts):
        supplier = await Supplier.objects.acreate(name=f"Supplier {one} {mark}", slug=f"{mark}-{one}")
        names = [f"Drink {one}{each} {mark}" for each in range(count)]
        drinks = [await Drink.objects.acreate(name=name, price=2, supplier=supplier) for name in names]
        made.append((supplier, drinks))
    return made


@asynccontextmanager
async def logged_in(name: str) -> AsyncIterator[dict[str, str]]:
    """A visitor with a session: the headers of a browser that has logged in."""
    from django.contrib.auth.models import User
    from django.test import AsyncClient

    user, client = await User.objects.acreate(username=name), AsyncClient()
    await client.aforce_login(user)
    try:
        yield {"Cookie": f"sessionid={client.cookies['sessionid'].value}"}
    finally:
        await client.alogout()
        await user.adelete()
