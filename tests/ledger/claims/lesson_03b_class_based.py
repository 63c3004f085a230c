"""An async class-based view: who knows that `as_view()` is a coroutine function?"""

import inspect

import asgiref.sync
from django.views import View

from ..declare import no, yes
from ..stage import project

CLAIM = "asgiref knows an async class-based view for a coroutine function, `inspect` does not."
SAID = {
    "lesson 03b": "For class-based views before Python 3.12, take `iscoroutinefunction` from `asgiref.sync`: "
    "the one from `inspect` says no to them."
}
VERDICT = "True before Python 3.12; from there on both do. Django has such views since 4.1."

EXPECTED = {
    "3.0 to 4.0": no("no async class-based views"),
    "4.1": no("no function in asgiref"),
    "from 4.2, Python up to 3.11": yes({"inspect": False, "asgiref": True}),
    "from 4.2, Python from 3.12": no({"inspect": True, "asgiref": True}),
}


class Page(View):
    async def get(self, request): ...


def observe():
    project()
    if not hasattr(View, "view_is_async"):
        return "no async class-based views"
    if not hasattr(asgiref.sync, "iscoroutinefunction"):
        return "no function in asgiref"
    view = Page.as_view()
    return {
        "inspect": inspect.iscoroutinefunction(view),
        "asgiref": asgiref.sync.iscoroutinefunction(view),
    }
