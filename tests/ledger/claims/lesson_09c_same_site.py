"""How does Django mark the session's cookie, if nobody says anything?"""

from ..declare import yes
from ..stage import project

CLAIM = "Django marks the session's cookie `SameSite=Lax`."
SAID = {"lesson 09c": "Does the cookie travel at all? Django marks it:"}
VERDICT = "True in every series, and in 2.2 already."

EXPECTED = {"2.2": yes("Lax"), "from 3.0": yes("Lax")}


def observe():
    project()
    from django.conf import settings
    from django.contrib.sessions.middleware import SessionMiddleware
    from django.http import HttpResponse
    from django.test import RequestFactory

    settings.SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"

    def page(request):
        request.session["drink"] = "tea"
        return HttpResponse("page")

    request, layer = RequestFactory().get("/"), SessionMiddleware(page)
    response = layer(request)
    return response.cookies["sessionid"]["samesite"]
