"""`python -m asynclab.audit --settings config.settings`: the exit code is 0, 1 (something is wrong), or 2."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence

from .tool import STEP, CannotAudit, audit


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m asynclab.audit",
        description="Say how ready for ASGI a Django project is. It writes nothing, and asks no database.",
        epilog="Exit code: 0 nothing is wrong, 1 something is (✗), 2 the project could not be loaded.",
    )
    parser.add_argument("--settings", default=None, help="default: DJANGO_SETTINGS_MODULE, or manage.py's")
    parser.add_argument("--project", default=".", metavar="DIR", help="the folder of manage.py (default: .)")
    parser.add_argument("--json", action="store_true", help="the whole report as JSON")
    parser.add_argument("--all", action="store_true", help="list every async view, however many there are")
    parser.add_argument(
        "--deadline",
        type=float,
        default=STEP,
        metavar="S",
        help="seconds for each step (default: %(default)g)",
    )
    asked = parser.parse_args(arguments)
    try:
        report = audit(asked.settings, asked.project, deadline=asked.deadline)
    except CannotAudit as error:
        print(error, file=sys.stderr)
        return 2
    if hasattr(sys.stdout, "reconfigure"):  # a log in CI may be ASCII: lose a tick there, not the report
        sys.stdout.reconfigure(errors="replace")
    print(json.dumps(report.data(), indent=2) if asked.json else report.text(every=asked.all))
    return report.code


if __name__ == "__main__":
    raise SystemExit(main())
