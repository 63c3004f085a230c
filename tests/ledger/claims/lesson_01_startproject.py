"""Which files does `startproject` put beside the settings?"""

from pathlib import Path

from django.core.management import call_command

from ..declare import no, yes

CLAIM = "`startproject` makes a `wsgi.py` and an `asgi.py`."
SAID = {"lesson 01": "Since Django 3.0, each new project has two short files"}
VERDICT = "Since Django 3.0."

EXPECTED = {"2.2": no(["wsgi.py"]), "from 3.0": yes(["asgi.py", "wsgi.py"])}


def observe():
    call_command("startproject", "shop")
    return sorted(path.name for path in Path("shop", "shop").glob("*sgi.py"))
