"""The environments that series.toml lists, and the Pythons to make them with."""

from __future__ import annotations

import csv
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
    """The Python of the environment, which is made if it is not there or not whole; None if no Python suits.

    Raises SystemExit, in a sentence or two, if it cannot be made.
    """
    base = next(filter(None, map(python, environment.python)), None)
    if base is None:
        return None
    folder = PLACE / environment.name.replace(" ", "-")
    inside = folder / "bin/python"
    stamp = folder / ".ready"  # written last: without it, somebody was interrupted
    signed = "\n".join([base, *environment.packages])
    ready = inside.exists() and stamp.exists() and stamp.read_text(encoding="utf-8") == signed
    if ready and _whole(folder, environment):
        return str(inside)
    try:
        _uv("venv", "--quiet", "--clear", "--python", base, str(folder))
        # Copied, not linked: who changes a file of Django's here, to see, would change it in uv's cache, too.
        install = ("pip", "install", "--quiet", "--no-deps", "--link-mode", "copy", "--python", str(inside))
        _uv(*install, *environment.packages)
    except OSError as error:
        raise SystemExit(
            f"The environment {environment.name} cannot be made: {error}. Is there a network? "
            "Nothing was written, and the environments that are ready are kept: run it again."
        ) from None
    stamp.write_text(signed, encoding="utf-8")
    return str(inside)


def _whole(folder: Path, environment: Environment) -> bool:
    """Whether each file that was installed is there, with its size. What is not whole would look like a claim
    that does not hold."""
    records = list(folder.glob("lib/python*/site-packages/*.dist-info/RECORD"))
    if len(records) < len(environment.packages):
        return False
    for record in records:
        for name, _, size in csv.reader(record.read_text(encoding="utf-8").splitlines()):
            file = record.parent.parent / name
            if not file.exists() or (size and file.stat().st_size != int(size)):
                return False
    return True


def _uv(*arguments: str) -> None:
    """Raises OSError with the first and the last line of what it said, if it failed."""
    beside = Path(sys.executable).with_name("uv")  # set-up puts it there
    uv = str(beside) if beside.exists() else shutil.which("uv")
    if uv is None:
        raise SystemExit("uv is missing: run .ci/setup, which installs the pinned one.")
    ran = subprocess.run([uv, *arguments], capture_output=True, text=True)
    if ran.returncode:
        said = (ran.stderr.strip() or ran.stdout.strip()).splitlines() or ["no word"]
        raise OSError("; ".join(dict.fromkeys(line.strip() for line in (said[0], said[-1]))))
