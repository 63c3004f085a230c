"""Asks ruff, where it is installed, which calls block in async functions. It is run as a command, on no
settings.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

# Certain to wait, wherever they stand. The others (open, Path.exists …) mostly wait for microseconds.
WAIT = {"ASYNC210", "ASYNC212", "ASYNC221", "ASYNC222", "ASYNC251"}
UNSEEN = (
    "Reading sees a blocking call only where an async function makes it itself, and only calls that"
    " ruff knows: not"
    " one inside a function, a library or a template that it calls, nor a long computation."
)
_AT_ONCE = 300  # files: a command line has an end


@dataclass(frozen=True)
class Call:
    rule: str
    path: str
    line: int
    said: str


def command() -> str | None:
    """Where ruff is: beside this Python, or on the path."""
    beside = shutil.which("ruff", path=str(Path(sys.executable).parent))
    return beside or shutil.which("ruff")


def blocking_calls(ruff: str, files: Sequence[Path], deadline: float) -> list[Call]:
    """ruff's rules ASYNC2xx on these files. Raises OSError, ValueError or subprocess.SubprocessError."""
    found = []
    for first in range(0, len(files), _AT_ONCE):
        said = subprocess.run(
            [ruff, "check", "--isolated", "--no-cache", "--quiet", "--exit-zero", "--select=ASYNC2",
             "--output-format=json", "--", *map(str, files[first : first + _AT_ONCE])],
            stdin=subprocess.DEVNULL, capture_output=True, check=True, timeout=deadline,
        )  # fmt: skip
        for row in json.loads(said.stdout):
            if str(row.get("code") or "").startswith("ASYNC2"):  # a file that it cannot read has no rule
                place = row["location"]
                found.append(Call(row["code"], row["filename"], place["row"], row["message"]))
    return found


def line_of(path: str, line: int) -> str:
    """The statement's own line, in short."""
    try:
        text = Path(path).read_text(encoding="utf-8", errors="replace").splitlines()
        return text[line - 1].strip()[:80]
    except (OSError, IndexError):
        return ""
