"""Exercise 1.3: a WSGI application that knows its own address and no other."""

from __future__ import annotations

import re
from collections.abc import Callable
from secrets import token_hex
from typing import Any

from django.http import HttpResponseBase

from ..client import fetch
from .declare import Evidence, Exercise, Wrong
from .trying import given_up, said


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
            odd = f"{path} got no answer: {given_up(run)}"
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
    minutes=3,
    task=(
        "`door` says Welcome to every address. Put two lines in place of the comment, so that only the "
        "path `/` gets that answer. Any other path gets the status **404 Not Found**, and a body of your "
        "choice.\n\n"
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
