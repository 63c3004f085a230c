"""What strangers may hand in as somebody's work: progress codes, and files named `my_work.zip`."""

from __future__ import annotations

import io
import json
import pickle
import stat
import zipfile
from pathlib import Path

from asynclab.ticks import Ticks, to_code

TRACE = "executed.txt"  # what a file would leave behind if any of it were ever executed


class Evil:
    """Whoever unpickles it runs this."""

    def __reduce__(self) -> tuple[object, ...]:
        return exec, (f"open({TRACE!r}, 'w').close()",)


CODE = to_code(Ticks(frozenset({"0.4"}), frozenset({"0.6"})))
NO_CODE = "That is no progress code: one looks like AD1-00p2e16-11."
MISTYPED = "That progress code is incomplete or mistyped: copy the whole of it."
CODES = {
    "a code that calls": ("AD1-__import__('os').system('touch executed.txt')", MISTYPED),
    "a code with a path": ("AD1-../../etc/passwd-aa", NO_CODE),
    "a code with a line break": (f"{CODE}\nimport os", MISTYPED),
    "a code with a template": ("AD1-{0.__class__}-00", NO_CODE),
    "a code in other digits": ("AD1-00p٤e١-aa", NO_CODE),
    "a code without end": ("AD1-" + "00p1-" * 100_000, MISTYPED),
    "a code of one huge number": ("AD1-00p" + "9" * 5_000 + "-aa", MISTYPED),
    "a code with a false checksum": (CODE[:-2] + "00", MISTYPED),
    "a code with one more tick": (CODE.replace("p8", "p9"), MISTYPED),
    "a code and a null": (CODE + "\0", MISTYPED),
}


def zipped(members: dict[str | zipfile.ZipInfo, bytes], **changed: bytes) -> bytes:
    """A file of work with these members besides its own three, of which some are changed."""
    parts: dict[str | zipfile.ZipInfo, bytes] = {
        "answers.json": b"{}",
        "predictions.json": b"{}",
        "ticks.json": b"[]",
    }
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (
            parts | {f"{part}.json": each for part, each in changed.items()} | members
        ).items():
            archive.writestr(name, content)
    return file.getvalue()


def link(to: str) -> bytes:
    """A file of work whose answers are a symbolic link."""
    member = zipfile.ZipInfo("answers.json")
    member.create_system, member.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(member, to)
        archive.writestr("predictions.json", "{}")
        archive.writestr("ticks.json", "[]")
    return file.getvalue()


def encrypted() -> bytes:
    """A file of work that claims to want a password."""
    whole = bytearray(zipped({}))
    for signature, flag in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = -1
        while (at := whole.find(signature, at + 1)) != -1:
            whole[at + flag] |= 1
    return bytes(whole)


def answer(number: str, text: object = "x = 1", passed: object = True) -> bytes:
    return json.dumps({number: {"text": text, "passed": passed}}).encode()


NO_JSON = "{} is no JSON text in UTF-8."
FILES: dict[str, tuple[bytes, str]] = {
    "a pickle": (pickle.dumps(Evil()), "my_work.zip is no my_work.zip of this course"),
    "a program": (b"#!/bin/sh\ntouch executed.txt\n", "my_work.zip is no my_work.zip of this course"),
    "nothing": (b"", "my_work.zip is no my_work.zip of this course"),
    "a bomb": (zipped({}, answers=b" " * 50_000_000), "answers.json unpacks to more than 5,000,000 bytes."),
    "a bomb behind a bomb": (
        zipped({"bomb.zip": zipped({"more": b"0" * 20_000_000})}, ticks=b"[" * 6_000_000),
        "ticks.json unpacks to more than 5,000,000 bytes.",
    ),
    "too large": (b"x" * 5_000_001, "my_work.zip is larger than 5,000,000 bytes."),
    "a pickle for answers": (zipped({}, answers=pickle.dumps(Evil())), NO_JSON.format("answers.json")),
    "a program for ticks": (zipped({}, ticks=b"__import__('os')"), NO_JSON.format("ticks.json")),
    "brackets without end": (zipped({}, ticks=b"[" * 500_000), NO_JSON.format("ticks.json")),
    "a number without end": (zipped({}, ticks=b"9" * 100_000), NO_JSON.format("ticks.json")),
    "another alphabet": (zipped({}, answers="{}".encode("utf-16")), NO_JSON.format("answers.json")),
    "a link to a file of the system": (link("/etc/passwd"), NO_JSON.format("answers.json")),
    "a password": (encrypted(), "my_work.zip is no my_work.zip of this course"),
    "a list for answers": (zipped({}, answers=b"[]"), "in my_work.zip, a part is missing."),
    "nothing for ticks": (zipped({}, ticks=b"null"), "in my_work.zip, a part is missing."),
    "a number that is a path": (
        zipped({}, answers=answer("../../evil")),
        "in my_work.zip, '../../evil' is no exercise number.",
    ),
    "a number that is a dunder": (
        zipped({}, ticks=b'["__class__"]'),
        "in my_work.zip, '__class__' is no exercise number.",
    ),
    "a letter that is a script": (
        zipped({}, predictions=b'{"0.4": "<script>alert(1)</script>"}'),
        "in my_work.zip, a prediction is no letter.",
    ),
    "an answer that is a list": (
        zipped({}, answers=answer("0.6", ["import os"])),
        "in my_work.zip, the answer to 0.6 is no text.",
    ),
    "an answer that passed by a word": (
        zipped({}, answers=answer("0.6", passed="yes")),
        "in my_work.zip, the answer to 0.6 is no text.",
    ),
    "an answer without end": (
        zipped({}, answers=answer("0.6", "x" * 20_001)),
        "in my_work.zip, the answer to 0.6 is longer than 20,000 characters.",
    ),
    "half a character": (zipped({}, answers=answer("0.6", "\ud800")), "in my_work.zip, "),
    "600 answers": (
        zipped({}, ticks=json.dumps([f"{n}.1" for n in range(600)]).encode()),
        "in my_work.zip, it holds more than 500 entries.",
    ),
}

PROGRESS = json.dumps({"version": 1, "predicted": {}, "passed": ["0.6"], "answers": {}}).encode()

# These have three good, empty parts: they are taken, and what stands beside those is never unpacked.
BESIDE: dict[str, bytes] = {
    "a member that climbs": zipped({"../../evil.txt": b"x"}),
    "a member from the root": zipped({"/tmp/asynclab-evil.txt": b"x"}),
    "a member for Windows": zipped({"..\\..\\evil.txt": b"x", "C:\\evil.txt": b"x"}),
    "a member of a huge name": zipped({"n" * 60_000: b"x"}),
    "a member that would be progress": zipped({"progress.json": PROGRESS, "asynclab.py": b"import os"}),
    "1,000 members": zipped({f"{n}.txt": b"x" for n in range(1_000)}),
}


def links(folder: Path) -> dict[str, Path]:
    """Names in this folder that are no files of work."""
    (folder / "loop.zip").symlink_to("loop.zip")
    (folder / "elsewhere.zip").symlink_to("/etc/passwd")
    (folder / "endless.zip").symlink_to("/dev/zero")
    return {each.name: each for each in folder.glob("*.zip")}
