"""A view or a middleware that does not do its part is told in words, whichever way Django notices."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from django.http import HttpRequest, HttpResponse

from asynclab.client import fetch
from asynclab.run import Run

from . import cafe
from .cafe import swept  # noqa: F401 - a fixture

cafe.ready()
EACH = pytest.mark.parametrize("via", ["asgi", "wsgi"])


def sent(**options: Any) -> Run:
    async def run() -> Run:
        return await fetch("/", **options)

    return asyncio.run(run())


def ok(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok")


async def lacks_await(request: HttpRequest) -> HttpResponse:
    return HttpResponse("never seen")


def answering(answer: Callable[[], Any]) -> Callable[[Any], Callable[[HttpRequest], Any]]:
    """A middleware that returns something else than the response."""

    def factory(get_response: Any) -> Callable[[HttpRequest], Any]:
        def layer(request: HttpRequest) -> Any:
            get_response(request)
            return answer()

        return layer

    return factory


def says(what: str) -> list[str]:
    return [f"A view or a middleware returned {what}. It must return a", "response, such as HttpResponse(…)."]


@EACH
@pytest.mark.parametrize(
    ("answer", "what"), [(lambda: None, "None"), (lambda: "text", "str"), (lambda: b"text", "bytes")]
)
def test_a_middleware_that_returns_no_response_is_told_so(via: Any, answer: Any, what: str) -> None:
    run = sent(view=ok, middleware=[answering(answer)], via=via)

    assert isinstance(run.error, AttributeError)
    assert run.notes == says(what)
    assert run.text().splitlines()[-2:] == says(what)


@EACH
def test_a_view_that_returns_text_is_told_so(via: Any) -> None:
    def page(request: HttpRequest) -> str:
        return "text"

    run = sent(view=page, via=via)

    assert run.notes == says("str")
    assert f"AttributeError: {run.error}"[:40] in run.text()


@EACH
def test_a_view_that_returns_the_answer_of_another_service_is_told_so(via: Any) -> None:
    def page(request: HttpRequest) -> Any:
        return httpx.Response(200, text="from a supplier")

    assert sent(view=page, via=via).notes == says("Response")


@EACH
def test_a_view_that_returns_its_request_is_told_so(via: Any) -> None:
    def page(request: HttpRequest) -> Any:
        return request

    assert " ".join(sent(view=page, via=via).notes) == " ".join(says(f"{via.upper()}Request"))


class NotCalled:
    def __init__(self, get_response: Any) -> None:
        pass


@EACH
@pytest.mark.parametrize("inside", [False, True], ids=["alone", "inside another"])
@pytest.mark.parametrize(
    ("middleware", "what"),
    [(ok, "HttpResponse"), (NotCalled, "NotCalled")],
)
def test_a_middleware_that_is_none_is_told_so(via: Any, inside: bool, middleware: Any, what: str) -> None:
    run = sent(view=ok, middleware=[answering(str), middleware][1 - inside :], via=via)

    assert " ".join(run.notes).startswith(
        f"A middleware came out as {what}, which cannot be called. "
        "A factory must return a function that takes a request; a class needs `__call__`."
    )


@EACH
def test_a_middleware_that_forgets_await_is_told_so(via: Any, recwarn: pytest.WarningsRecorder) -> None:
    run = sent(view=ok, middleware=[answering(lambda: lacks_await(HttpRequest()))], via=via)

    assert run.notes == [
        "A view or a middleware returned a coroutine: an `await` is",
        "missing, or Django could not know that it is async.",
    ]
    assert [str(warning.message) for warning in recwarn] == []


@EACH
def test_the_learners_own_line_needs_no_advice(via: Any) -> None:
    def page(request: HttpRequest) -> HttpResponse:
        return HttpResponse(None.headers)  # type: ignore[attr-defined]

    run = sent(view=page, via=via)

    assert run.notes == []
    assert isinstance(run.error, AttributeError)


@EACH
def test_an_error_that_cannot_describe_itself_is_told_by_its_name(via: Any) -> None:
    class Mute(Exception):
        def __str__(self) -> str:
            raise RuntimeError("I say nothing")

    def page(request: HttpRequest) -> HttpResponse:
        raise Mute

    lines = sent(view=page, via=via).text().splitlines()

    at = lines.index("ERROR         1 × page")
    assert lines[at + 1] == "              Mute"


@EACH
def test_a_middleware_that_fails_when_django_makes_it_is_shown_with_its_line(via: Any) -> None:
    def factory(get_response: Any) -> Any:
        raise KeyError("made badly")

    line = factory.__code__.co_firstlineno + 1
    with pytest.raises(KeyError) as failed:
        sent(view=ok, middleware=[factory], via=via)

    assert failed.value._render_traceback_() == [  # type: ignore[attr-defined]
        "KeyError: 'made badly'",
        f'factory, line {line}: raise KeyError("made badly")',
    ]


def test_a_dotted_path_that_leads_nowhere_is_shown_as_one_line() -> None:
    with pytest.raises(ImportError) as failed:
        sent(view=ok, middleware=["cafe.middleware.Missing"])

    assert failed.value._render_traceback_() == [  # type: ignore[attr-defined]
        'ImportError: Module "cafe.middleware" does not define a "Missing" attribute/class'
    ]
