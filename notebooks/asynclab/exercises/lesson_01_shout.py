"""Exercise 1.8: an ASGI application that reads a body in pieces, and answers it in upper case."""

from __future__ import annotations

from collections.abc import Sequence
from secrets import token_hex
from typing import Any

from ..client import fetch
from ..errors import StackError
from .declare import Evidence, Exercise, Wrong
from .trying import failed_with, given_up, never_awaited, said

BODIES: dict[str, Sequence[bytes]] = {
    "whole": [b"one tea"],
    "pieces": [b"one ", b"tea ", b"please"],
    "gap": [b"tea", b"", b"cake"],
    "split": [b"caf\xc3", b"\xa9"],
    "nothing": [b""],
}  # and one that is made up each time


async def try_shout(shout: Any) -> Evidence:
    """Send six bodies, one after another; stop at the first that gets no answer."""
    bodies = BODIES | {"made up": [b"tea ", token_hex(4).encode()]}
    texts, lengths, errors = dict[str, str](), dict[str, bool](), list[str]()
    odd = waiting = ""
    with never_awaited() as dropped:
        for name, pieces in bodies.items():
            try:
                run = await fetch("/", app=shout, body=pieces, method="POST", deadline=1.5)
            except StackError:
                errors.append("`shout` is to be an `async def` with three arguments")
                break
            if run.notes:
                received = [message for message in run.messages if message.direction == "receive"]
                waiting = name if len(received) == len(pieces) else ""
                errors.append(given_up(run))
                break
            if run.error is not None:
                errors.append(said(run.error))
                continue
            answer, length = run.response, run.response.header("content-length")
            texts[name] = answer.text
            lengths[name] = length == str(len(answer.body))
            wanted = b"".join(pieces).decode().upper()
            if (answer.status, answer.text, lengths[name]) != (200, wanted, True):
                shown = f"status {answer.status}, {answer.text!r}, content-length {length}"
                odd = odd or f"for {list(pieces)} you answered {shown}"
    return Evidence(
        facts={
            "texts": texts,
            "pieces": texts.get("pieces", ""),
            "split": texts.get("split", ""),
            "odd": odd or (errors[0].rstrip(".") if errors else "no answer came"),
            "errors": errors,
            "good": not odd and set(texts) == set(bodies),
            "lengths": lengths,
            "waiting": waiting,
            "forgotten": forgotten(dropped, errors),
        },
    )


def forgotten(dropped: Sequence[str], errors: Sequence[str]) -> str:
    """Which of the two was called and not awaited, if one was."""
    for name in ("send", "receive"):
        if any(f".{name}' was never awaited" in text for text in dropped):
            return name
    return "receive" if any("'coroutine' object" in text for text in errors) else ""


READ = """\
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
"""
START = """\
    await send({
        "type": "http.response.start",
        "status": 200,
        "headers": [(b"content-length", str(len(loud)).encode())],
    })
"""
SEND = (
    START
    + """\
    await send({"type": "http.response.body", "body": loud})
"""
)
UPPER = "    loud = body.decode().upper().encode()\n"


def shouting(*parts: str) -> str:
    """`shout` with this body."""
    return "async def shout(scope, receive, send):\n" + "".join(parts)


