"""What one command needs and `make test` does not: a group of uv.lock, in a folder of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


class NotInstalled(Exception):
    """The group could not be installed; the message is what the compiler or the index said last."""


def folder(group: str) -> Path:
    """Inside this environment: it comes and goes with that, and only who asks for it gets to see it."""
    return Path(sys.prefix) / group


def install(group: str) -> None:
    """Install what this group of uv.lock says. Raises NotInstalled. The second time it does nothing."""
    uv, target = Path(sys.executable).with_name("uv"), folder(group)
    export = [uv, "export", "--quiet", "--frozen", "--no-emit-project", "--only-group", group]
    pins = _run([*export, "--python", sys.executable])
    listed, ready = target.with_suffix(".txt"), target / ".ready"
    if ready.exists() and listed.read_text() == pins:
        return
    ready.unlink(missing_ok=True)
    listed.write_text(pins)
    into = [uv, "pip", "install", "--quiet", "--target", target, "--python", sys.executable]
    _run([*into, "--require-hashes", "--requirements", listed])
    ready.touch()


def _run(command: list[str | Path]) -> str:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        said = [line.strip(" ×├─▶╰│") for line in done.stderr.splitlines() if line.strip(" ×├─▶╰│")]
        raise NotInstalled((said or ["no word about it"])[-1])
    return done.stdout
