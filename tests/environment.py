"""environment.yml from uv.lock: what Binder and conda install is what was locked and tested.

    python -m tests.environment           write it
    python -m tests.environment --check   say whether it is what the lock gives
    python -m tests.environment --list    print its pip list, for plain pip

conda brings Python, pip and the database server; the `pip:` list names every package of the course, direct
and transitive, at its locked version. It is for Python 3.13 on Linux, macOS and Windows, so a package that
only some of them need keeps a marker.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "environment.yml"
NAME = "async-django-live"
CONDA = ("python=3.13", "pip", "postgresql=17")

PYTHON = {
    "implementation_name": "cpython",
    "implementation_version": "3.13.0",
    "platform_python_implementation": "CPython",
    "python_full_version": "3.13.0",
    "python_version": "3.13",
}
PLATFORMS = {
    "linux": {"sys_platform": "linux", "os_name": "posix", "platform_system": "Linux"},
    "darwin": {"sys_platform": "darwin", "os_name": "posix", "platform_system": "Darwin"},
    "win32": {"sys_platform": "win32", "os_name": "nt", "platform_system": "Windows"},
}


def locked() -> str:
    """The course's part of the lock as uv exports it: one requirement a line, all Pythons and platforms."""
    beside = Path(sys.executable).with_name("uv")  # set-up puts it there
    uv = str(beside) if beside.exists() else shutil.which("uv")
    if uv is None:
        raise SystemExit("uv is missing: run .ci/setup, which installs the pinned one.")
    command = [uv, "export", "--quiet", "--frozen", "--no-hashes", "--no-header", "--no-annotate"]
    command += ["--no-default-groups", "--group", "course", "--no-emit-project", "--python", sys.executable]
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout


def pins(export: str) -> Iterator[str]:
    """Each line of an export that Python 3.13 needs, with a marker where only some platforms need it."""
    for line in export.splitlines():
        requirement = Requirement(line)
        marker = requirement.marker
        if marker is not None and re.search(r"platform_(machine|release|version)", str(marker)):
            raise ValueError(f"{line}: a marker that environment.yml cannot express yet")
        needed = [
            name
            for name, platform in PLATFORMS.items()
            if marker is None or marker.evaluate({**PYTHON, **platform})
        ]
        pin = f"{requirement.name}{requirement.specifier}"
        if len(needed) == len(PLATFORMS):
            yield pin
        elif len(needed) == 1:
            yield f"{pin}; sys_platform == '{needed[0]}'"
        elif needed:
            (spared,) = PLATFORMS.keys() - set(needed)
            yield f"{pin}; sys_platform != '{spared}'"


def environment(export: str) -> str:
    """The text of environment.yml for that export."""
    lines = [
        "# Written by `make lock` from uv.lock. Do not edit: change pyproject.toml, then run it again.",
        f"name: {NAME}",
        "channels:",
        "  - conda-forge",
        "dependencies:",
        *(f"  - {package}" for package in CONDA),
        "  - pip:",
        *(f'      - "{pin}"' if ";" in pin else f"      - {pin}" for pin in pins(export)),
    ]
    return "\n".join(lines) + "\n"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.environment", description=__doc__.splitlines()[0])
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--check", action="store_true", help="compare, change nothing")
    what.add_argument("--list", action="store_true", help="print the pip list")
    chosen = parser.parse_args(arguments)
    export = locked()
    if chosen.list:
        print(*pins(export), sep="\n")
    elif not chosen.check:
        TARGET.write_text(environment(export), encoding="utf-8")
    elif not TARGET.exists() or TARGET.read_text(encoding="utf-8") != environment(export):
        print("environment.yml is not what uv.lock gives: run `python -m tests.environment`.")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
