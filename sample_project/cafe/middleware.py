"""One small task, written as middleware of every kind: each answer says that the café is open.

Django asks two things of a middleware: which kinds of `get_response` it can take (`sync_capable`,
`async_capable`), and whether the object it got back is a coroutine function. Each kind answers differently.
Only `DualCafe` is switched on in settings.MIDDLEWARE; put another there and watch the threads.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import cast

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.decorators import async_only_middleware, sync_and_async_middleware
from django.utils.deprecation import MiddlewareMixin

SyncResponse = Callable[[HttpRequest], HttpResponseBase]
AsyncResponse = Callable[[HttpRequest], Awaitable[HttpResponseBase]]
HEADER, VALUE = "X-Cafe", "open"


class SyncCafe:
    """The plain class of every older project. It has no flags, which means: sync only.

    Under ASGI Django moves it, and whatever sync code follows it, into a thread.
    """

    def __init__(self, get_response: SyncResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response.headers[HEADER] = VALUE
        return response


@async_only_middleware
def async_cafe(get_response: AsyncResponse) -> AsyncResponse:
    """Async only. The decorator sets the flags; `async def` makes the inner function a coroutine function.

    Under WSGI Django runs it in an event loop of its own, request by request.
    """

    async def middleware(request: HttpRequest) -> HttpResponseBase:
        response = await get_response(request)
        response.headers[HEADER] = VALUE
        return response

    return middleware


class DualCafe:
    """Both, in a class. Which one an instance is gets decided once, by the `get_response` it is given."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: SyncResponse | AsyncResponse) -> None:
        self.get_response = get_response
        self.is_async = iscoroutinefunction(get_response)
        if self.is_async:
            # An instance with a `__call__` does not look like a coroutine function. Without this mark Django
            # takes it for a sync one: errors then escape, and older middleware above it breaks.
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        if self.is_async:
            return self.__acall__(request)  # not awaited here: the caller awaits it
        return self.opened(cast(SyncResponse, self.get_response)(request))

    # The name is a habit, no protocol: Python never calls `__acall__` by itself.
    async def __acall__(self, request: HttpRequest) -> HttpResponseBase:
        return self.opened(await cast(AsyncResponse, self.get_response)(request))

    def opened(self, response: HttpResponseBase) -> HttpResponseBase:
        response.headers[HEADER] = VALUE
        return response


@sync_and_async_middleware
def function_cafe(get_response: SyncResponse | AsyncResponse) -> SyncResponse | AsyncResponse:
    """Both, as a function: it returns one of two functions, so no mark is needed."""
    if iscoroutinefunction(get_response):
        return async_cafe(get_response)

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = cast(SyncResponse, get_response)(request)
        response.headers[HEADER] = VALUE
        return response

    return middleware


class MixinCafe(MiddlewareMixin):
    """Both, by inheritance, as Django's own middleware does it.

    The hook itself stays sync: under ASGI the mixin carries it into a thread for each request.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        response.headers[HEADER] = VALUE
        return response
