"""`python -m tests.guide [--check]`: write what is derived for instructors, or say what is stale."""

from __future__ import annotations

import argparse
import sys

from . import ROOT
from .page import written


def main(arguments: list[str] | None = None) -> int:
    """The command line: 1 if something cannot be written or, with --check, if something is stale."""
    parser = argparse.ArgumentParser(prog="python -m tests.guide", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; say what is stale")
    only_check = parser.parse_args(arguments).check
    try:
        files = written()
    except (LookupError, ValueError) as missing:
        print(missing.args[0], file=sys.stderr)
        return 1
    stale = [
        path for path, text in files.items() if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    for path in stale:
        print(f"{path.relative_to(ROOT)}: {'stale' if only_check else 'written'}")
        if not only_check:
            path.parent.mkdir(exist_ok=True)
            path.write_text(files[path], encoding="utf-8")
    return 1 if stale and only_check else 0


if __name__ == "__main__":
    sys.exit(main())
