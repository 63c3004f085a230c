"""Compare the outcomes of Django's own tests with and without a recorder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

LABELS = [
    "asgi",
    "async",
    "handlers",
    "middleware",
    "middleware_exceptions",
    "test_client",
    "test_client_regress",
    "sessions_tests",
    "messages_tests",
    "signals",
]
# A recorder that is not true, and the label whose tests must notice. (Its seconds are why not all ten.)
SABOTAGES = {
    "drops a context variable": "asgi",
    "swallows CancelledError": "asgi",
    "changes the thread": "async",
}
RUNNER = Path(__file__).with_name("runner.py")
DEADLINE = 300.0  # seconds
AGAIN = 3  # more runs, both ways, of a label in which something differs


@dataclass(frozen=True)
class Outcome:
    """What one run of the tests came to."""

    outcomes: dict[str, list[str]]  # by test id
    seen: dict[str, dict[str, int]]  # by label
    log: str


def run(mode: str, labels: list[str], tests: Path) -> Outcome:
    """Run those labels in a process of their own."""
    out = tests.parent / f"{mode.replace(' ', '-')}.json"
    environ = {name: value for name, value in os.environ.items() if not name.startswith("DJANGO_")}
    done = subprocess.run(
        [sys.executable, str(RUNNER), mode, str(out), *labels],
        cwd=tests,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=DEADLINE,
        check=False,
    )
    if not out.exists():
        raise RuntimeError(f"Django's tests did not run to their end ({mode}):\n{done.stdout[-3000:]}")
    written = json.loads(out.read_text(encoding="utf-8"))
    return Outcome(written["outcomes"], written["seen"], done.stdout)


def differences(plain: Outcome, other: Outcome, labels: list[str]) -> dict[str, str]:
    """By test id, what became of each test that did not come out the same, or is missing on one side."""
    ids = {name for name in {*plain.outcomes, *other.outcomes} if _label(name) in labels}
    return {
        name: f"{name}: {plain.outcomes.get(name)} became {other.outcomes.get(name)}"
        for name in sorted(ids)
        if plain.outcomes.get(name) != other.outcomes.get(name)
    }


def unsteady(different: Iterable[str], run: Callable[[str, list[str]], Outcome]) -> set[str]:
    """Those of the tests that do not differ again.

    Some of Django's own tests race a clock (a response within 0.2 seconds), and lose on a machine that is
    busy just then, recorded or not. What a recorder does, it does each time: so the labels are run again
    as a whole, both ways, and a test that differs in any of these runs is not excused.
    """
    left = set(different)
    labels = sorted({_label(name) for name in left})
    for _ in range(AGAIN if left else 0):
        left -= differences(run("plain", labels), run("recorded", labels), labels).keys()
    return left


def blind_spots(recorded: Outcome, labels: list[str]) -> list[str]:
    """One line for each label of which the recorder did not see what happened there.

    What happened is counted by other means: calls of the handlers, and calls that reach asgiref's two
    bridges. Where all requests are sync ones to sync views, there is no crossing to see.
    """
    wrong = []
    for label in labels:
        row = recorded.seen.get(label, {})
        for kind in ("layers", "views"):
            if row.get("requests") and not row.get(kind):
                wrong.append(f"{label}: {row['requests']} requests, but no {kind} recorded")
        if row.get("crossings", 0) != row.get("bridges", 0):
            wrong.append(
                f"{label}: {row.get('bridges', 0)} calls of a bridge, "
                f"but {row.get('crossings', 0)} crossings recorded"
            )
        if row.get("async requests") and not row.get("crossings"):
            wrong.append(f"{label}: {row['async requests']} async requests, but no crossings recorded")
    return wrong


def table(plain: Outcome, recorded: Outcome, labels: list[str]) -> list[dict[str, object]]:
    """One row a label."""
    return [
        {
            "label": label,
            "tests": sum(1 for name in plain.outcomes if _label(name) == label),
            "different": len(differences(plain, recorded, [label])),
            **{
                kind: recorded.seen.get(label, {}).get(kind, 0)
                for kind in ("requests", "async requests", "layers", "views", "crossings", "bridges")
            },
        }
        for label in labels
    ]


def _label(test_id: str) -> str:
    """The label of a test; of `setUpClass (asgi.tests.ASGITest)`, too."""
    return test_id.rpartition("(")[2].partition(".")[0]
