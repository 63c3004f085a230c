"""In the child: what each model's managers and relations do, asked of Django and not of the model's text."""

from __future__ import annotations

import inspect
from typing import Any

# Methods of a manager that ask the database at once, and have an `a…` twin.
ASK = (
    "get",
    "create",
    "get_or_create",
    "update_or_create",
    "bulk_create",
    "bulk_update",
    "count",
    "exists",
    "first",
    "last",
    "earliest",
    "latest",
    "in_bulk",
    "aggregate",
    "update",
    "delete",
    "contains",
    "explain",
)
# Methods that give another queryset, and ask nothing.
CHAIN = (
    "all",
    "filter",
    "exclude",
    "order_by",
    "select_related",
    "prefetch_related",
    "annotate",
    "distinct",
    "values",
    "values_list",
    "only",
    "defer",
    "using",
    "reverse",
    "alias",
    "select_for_update",
)
FETCH = ("aget", "afirst", "alast", "aearliest", "alatest")  # one object
ROWS = ("iterator", "__iter__", "__aiter__", "__getitem__", "__len__", "__bool__", "_fetch_all")
EVERY = "*"  # loads every relation that it can


def models() -> list[dict[str, Any]]:
    """Every model: its managers, the relations that are fetched late, the names of its sets of rows.

    A manager is {"own": methods that are not Django's, "loads": relations that its rows come with}.
    """
    from django.apps import apps

    found = []
    for model in apps.get_models():
        managers = {manager.name: _manager(manager) for manager in model._meta.managers}
        found.append(
            {
                "name": model.__name__,
                "module": model.__module__,
                "relations": _relations(model),
                "sets": _sets(model),
                "managers": managers,
                "default": model._default_manager.name,
                "save": _of_django(getattr(model, "save")),  # noqa: B009 - a class attribute, maybe anybody's
            }
        )
    return found


def _manager(manager: Any) -> dict[str, Any]:
    """Nothing is said of a method that the project, or a package, has put in the place of Django's."""
    names = (*ASK, *CHAIN, *FETCH, "iterator")
    try:
        rows = manager.get_queryset()
    except Exception:  # it needs a request, a tenant, a database: nothing is known of it
        return {"own": [*names, *ROWS], "loads": [EVERY]}
    own = [
        name
        for name in names
        if not (_of_django(getattr(manager, name, None)) and _of_django(getattr(rows, name, None)))
    ]
    own += [name for name in ROWS if name not in own and not _of_django(getattr(type(rows), name, None))]
    return {"own": own, "loads": _loads(rows)}


def _loads(rows: Any) -> list[str]:
    query = getattr(rows, "query", None)
    selected = getattr(query, "select_related", True)
    if selected is True or not hasattr(rows, "_prefetch_related_lookups"):
        return [EVERY]
    ahead = [getattr(each, "prefetch_to", each) for each in rows._prefetch_related_lookups]
    return [*(selected or ()), *(str(each).partition("__")[0] for each in ahead)]


def _relations(model: Any) -> list[str]:
    """Foreign keys and one-to-one relations, from both of its ends; not the link to a parent's row, which is
    made from the child's own columns.
    """
    from django.db.models import ForeignKey

    names = [
        field.name
        for field in model._meta.fields
        if isinstance(field, ForeignKey) and not field.remote_field.parent_link
    ]
    names += [each.get_accessor_name() for each in model._meta.related_objects if each.one_to_one]
    return [name for name in names if _reads_late(model, name)]


def _sets(model: Any) -> list[str]:
    """Accessors of many rows (`order.extras`, `order.receipt_set`) whose rows a manager of Django's own
    fetches.
    """
    from django.db.models import Manager

    names = [(field.name, field.related_model) for field in model._meta.many_to_many]
    names += [
        (each.get_accessor_name(), each.related_model)
        for each in model._meta.related_objects
        if not each.one_to_one
    ]
    return [
        name for name, other in names if _reads_late(model, name) and type(other._default_manager) is Manager
    ]


def _reads_late(model: Any, name: str | None) -> bool:
    """Whether the attribute is Django's own descriptor, which asks the database when it is read."""
    descriptor = inspect.getattr_static(model, name, None) if name else None
    return type(descriptor).__module__ == "django.db.models.fields.related_descriptors"


def _of_django(method: Any) -> bool:
    return str(getattr(method, "__module__", "") or "").startswith("django.db.models")
