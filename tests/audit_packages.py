"""Run by test_audit_packages.py in an environment that has the packages: what Django does with each, in
requests.

This knows nothing of the audit. It puts one middleware between two probes and sends requests through
Django's own handlers: a layer that is adapted to sync has its inside carried to another thread than the
loop's.
"""

from __future__ import annotations

import asyncio
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.conf import settings
from django.http import HttpResponse
from django.test import AsyncRequestFactory, RequestFactory
from django.utils.decorators import sync_and_async_middleware

SEEN: list[bool] = []
BEFORE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]


@sync_and_async_middleware
def outside(get_response: Any) -> Any:
    """Notes whether what it was given is a coroutine function: is the layer beneath it, after Django,
    async?
    """
    if iscoroutinefunction(get_response):

        async def layer(request: Any) -> Any:
            SEEN.append(True)
            return await get_response(request)
    else:

        def layer(request: Any) -> Any:
            SEEN.append(False)
            return get_response(request)

    return layer


async def aview(request: Any) -> HttpResponse:
    return HttpResponse("ok")


def view(request: Any) -> HttpResponse:
    return HttpResponse("ok")


def chain(path: str, is_async: bool) -> Any:
    from django.core.handlers.base import BaseHandler
    from django.urls import ResolverMatch

    class Handler(BaseHandler):
        def resolve_request(self, request: Any) -> Any:
            request.resolver_match = ResolverMatch(aview if is_async else view, (), {})
            return request.resolver_match

    settings.MIDDLEWARE = [*BEFORE, f"{__name__}.outside", path]
    handler = Handler()
    handler.load_middleware(is_async=is_async)
    return handler


def asked(path: str) -> dict[str, Any]:
    """Whether Django serves requests through it in both worlds, and whether it stays async in the async
    one.
    """
    SEEN.clear()
    sync = chain(path, False).get_response(RequestFactory().get("/")).status_code
    SEEN.clear()
    handler = chain(path, True)

    async def once() -> int:
        return int((await handler.get_response_async(AsyncRequestFactory().get("/"))).status_code)

    status = asyncio.run(once())
    return {"sync": sync, "async": status, "stays_async": SEEN == [True]}
