"""The command. Arguments go to pytest: `python -m tests.browser -k 03`.

Without Chromium it says in one line what was left out; in continuous integration (CI is set) that is a
failure. With `--left-out` it says that line, if it must, and does no more: so ends `make test`.
"""

from __future__ import annotations

import os
import subprocess
import sys

from .. import extras
from . import chromium

LEFT_OUT = "Left out: the lessons in a browser. For `make test-browser`: sudo apt install chromium"


def main(arguments: list[str]) -> int:
    only_said = arguments == ["--left-out"]
    if chromium() is None:
        print(LEFT_OUT)
        return int(bool(os.environ.get("CI")) and not only_said)
    if only_said:
        return 0
    try:
        extras.install("browser")
    except extras.NotInstalled as error:
        print(f"The packages of the tests in a browser could not be installed: {error}")
        return 1
    paths = [str(extras.folder("browser")), os.environ.get("PYTHONPATH", "")]
    environ = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, paths))}
    command = [sys.executable, "-m", "pytest", "-m", "browser", "-n3", "tests/browser", *arguments]
    return subprocess.run(command, cwd=extras.ROOT, env=environ, check=False).returncode


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit("Interrupted: nothing is left running.")