SHOUT = Exercise(
    number="1.8",
    name="shout",
    kind="make",
    minutes=7,
    task=(
        "Write `shout`, an ASGI application. It reads the whole body, in however many pieces it comes, and "
        "answers the same text in upper case, with status 200: `one tea` becomes `ONE TEA`, and `café` "
        "becomes `CAFÉ`. The text is UTF-8, both ways.\n\n"
        "Its header `content-length` gives the length of the answer in bytes. In a header even a number is "
        'written as bytes: `b"7"`. No other header is needed. (`answer` of 1.4 has fixed headers, so send '
        "your own two messages.)\n\n"
        "`check` sends bodies in one piece and in several, an empty one, and one that is cut in the "
        "middle of the é, which takes two bytes."
    ),
    stub=shouting("    ...\n"),
    solutions=(
        shouting(READ, UPPER, SEND),
        """\
import codecs

async def pieces(receive):
    while True:
        match await receive():
            case {"type": "http.disconnect"}:
                return
            case {"body": piece, "more_body": True}:
                yield piece
            case {"body": piece}:
                yield piece
                return

class Shout:
    async def __call__(self, scope, receive, send):
        decoder = codecs.getincrementaldecoder("utf-8")()
        loud = [decoder.decode(piece).upper().encode() async for piece in pieces(receive)]
        length = b"%d" % sum(map(len, loud))
        await send({"type": "http.response.start", "status": 200, "headers": [(b"Content-Length", length)]})
        for piece in loud:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body"})

shout = Shout()
""",
        """\
from functools import partial

async def loudly(change, scope, receive, send):
    message = await receive()
    parts = [message["body"]]
    while message["more_body"]:
        message = await receive()
        parts.append(message["body"])
    loud = change(b"".join(parts).decode("utf-8")).encode("utf-8")
    headers = ((name, value) for name, value in [(b"content-length", str(len(loud)).encode("ascii"))])
    await send(dict(type="http.response.start", status=200, headers=headers))
    await send(dict(type="http.response.body", body=loud, more_body=False))

shout = partial(loudly, str.upper)
""",
    ),
    wrong=(
        Wrong(
            "forgets_await",
            (
                shouting(READ, UPPER, SEND.replace("await send", "send")),
                shouting(READ.replace("await receive", "receive"), UPPER, SEND),
            ),
            lambda seen: bool(seen["forgotten"]),
            "`{forgotten}` was called, and nobody awaited it, so it never ran. "
            "Which word is missing in front of it?",
        ),
        Wrong(
            "answers_like_wsgi",
            (
                shouting(READ, UPPER, "    return [loud]\n"),
                shouting("    message = await receive()\n    return message['body'].decode().upper()\n"),
            ),
            failed_with("returned without sending"),
            "`shout` returned, and had sent nothing. An ASGI application has no answer to return. "
            "What does it call instead, and how many times at least?",
        ),
        Wrong(
            "body_before_start",
            (
                shouting(READ, UPPER, '    await send({"type": "http.response.body", "body": loud})\n'),
                shouting(
                    READ, UPPER, '    await send({"type": "http.response.body", "body": loud})\n', START
                ),
            ),
            failed_with("Expected the message 'http.response.start'"),
            "The first thing that you sent was a body. The client reads status and headers first. "
            "Which message brings those?",
        ),
        Wrong(
            "sends_text",
            (
                shouting(READ, "    loud = body.decode().upper()\n", SEND),
                shouting(READ, UPPER, SEND.replace("str(len(loud)).encode()", "str(len(loud))")),
            ),
            lambda seen: failed_with("not str")(seen) or failed_with("pairs of bytes")(seen),
            "You sent text (str), and ASGI carries bytes, in bodies and in headers alike. "
            "What makes bytes out of text?",
        ),
        Wrong(
            "answers_each_piece",
            (
                shouting(
                    "    more = True\n    while more:\n        message = await receive()\n"
                    '        loud = message["body"].upper()\n',
                    SEND.replace("    await", "        await").replace("    }", "        }"),
                    '        more = message["more_body"]\n',
                ),
                shouting(
                    '    await send({"type": "http.response.start", "status": 200, "headers": []})\n'
                    "    more = True\n    while more:\n        message = await receive()\n"
                    '        more = message["more_body"]\n        loud = message["body"].upper()\n'
                    '        await send({"type": "http.response.body", "body": loud})\n'
                ),
            ),
            failed_with("after the response was complete"),
            "Three pieces came in, and you answered the first as if it were all: after that your answer was "
            "complete, and you sent more. When do you know the whole body?",
        ),
        Wrong(
            "listens_for_ever",
            (
                shouting(
                    '    body = b""\n    while True:\n        message = await receive()\n'
                    '        if message["type"] == "http.disconnect":\n            break\n'
                    '        body += message["body"]\n',
                    UPPER,
                    SEND,
                ),
                shouting(
                    '    body = b""\n    while piece := (await receive())["body"]:\n        body += piece\n',
                    UPPER,
                    SEND,
                ),
            ),
            lambda seen: bool(seen["waiting"]),
            "All pieces had come, and no answer: `receive` was asked for one more, and now waits until the "
            "client leaves. Which key of a message says that it was the last?",
        ),
        Wrong(
            "keeps_one_piece",
            (
                shouting('    message = await receive()\n    body = message["body"]\n', UPPER, SEND),
                shouting(READ.replace("body +=", "body ="), UPPER, SEND),
            ),
            lambda seen: seen["pieces"] in ("ONE ", "PLEASE"),
            "The body came in three pieces, `one `, `tea ` and `please`, and you answered {pieces!r}. "
            "What happens in your code to the other two?",
        ),
        Wrong(
            "decodes_each_piece",
            (
                shouting(
                    '    text, more = "", True\n    while more:\n        message = await receive()\n'
                    '        text += message["body"].decode()\n        more = message["more_body"]\n'
                    "    loud = text.upper().encode()\n",
                    SEND,
                ),
                shouting(
                    READ.replace(
                        'message.get("body", b"")',
                        'message["body"].decode(errors="replace").upper().encode()',
                    ),
                    "    loud = body\n",
                    SEND,
                ),
            ),
            lambda seen: failed_with("UnicodeDecodeError")(seen) or seen["split"].startswith("CAF\ufffd"),
            "A piece ended in the middle of the é, and half a letter cannot be decoded. "
            "When is it safe to make text out of the bytes?",
        ),
        Wrong(
            "upper_case_of_bytes",
            (
                shouting(READ, "    loud = body.upper()\n", SEND),
                shouting(READ.replace('b"")\n', 'b"").upper()\n'), "    loud = body\n", SEND),
            ),
            lambda seen: seen["split"] == "CAFé",
            "`café` came back as {split!r}: bytes know the upper case of a to z only. "
            "What must the bytes become first?",
        ),
        Wrong(
            "counts_letters",
            (
                shouting(
                    READ,
                    "    text = body.decode().upper()\n    loud = text.encode()\n",
                    SEND.replace("len(loud)", "len(text)"),
                ),
                shouting(READ, UPPER, SEND.replace("len(loud)", "len(loud.decode())")),
            ),
            lambda seen: seen["lengths"].get("whole", False) and not seen["lengths"].get("split", True),
            "`CAFÉ` has 4 letters and takes 5 bytes, and your content-length says 4. A client reads no "
            "further. What do you count?",
        ),
    ),
    hints=(
        "Three steps: collect the pieces, change the text, send two messages. 1.6 collects, 1.4 sends.",
        "Join all pieces first. Then `decode()` to text, `upper()`, and `encode()` back to bytes.",
        'The header is a pair of bytes: `(b"content-length", str(len(loud)).encode())`.',
    ),
    attempt=try_shout,
    passed=lambda seen: bool(seen["good"]),
    done="Six bodies read whole, in one piece or in three, and each came back in upper case: {pieces!r}.",
    otherwise="Not yet: {odd}. Is the status 200, all of the text there, and content-length its bytes?",
    deadline=15.0,
)
