"""Middleware of each kind, called as Django calls it, with no client in between."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory, SimpleTestCase

from cafe.middleware import DualCafe, MixinCafe, SyncCafe, async_cafe, function_cafe

Middleware = Callable[[Any], Any]


def sync_view(request: HttpRequest) -> HttpResponse:
    return HttpResponse(request.path)


async def async_view(request: HttpRequest) -> HttpResponse:
    return HttpResponse(request.path)


def opened(response: Any) -> tuple[int, str, str | None]:
    return response.status_code, response.content.decode(), response.headers.get("X-Cafe")


class MiddlewareTest(SimpleTestCase):
    request = RequestFactory().get("/tea/")
    takes_sync: tuple[Middleware, ...] = (SyncCafe, DualCafe, function_cafe, MixinCafe)
    takes_async: tuple[Middleware, ...] = (async_cafe, DualCafe, function_cafe, MixinCafe)

    def test_each_kind_declares_what_it_can_take(self) -> None:
        def flags(kind: Any) -> tuple[bool, bool]:  # Django's defaults where there are none
            return getattr(kind, "sync_capable", True), getattr(kind, "async_capable", False)

        self.assertEqual(
            {kind: flags(kind) for kind in (SyncCafe, async_cafe, DualCafe, function_cafe, MixinCafe)},
            {
                SyncCafe: (True, False),
                async_cafe: (False, True),
                DualCafe: (True, True),
                function_cafe: (True, True),
                MixinCafe: (True, True),
            },
        )

    def test_around_a_sync_view_it_answers_at_once(self) -> None:
        for kind in self.takes_sync:
            with self.subTest(kind):
                layer = kind(sync_view)
                self.assertFalse(iscoroutinefunction(layer))
                self.assertEqual(opened(layer(self.request)), (200, "/tea/", "open"))

    async def test_around_an_async_view_it_is_a_coroutine_function_and_says_so(self) -> None:
        for kind in self.takes_async:
            with self.subTest(kind):
                layer = kind(async_view)
                self.assertTrue(iscoroutinefunction(layer))
                self.assertEqual(opened(await layer(self.request)), (200, "/tea/", "open"))

    async def test_they_can_be_stacked_in_any_order(self) -> None:
        for outer in self.takes_async:
            for inner in self.takes_async:
                with self.subTest(outer=outer, inner=inner):
                    self.assertEqual(
                        opened(await outer(inner(async_view))(self.request)), (200, "/tea/", "open")
                    )

    async def test_an_error_of_the_view_passes_through(self) -> None:
        async def broken(request: HttpRequest) -> HttpResponse:
            raise LookupError("no tea")

        for kind in self.takes_async:
            with self.subTest(kind), self.assertRaisesMessage(LookupError, "no tea"):
                await kind(broken)(self.request)


class InTheStackTest(SimpleTestCase):
    def test_each_kind_serves_sync_and_async_views_under_both_handlers(self) -> None:
        for name in ("SyncCafe", "async_cafe", "DualCafe", "function_cafe", "MixinCafe"):
            stack = ["django.middleware.common.CommonMiddleware", f"cafe.middleware.{name}"]
            for path in ("/slow/?delay=0", "/slow/sync/?delay=0"):
                with self.subTest(name=name, path=path), self.settings(MIDDLEWARE=stack):
                    response = self.client_class().get(path)
                    self.assertEqual((response.status_code, response.headers["X-Cafe"]), (200, "open"))

    async def test_each_kind_serves_them_under_asgi_too(self) -> None:
        for name in ("SyncCafe", "async_cafe", "DualCafe", "function_cafe", "MixinCafe"):
            stack = ["django.middleware.common.CommonMiddleware", f"cafe.middleware.{name}"]
            for path in ("/slow/?delay=0", "/slow/sync/?delay=0"):
                with self.subTest(name=name, path=path), self.settings(MIDDLEWARE=stack):
                    response = await self.async_client_class().get(path)
                    self.assertEqual((response.status_code, response.headers["X-Cafe"]), (200, "open"))
