"""Refuses a WebSocket that a page of another site has opened.

A page may open a WebSocket to any site, and the browser may send that site's cookies along. No CSRF token
protects the handshake. What does is the header Origin, which names the page's site and which no script can
set.
"""

from typing import Any

from channels.security.websocket import WebsocketDenier
from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.core.handlers.asgi import ASGIRequest

HTTP = {"ws": "http", "wss": "https"}


class SameOrigin:
    """Lets a handshake through if its Origin is the site that it asks, or in CSRF_TRUSTED_ORIGINS.

    Channels' AllowedHostsOriginValidator compares with ALLOWED_HOSTS instead. It takes any port for the same
    site, and behind a hub, where ALLOWED_HOSTS is "*", it takes everybody.
    """

    def __init__(self, application: Any) -> None:
        self.application = application

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        application = self.application if own(scope) else WebsocketDenier()
        await application(scope, receive, send)


def own(scope: dict[str, Any]) -> bool:
    """Whether exactly one Origin came, and it is ours. A program that is no browser has to send it, too."""
    names = [name for name, _ in scope["headers"]]
    if names.count(b"origin") != 1 or names.count(b"host") != 1:  # without a Host, Django would make one up
        return False
    origin = dict(scope["headers"])[b"origin"].decode("latin-1")
    scheme = HTTP.get(scope.get("scheme", "ws"), "http")
    try:
        # Django's own request knows which headers of a proxy to believe, and which hosts to answer.
        request = ASGIRequest({**scope, "method": "GET", "scheme": scheme}, None)  # type: ignore[arg-type]
        host = request.get_host()
    except SuspiciousOperation:
        return False
    ours = {f"{request.scheme}://{host}", *settings.CSRF_TRUSTED_ORIGINS}
    if settings.SECURE_PROXY_SSL_HEADER:
        # A proxy that ends TLS says "wss" of a WebSocket, or nothing, where Django waits for "https".
        ours.add(f"https://{host}")
    return origin in ours
