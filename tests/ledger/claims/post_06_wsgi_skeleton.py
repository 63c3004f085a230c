"""The sample has the right two parameters and an empty body. Does it answer a server?"""

from django.http import HttpResponse

from ..declare import attempt, no
from ..stage import call_wsgi, project, wsgi

CLAIM = "A function of `environ` and `start_response` with an empty body is a WSGI application."
SAID = {"post": "6"}
VERDICT = "A placeholder: an application calls `start_response` and returns an iterable of bytes."

EXPECTED = {
    "from 3.0": no({"as shown": "TypeError: can only join an iterable", "completed": "200 OK", "Django": 200})
}


def as_shown(environ, start_response): ...


def completed(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"tea"]


def observe():
    project()
    return {
        "as shown": attempt(call_wsgi, as_shown),
        "completed": attempt(call_wsgi, completed),
        "Django": attempt(wsgi, lambda request: HttpResponse("tea")),
    }
