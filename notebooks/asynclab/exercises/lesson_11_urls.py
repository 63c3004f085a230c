"""Exercise 11.10: the pages, put together: one that asks the suppliers, one that streams the orders."""

from __future__ import annotations

from .declare import Exercise, Wrong
from .lesson_11_pages import try_urls

IMPORTS = """\
import json
from contextlib import aclosing

from django.http import StreamingHttpResponse
from django.shortcuts import render
from django.urls import path


"""
DEF = "def dashboard_urls(suppliers, feed):\n"
PAGE = """\
    async def page(request):
        context = {"suppliers": await suppliers(request.GET)}
        return render(request, "cafe/dashboard.html", context)

"""
LAST = """\
    async def events(request):
        last = request.headers.get("Last-Event-ID", "")
        last = int(last) if last.isdecimal() else 0

"""
FRAMES = """\
        async def frames():
            async with aclosing(feed.listen(last)) as orders:
                async for number, text in orders:
                    yield f"id: {number}\\ndata: {json.dumps(text)}\\n\\n"

"""
BEGINS = """\
        async def frames():
            async with aclosing(feed.listen(last)) as orders:
"""
RETURNS = """\
        kind = "text/event-stream"
        return StreamingHttpResponse(frames(), content_type=kind)

    return [path("", page), path("events/", events)]
"""
WHOLE = IMPORTS + DEF + PAGE + LAST + FRAMES + RETURNS


def changed(*pairs: tuple[str, str]) -> str:
    """The solution with each first of a pair replaced by its second; each must be there."""
    text = WHOLE
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new)
    return text


BY_CLASS = """\
import json

from django.http import StreamingHttpResponse
from django.template.loader import render_to_string
from django.http import HttpResponse
from django.urls import re_path
from django.views import View


class Events(View):
    feed = None

    async def get(self, request):
        try:
            last = max(0, int(request.META["HTTP_LAST_EVENT_ID"]))
        except (KeyError, ValueError):
            last = 0
        headers = {"Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-cache"}
        return StreamingHttpResponse(self.frames(last), headers=headers)

    async def frames(self, last):
        yield "retry: 1000\\n\\n"
        async for number, text in self.feed.listen(last):
            yield f"event: message\\r\\nid:{number}\\r\\ndata:{json.dumps(text)}\\r\\n\\r\\n".encode()


class Page(View):
    suppliers = None

    async def get(self, request):
        states = await self.suppliers[0](request.GET)
        html = render_to_string("cafe/dashboard.html", {"suppliers": states}, request)
        return HttpResponse(html)


def dashboard_urls(suppliers, feed):
    return (
        re_path(r"^$", Page.as_view(suppliers=[suppliers])),
        re_path(r"^events/$", Events.as_view(feed=feed)),
    )
"""

