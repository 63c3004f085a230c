"""Exercise 5b.9: a layer around an ASGI application, with no Django in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..client import fetch
from ..errors import LabError
from ..places import Place, place_of_error
from ..words import shorten
from .declare import Evidence, Exercise, Wrong
from .trying import failed_with, given_up, never_awaited, said

OURS = (b"content-type", b"text/plain")
PIECES = (b"one ", b"tea ", b"please")


class Kitchen:
    """An application that answers in three pieces, and notes what reached the server before each."""

    def __init__(self) -> None:
        self.scopes: list[str] = []
        self.arrived: list[str] = []  # the types of messages that came out at the server's end
        self.before: list[int] = []  # how many had, when each piece was sent
        self.asked: list[Any] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.scopes.append(scope["type"])
        if scope["type"] != "http":
            self.asked.append(await receive())
            await send({"type": "websocket.close"})
            return
        await send({"type": "http.response.start", "status": 200, "headers": [OURS]})
        for at, piece in enumerate(PIECES, 1):
            self.before.append(len(self.arrived))
            await send({"type": "http.response.body", "body": piece, "more_body": at < len(PIECES)})


async def try_signed(signed: Any) -> Evidence:
    """A page in three pieces, then a WebSocket that is refused."""
    kitchen, errors, place = Kitchen(), list[str](), None
    messages, found, text = list[dict[str, Any]](), list[tuple[str, str]](), ""
    with never_awaited() as dropped:
        try:
            app = signed(kitchen)
            if not callable(app):
                return Evidence(facts=facts(kitchen, [f"`signed` returned {type(app).__name__}"], made=False))

            async def outside(scope: Any, receive: Any, send: Any) -> None:
                async def noted(message: Any) -> None:
                    kitchen.arrived.append(message.get("type", ""))
                    messages.append(dict(message))
                    await send(message)

                await app(scope, receive, noted)

            run = await fetch("/", app=outside, deadline=1.5)
            place = None if run.error is None else place_of_error(run.error)
            if run.notes or run.error is not None:
                errors.append((given_up(run) or said(run.error)).rstrip("."))
            else:
                found, text = list(run.response.headers), run.response.text
        except LabError as error:
            errors.append(said(error))
        refused = await websocket(signed, kitchen)
    return Evidence(facts=facts(kitchen, errors, found, text, messages, refused, bool(dropped), place))


async def websocket(signed: Any, kitchen: Kitchen) -> str:
    """What went wrong when a scope of another type came; nothing if it went through as it was."""
    out: list[Any] = []

    async def receive() -> dict[str, str]:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        out.append(message)

    try:
        await signed(kitchen)({"type": "websocket", "path": "/", "headers": []}, receive, send)
    except Exception as error:
        place = place_of_error(error)
        return said(error).rstrip(".") + (f", in {place}" if place else "")
    if not out:
        return "nothing came through"
    return "" if out == [{"type": "websocket.close"}] else f"its close arrived as {shorten(out[0], 60)}"


def facts(
    kitchen: Kitchen,
    errors: list[str],
    headers: Sequence[tuple[str, str]] = (),
    text: str = "",
    messages: Sequence[dict[str, Any]] = (),
    refused: str = "",
    dropped: bool = False,
    place: Place | None = None,
    *,
    made: bool = True,
) -> dict[str, object]:
    """What was seen, by name."""
    names = [name.lower() for name, _ in headers]
    values = [value for name, value in headers if name.lower() == "x-cafe"]
    whole = "one tea please"
    odd = errors[0] + (f", in {place}" if place else "") if errors else ""
    question = "Which messages does your `send` see, and what does each of them become?"
    if not made:
        question = "A server calls what it returns, with `scope`, `receive` and `send`: what should that be?"
    odd = odd or (f"the body was {text!r}" if text != whole else "")
    odd = odd or (f"x-cafe was {values}" if values != ["open"] else "")
    odd = odd or (f"a WebSocket did not get through: {refused}" if refused else "")
    return {
        "errors": errors,
        "odd": odd,
        "next": "Begin with that line." if place else question,
        "made": made,
        "failed": place is not None,
        "names": ", ".join(names) or "none",
        "lost": bool(names) and "content-type" not in names,
        "called": "http" in kitchen.scopes,
        "pieces": sum(message.get("type") == "http.response.body" for message in messages),
        "held_back": kitchen.before != [1, 2, 3] and text == whole,
        "bodies_with_headers": sum(
            "headers" in message for message in messages if message.get("type") == "http.response.body"
        ),
        "dropped": dropped,
        "refused": refused,
        "answered": bool(text),
        "arrived": list(kitchen.arrived),
    }


ADD = '{**message, "headers": [*message["headers"], (b"x-cafe", b"open")]}'
HEAD = "def signed(app):\n    async def around(scope, receive, send):\n"
FOOT = "    return around\n"


def signed(
    start: str = f"                message = {ADD}\n",
    condition: str = 'message["type"] == "http.response.start"',
    last: str = "            await send(message)\n",
    call: str = "        await app(scope, receive, out)\n",
    first: str = "",
) -> str:
    """`signed`, with these parts."""
    out = f"        async def out(message):\n            if {condition}:\n{start}{last}"
    return HEAD + first + out + call + FOOT


SIGNED = Exercise(
    number="5b.9",
    name="signed",
    kind="make",
    minutes=6,
    task=(
        "Write `signed(app)`: it takes an ASGI application and returns one around it. Each HTTP answer gets "
        "the header `x-cafe: open`, beside the headers that it has. All else goes through as it comes: the "
        "pieces of a body one by one, and a `scope` of another type than `http` untouched.\n\n"
        "`check` puts it around an application that answers in three pieces, and then sends a WebSocket."
    ),
    stub="def signed(app):\n    async def around(scope, receive, send):\n        ...\n\n    return around\n",
    solutions=(
        signed(),
        """\
