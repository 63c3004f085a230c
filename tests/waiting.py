"""Wait for what another process does, but not for a process that has ended."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path


def written(file: Path, by: subprocess.Popen[str]) -> str:
    """What the file holds, once it is there. If the process ends before, what that said is the failure."""
    while not file.exists():
        assert by.poll() is None, by.communicate()
        time.sleep(0.02)
    return file.read_text()