URLS = Exercise(
    number="11.10",
    name="dashboard_urls",
    title="Step 5: put it together",
    kind="make",
    minutes=10,
    task=(
        "Write `dashboard_urls`. It gets two parts and gives back a list of URLs:\n\n"
        '- `""`, the page. `await suppliers(request.GET)` gives a dictionary as in step 1; hand it to the '
        "template `cafe/dashboard.html` as `suppliers`.\n"
        '- `"events/"`, the stream. Each of `feed.listen(last_id)` becomes an event: `id:` its '
        "number, `data:` "
        "its text **as JSON**, a blank line. A browser that comes back says in `Last-Event-ID` "
        "which number it "
        "had last. Somebody else may say anything there.\n\n"
        "`suppliers` and `feed` are the course's here, whatever became of yours.\n\n"
        "`check` looks at: the page with a failing supplier · what a supplier says is text, never HTML · the "
        "content type · a name with a line break · who comes back · `Last-Event-ID: soon` · a visitor who "
        "leaves at any message."
    ),
    stub=IMPORTS.replace("from contextlib import aclosing\n", "")
    + DEF
    + "    async def page(request):\n"
    + '        return render(request, "cafe/dashboard.html", {})\n\n'
    + "    async def events(request):\n        ...\n\n"
    + '    return [path("", page), path("events/", events)]\n',
    solutions=(WHOLE, BY_CLASS),
    wrong=(
        Wrong(
            "forgets_await",
            (
                changed(("await suppliers", "suppliers")),
                changed(
                    ('{"suppliers": await suppliers(request.GET)}', "dict(suppliers=suppliers(request.GET))"),
                    ("    async def page", "    def page"),
                ),
            ),
            lambda seen: bool(seen["unawaited"]),
            "Your page called `suppliers` and nobody awaited it: not one supplier was asked. "
            "Which word is missing?",
        ),
        Wrong(
            "unescaped",
            (
                changed(
                    ("import path\n", "import path\nfrom django.utils.safestring import mark_safe\n"),
                    (
                        '{"suppliers": await suppliers(request.GET)}',
                        '{\n            "suppliers": {\n                name: mark_safe(state)\n'
                        "                for name, state in (await "
                        "suppliers(request.GET)).items()\n            }\n        }",
                    ),
                ),
                changed(
                    ("import StreamingHttpResponse", "import HttpResponse, StreamingHttpResponse"),
                    (
                        '        return render(request, "cafe/dashboard.html", context)',
                        '        rows = (f"<li>{n}: {s}</li>" for n, s in context["suppliers"].items())\n'
                        '        return HttpResponse("".join(rows))',
                    ),
                ),
            ),
            lambda seen: bool(seen["unescaped"]),
            "A supplier said `{markup}`, and your page has it as HTML: his script would run in "
            "your visitors' "
            "browsers. Who escapes, if you let it?",
        ),
        Wrong(
            "no_event_stream",
            (
                changed(("frames(), content_type=kind", "frames()")),
                changed(('"text/event-stream"', '"application/json"')),
            ),
            lambda seen: bool(seen["events"]) and not seen["typed"],
            "Your events are there, and their content type is {type}: a browser's EventSource refuses them. "
            "What is the type of an event stream?",
        ),
        Wrong(
            "no_id",
            (
                changed(("id: {number}\\n", "")),
                changed(("id: {number}\\n", "event: message\\n: {number}\\n")),
            ),
            lambda seen: bool(seen["events"]) and not seen["ids"],
            "Your events carry no `id:`. So a browser that comes back has nothing to say in `Last-Event-ID`, "
            "and gets everything again. Where does the number go?",
        ),
        Wrong(
            "raw_text",
            (
                changed(("{json.dumps(text)}", "{text}")),
                changed(
                    (
                        'yield f"id: {number}\\ndata: {json.dumps(text)}\\n\\n"',
                        "yield f'id: {number}\\ndata: \"{text}\"\\n\\n'",
                    )
                ),
            ),
            lambda seen: bool(seen["raw"] and seen["got_through"]),
            "A guest called himself `{forged}`. The browser reads from that: {raw}. A line break ends the "
            "line, and he writes events of his own. How can `data:` hold any text in one line?",
        ),
        Wrong(
            "ignores_last_event_id",
            (
                changed(("feed.listen(last)", "feed.listen()")),
                changed(('"Last-Event-ID", ""', '"Last-Event", ""')),
            ),
            lambda seen: seen["back"][:2] == [1, 2],
            "A browser came back with `Last-Event-ID: 2`, and got the numbers {back}: the first two it had. "
            "Which header says so, and who hands it on?",
        ),
        Wrong(
            "believes_last_event_id",
            (
                changed(("int(last) if last.isdecimal() else 0", "int(last or 0)")),
                changed(
                    ('last = request.headers.get("Last-Event-ID", "")', "last = request.headers"),
                    (
                        "last = int(last) if last.isdecimal() else 0",
                        'last = int(last["Last-Event-ID"]) if "Last-Event-ID" in last else 0',
                    ),
                ),
            ),
            lambda seen: bool(seen["soon"]),
            "Somebody sent `Last-Event-ID: soon`, and your view failed: {soon}. A header holds "
            "what its sender "
            "likes. What do you do with one that is no number?",
        ),
        Wrong(
            "listens_too_early",
            (
                changed(
                    (
                        BEGINS,
                        "        orders = feed.listen(last)\n        first = await anext(orders)\n\n"
                        "        async def frames():\n            number, text = first\n"
                        '            yield f"id: {number}\\ndata: {json.dumps(text)}\\n\\n"\n'
                        "            if True:\n",
                    ),
                ),
                changed(
                    (
                        BEGINS,
                        "        orders = feed.listen(last)\n        kept = [await anext(orders)]\n"
                        "\n"
                        "        async def frames():\n            if number_text := kept.pop():\n"
                        "                number, text = number_text\n"
                        '                yield f"id: {number}\\ndata: {json.dumps(text)}\\n\\n"\n',
                    ),
                ),
            ),
            lambda seen: bool(seen["empty_hangs"]) or seen["leaks"][:1] == [0],
            "{early} Your view waits for the first order, or begins to listen, before it has a response. "
            "What may the view itself do, and what belongs into the generator?",
        ),
    ),
    hints=(
        'The page: `render(request, "cafe/dashboard.html", {"suppliers": await suppliers(request.GET)})`.',
        'The header is `request.headers.get("Last-Event-ID", "")`. `isdecimal()` says whether it '
        "is a number.",
        'An async generator inside `events`: `async for number, text in feed.listen(last): yield f"id: '
        '{number}\\ndata: {json.dumps(text)}\\n\\n"`.',
    ),
    attempt=try_urls,
    passed=lambda seen: not seen["odd"],
    done=(
        "The page tells each supplier's state; the stream survives line breaks, rubbish and leaving visitors."
    ),
    otherwise="Not yet: {odd}. Which of the two views is that, and what does it send?",
    deadline=25.0,
)
