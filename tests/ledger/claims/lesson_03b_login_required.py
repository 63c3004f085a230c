"""What becomes of an `async def` view, and of a plain one, under `login_required`?"""

from ..declare import no, yes
from ..stage import kind_of, project

CLAIM = "`login_required` returns an async view for an async one."
SAID = {"lesson 03b": "`login_required` in 5.1"}
VERDICT = "Since 5.1."

EXPECTED = {
    "3.0 to 5.0": no({"async def": "plain", "def": "plain"}),
    "from 5.1": yes({"async def": "async", "def": "plain"}),
}


async def page(request): ...


def home(request): ...


def observe():
    project()
    from django.contrib.auth.decorators import login_required

    return {"async def": kind_of(login_required(page)), "def": kind_of(login_required(home))}
