"""`stack` plugs objects into Django's own handler, and says in one sentence what does not fit."""

from __future__ import annotations

import contextlib
import gc
import sys
import threading
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured, MiddlewareNotUsed
from django.http import HttpRequest, HttpResponse
from django.urls import NoReverseMatch, reverse
from django.views import View

from asynclab import stack
from asynclab.errors import StackError

from . import cafe
from .cafe import ask
from .seven import SEVEN

cafe.ready()


def sync_view(request: HttpRequest) -> HttpResponse:
    return HttpResponse("sync")


async def view(request: HttpRequest) -> HttpResponse:
    return HttpResponse(request.path)


class Page(View):
    async def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse("page")


class Header:
    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response: HttpResponse = self.get_response(request)
        response["X-Mine"] = "yes"
        return response


@pytest.mark.parametrize("via", ["asgi", "wsgi"])
def test_a_plugged_view_answers_on_every_path_with_no_middleware(via: str) -> None:
    asked = ask(view, "/any/where/", via=via)
    assert (asked.text, asked.seen.layers) == ("/any/where/", [])
    assert [name for name, _ in asked.exchanges[0].response.headers] == ["Content-Type"]  # type: ignore[union-attr]


def test_without_a_view_the_project_answers_with_its_own_middleware() -> None:
    asked = ask(path="/nowhere/", middleware=None)
    assert [span.name for span in asked.seen.layers] == [
        path.rpartition(".")[2] for path in settings.MIDDLEWARE
    ]


def test_objects_and_paths_may_be_mixed_and_stand_in_the_order_given() -> None:
    asked = ask(view, middleware=[Header, SEVEN[0], Header])
    assert [span.name for span in asked.seen.layers] == ["Header", "SecurityMiddleware", "Header"]
    assert asked.exchanges[0].response.header("x-mine") == "yes"  # type: ignore[union-attr]


def test_two_classes_of_one_name_are_kept_apart() -> None:
    def make(value: str) -> Any:
        class Named(Header):
            def __call__(self, request: HttpRequest) -> HttpResponse:
                response: HttpResponse = self.get_response(request)
                response["X-Order"] = f"{value}{response.get('X-Order', '')}"
                return response

        return Named

    asked = ask(view, middleware=[make("a"), make("b"), make("c")])
    assert asked.exchanges[0].response.header("X-Order") == "abc"  # type: ignore[union-attr]


def test_a_view_defined_again_counts_at_once() -> None:
    def answer() -> str:
        return ask(page).text

    async def page(request: HttpRequest) -> HttpResponse:
        return HttpResponse("first")

    assert answer() == "first"

    async def page(request: HttpRequest) -> HttpResponse:  # type: ignore[no-redef] # noqa: F811
        return HttpResponse("second")

    assert answer() == "second"


@pytest.mark.parametrize("given", [Page, "django.views.defaults.page_not_found", Page.as_view()])
def test_a_class_a_path_and_what_as_view_returns_are_views(given: Any) -> None:
    assert callable(stack.check_view(given))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (3, "A view is a function that takes a request, or a View class; int is neither."),
        (Header, "A view is a function that takes a request, or a View class; Header is neither."),
        (HttpResponse("x"), "That is a response, not a view. Give the function itself, without parentheses."),
    ],
)
def test_what_is_no_view_is_refused_in_one_sentence(given: Any, said: str) -> None:
    with pytest.raises(StackError) as refused:
        stack.build("asgi", given)
    assert str(refused.value) == said


def test_a_view_that_was_called_is_refused_and_leaves_no_warning() -> None:
    with pytest.raises(StackError) as refused:
        stack.build("asgi", view(HttpRequest()))
    gc.collect()  # a warning would come now
    assert str(refused.value) == ("You called `view`. Give the view itself, without parentheses: view=view.")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([3], "A middleware is a class, a factory function or a dotted path, not int."),
        (
            [view],
            "`view` is an `async def`. What makes a middleware is a plain `def`: "
            "the function that it returns may be async.",
        ),
        (Header, "`middleware` is a list or tuple, such as middleware=[AddHeader]."),
        ("cafe.middleware.DualCafe", "`middleware` is a list or tuple, such as middleware=[AddHeader]."),
    ],
)
def test_what_is_no_middleware_is_refused_in_one_sentence(given: Any, said: str) -> None:
    with pytest.raises(StackError) as refused:
        stack.build("asgi", view, given)
    assert str(refused.value) == said


def test_a_way_that_does_not_exist_is_refused() -> None:
    with pytest.raises(StackError, match=r'`via` is "asgi" or "wsgi", not \'http\'\.'):
        stack.build("http", view)  # type: ignore[arg-type]


def none(get_response: Any) -> None:
    return None


def not_used(get_response: Any) -> None:
    raise MiddlewareNotUsed("not today")


def test_what_django_says_of_a_middleware_is_passed_on() -> None:
    with pytest.raises(ImproperlyConfigured, match=r"none_0 returned None\.$"):
        stack.build("asgi", view, [none])
    with pytest.raises(TypeError):
        stack.build("asgi", view, [lambda: None])
    with pytest.raises(ImportError):
        stack.build("asgi", view, ["cafe.middleware.Missing"])
    assert ask(view, middleware=[not_used, Header]).exchanges[0].response.header("X-Mine") == "yes"  # type: ignore[union-attr]


@pytest.mark.parametrize("middleware", [[Header], [none], [3], ["no.such.Thing"]])
def test_settings_and_modules_are_afterwards_as_before(middleware: list[Any]) -> None:
    before, wrapped = list(settings.MIDDLEWARE), settings._wrapped
    with contextlib.suppress(StackError, ImproperlyConfigured, ImportError):
        stack.build("asgi", view, middleware)
    assert (list(settings.MIDDLEWARE), settings._wrapped is wrapped) == (before, True)
    assert "asynclab_plugged" not in sys.modules


def test_the_projects_urls_still_resolve_beside_a_plugged_view() -> None:
    def page(request: HttpRequest) -> HttpResponse:
        return HttpResponse(f"{reverse('cafe:menu')} {request.resolver_match.func.__name__}")  # type: ignore[union-attr]

    assert ask(page).text == "/ page"
    with pytest.raises(NoReverseMatch):
        reverse("nowhere")


def test_each_asgi_request_has_a_thread_of_its_own_as_on_a_server() -> None:
    barrier = threading.Barrier(3, timeout=10)

    def page(request: HttpRequest) -> HttpResponse:
        barrier.wait()
        return HttpResponse()

    assert ask(page, times=3).statuses == [200, 200, 200]
