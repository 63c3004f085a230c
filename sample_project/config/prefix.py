"""For a proxy that shows the project under a path, and passes that path on in full.

Django's ASGI handler takes FORCE_SCRIPT_NAME off each path by itself. Its WSGI handler takes it that the
server has done so, and no server does.
"""

from collections.abc import Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication


def without_prefix(application: WSGIApplication, prefix: str) -> WSGIApplication:
    """The application, called with paths that do not begin with `prefix`; others stay as they are."""

    def wrapped(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path.startswith(f"{prefix}/"):
            environ["PATH_INFO"] = path.removeprefix(prefix)
        return application(environ, start_response)

    return wrapped
