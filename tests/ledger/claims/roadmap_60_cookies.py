"""By HTTP/2 a browser may send each cookie in a header of its own."""

from django.http import HttpResponse

from ..declare import attempt, no, yes
from ..stage import asgi, project

CLAIM = "Several `cookie` headers are one cookie jar under ASGI."
SAID = {
    "roadmap": "6.0",
    "lesson 09b": "Django 6.0 learned to join them. Django 5.2 joins them with a comma and reads one cookie, "
    "`sessionid`, worth `ada,theme=dark`: the visitor is logged out.",
}
VERDICT = "Since 6.0. Before, the second cookie became a part of the first one's value."

EXPECTED = {"3.0 to 5.2": no({"milk": "1,sugar=2"}), "from 6.0": yes({"milk": "1", "sugar": "2"})}


def observe():
    project()
    cookies = []

    def page(request):
        cookies.append(dict(request.COOKIES))
        return HttpResponse("page")

    names = [(b"host", b"localhost"), (b"cookie", b"milk=1"), (b"cookie", b"sugar=2")]
    attempt(lambda: asgi(page, headers=names))
    return cookies[0]
