"""What becomes of an `async def` view, and of a plain one, under Django's decorators?"""

from django.views.decorators.cache import cache_page, never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_safe

from ..declare import no, yes
from ..stage import kind_of, project

CLAIM = "Django's view decorators return an async view for an async one."
SAID = {"lesson 03b": "They learned that in Django 5.0"}
VERDICT = "Since 5.0. (`login_required` learned it later.)"

_EACH = ["never_cache", "require_safe", "csrf_protect", "cache_page"]
EXPECTED = {
    "3.0 to 4.2": no({name: ["plain", "plain"] for name in _EACH}),
    "from 5.0": yes({name: ["async", "plain"] for name in _EACH}),
}


async def page(request): ...


def home(request): ...


def observe():
    project()
    marks = dict(zip(_EACH, (never_cache, require_safe, csrf_protect, cache_page(60))))
    return {name: [kind_of(mark(page)), kind_of(mark(home))] for name, mark in marks.items()}
