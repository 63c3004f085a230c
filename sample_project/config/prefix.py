"""For a proxy that shows the project under a path, and passes that path on in full.

Django's ASGI handler takes FORCE_SCRIPT_NAME off each path by itself. Its WSGI handler takes it that the
server has done so, and no server does. Its handler for static files then looks for a path that has it.
"""

from collections.abc import Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication

from django.contrib.staticfiles.handlers import StaticFilesHandler


def without_prefix(application: WSGIApplication, prefix: str) -> WSGIApplication:
    """The application, called with paths that do not begin with `prefix`; others stay as they are."""

    def wrapped(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path.startswith(f"{prefix}/"):
            environ["PATH_INFO"] = path.removeprefix(prefix)
        return application(environ, start_response)

    return wrapped


class StaticFilesBelow(StaticFilesHandler):
    """Serves static files where the path comes without the prefix that STATIC_URL begins with."""

    def __init__(self, application: WSGIApplication, prefix: str) -> None:
        super().__init__(application)  # type: ignore[arg-type]  # any application will do
        self.prefix = prefix

    def _should_handle(self, path: str) -> bool:
        return super()._should_handle(f"{self.prefix}{path}")
