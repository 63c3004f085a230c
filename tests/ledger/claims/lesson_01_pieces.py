"""One `HttpResponse` of 200,000 bytes: what does Django send?"""

import asyncio

from django.http import HttpResponse

from ..declare import yes
from ..stage import environ, handler, messages, project, wsgi_handler

CLAIM = "By ASGI, a long response leaves in pieces of 65,536 bytes; by WSGI in one."
SAID = {"lesson 01": "No piece is longer than 65,536 bytes, and each is one `await send`."}
VERDICT = "True in every series."

EXPECTED = {"from 3.0": yes({"asgi": [65536, 65536, 65536, 3392], "wsgi": [200000]})}


def page(request):
    return HttpResponse(bytes(200_000))


def observe():
    project()
    sent = asyncio.run(messages(handler(page)))
    answer = wsgi_handler(page)(environ(), lambda status, headers: None)
    return {"asgi": [len(each["body"]) for each in sent[1:]], "wsgi": [len(each) for each in answer]}
