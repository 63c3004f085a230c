"""Run Django's own tests in this process: plain, or with the recorder on, honest or sabotaged.

Called as a script, in the folder of Django's `runtests.py`: `python runner.py MODE OUT.json LABEL …`.
MODE is "plain" (nothing of the lab is even imported), "recorded" or the name of a sabotage.
"""

from __future__ import annotations

import json
import runpy
import sys
import unittest
from collections import Counter, defaultdict
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
NOTEBOOKS = HERE.parents[1] / "notebooks"

outcomes: dict[str, list[str]] = defaultdict(list)  # test id → what became of it, in order
seen: dict[str, Counter[str]] = defaultdict(Counter)  # label → what happened, by two kinds of count
passed: Counter[str] = Counter()  # counted without the recorder: "requests", "async requests", "bridges"


class Outcomes(unittest.TextTestResult):
    """What unittest prints, and every outcome under the id of its test."""

    def startTest(self, test: Any) -> None:
        self.before, self.marks = passed.copy(), marks()
        super().startTest(test)

    def stopTest(self, test: Any) -> None:
        super().stopTest(test)
        label = seen[test.id().partition(".")[0]]
        label.update(recorded_since(self.marks))
        label.update(passed - self.before)
        label["tests"] += 1

    def addSuccess(self, test: Any) -> None:
        super().addSuccess(test)
        outcomes[test.id()].append("passed")

    def addFailure(self, test: Any, err: Any) -> None:
        super().addFailure(test, err)
        outcomes[test.id()].append("failed")

    def addError(self, test: Any, err: Any) -> None:
        super().addError(test, err)
        outcomes[test.id()].append(f"error: {err[0].__name__}")

    def addSkip(self, test: Any, reason: str) -> None:
        super().addSkip(test, reason)
        outcomes[test.id()].append("skipped")

    def addExpectedFailure(self, test: Any, err: Any) -> None:
        super().addExpectedFailure(test, err)
        outcomes[test.id()].append("expected failure")

    def addUnexpectedSuccess(self, test: Any) -> None:
        super().addUnexpectedSuccess(test)
        outcomes[test.id()].append("unexpected success")

    def addSubTest(self, test: Any, subtest: Any, err: Any) -> None:
        super().addSubTest(test, subtest, err)
        if err is not None:
            outcomes[test.id()].append(f"subtest failed: {subtest.id()}")


def marks() -> tuple[int, int]:
    """How much the recorder has written until now."""
    recorder = recorder_now()
    return (0, 0) if recorder is None else (len(recorder.spans), len(recorder.crossings))


def recorded_since(before: tuple[int, int]) -> Counter[str]:
    """What it has written since: layers, views, and the crossings of asgiref's two bridges."""
    recorder = recorder_now()
    if recorder is None:
        return Counter()
    kinds = Counter(span.kind for span in recorder.spans[before[0] :])
    bridges = Counter(crossing.bridge for crossing in recorder.crossings[before[1] :])
    return Counter(
        layers=kinds["layer"],
        views=kinds["view"],
        crossings=bridges["sync_to_async"] + bridges["async_to_sync"],
    )


def recorder_now() -> Any:
    seams = sys.modules.get("asynclab.seams")
    return seams.current() if seams else None


def count(owner: type, name: str, *keys: str) -> None:
    """Count the calls of a method. In place before the recorder, so beneath its patch."""
    original: Callable[..., Any] = vars(owner)[name]

    def counted(*args: Any, **kwargs: Any) -> Any:
        passed.update(keys)
        return original(*args, **kwargs)

    setattr(owner, name, counted)


def main(mode: str, out: str, labels: list[str]) -> None:
    from django.test.runner import DiscoverRunner

    DiscoverRunner.get_resultclass = lambda self: Outcomes
    code: Any = 0
    with ExitStack() as until_the_end:
        if mode != "plain":
            from asgiref.sync import AsyncToSync, SyncToAsync
            from django.core.handlers.base import BaseHandler

            count(BaseHandler, "get_response", "requests")
            count(BaseHandler, "get_response_async", "requests", "async requests")
            count(SyncToAsync, "__call__", "bridges")
            count(AsyncToSync, "__call__", "bridges")
            sys.path.append(str(NOTEBOOKS))
            from asynclab.record import recording

            if mode != "recorded":
                runpy.run_path(str(HERE / "sabotage.py"))["SABOTAGES"][mode]()
            until_the_end.enter_context(recording())
        sys.argv = ["runtests.py", "--parallel=1", "--noinput", *labels]
        try:
            runpy.run_path("runtests.py", run_name="__main__")
        except SystemExit as end:
            code = end.code
    written = {"outcomes": outcomes, "seen": seen, "exit": code}
    Path(out).write_text(json.dumps(written), encoding="utf-8")


if __name__ == "__main__":
    sys.path[0] = str(Path.cwd())  # the labels lie beside runtests.py; this folder is not for import
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
