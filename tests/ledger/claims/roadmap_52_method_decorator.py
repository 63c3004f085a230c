"""An async method under `method_decorator`: does it stay one?"""

from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache

from ..declare import no, yes
from ..stage import kind_of, project

CLAIM = "`method_decorator` leaves an async method async."
SAID = {"roadmap": "5.2"}
VERDICT = "Since 5.2."

EXPECTED = {"3.0 to 5.1": no(["plain", "plain"]), "from 5.2": yes(["async", "plain"])}


class Page:
    @method_decorator(never_cache)
    async def get(self, request): ...

    @method_decorator(never_cache)
    def post(self, request): ...


def observe():
    project()
    return [kind_of(Page.get), kind_of(Page.post)]
