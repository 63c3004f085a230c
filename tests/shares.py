"""How the tests are dealt out to processes that run side by side: what stays together, what goes first."""

from __future__ import annotations

import os
import re

from xdist.scheduler import LoadScopeScheduling

READING = "tests/test_reading.py"
BY_LESSON = (READING, "tests/browser/test_lessons.py")
SLOWEST = (
    "tests/test_exercises.py",
    READING,
    "tests/test_unforeseen.py",
    "tests/test_postgres.py",
    "tests/test_judge.py",
    "tests/test_testing.py",
)


def share(test: str) -> str:
    """The share that a test, by its id, belongs to: its file's, and of a notebook's tests that notebook's.

    Those of a file have one judge, those of a notebook one run of it.
    """
    file, _, name = test.partition("::")
    notebook = re.search(r"\[(\d\w*)[\]-]", name) if file in BY_LESSON else None
    return f"{file} {notebook[1]}" if notebook else file


def turn(test: str) -> int:
    """What takes longest begins first, so that nobody waits for it in the end."""
    file = test.partition("::")[0]
    return SLOWEST.index(file) if file in SLOWEST else len(SLOWEST)


def processes() -> int:
    """One more than there are cores: most of its time a test waits, for a kernel or for a clock."""
    return (os.cpu_count() or 1) + 1


class Shares(LoadScopeScheduling):
    """Gives the next share, in the order of the tests, to whoever has nearly done the last one."""

    def _split_scope(self, nodeid: str) -> str:
        return share(nodeid)
