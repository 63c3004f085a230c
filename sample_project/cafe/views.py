"""The café's pages. Each is sync or async for a reason, which stands in its docstring."""

from __future__ import annotations

import asyncio
import threading
import time

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_safe

from cafe import board as live
from cafe.delays import LONGEST, MOST_BEANS, beans, seconds
from cafe.forms import OrderForm
from cafe.models import Drink, Order, Supplier
from cafe.stock import ask_all
from cafe.suppliers import DEFAULT_DELAY, FAILURES

NEWEST = 50


@require_safe
def menu(request: HttpRequest) -> HttpResponse:
    """The drinks. One quick query and nothing to wait for: a plain sync view."""
    return render(request, "cafe/menu.html", {"drinks": Drink.objects.select_related("supplier")})


@require_safe
async def orders(request: HttpRequest) -> HttpResponse:
    """The newest orders, in an async view.

    `async for` runs the query in a thread. The template below runs here, on the loop, where the database is
    out of bounds: so it gets a list, with the drink and its supplier already in it.
    """
    newest = Order.objects.select_related("drink__supplier")[:NEWEST]
    return render(request, "cafe/orders.html", {"orders": [order async for order in newest]})


@require_http_methods(["GET", "HEAD", "POST"])
def place_order(request: HttpRequest) -> HttpResponse:
    """The form for one order. Django's forms are sync and this one asks the database which drinks there are:
    in an async view every step would have to be carried into a thread, and nothing would be won."""
    if request.method != "POST":
        form = OrderForm(initial={"drink": request.GET.get("drink")}, label_suffix="")
        return render(request, "cafe/place_order.html", {"form": form})
    form = OrderForm(request.POST, label_suffix="")
    if not form.is_valid():
        return render(request, "cafe/place_order.html", {"form": form}, status=422)
    order = form.save(commit=False)
    order.placed_by = request.user if request.user.is_authenticated else None
    order.save()
    return redirect(f"{reverse('cafe:orders')}#order-{order.pk}")


@require_safe
async def stock(request: HttpRequest) -> HttpResponse:
    """What the suppliers have left. Three slow answers at once: this is what async is for.

    `?delay=1` slows all of them down; `?milk=500` (timeout, disconnect, garbage) lets one fail.
    """
    delay = request.GET.get("delay", DEFAULT_DELAY)
    try:
        seconds(delay)
    except ValueError as error:
        return problem(request, str(error))
    rows = [supplier async for supplier in Supplier.objects.all()]
    failing = {supplier.slug: request.GET.get(supplier.slug, "") for supplier in rows}
    if not set(failing.values()) <= {"", *FAILURES}:
        return problem(request, f"A supplier can fail in these ways: {', '.join(FAILURES)}.")

    began = time.monotonic()
    answers = await ask_all(
        (supplier.name, supplier.slug, {"delay": delay, "fail": failing[supplier.slug]}) for supplier in rows
    )
    context = {
        "answers": answers,
        "took": time.monotonic() - began,
        "one_by_one": sum(answer.seconds for answer in answers),
        "delay": delay,
        "longest": f"{LONGEST:g}",
        "failures": FAILURES,
        "suppliers": [(supplier, failing[supplier.slug]) for supplier in rows],
    }
    return render(request, "cafe/stock.html", context)


@require_safe
async def board(request: HttpRequest) -> HttpResponse:
    """The order board as it is now; its script then listens to `board_events`."""
    return render(request, "cafe/board.html", await live.snapshot())


@require_GET  # and not HEAD: there is no end of the stream to wait for
async def board_events(request: HttpRequest) -> HttpResponseBase:
    """The board as server-sent events."""
    # Proxies and browsers must pass each event on at once, and keep none.
    headers = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
    if isinstance(request, ASGIRequest):
        return StreamingHttpResponse(live.stream(), content_type="text/event-stream", headers=headers)
    # WSGI (`runserver`) would collect an async stream to its end before sending it, and this one has no end.
    # So it gets one event, and the browser asks again every other second.
    once = live.event(await live.snapshot(), retry=2000)
    return HttpResponse(once, content_type="text/event-stream", headers=headers)


@require_safe
async def slow(request: HttpRequest) -> HttpResponse:
    """Waits, as a coroutine: under ASGI the loop serves others meanwhile. Under WSGI the loop belongs to this
    request, and nobody else is on it."""
    try:
        delay = seconds(request.GET.get("delay", "1"))
    except ValueError as error:
        return problem(request, str(error))
    await asyncio.sleep(delay)
    return slept(request, "async", delay)


@require_safe
def slow_sync(request: HttpRequest) -> HttpResponse:
    """Waits just as long, and keeps a thread busy with it."""
    try:
        delay = seconds(request.GET.get("delay", "1"))
    except ValueError as error:
        return problem(request, str(error))
    time.sleep(delay)
    return slept(request, "sync", delay)


@require_safe
def grind(request: HttpRequest) -> HttpResponse:
    """Computes and waits for nothing: neither threads nor async help here, only more processes on more cores.

    The work is Python's own, on purpose: what runs in C may let other threads run meanwhile.
    """
    try:
        number = beans(request.GET.get("beans", "20000"))
    except ValueError as error:
        return problem(request, str(error))
    fine = sum(bean * bean % 7 == 1 for bean in range(number))
    return render(request, "cafe/grind.html", {"beans": number, "fine": fine, "most": MOST_BEANS})


def slept(request: HttpRequest, kind: str, delay: float) -> HttpResponse:
    context = {
        "kind": kind,
        "free": kind == "async" and isinstance(request, ASGIRequest),
        "thread": threading.current_thread().name,
        "delay": f"{delay:g}",
        "longest": f"{LONGEST:g}",
    }
    return render(request, "cafe/slow.html", context)


def problem(request: HttpRequest, sentence: str) -> HttpResponse:
    """400 with a sentence that says what would have been right."""
    return render(request, "cafe/problem.html", {"problem": sentence}, status=400)
