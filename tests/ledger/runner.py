"""Run experiments in this Python, and print what they returned and with which versions.

    /path/to/some/environment/bin/python -I tests/ledger/runner.py 60 post_05_async_views lesson_05_inspect

Each has a fork and a folder of its own, and as many seconds as the first argument says. To import Django
takes longer than most experiments do, so that is done once, before the first fork.

A plain script in the syntax of Python 3.8: it runs in environments that hold Django and nothing else.
"""

from __future__ import annotations

import importlib
import json
import os
import platform
import signal
import sys
import tempfile
import traceback
from pathlib import Path
from typing import Any

PACKAGE = "tests.ledger.claims."
SHARED = ["core.handlers.asgi", "core.handlers.wsgi", "core.management", "db.backends.sqlite3.base", "test"]


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


def apart(name: str, deadline: float) -> Any:
    """The same in a fork: what it returned, or why it returned nothing."""
    with tempfile.TemporaryDirectory(prefix="ledger-") as folder:
        status, answer, complaints = _forked(name, deadline, folder)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGALRM:
        return f"no answer within {deadline:g} s"
    return json.loads(answer) if answer else f"died: {(complaints.splitlines() or ['no word'])[-1]}"


def _forked(name: str, deadline: float, folder: str) -> tuple[int, str, str]:
    """How the fork ended, its answer, and what it complained of."""
    with tempfile.TemporaryFile("w+") as told, tempfile.TemporaryFile("w+") as complaints:
        child = os.fork()
        if not child:
            try:
                os.chdir(folder)
                os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
                os.dup2(complaints.fileno(), 2)
                signal.setitimer(signal.ITIMER_REAL, deadline)  # its signal ends the fork
                json.dump(seen(name), told)
                told.flush()
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(0)
        _, status = os.waitpid(child, 0)
        told.seek(0)
        complaints.seek(0)
        return status, told.read(), complaints.read().strip()


def main(deadline: float, names: list[str]) -> None:
    """Without a name: the versions alone."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    versions: dict[str, str | None] = {each: version_of(each) for each in ("django", "asgiref")}
    versions["python"] = platform.python_version()
    for module in SHARED if len(names) > 1 else ():
        try:
            importlib.import_module(f"django.{module}")
        except ImportError:  # Django 2.2 has no ASGI
            continue
    print(json.dumps({"seen": [apart(name, deadline) for name in names], "versions": versions}))


if __name__ == "__main__":
    main(float(sys.argv[1]), sys.argv[2:])
