"""Lesson 01: one callable, called in two ways, and the messages that go in and out of it."""

from __future__ import annotations

import gc
import re
import warnings
from collections.abc import Callable, Sequence
from secrets import token_hex
from typing import Any

from django.http import HttpResponseBase

from ..client import fetch
from ..errors import StackError
from ..run import Run
from .declare import Evidence, Exercise, Lesson, Prediction, Wrong

# What the two predictions are decided by ----------------------------------------------------------


def unheard(run: Run) -> str:
    """What became of a body that the application did not ask for."""
    if run.notes:
        return "c"
    return "a" if run.error is not None or run.response.status >= 400 else "b"


def pieces_sent(run: Run) -> str:
    """How many messages Django made of its answer."""
    sent = [message.type for message in run.messages if message.direction == "send"]
    return {1: "c", 2: "a"}.get(len(sent), "b")


# How the two exercises are tried ------------------------------------------------------------------


def said(error: BaseException | None) -> str:
    """The error in one line; nothing if there is none."""
    return f"{type(error).__name__}: {error}".removesuffix(": ") if error is not None else ""


def sentence(run: Run) -> str:
    """What the lab says of a request that it had to give up."""
    return " ".join(run.notes).rstrip(".")


async def try_door(door: Any) -> Evidence:
    """Knock at five addresses, one of them made up now, each asked for by itself."""
    at_home = {"/": True, "/tea/": False, "/cake": False, f"/{token_hex(4)}/": False, "/?milk=1": True}
    given = list[object]()

    def looked_at(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        given.append(door(environ, start_response))
        return given[-1]

    answers = dict[str, tuple[int, str]]()
    error: BaseException | None = None
    odd = ""
    for path in at_home:
        run = await fetch(path, app=looked_at, via="wsgi", deadline=2)
        error = error or run.error
        if run.notes:
            odd = f"{path} got no answer: {sentence(run)}"
            break
        if run.error is None:
            answers[path] = run.response.status, run.response.text
    statuses = {path: status for path, (status, _) in answers.items()}
    shown = ", ".join(f"{path} {status}" for path, status in statuses.items())
    return Evidence(
        error=error,
        facts={
            "said": said(error),
            "odd": odd or said(error).rstrip(".") or f"your statuses were {shown}",
            "statuses": statuses,
            "texts": {path: text for path, (_, text) in answers.items()},
            "wanted": {path: 200 if home else 404 for path, home in at_home.items()},
            "gave_a_response": any(isinstance(value, HttpResponseBase) for value in given),
        },
    )


def fits(seen: Evidence) -> bool:
    """Whether the door knows its own address, with and without a query, and no other."""
    texts = seen["texts"]
    return bool(seen["statuses"] == seen["wanted"]) and texts["/"] == texts["/?milk=1"] == "Welcome!"


def always_200(seen: Evidence, same_text: bool) -> bool:
    """Whether each address got a 200; and with the same words, or with others."""
    statuses, texts = seen["statuses"], seen["texts"]
    return (
        list(statuses.values()) == [200] * len(seen["wanted"])
        and (texts.get("/tea/") == texts.get("/")) == same_text
    )


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
    odd, waiting = "", ""
    gc.collect()  # an earlier answer's coroutines complain before, not in between
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        for name, pieces in bodies.items():
            try:
                run = await fetch("/", app=shout, body=pieces, method="POST", deadline=1.5)
            except StackError:
                errors.append("`shout` is to be an `async def` with three arguments")
                break
            received = [message for message in run.messages if message.direction == "receive"]
            if run.notes and len(received) == len(pieces):
                waiting = name
            elif run.notes:
                errors.append(sentence(run))
            if run.notes:
                break
            if run.error is not None:
                errors.append(said(run.error))
                continue
            answer = run.response
            texts[name] = answer.text
            lengths[name] = answer.header("content-length") == str(len(answer.body))
            wanted = b"".join(pieces).decode().upper()
            shown = (
                f"status {answer.status}, {answer.text!r}, content-length {answer.header('content-length')}"
            )
            if (answer.status, answer.text, lengths[name]) != (200, wanted, True):
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
            "forgotten": forgotten([str(warning.message) for warning in heard], errors),
        },
    )


