"""A form with a valid token, from the site's own page and from another site; and one without a token."""

from django.http import HttpResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.test import RequestFactory

from ..declare import no, yes
from ..stage import project

CLAIM = "Django's CSRF check compares a form's `Origin` with the `Host` that was asked."
SAID = {"lesson 09c": "the café's own compares with the `Host` that was asked, as Django's CSRF check does."}
VERDICT = "Since 4.0. Before, it looked at the `Referer` of HTTPS, and at no `Origin`."

EXPECTED = {
    "3.0 to 3.2": no({"own page": 200, "another site": 200, "no token": 403}),
    "from 4.0": yes({"own page": 200, "another site": 403, "no token": 403}),
}
TOKEN = "a" * 32


def observe():
    project()
    layer = CsrfViewMiddleware(lambda request: HttpResponse("page"))

    def posted(origin, token=TOKEN):
        request = RequestFactory().post("/", {"csrfmiddlewaretoken": token}, HTTP_ORIGIN=origin)
        request.COOKIES["csrftoken"] = TOKEN
        layer.process_request(request)
        refused = layer.process_view(request, layer.get_response, (), {})
        return (refused or layer.get_response(request)).status_code

    own = "http://testserver"
    return {
        "own page": posted(own),
        "another site": posted("https://evil.example"),
        "no token": posted(own, token=""),
    }
