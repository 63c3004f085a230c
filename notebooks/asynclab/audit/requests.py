"""In the child: the requests that the audit sends, and what they carry."""

from __future__ import annotations

import io
from typing import Any

from django.conf import settings
from django.core.handlers.asgi import ASGIRequest


def environ(path: str = "/") -> dict[str, Any]:
    return {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path,
        "SCRIPT_NAME": "",
        "QUERY_STRING": "",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "localhost",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }


def scope(path: str = "/") -> dict[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(b"host", b"localhost")],
        "client": ("127.0.0.1", 50000),
        "server": ("localhost", 80),
    }


def asgi_request() -> Any:
    return ASGIRequest(scope(), io.BytesIO())


def furnished(request: Any) -> Any:
    """What the layers outside of it would have put there: a session, a visitor, a place for messages."""
    from django.contrib.sessions.backends.signed_cookies import SessionStore

    request.session = SessionStore()
    if "django.contrib.auth" in settings.INSTALLED_APPS:
        from django.contrib.auth.models import AnonymousUser

        request.user = AnonymousUser()

        async def auser() -> Any:
            return request.user

        request.auser = auser
    if "django.contrib.messages" in settings.INSTALLED_APPS:
        from django.contrib.messages.storage.cookie import CookieStorage

        request._messages = CookieStorage(request)
    return request
