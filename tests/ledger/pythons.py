"""The environments that series.toml lists, and the Pythons to make them with."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

HERE = Path(__file__).parent
PLACE = HERE.parent.parent / ".ledger"


@dataclass(frozen=True)
class Environment:
    """Pinned packages, and the Pythons that suit them, the best first."""

    name: str
    python: tuple[str, ...]
    packages: tuple[str, ...]
    about: str | None = None  # what varies, where it is no series

    @property
    def versions(self) -> dict[str, str | None]:
        """What is pinned, and the Python that is wanted most."""
        pins = dict(pin.split("==") for pin in self.packages)
        return {"django": pins["django"], "asgiref": pins.get("asgiref"), "python": self.python[0]}


def environments() -> list[Environment]:
    """Every environment of series.toml, the series first."""
    listed = tomllib.loads((HERE / "series.toml").read_text(encoding="utf-8"))["environment"]
    return [
        Environment(each["name"], tuple(each["python"]), tuple(each["packages"]), each.get("about"))
        for each in listed
    ]


@cache
def python(version: str) -> str | None:
    """A Python of this version, such as "3.8". Each candidate is executed: a pyenv shim may not run."""
    for candidate in _candidates(version):
        command = [
            candidate,
            "-I",
            "-c",
            "import sys; print('%d.%d' % sys.version_info[:2], sys._base_executable)",
        ]
        try:
            told = subprocess.run(command, capture_output=True, text=True, timeout=60).stdout.split(
                maxsplit=1
            )
        except (OSError, subprocess.TimeoutExpired):
            continue
        if told and told[0] == version:
            return told[1].strip()
    return None


def _candidates(version: str) -> Iterator[str]:
    yield sys.executable
    if on_path := shutil.which(f"python{version}"):
        yield on_path
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    yield from map(str, sorted(pyenv.glob(f"versions/{version}.*/bin/python")))


def made(environment: Environment) -> str | None:
    """The Python of the environment, which is made if it is not there; None if no Python suits.

    Raises SystemExit, in one sentence, if it cannot be made.
    """
    base = next(filter(None, map(python, environment.python)), None)
    if base is None:
        return None
    folder = PLACE / environment.name.replace(" ", "-")
    inside = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    stamp = folder / ".ready"  # written last: without it, somebody was interrupted
    signed = "\n".join([base, *environment.packages])
    if stamp.exists() and stamp.read_text(encoding="utf-8") == signed and inside.exists():
        return str(inside)
    _uv("venv", "--quiet", "--clear", "--python", base, str(folder))
    _uv(*("pip", "install", "--quiet", "--no-deps", "--python", str(inside)), *environment.packages)
    stamp.write_text(signed, encoding="utf-8")
    return str(inside)


def _uv(*arguments: str) -> None:
    beside = Path(sys.executable).with_name("uv")  # set-up puts it there
    uv = str(beside) if beside.exists() else shutil.which("uv")
    if uv is None:
        raise SystemExit("uv is missing: run .ci/setup, which installs the pinned one.")
    ran = subprocess.run([uv, *arguments], capture_output=True, text=True)
    if ran.returncode:
        raise SystemExit(f"uv {' '.join(arguments[:2])} failed: {ran.stderr.strip() or ran.stdout.strip()}")
