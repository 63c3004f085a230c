"""What the exercises of lesson 05 have in common: a layer is put into stacks, and requests go through."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from django.http import Http404, HttpRequest, HttpResponse

from ..client import fetch
from ..events import LOOP, Span
from ..places import Place, place_of_error
from .trying import given_up, said

Via = Literal["asgi", "wsgi"]
DJANGOS = "django.middleware.security.SecurityMiddleware"  # a MiddlewareMixin: it runs in either mode
INSIDE = "django.middleware.clickjacking.XFrameOptionsMiddleware"  # another


async def a_page(request: HttpRequest) -> HttpResponse:
    """An async view."""
    return HttpResponse("tea")


def s_page(request: HttpRequest) -> HttpResponse:
    """A sync view."""
    return HttpResponse("tea")


async def no_page(request: HttpRequest) -> HttpResponse:
    """A view that finds nothing."""
    raise Http404("No such drink.")


class Plain:
    """A layer that can only be sync, and changes nothing."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)


@dataclass(frozen=True)
class Sent:
    """What became of one request."""

    status: int | None = None  # None: no answer came
    header: str | None = None
    error: str = ""  # the first that reached Django or the server
    place: Place | None = None  # the innermost line of the learner's that it passed through
    refused: str = ""  # what Django said when it built the chain
    mode: str = ""  # how Django ran the learner's layer: "sync", "async"
    on_loop: bool = False  # and whether that was on the loop's thread
    viewed: int = 0  # calls of the view
    blocked: str = ""  # the learner's line that held the loop
    endless: bool = False  # the lab had to give it up

    @property
    def gave_a_coroutine(self) -> bool:
        """Whether somebody touched a coroutine where a response should have been."""
        return "'coroutine' object" in self.error

    @property
    def modes_clash(self) -> bool:
        """Whether a coroutine was taken for a response, or a response was awaited."""
        awaited = "can't be used in 'await'" in self.error or "can't be awaited" in self.error
        return awaited or self.gave_a_coroutine

    @property
    def failed_at(self) -> Place | None:
        """The learner's line where it failed, if Django made no page of the error."""
        return None if self.status is not None and self.status < 500 else self.place

    @property
    def shown(self) -> str:
        """In a few words, for a message."""
        where = f", in {self.failed_at}" if self.failed_at else ""
        if self.refused:
            return f"Django could not make the chain: {self.refused}{where}"
        if self.status is None:
            return f"no answer ({self.error or 'nothing came back'}{where})"
        found = f"status {self.status}"
        if self.status >= 500 and self.error:
            return f"{found} ({self.error}{where})"
        return f"{found}, " + ("no header" if self.header is None else f"header {self.header!r}")


@dataclass(frozen=True)
class Case:
    """One request to send, and what should come of it."""

    via: Via
    view: Any
    wanted: tuple[int, str | None]  # the status, and the header's value; None: any, or none
    path: str = "/"
    above: tuple[Any, ...] = ()  # layers around the learner's
    inside: tuple[Any, ...] = ()


async def send_all(layer: Any, header: str, cases: Mapping[str, Case]) -> dict[str, Sent]:
    """Send one request after another; what comes after one that never ends is not sent."""
    sent = dict.fromkeys(cases, Sent())
    for name, case in cases.items():
        sent[name] = await send(layer, header, case)
        if sent[name].endless:
            break
    return sent


async def send(layer: Any, header: str, case: Case) -> Sent:
    """One request through a chain that holds the layer."""
    stack = [*case.above, layer, *case.inside]
    try:
        run = await fetch(case.path, view=case.view, middleware=stack, via=case.via, deadline=2)
    except Exception as refusal:  # Django's own, or the learner's `__init__`
        return Sent(refused=said(refusal).rstrip("."), place=place_of_error(refusal))
    answer = run.responses[0]
    endless = answer is None and " ".join(run.notes).startswith("Stopped after")
    failures = run.recording.failures
    error = failures[0].error if failures else run.error  # the first; what it led to comes after it
    span: Span | None = next(iter(run.layers[len(case.above) :]), None)  # outermost first
    return Sent(
        None if answer is None else answer.status,
        None if answer is None else answer.header(header),
        given_up(run) if endless else said(error).rstrip("."),
        None if error is None else place_of_error(error),
        mode=span.mode if span else "",
        on_loop=span is not None and span.loop is not None and span.thread == LOOP,
        viewed=len(run.views),
        blocked=next((f"{row.code} ({row.function}, line {row.line})" for row in run.blocked), ""),
        endless=endless,
    )


def first_odd(sent: Mapping[str, Sent], cases: Mapping[str, Case], question: str) -> dict[str, str]:
    """The first request that was not answered as it should be, and what to do next. No words if all were."""
    for name, each in sent.items():
        status, header = cases[name].wanted
        if each.status != status or header not in (None, each.header):
            return {
                "odd": f"{name}: {each.shown}",
                "next": "Begin with that line." if each.failed_at else question,
            }
    held = [each.blocked for name, each in sent.items() if cases[name].via == "asgi" and each.viewed]
    blocked = bool(held) and all(held)  # not by one busy moment
    return {"odd": f"by ASGI you blocked the loop: {held[0]}" if blocked else "", "next": question}
