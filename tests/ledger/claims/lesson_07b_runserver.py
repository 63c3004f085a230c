"""Which handler does Django's own `runserver` serve, though the settings name an ASGI application, too?"""

from django.core.management import load_command_class

from ..declare import yes
from ..stage import project

CLAIM = "`runserver` is WSGI."
SAID = {
    "lesson 07b": "`runserver` is WSGI: the view's loop ends with the answer",
    "lesson 09b": '`runserver` is WSGI. It becomes ASGI when `"daphne"` heads `INSTALLED_APPS`',
}
VERDICT = "To this day. Daphne, at the head of INSTALLED_APPS, brings another one."

EXPECTED = {"from 3.0": yes("WSGIHandler")}


def observe():
    project(WSGI_APPLICATION=None, ASGI_APPLICATION="django.core.asgi.get_asgi_application")
    return type(load_command_class("django.core", "runserver").get_handler()).__name__
