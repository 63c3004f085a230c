"""`python -m tests.soak.one NOTEBOOK`: Run All in a fresh kernel; one line of JSON says what came of it."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import nbformat

from tests.reading.execute import Failed, run


def main() -> int:
    """Always 0: a lesson that fails is a result."""
    path = Path(sys.argv[1])
    began = time.perf_counter()
    failure = None
    try:
        run(nbformat.read(path, as_version=4), path.parent)
    except Failed as error:
        failure = str(error)
    print(json.dumps({"seconds": time.perf_counter() - began, "failure": failure}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
