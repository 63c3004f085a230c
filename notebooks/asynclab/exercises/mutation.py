"""Judge a learner's test by what it says of right code and of broken code.

A test is good if it passes on every right implementation, however that is written, and fails on
every broken one. So it is run on some of each, in place of the one that it was written for.
"""

from __future__ import annotations

import asyncio
import importlib
import io
import pickle
import re
import types
import unittest
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cloudpickle  # type: ignore[import-untyped]
from asgiref.sync import sync_to_async
from django.db import connections

from .declare import Evidence

if TYPE_CHECKING:
    from ..suite import Outcome

Case = type[unittest.TestCase]
Put = Callable[[Case, str, Any], Case]
SUBJECT = "the subject of the test"


@dataclass(frozen=True)
class Broken:
    """One broken implementation: which mistake it makes, and what would show it."""

    name: str
    what: str  # "answers, and saves nothing"
    code: Any
    question: str


class Reads:
    """Counts the queries that a test makes after the code under test has done its work."""

    def __init__(self) -> None:
        self.working = self.worked = False
        self.after = 0

    def __enter__(self) -> None:
        self.working = True
        self.worked = True

    def __exit__(self, *error: object) -> None:
        self.working = False

    def __call__(self, execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        self.after += self.worked and not self.working and sql.startswith("SELECT")
        return execute(sql, *rest)


async def tried(
    case: Any,
    name: str,
    subject: str,
    right: Sequence[Any],
    broken: Sequence[Broken],
    reads: Reads | None = None,
    put: Put | None = None,
) -> Evidence:
    """What a test class, by its name, says of each implementation of `subject`: what a cell calls it.

    `put(case, subject, code)` gives the test class to run with that code in place of the subject; without
    it, the code takes the place of what a cell calls so.
    """
    if not (isinstance(case, type) and issubclass(case, unittest.TestCase)):
        raise TypeError(f"{name} is no test class. Does it inherit from one of Django's?")
    suite = importlib.import_module("asynclab.suite")  # it needs Django's settings
    reads, put = reads or Reads(), put or with_subject

    def judge() -> tuple[list[Any], int, list[Any]]:
        with suite.empty_database():
            on_right = []
            for each in right:
                reads.worked = False
                on_right.append(suite.run([put(case, subject, each)], wrapper=reads))
            after = reads.after
            return on_right, after, [suite.run([put(case, subject, each.code)]) for each in broken]

    try:
        on_right, after, on_broken = await asyncio.to_thread(judge)
    finally:
        await sync_to_async(connections.close_all)()  # a loop of the test's own leaves one open there
    ours = "|".join(re.escape(each.__qualname__) for each in right)  # names that the learner has never seen

    def told(text: str) -> str:
        return re.sub(rf"\b(?:{ours})\b", subject, text)

    rejected = [told(outcome.problems[0]) for outcome in on_right if not outcome.passed]
    alive = [each for each, outcome in zip(broken, on_broken, strict=True) if outcome.passed]
    unawaited = list(dict.fromkeys(told(name) for outcome in on_right for name in outcome.unawaited))
    return Evidence(
        facts=_facts(case, on_right[0], unawaited, rejected, len(right), alive, len(broken))
        | {
            "reads": after,
            "left": ", ".join(f"{n} {name}" for outcome in on_right[:1] for name, n in outcome.left.items()),
        }
    )


def _facts(
    case: Case,
    first: Outcome,
    unawaited: list[str],
    rejected: list[str],
    right: int,
    alive: list[Broken],
    all_: int,
) -> dict[str, object]:
    ran = first.ran
    own = [name for name in unawaited if name.startswith(f"{case.__qualname__}.")]
    lazy = [name for name in own if name.partition(".")[2].startswith("test")]
    return {
        "ran": ran,
        "never_ran": lazy[0] if lazy else "",
        "unawaited": next((name for name in unawaited if name not in lazy), ""),
        "rejected": _sentence(rejected[0]) if rejected else "",
        "rejects_all": len(rejected) == right,
        "rejects_some": 0 < len(rejected) < right,
        "passes": not rejected,
        "alive": [each.name for each in alive],
        "proves_nothing": bool(ran) and not rejected and len(alive) == all_,
        "broken": all_,
        "right": right,
        "what": alive[0].what if alive else "",
        "question": _question(first, rejected, alive, unawaited),
        "odd": (
            "no test of yours ran"
            if not (ran or rejected)
            else f"your test fails on a right one: {rejected[0].rstrip('.')}"
            if rejected
            else f"your test passes on one that {alive[0].what}"
            if alive
            else "it leaves rows behind"
        ),
    }


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _question(first: Outcome, rejected: list[str], alive: list[Broken], unawaited: list[str]) -> str:
    if first.skipped and not (first.ran or rejected):
        return "It was skipped: what says so?"
    if not (first.ran or rejected):
        return "Does a method's name begin with `test`?"
    if not rejected:
        return alive[0].question if alive else "Which base class rolls back?"
    if unawaited:
        return f"Nobody awaits `{unawaited[0]}`: which word is missing?"
    if rejected[0].startswith("AssertionError"):
        return "What does it expect that was not asked for?"
    return "What does that line of your test call or await, and may it?"


def survives(name: str) -> Callable[[Evidence], bool]:
    """Whether the test accepts what is right, and this broken one as well."""
    return lambda seen: bool(seen["ran"] and seen["passes"]) and name in seen["alive"]


def good(seen: Evidence) -> bool:
    """Whether the test tells right from broken, and leaves nothing behind."""
    return bool(seen["ran"] and seen["passes"] and not seen["alive"] and not seen["left"])


def with_subject(case: Case, subject: str, code: Any) -> Case:
    """A copy of the test class that has `code` wherever it, or what it uses, had the cell's `subject`."""
    packed = io.BytesIO()
    _Pickler(packed, subject).dump(case)
    packed.seek(0)
    found = _Unpickler(packed, code).load()
    assert isinstance(found, type)
    assert issubclass(found, unittest.TestCase)
    for part in vars(found).values():  # in a kernel that was restarted, no cell has defined it
        if isinstance(part, types.FunctionType):
            part.__globals__.setdefault(subject, code)
    return found


class _Pickler(cloudpickle.Pickler):  # type: ignore[misc]
    def __init__(self, file: io.BytesIO, subject: str) -> None:
        super().__init__(file)
        self._subject = subject

    def persistent_id(self, obj: Any) -> str | None:
        ours = isinstance(obj, types.FunctionType | type) and obj.__qualname__ == self._subject
        return SUBJECT if ours and obj.__module__ == "__main__" else None

    def reducer_override(self, obj: Any) -> Any:
        """A class gets no number: by its number the copy would be the class that is known already."""
        reduced = super().reducer_override(obj)
        if isinstance(obj, type) and isinstance(reduced, tuple):
            make, arguments, *rest = reduced
            unnumbered = (None if _is_number(each) else each for each in arguments)
            return (make, tuple(unnumbered), *rest)
        return reduced


def _is_number(argument: Any) -> bool:
    return isinstance(argument, str) and re.fullmatch("[0-9a-f]{32}", argument) is not None


class _Unpickler(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, code: Any) -> None:
        super().__init__(file)
        self._code = code

    def persistent_load(self, pid: Any) -> Any:
        return self._code
