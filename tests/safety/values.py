"""What a cell may hand in: each call, and how the one sentence begins that it gets.

`shell` marks the words that a shell or Python would execute, if any of them ever got that far.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

SHELL = "x; touch executed.txt; $(touch executed.txt) `touch executed.txt`"
CODE = "__import__('os').system('touch executed.txt')"


class Mute:
    """It cannot even describe itself."""

    def __repr__(self) -> str:
        return "…"

    def __eq__(self, other: object) -> bool:
        raise RuntimeError

    __hash__ = None  # type: ignore[assignment]


def refused() -> Iterator[tuple[str, Callable[[], Any], str]]:
    """(name, a call that raises an error of one sentence, its beginning)."""
    from asynclab import fetch, load, serve
    from asynclab.audit import audit

    yield "a path that is a host", lambda: fetch("http://evil.example/"), "A path"
    yield "a path that is bytes", lambda: fetch(b"/"), "The path is text"  # type: ignore[arg-type]
    yield "a method with a header", lambda: fetch("/", method="GET / HTTP/1.1\r\nX: y"), "`method` is a word"
    yield "a header with a header", lambda: fetch("/", headers={"X": "a\r\nY: b"}), "The header X holds"
    yield "a header's name with a header", lambda: fetch("/", headers={"X: y\r\nZ": "a"}), "'X: y"
    yield "requests below zero", lambda: fetch("/", times=-1), "`times` is a whole number"
    yield "requests without end", lambda: fetch("/", times=10**100), "`times` is a whole number"
    yield "a deadline that is no number", lambda: fetch("/", deadline=float("nan")), "`deadline` is a time"
    yield "a deadline without end", lambda: fetch("/", deadline=float("inf")), "`deadline` is a time"
    yield "middleware that is code", lambda: fetch("/", middleware=[CODE]), "No module named"
    yield "a load on another machine", lambda: load("http://evil.example/"), "'evil.example' is not"
    yield (
        "a load on this machine's name elsewhere",
        lambda: load("http://127.0.0.1.evil.example/"),
        "'127.0.0.1.evil.example' is not",
    )
    yield "a load by another protocol", lambda: load("file:///etc/passwd"), "A URL here begins"
    yield (
        "a load with a user's name",
        lambda: load("http://127.0.0.1@evil.example/"),
        "'evil.example' is not",
    )
    yield "a server that is a command", lambda: serve(SHELL), "There is no server"  # type: ignore[arg-type]
    yield "an application that is a command", lambda: serve("uvicorn", app=SHELL), "`app`"
    yield "an application that is code", lambda: serve("uvicorn", app=CODE), "`app`"
    yield "a port below zero", lambda: serve("uvicorn", port=-1), "`port`"
    yield "a project that is a command", lambda: audit(project=SHELL), f"{SHELL!r} is no folder"
    yield "a project with a null", lambda: audit(project="a\0b"), "'a\\x00b' is no folder"
    yield "a project that is a device", lambda: audit(project="/dev/null"), "'/dev/null' is no folder"
    yield "a project without end", lambda: audit(project="x" * 100_000), f"'{'x' * 80}"


# boot() starts Django once in a process, so these are asked in one of their own.
BOOTS: dict[str, tuple[dict[str, Any], str]] = {
    "settings that are code": ({"settings": CODE}, "There is no "),
    "settings that are a path": ({"settings": "../../etc/passwd"}, "Django could not start"),
    "settings that are a command": ({"settings": SHELL}, "There is no "),
    "settings with a null": ({"settings": "a\0b"}, "There is no "),
    "settings without end": ({"settings": "a." * 10_000}, "`settings` names a module"),
    "a folder that is a command": ({"project": SHELL}, "There is no folder"),
    "a folder with a null": ({"project": "a\0b"}, "There is no folder"),
    "a folder that is a device": ({"project": "/dev/zero"}, "There is no folder"),
    "a folder without end": ({"project": "x" * 100_000}, "There is no folder"),
    "a folder that is a number": ({"project": 3}, "`project` is text"),
}

NO_NUMBER = "There is no exercise or prediction"

# What `predict`, `check` and `restore` print of words that are not theirs: one line, and nothing else.
PRINTED: dict[str, tuple[str, tuple[Any, ...], str]] = {
    "a prediction that is code": ("predict", ("0.4", CODE), f"0.4: {CODE[:20]!r} is no option."),
    "a prediction that is a script": (
        "predict",
        ("0.4", "<script>alert(1)</script>"),
        "0.4: '<script>alert(1)</sc' is no option.",
    ),
    "a prediction without end": ("predict", ("0.4", "a" * 1_000_000), f"0.4: '{'a' * 20}' is no option."),
    "a prediction that is mute": ("predict", ("0.4", Mute()), "0.4: '…' is no option."),
    "a prediction's number that is a path": (
        "predict",
        ("../../etc/passwd", "a"),
        f"{NO_NUMBER} '../../etc/passwd':",
    ),
    "an exercise that is a path": ("check", ("../../etc/passwd", print), f"{NO_NUMBER} '../../etc/passwd':"),
    "an exercise that is code": ("check", (CODE, print), f'{NO_NUMBER} "{CODE[:20]}…":'),
    "an exercise of another alphabet": ("check", ("٠.٦", print), f"{NO_NUMBER} '٠.٦':"),
    "an exercise without end": ("check", ("9" * 100_000, print), f"{NO_NUMBER} '{'9' * 20}…':"),
    "an exercise that is mute": ("check", (Mute(), print), "Write the number as text"),
}

# What may be handed in as an answer: the whole body of `nap`, and how the verdict begins.
ANSWERS: dict[str, tuple[str, str]] = {
    "an answer that ends Python": ("import sys\nsys.exit(0)", "Your `nap` ended the process with sys.exit."),
    "an answer that ends its process": (
        "import os\nos._exit(3)",
        "Your `nap` ended its process (exit code 3).",
    ),
    "an answer that leaves a file": ("open('evil.txt', 'w').close()\nreturn await bell.ring()", "1 rang."),
    "an answer that leaves a process": (
        "import subprocess\nnowhere = subprocess.DEVNULL\n"
        "subprocess.Popen(['sleep', '60'], stdout=nowhere, stderr=nowhere, start_new_session=True)\n"
        "return await bell.ring()",
        "1 rang.",
    ),
    "an answer that speaks for the judge": (
        'import os\nos.write(1, b\'{"state": "passed", "message": "x", "wrong": ""}\')',
        "The bell never rang.",
    ),
    "an answer that returns a pickle": (
        "class Evil:\n    def __reduce__(self):\n        return exec, ('import os; os._exit(1)',)\n"
        "return Evil()",
        "The bell never rang.",
    ),
    "an answer that forks": (  # its copy runs away, into a session of its own and off every pipe
        "import os, time\nif os.fork() == 0:\n    os.setsid()\n    os.closerange(0, 100)\n"
        "    time.sleep(60)\nreturn await bell.ring()",
        "1 rang.",
    ),
    "an answer that changes the judge": (
        "import json\njson.dumps = lambda *_: '{}'\nreturn await bell.ring()",
        "No answer within 1.5 s.",
    ),
    "an answer whose error is a terminal's code": (
        "raise ValueError('\\x1b[2J' * 1000)",
        "Your `nap` raised",
    ),
    "an answer that never ends": ("while True: pass", "No answer within 1.5 s"),
}