def forgotten(heard: Sequence[str], errors: Sequence[str]) -> str:
    """Which of the two was called and not awaited, if one was."""
    for name in ("send", "receive"):
        if any(f".{name}' was never awaited" in text for text in heard):
            return name
    return "receive" if any("'coroutine' object" in text for text in errors) else ""


def failed_with(*words: str) -> Callable[[Evidence], bool]:
    """Whether some body ended in an error whose text holds all of these words."""
    return lambda seen: any(all(word in text for word in words) for text in seen["errors"])


# 1.3 ----------------------------------------------------------------------------------------------

BEFORE = """\
def door(environ, start_response):
    status, body = "200 OK", b"Welcome!"
"""
STRANGER = 'status, body = "404 Not Found", b"There is no such page."'
AFTER = """\
    start_response(status, [("Content-Type", "text/plain")])
    return [body]
"""


def elsewhere(line: str, imports: str = "", unless: str = 'environ["PATH_INFO"] == "/"') -> str:
    """The door with this line for paths that are not its own."""
    return f"{imports}{BEFORE}    if not ({unless}):\n        {line}\n{AFTER}"


DOOR = Exercise(
    number="1.3",
    name="door",
    kind="modify",
    minutes=4,
    task=(
        "`door` says Welcome to every address. Fill in two lines, so that only the path `/` gets that "
        "answer. Any other path gets the status **404 Not Found**, and a body of your choice.\n\n"
        "`check` asks for `/`, `/tea/`, `/cake`, `/?milk=1`, and an address that it makes up."
    ),
    stub=BEFORE + "    # Your two lines come here.\n" + AFTER,
    solutions=(
        BEFORE + f'    if environ["PATH_INFO"] != "/":\n        {STRANGER}\n' + AFTER,
        """\
def door(environ, start_response):
    text = [("Content-Type", "text/plain")]
    if environ.get("PATH_INFO") == "/":
        start_response("200 OK", text)
        yield b"Wel"
        yield b"come!"
    else:
        start_response("404 Nothing here", text)
""",
        """\
class Door:
    def __call__(self, environ, start_response):
        found = environ["PATH_INFO"] == "/"
        write = start_response("200 OK" if found else "404 Not Found", [])
        write(b"Welcome!" if found else b"?")
        return ()

door = Door()
""",
    ),
    wrong=(
        Wrong(
            "leans_on_django",
            (
                elsewhere("raise Http404", "from django.http import Http404\n\n"),
                elsewhere(
                    'return HttpResponseNotFound(b"There is no such page.")',
                    "from django.http import HttpResponseNotFound\n\n",
                ),
            ),
            lambda seen: seen["said"].startswith("Http404") or (seen["gave_a_response"] and not fits(seen)),
            "Django's `Http404` and its responses mean something to Django, and here is none: your function "
            "talks to the server itself. In which two places does the server look for status and body?",
        ),
        Wrong(
            "status_as_number",
            (elsewhere("status = 404"), elsewhere('status, body = 404, b"There is no such page."')),
            lambda seen: "The status is text" in seen["said"],
            "`start_response` got a number. WSGI wants the status as a line of text, as in the first line "
            "of `door`. How does that line go for a page that is not there?",
        ),
        Wrong(
            "starts_twice",
            (
                elsewhere('start_response("404 Not Found", [])'),
                """\
def door(environ, start_response):
    headers = [("Content-Type", "text/plain")]
    start_response("200 OK", headers)
    if environ["PATH_INFO"] == "/":
        return [b"Welcome!"]
    start_response("404 Not Found", headers)
    return [b"There is no such page."]
""",
            ),
            lambda seen: "called twice" in seen["said"],
            "For a strange path `start_response` was called twice. One request has one status. "
            "What could your lines change instead, so that the call below says it?",
        ),
        Wrong(
            "never_starts",
            (
                elsewhere('return [b"404 Not Found"]'),
                """\
def door(environ, start_response):
    if environ["PATH_INFO"] == "/":
        start_response("200 OK", [])
        return [b"Welcome!"]
    return []
""",
            ),
            lambda seen: bool(re.search("never called|Call `start_response` before", seen["said"])),
            "For a strange path you returned a body, and `start_response` was not called. "
            "Who tells the server the status then?",
        ),
        Wrong(
            "only_words",
            (elsewhere('body = b"404 Not Found"'), elsewhere(STRANGER.replace("404 Not Found", "200 OK"))),
            lambda seen: always_200(seen, same_text=False),
            "/tea/ shows {texts[/tea/]!r}, and its status is 200: to a search engine that is a page like any "
            "other. Which of the two variables does the client read first?",
        ),
        Wrong(
            "every_path_begins_so",
            (
                elsewhere(STRANGER, unless='environ["PATH_INFO"].startswith("/")'),
                elsewhere(STRANGER, unless='"/" in environ["PATH_INFO"]'),
            ),
            lambda seen: always_200(seen, same_text=True),
            "/tea/ still gets {statuses[/tea/]}, as every path does. "
            "Each path has a slash in front. What must a path be to be welcome?",
        ),
    ),
    hints=(
        "Which key of `environ` holds the path? The cell before this exercise prints it.",
        "The line below your two passes `status` and `body` on. Change both, for some paths.",
        'Begin with `if environ["PATH_INFO"] != "/":`. The status is text: "404 Not Found".',
    ),
    attempt=try_door,
    passed=fits,
    done="{statuses[/]} for /, with and without a query, and {statuses[/tea/]} for any other path.",
    otherwise="Not yet: {odd}. Which paths should get 200, and which 404?",
    deadline=15.0,
)

