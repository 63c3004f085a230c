"""Exercise 7.11: server-sent events from a feed, and nothing left behind when the visitor goes."""

from __future__ import annotations

from .declare import Exercise, Wrong
from .lesson_07_feed import COUNT, try_news

IMPORTS = "import asyncio\nfrom django.http import StreamingHttpResponse\n\n\n"
TYPE = 'content_type="text/event-stream"'
FRAME = 'f"data: {text}\\n\\n"'
GOES_ON = ("    while True:", "        text = await inbox.get()", f"        yield {FRAME}")


def written(*lines: str, view: tuple[str, ...] = (), how: str = TYPE, imports: str = "") -> str:
    """One way to write `news`: what its generator does, what the view does before, its response."""
    inner = (f"        {line}" for line in lines)
    first = (f"    {line}" for line in view)
    made = f"    return StreamingHttpResponse(events(), {how})".replace(", )", ")")
    text = ("async def news(request, feed):", *first, "    async def events():", *inner, "", made, "")
    return imports + IMPORTS + "\n".join(text)


LAGGING = ("        yield f'data: {before}\\n\\n'", "        before = text")


def tried(*rows: str, after: tuple[str, ...] = ("finally:", "    feed.leave(inbox)")) -> tuple[str, ...]:
    """It joins, tries, and does something afterwards."""
    return ("inbox = feed.join()", "try:", *rows, *after)


