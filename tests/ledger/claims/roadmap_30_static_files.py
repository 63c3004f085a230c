"""A stylesheet's address, asked of Django's ASGI application as it is, and wrapped as `runserver` does it."""

import asyncio
from pathlib import Path

from django.http import HttpResponse

from ..declare import attempt, yes
from ..stage import handler, messages, project

CLAIM = "Under ASGI, Django alone serves no static files; `ASGIStaticFilesHandler` around it does."
SAID = {
    "roadmap": "3.0",
    "lesson 09b": "A server runs your application and knows nothing of files; `runserver` wraps it.",
}
VERDICT = "True in every series: the handler came with ASGI itself."

EXPECTED = {"from 3.0": yes({"alone": 404, "wrapped": 200})}


def observe():
    Path("shelf").mkdir()
    Path("shelf", "cafe.css").write_text("body {}")
    project(
        DEBUG_PROPAGATE_EXCEPTIONS=False,
        INSTALLED_APPS=["django.contrib.staticfiles"],
        STATIC_URL="/static/",
        STATICFILES_DIRS=[str(Path("shelf").resolve())],
    )
    from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler

    alone = handler(lambda request: HttpResponse("page"))

    def status(application):
        return asyncio.run(messages(application, path="/static/cafe.css"))[0]["status"]

    return {"alone": attempt(status, alone), "wrapped": attempt(status, ASGIStaticFilesHandler(alone))}
