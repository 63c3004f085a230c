"""What is there already, of what the plan (DEP 9) and its followers wanted async?"""

from ..declare import yes
from ..stage import project

CLAIM = "To be fully async takes Django several releases."
SAID = {"post": "19"}
VERDICT = "True: in ten more series it has not got there. Transactions, for one, are still sync."

EXPECTED = {
    "3.0": yes([]),
    "3.1 to 3.2": yes(["views"]),
    "4.0": yes(["views", "cache"]),
    "4.1": yes(["views", "cache", "queries"]),
    "4.2": yes(["views", "cache", "queries", "save"]),
    "5.0": yes(["views", "cache", "queries", "save", "login"]),
    "from 5.1": yes(["views", "cache", "queries", "save", "login", "sessions"]),
}


def observe():
    project()
    from django.contrib import auth
    from django.contrib.sessions.backends.base import SessionBase
    from django.core.cache.backends.base import BaseCache
    from django.core.handlers.base import BaseHandler
    from django.core.mail import EmailMessage
    from django.db import models, transaction
    from django.forms import Form
    from django.template import Template

    parts = {
        "views": (BaseHandler, "_get_response_async"),
        "cache": (BaseCache, "aget"),
        "queries": (models.QuerySet, "aget"),
        "save": (models.Model, "asave"),
        "login": (auth, "alogin"),
        "sessions": (SessionBase, "aget"),
        "transactions": (transaction.Atomic, "__aenter__"),
        "templates": (Template, "arender"),
        "forms": (Form, "ais_valid"),
        "mail": (EmailMessage, "asend"),
    }
    return [name for name, (owner, attribute) in parts.items() if hasattr(owner, attribute)]