NEWS = Exercise(
    number="7.11",
    name="news",
    kind="make",
    minutes=7,
    task=(
        "Write `news(request, feed)`, an async view that sends a feed's messages as server-sent events.\n\n"
        "`feed.join()` gives an inbox, and puts it on the feed's list. `await inbox.get()` gives the next "
        "message, a line of text; it may wait for ever. `feed.leave(inbox)` takes the inbox off the list. "
        "Only `get` is async.\n\n"
        "Each message leaves at once, as an event with `data:`. The answer has the content type of an event "
        "stream. When the visitor goes, no inbox stays on the list, and the cancellation is not swallowed. "
        "`check` leaves before the answer, and after each of its messages."
    ),
    stub="from django.http import StreamingHttpResponse\n\n\nasync def news(request, feed):\n    ...\n",
    solutions=(
        written(*tried(*GOES_ON)),
        IMPORTS
        + "import contextlib\n\n\ndef news(request, feed):\n"
        + "    kind = {'Content-Type': 'text/event-stream'}\n"
        + "    return StreamingHttpResponse(frames(feed), headers=kind)\n\n\n"
        + "async def frames(feed):\n"
        + "    with open_inbox(feed) as inbox:\n"
        + "        while text := await inbox.get():\n"
        + "            yield b'event: message\\r\\ndata:' + text.encode() + b'\\r\\n\\r\\n'\n\n\n"
        + "@contextlib.contextmanager\n"
        + "def open_inbox(feed):\n"
        + "    inbox = feed.join()\n"
        + "    try:\n"
        + "        yield inbox\n"
        + "    finally:\n"
        + "        feed.leave(inbox)\n",
        written(
            *tried(
                *GOES_ON,
                after=("except BaseException:", "    feed.leave(inbox)", "    raise"),
            )
        ),
        IMPORTS
        + "class Frames:\n"
        + "    def __init__(self, feed):\n"
        + "        self.feed, self.inbox = feed, feed.join()\n\n"
        + "    def __aiter__(self):\n"
        + "        return self\n\n"
        + "    async def __anext__(self):\n"
        + "        return f'id: 1\\ndata: {await self.inbox.get()}\\n\\n'\n\n"
        + "    def close(self):\n"
        + "        self.feed.leave(self.inbox)\n\n\n"
        + "async def news(request, feed):\n"
        + f"    return StreamingHttpResponse(Frames(feed), {TYPE})\n",
    ),
    wrong=(
        Wrong(
            "forgets_await",
            (
                written(*tried("    while True:", '        yield f"data: {inbox.get()}\\n\\n"')),
                written(*tried("    while True:", "        text = inbox.get()", f"        yield {FRAME}")),
            ),
            lambda seen: bool(seen["coroutine"]),
            "The client got `<coroutine object …>` in place of a message: `inbox.get()` was called, and "
            "nobody waited for it. Which word is missing?",
        ),
        Wrong(
            "no_frame",
            (
                written(*tried(*GOES_ON[:2], '        yield f"data: {text}\\n"')),
                written(*tried(*GOES_ON[:2], '        yield f"{text}\\n\\n"')),
            ),
            lambda seen: bool(seen["has_items"]) and seen["seen"] < COUNT,
            "The client got {body}. A browser finds {seen} events in all that came. "
            "What begins an event's line, and what ends the event?",
        ),
        Wrong(
            "collects_first",
            (
                written(
                    *tried(
                        "    while True:",
                        "        texts = [await inbox.get() for _ in range(3)]",
                        "        yield ''.join(f'data: {text}\\n\\n' for text in texts)",
                    )
                ),
                written(
                    *tried("    before = await inbox.get()", *GOES_ON[:2], *LAGGING),
                ),
            ),
            lambda seen: seen["held"] > 0,
            "{count} messages were taken from the inbox before the first one left. "
            "What happens between one `await inbox.get()` and the next?",
        ),
        Wrong(
            "swallows_the_cancellation",
            (
                written(
                    *tried(
                        *GOES_ON,
                        after=(
                            "except asyncio.CancelledError:",
                            "    pass",
                            "finally:",
                            "    feed.leave(inbox)",
                        ),
                    )
                ),
                written(
                    "inbox = feed.join()",
                    "with contextlib.suppress(asyncio.CancelledError):",
                    "    try:",
                    *(f"    {row}" for row in GOES_ON),
                    "    finally:",
                    "        feed.leave(inbox)",
                    imports="import contextlib\n",
                ),
            ),
            lambda seen: bool(seen["went_on"]),
            "The visitor had gone, and your generator {how}. Where does the `CancelledError` get lost?",
        ),
        Wrong(
            "no_clean_up",
            (
                written("inbox = feed.join()", *(row[4:] for row in GOES_ON), "feed.leave(inbox)"),
                written(*tried(*GOES_ON, after=("except Exception:", "    feed.leave(inbox)", "    raise"))),
            ),
            lambda seen: bool(seen["quick_leaks"]),
            "The visitor left {when}, and the inbox is still on the list. The cancellation is raised "
            "where your generator waits, and it is no `Exception`. Which code runs all the same (7.9)?",
        ),
        Wrong(
            "cleans_up_on_cancellation_only",
            (
                written(
                    *tried(
                        *GOES_ON,
                        after=("except asyncio.CancelledError:", "    feed.leave(inbox)", "    raise"),
                    )
                ),
                written(
                    "inbox = feed.join()",
                    "while True:",
                    "    try:",
                    "        text = await inbox.get()",
                    "    except BaseException:",
                    "        feed.leave(inbox)",
                    "        raise",
                    f"    yield {FRAME}",
                ),
            ),
            lambda seen: bool(seen["began"]),
            "A slow visitor left {when}, and the inbox is still on the list. Django waited in `send` "
            "then, and your generator stood at its `yield`: nothing in it was cancelled, it was closed. "
            "Which clause runs either way?",
        ),
        Wrong(
            "joins_too_early",
            (
                written(*tried(*GOES_ON)[1:], view=("inbox = feed.join()",)),
                IMPORTS
                + "async def frames(feed, inbox):\n"
                + "    try:\n"
                + "".join(f"    {row}\n" for row in GOES_ON)
                + "    finally:\n"
                + "        feed.leave(inbox)\n\n\n"
                + "async def news(request, feed):\n"
                + f"    return StreamingHttpResponse(frames(feed, feed.join()), {TYPE})\n",
            ),
            lambda seen: bool(seen["leaks"]),
            "The visitor left {when}, before your generator had begun, and its inbox is still on the "
            "list: a `finally` counts only once its `try` is reached. Where should `feed.join()` stand?",
        ),
    ),
    hints=(
        "An async generator inside the view, or beside it: join, `try`, a loop that never ends, `finally`.",
        'Each event is `f"data: {text}\\n\\n"`, and the blank line at its end matters.',
        'The view itself only returns `StreamingHttpResponse(events(), content_type="text/event-stream")`.',
    ),
    attempt=try_news,
    passed=lambda seen: bool(
        seen["good"]
        and seen["typed"]
        and seen["taken"] >= 3
        and not (seen["held"] or seen["leaks"] or seen["went_on"] or seen["trouble"])
    ),
    done="Three events, each at once; the visitor left at every message, and no inbox stayed behind.",
    otherwise="Not yet: {odd}. Is it an event stream, with one event for each message?",
    deadline=20.0,
)