# 1.8 ----------------------------------------------------------------------------------------------

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
        "headers": [(b"content-length", str(len(answer)).encode())],
    })
"""
SEND = (
    START
    + """\
    await send({"type": "http.response.body", "body": answer})
"""
)
UPPER = "    answer = body.decode().upper().encode()\n"


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
        "becomes `CAFÉ`. Its header `content-length` gives the length of the answer in bytes.\n\n"
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
    answer = change(b"".join(parts).decode("utf-8")).encode("utf-8")
    headers = ((name, value) for name, value in [(b"content-length", str(len(answer)).encode("ascii"))])
    await send(dict(type="http.response.start", status=200, headers=headers))
    await send(dict(type="http.response.body", body=answer, more_body=False))

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
                shouting(READ, UPPER, "    return [answer]\n"),
                shouting("    message = await receive()\n    return message['body'].decode().upper()\n"),
            ),
            failed_with("returned without sending"),
            "`shout` returned, and had sent nothing. An ASGI application has no answer to return. "
            "What does it call instead, and how many times at least?",
        ),
        Wrong(
            "body_before_start",
            (
                shouting(READ, UPPER, '    await send({"type": "http.response.body", "body": answer})\n'),
                shouting(
                    READ, UPPER, '    await send({"type": "http.response.body", "body": answer})\n', START
                ),
            ),
            failed_with("Expected the message 'http.response.start'"),
            "The first thing that you sent was a body. The client reads status and headers first. "
            "Which message brings those?",
        ),
        Wrong(
            "sends_text",
            (
                shouting(READ, "    answer = body.decode().upper()\n", SEND),
                shouting(READ, UPPER, SEND.replace("str(len(answer)).encode()", "str(len(answer))")),
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
                    '        answer = message["body"].upper()\n',
                    SEND.replace("    await", "        await").replace("    }", "        }"),
                    '        more = message["more_body"]\n',
                ),
                shouting(
                    '    await send({"type": "http.response.start", "status": 200, "headers": []})\n'
                    "    more = True\n    while more:\n        message = await receive()\n"
                    '        more = message["more_body"]\n        answer = message["body"].upper()\n'
                    '        await send({"type": "http.response.body", "body": answer})\n'
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
                    "    answer = text.upper().encode()\n",
                    SEND,
                ),
                shouting(
                    READ.replace(
                        'message.get("body", b"")',
                        'message["body"].decode(errors="replace").upper().encode()',
                    ),
                    "    answer = body\n",
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
                shouting(READ, "    answer = body.upper()\n", SEND),
                shouting(READ.replace('b"")\n', 'b"").upper()\n'), "    answer = body\n", SEND),
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
                    "    text = body.decode().upper()\n    answer = text.encode()\n",
                    SEND.replace("len(answer)", "len(text)"),
                ),
                shouting(READ, UPPER, SEND.replace("len(answer)", "len(answer.decode())")),
            ),
            lambda seen: seen["lengths"].get("whole", False) and not seen["lengths"].get("split", True),
            "`CAFÉ` has 4 letters and takes 5 bytes, and your content-length says 4. A client reads no "
            "further. What do you count?",
        ),
    ),
    hints=(
        "Three steps: collect the pieces, change the text, send two messages. 1.6 collects, 1.4 sends.",
        "Join all pieces first. Then `decode()` to text, `upper()`, and `encode()` back to bytes.",
        'The header is a pair of bytes: `(b"content-length", str(len(answer)).encode())`.',
    ),
    attempt=try_shout,
    passed=lambda seen: bool(seen["good"]),
    done="Six bodies read whole, in one piece or in three, and each came back in upper case: {pieces!r}.",
    otherwise="Not yet: {odd}. Is the status 200, all of the text there, and content-length its bytes?",
    deadline=15.0,
)

LESSON = Lesson(
    number="01",
    slug="01_two_callables",
    title="One callable, two languages",
    objectives=(
        "write a WSGI and an ASGI application by hand",
        "read `environ`, `scope`, `receive` and `send`",
        "follow the same request into both of Django's handlers",
    ),
    know_first="lesson 00: `fetch`, `predict`, `check`, and what `await` does",
    docs=(
        ("How to deploy with WSGI", "howto/deployment/wsgi/"),
        ("How to deploy with ASGI", "howto/deployment/asgi/"),
        ("Request and response objects", "ref/request-response/"),
    ),
    predictions=(
        Prediction(
            number="1.5",
            question=(
                "`greeter` never calls `receive`. Now a client posts a body to it, in three pieces. "
                "What happens?"
            ),
            options={
                "a": "the server refuses: nobody took the body",
                "b": "it answers as before: nobody has to listen",
                "c": "it hangs: the pieces wait until somebody takes them",
            },
            settle=unheard,
            replies={
                "a": (
                    "No rule of ASGI makes an application ask. Whether it wants the body is its own affair; "
                    "the server's is to hand over what is asked for."
                ),
                "c": (
                    "Messages do not push their way in. `receive` is a question that the application asks, "
                    "and one that is never asked holds nobody up."
                ),
                "b": "Here it did not answer. Did you change the cell?",
            },
        ),
        Prediction(
            number="1.10",
            question=(
                "A Django view returns one `HttpResponse` of 200,000 bytes. How many messages does Django's "
                "ASGI handler send?"
            ),
            options={
                "a": "two: one start, one body",
                "b": "more: one start, and the body in several pieces",
                "c": "one: the whole response",
            },
            settle=pieces_sent,
            replies={
                "a": (
                    "So it was with the menu, which is small. But a body may go out in pieces just as it may "
                    "come in, and Django cuts a long one."
                ),
                "c": (
                    "Status and headers always travel in a message of their own, before the body. "
                    "Look back at 1.4: the two calls of `send`."
                ),
                "b": "Here it took no more than two. Did you change the cell?",
            },
        ),
    ),
    exercises=(DOOR, SHOUT),
    previous="00_start_here",
    next="02_one_loop",
)
