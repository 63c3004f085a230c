"""What the lessons say about versions, so that none of it stays without a claim in the ledger.

What a lesson says in prose, in a table or in a comment is looked at. What its cells print is not: that was
run, on the versions that its first line names, and the lesson's test runs it again. A version of a package
that is neither Django, asgiref nor Python needs a claim that says why it is not run, and where it was seen.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from .book import Claim

_NUMBER = r"\d+(?:\.\d+)*"
_NAMES = (
    r"Django|Python|asgiref|nest_asyncio2?|ipykernel|pytest[\w-]*|Uvicorn|Daphne|Hypercorn|Granian|Gunicorn"
    r"|uvloop|Channels|channels_redis|psycopg|httpx|WhiteNoise"
)
# "Django 5.0", "the newest Django". Not a statement: "In Django 6.1's documentation".
_NAMED = re.compile(rf"\b(?:{_NAMES}) v?{_NUMBER}\b(?![.\d]*'s documentation)|newest (?:{_NAMES})")
# "from 3.12": a section has such a number, too, so it counts only beside a name with a number.
_BARE = re.compile(rf"\b(?:in|from|since|before|until|up to|with) {_NUMBER}\b", re.IGNORECASE)
# "since 5.1": of a section nobody says so, and the name alone is enough.
_SINCE = re.compile(rf"\b(?:since|until|before) {_NUMBER}\b", re.IGNORECASE)
_NAME = re.compile(rf"\b(?:{_NAMES})\b")


def lesson_of(notebook: Path) -> str:
    """ "lesson 03b" for 03b_threads….ipynb."""
    return f"lesson {notebook.stem.split('_')[0]}"


def paragraphs(notebook: Path) -> Iterator[str]:
    """The prose of a lesson, each paragraph in one line, and its code, line by line; without its header."""
    for each in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
        source = "".join(each["source"])
        if each["cell_type"] == "code":
            yield from source.splitlines()
        elif each["metadata"].get("asynclab", {}).get("part") != "header":
            for paragraph in re.split(r"\n\s*\n", source):
                yield " ".join(paragraph.split())


def unsettled(prose: Iterable[str], words: Iterable[str]) -> list[str]:
    """The paragraphs that speak of a version outside of the words that a claim has taken from there."""
    settled = sorted((" ".join(each.split()) for each in words), key=len, reverse=True)
    left_over = []
    for paragraph in prose:
        left = paragraph
        for each in settled:
            left = left.replace(each, " ")
        bare = _BARE if _NAMED.search(paragraph) else _SINCE if _NAME.search(paragraph) else None
        if _NAMED.search(left) or (bare and bare.search(left)):
            left_over.append(paragraph)
    return left_over


def words_from(lesson: str, book: Iterable[Claim]) -> list[str]:
    """What the claims have taken from this lesson: one piece each, or several with " … " between them."""
    return [words for claim in book if lesson in claim.said for words in claim.said[lesson].split(" … ")]


def gone(prose: Iterable[str], words: Iterable[str]) -> list[str]:
    """The words that stand in no paragraph any more."""
    every = list(prose)
    return [each for each in words if not any(" ".join(each.split()) in paragraph for paragraph in every)]
