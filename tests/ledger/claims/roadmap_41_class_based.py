"""A class-based view whose `get` is `async def`."""

from django.http import HttpResponse
from django.views import View

from ..declare import attempt, no, yes
from ..stage import asgi, project, wsgi

CLAIM = "In a class-based view, `get` and `post` may be `async def`."
SAID = {"roadmap": "4.1"}
VERDICT = "Since 4.1."

EXPECTED = {
    "3.0": no({"asgi": "AttributeError", "wsgi": "AttributeError"}),
    "3.1 to 4.0": no({"asgi": "ValueError", "wsgi": "ValueError"}),
    "from 4.1": yes({"asgi": 200, "wsgi": 200}),
}


class Page(View):
    async def get(self, request):
        return HttpResponse("page")


def observe():
    project()
    seen = {"asgi": attempt(asgi, Page.as_view()), "wsgi": attempt(wsgi, Page.as_view())}
    return {kind: status if status == 200 else status.partition(":")[0] for kind, status in seen.items()}
