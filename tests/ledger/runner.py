"""Run one experiment in this Python, and print what it returned and with which versions.

    /path/to/some/environment/bin/python -I tests/ledger/runner.py post_05_async_views

A plain script in the syntax of Python 3.8: it runs in environments that hold Django and nothing else.
"""

from __future__ import annotations

import importlib
import json
import platform
import sys
from pathlib import Path
from typing import Any

PACKAGE = "tests.ledger.claims."
MARK = "\0ledger\0"  # what an experiment prints itself comes before it


def version_of(package: str) -> str | None:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(package)
    except PackageNotFoundError:  # Django 2.2 came without asgiref
        return None


def seen(name: str) -> Any:
    """What the claim's experiment returns, as far as JSON can hold it."""
    from tests.ledger.declare import attempt

    return attempt(lambda: json.loads(json.dumps(importlib.import_module(PACKAGE + name).observe())))


def main(names: list[str]) -> None:
    """Without a name: the versions alone."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    versions: dict[str, str | None] = {each: version_of(each) for each in ("django", "asgiref")}
    versions["python"] = platform.python_version()
    print(MARK + json.dumps({"seen": [seen(name) for name in names], "versions": versions}))


if __name__ == "__main__":
    main(sys.argv[1:])
