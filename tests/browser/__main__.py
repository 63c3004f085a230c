"""The command. Arguments go to pytest: `python -m tests.browser -k 03`.

Without Chromium it says in one line what was left out; in continuous integration (CI is set) that is a
failure. With `--left-out` it says that line, if it must, and does no more: so ends `make test`.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys

from asynclab import family

from .. import extras
from . import NOTEBOOKS, chromium

MARK = "ASYNCLAB_BROWSER"  # an environment variable of pytest, JupyterLab, kernels and Chromium
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
    with family.guarded(MARK) as mark:
        return subprocess.Popen(command, cwd=NOTEBOOKS.parent, env=environ | {MARK: mark}).wait()


if __name__ == "__main__":
    for ending in signal.SIGINT, signal.SIGTERM:
        signal.signal(ending, signal.default_int_handler)
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit("Interrupted: nothing is left running.")
