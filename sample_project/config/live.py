"""The application with WebSockets, which need Channels: `uvicorn config.live:application`."""

from typing import Any

from config.asgi import application as site  # isort: skip  # first: it sets Django up

from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from django.conf import settings

from cafe.sockets import urlpatterns
from config.origin import SameOrigin


def below_prefix(inner: Any) -> Any:
    """Where a proxy passes FORCE_SCRIPT_NAME on in each path, tell Channels; Django knows by itself."""
    prefix = settings.FORCE_SCRIPT_NAME or ""

    async def application(scope: Any, receive: Any, send: Any) -> None:
        if prefix and scope["path"].startswith(f"{prefix}/"):
            scope = {**scope, "root_path": prefix}
        await inner(scope, receive, send)

    return application


sockets = SameOrigin(below_prefix(AuthMiddlewareStack(URLRouter(urlpatterns))))
application = ProtocolTypeRouter({"http": site, "websocket": sockets})