class signed:
    def __init__(self, app):
        self.app = app

    def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            return self.app(scope, receive, send)
        return self.app(scope, receive, Out(send))

class Out:
    def __init__(self, send):
        self.send = send

    async def __call__(self, message):
        if "status" in message:
            message.setdefault("headers", []).append([b"x-cafe", b"open"])
        await self.send(message)
""",
    ),
    wrong=(
        Wrong(
            "never_calls_the_app",
            (
                signed(call=""),
                HEAD + '        await send({"type": "http.response.start", "status": 200,\n'
                '            "headers": [(b"x-cafe", b"open")]})\n'
                '        await send({"type": "http.response.body", "body": b"one tea please"})\n' + FOOT,
            ),
            lambda seen: seen["made"] and not (seen["called"] or seen["dropped"] or seen["failed"]),
            "The application inside was never called. Which line hands the request on to it?",
        ),
        Wrong(
            "forgets_await",
            (
                signed(call="        app(scope, receive, out)\n"),
                signed(last="            send(message)\n"),
            ),
            lambda seen: bool(seen["dropped"]),
            "Something was called, and nobody awaited it, so it never ran. `app` and `send` are both "
            "async: which word is missing?",
        ),
        Wrong(
            "header_as_text",
            (
                signed(f"                message = {ADD.replace('b', '')}\n"),
                signed('                message["headers"].append(("x-cafe", b"open"))\n'),
            ),
            failed_with("pairs of bytes"),
            "A header went out as text. Outside Django nobody encodes for you: what is a header made of?",
        ),
        Wrong(
            "loses_headers",
            (
                signed('                message["headers"] = [(b"x-cafe", b"open")]\n'),
                signed('                message = {**message, "headers": [(b"x-cafe", b"open")]}\n'),
            ),
            lambda seen: bool(seen["lost"]),
            "The answer has these headers: {names}. The application had sent content-type, too. "
            "What became of it?",
        ),
        Wrong(
            "swallows_the_body",
            (
                signed(last="                await send(message)\n"),
                signed(
                    last="", start=f"                await send({ADD})\n", condition='"status" in message'
                ),
            ),
            lambda seen: seen["called"] and seen["arrived"] == ["http.response.start"],
            "At the server's end only the start came out. Every message passes through your `send`: "
            "what happens there to those that you do not change?",
        ),
        Wrong(
            "changes_every_message",
            (
                signed(
                    '                message["headers"] = [*message.get("headers", []),'
                    ' (b"x-cafe", b"open")]\n',
                    "True",
                ),
                HEAD + "        async def out(message):\n"
                '            headers = message.get("headers", []) + [(b"x-cafe", b"open")]\n'
                '            await send(message | {"headers": headers})\n'
                "        await app(scope, receive, out)\n" + FOOT,
            ),
            lambda seen: seen["bodies_with_headers"] > 0,
            "{bodies_with_headers} pieces of the body carry headers. Only one type of message may. Which?",
        ),
        Wrong(
            "collects_the_body",
            (
                HEAD + "        kept = []\n        async def out(message):\n"
                f"            if 'status' in message:\n                message = {ADD}\n"
                "            kept.append(message)\n"
                "        await app(scope, receive, out)\n"
                "        for message in kept:\n            await send(message)\n" + FOOT,
                HEAD + "        body = []\n        async def out(message):\n"
                f"            if 'status' in message:\n                await send({ADD})\n"
                "            elif scope['type'] == 'http':\n                body.append(message['body'])\n"
                "            else:\n                await send(message)\n"
                "        await app(scope, receive, out)\n"
                "        if scope['type'] == 'http':\n"
                '            await send({"type": "http.response.body", "body": b"".join(body)})\n' + FOOT,
            ),
            lambda seen: bool(seen["held_back"]),
            "All three pieces came, and none before the application had sent the last. A stream of events "
            "would never arrive. When can a piece go on?",
        ),
        Wrong(
            "http_only",
            (
                signed(first='        assert scope["type"] == "http"\n'),
                signed(first='        if scope["type"] != "http":\n            return\n'),
            ),
            lambda seen: bool(seen["refused"]) and seen["answered"] and not seen["refused"].startswith("its"),
            "A page goes through. A WebSocket did not: {refused}. The application inside may well know that "
            "type. Who should decide?",
        ),
    ),
    hints=(
        "Hand on `scope` and `receive` as they are, and a `send` of your own.",
        "Your `send` looks at `message['type']`, changes the start, and awaits the real `send` each time.",
        'Headers are pairs of bytes: `(b"x-cafe", b"open")`. They stand in `message["headers"]`, a list.',
    ),
    attempt=try_signed,
    passed=lambda seen: not seen["odd"] and not seen["held_back"] and not seen["bodies_with_headers"],
    done="Three pieces, one after another, with content-type and x-cafe; and a WebSocket went through.",
    otherwise="Not yet: {odd}. {next}",
    deadline=12.0,
)
