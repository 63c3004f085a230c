"""Run experiments in some Python, each in a process and a folder of its own, with a deadline."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from .book import Claim, Column
from .pythons import Environment, made

RUNNER = Path(__file__).with_name("runner.py")
DEADLINE = 60.0  # seconds; nobody needs more than five


def observed(python: str, name: str, runner: Path = RUNNER, deadline: float = DEADLINE) -> Any:
    """What the experiment returned there, or why it returned nothing."""
    return _ran(python, [name], runner, deadline)["seen"][0]


def versions_of(python: str) -> dict[str, str | None]:
    """What is installed there: django, asgiref, python."""
    versions: dict[str, str | None] = _ran(python, [])["versions"]
    return versions


def _ran(
    python: str, names: Sequence[str], runner: Path = RUNNER, deadline: float = DEADLINE
) -> dict[str, Any]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("DJANGO_", "DATABASE_"))}
    ran = subprocess.run(
        [python, "-I", str(runner), str(deadline), *names],
        env={**kept, "PYTHONUTF8": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    if ran.returncode:
        raise SystemExit(f"{python} cannot run the ledger: {ran.stderr.strip()}")
    message: dict[str, Any] = json.loads(ran.stdout)
    return message


def column(environment: Environment, book: Iterable[Claim]) -> Column:
    """All that the environment says."""
    python = made(environment)
    if python is None:
        wanted = {each.name: None for each in book if each.wanted(environment.about, environment.versions)}
        missing = f"Python {' or '.join(environment.python)}"
        return Column(environment.name, environment.versions, wanted, missing)
    return tried(environment.name, python, versions_of(python), book, environment.about)


def tried(
    name: str, python: str, versions: dict[str, str | None], book: Iterable[Claim], about: str | None = None
) -> Column:
    """Every claim that is wanted there, one after the other."""
    names = [claim.name for claim in book if claim.wanted(about, versions)]
    return Column(name, versions, dict(zip(names, _ran(python, names)["seen"], strict=True)))
