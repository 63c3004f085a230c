"""`make audit-dependencies`: whether a known vulnerability is in anything that uv.lock names.

uv asks osv.dev, the service that PyPI's advisories go to. Where that does not answer, nothing is known: one
line says so, and under CI that is a failure.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BROKEN = 2  # uv's exit code where it could not ask; 1 is a finding
UNREACHED = ("error sending request", "timed out", "dns error")


def verdict(code: int, said: str, ci: bool) -> tuple[int, str]:
    """The exit code and what to say, from uv's own. Pure."""
    if code == BROKEN and any(words in said for words in UNREACHED):
        return int(ci), "Not audited: the vulnerability service (api.osv.dev) does not answer from here."
    return code, said.strip()


def main() -> int:
    """0: clean, or nobody to ask. Else what uv found, and its exit code."""
    uv = Path(sys.prefix) / "bin" / "uv"
    asked = subprocess.run(
        [uv, "audit", "--frozen", "--preview-features", "audit"], cwd=ROOT, capture_output=True, text=True
    )
    code, said = verdict(asked.returncode, asked.stdout + asked.stderr, bool(os.environ.get("CI")))
    print(said)
    return code


if __name__ == "__main__":
    sys.exit(main())
