"""Starts the child again and again, until each step is done or given up; ends it, and leaves nothing
behind.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from time import monotonic, sleep
from typing import Any

MOST_STARTS = 12
LOADING = ("", "settings", "setup")  # without these there is nothing to try
LONG = (*LOADING, "views")  # they import, and may take longer
TAIL = 400  # characters kept of what the project prints
_HOME = Path(__file__).resolve().parents[2]
_CODE = "import sys; sys.path.append(sys.argv[2]); from asynclab.audit.inside import main; main(sys.argv[1])"


def ask(project: Path, manage: Path | None, settings: str, deadline: float) -> dict[str, Any]:
    """{step: its row}. A step that hung, or ended its process, has an `error` that says so."""
    rows: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="asynclab-audit-", ignore_cleanup_errors=True) as folder:
        top = Path(folder).resolve()
        job: dict[str, Any] = {
            "base": str(manage.parent if manage else project),
            "project": str(project),
            "manage": str(manage or ""),
            "settings": settings,
            "folder": folder,
            "said": str(top / "said.jsonl"),
            "skip": [],
            "caches": True,  # in memory, in place of the project's
        }
        for _ in range(MOST_STARTS):
            lost = _once(job, top, rows, deadline)
            if lost is None:
                break
            job["skip"].append(lost)
            if lost in LOADING:
                break
        if "error" in rows.get("setup", {}) and rows["setup"]["kind"] not in ("Late", "Gone"):
            own: dict[str, Any] = {}  # some ask their cache for what only Redis has, and can do without
            _once({**job, "caches": False}, top, own, deadline)
            return own if "setup" in own else rows
    return rows


def _once(job: dict[str, Any], top: Path, rows: dict[str, Any], deadline: float) -> str | None:
    """One child. Returns the step at which it was lost, or None when it came to its end."""
    said = Path(job["said"])
    said.write_text("")
    (top / "job.json").write_text(json.dumps(job), encoding="utf-8")
    environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"} | {
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUNBUFFERED": "1",
        "TMPDIR": str(top),
        "TEMP": str(top),
        "TMP": str(top),
        "PYTHONIOENCODING": "utf-8:replace",
        "GIT_INDEX_FILE": str(top / "index"),  # `git describe --dirty` would write the project's own
    }
    printed = top / "printed"
    with printed.open("wb") as out:
        child = subprocess.Popen(
            [sys.executable, "-c", _CODE, str(top / "job.json"), str(_HOME)],
            cwd=job["base"],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
        try:
            return _listen(child, said, printed, rows, deadline)
        finally:
            _end(child)


def _listen(
    child: subprocess.Popen[bytes], said: Path, printed: Path, rows: dict[str, Any], deadline: float
) -> str | None:
    step, since, place = "", monotonic(), 0
    while True:
        ended = child.poll() is not None  # asked before the file is read: nothing is missed
        with said.open("rb") as file:
            file.seek(place)
            lines = [line for line in file if line.endswith(b"\n")]
        place += sum(map(len, lines))
        for line in lines:
            row = json.loads(line)
            since = monotonic()
            if "over" in row:
                return None
            if "begin" in row:
                step = row["begin"]
            elif "end" in row:
                rows[row.pop("end")] = row
                step = ""
        allowed = deadline * (3 if step in LONG else 1)
        late = monotonic() - since > allowed
        if ended or late:
            how = (
                f"did not end within {allowed:g} s"
                if late
                else f"ended the process (code {child.returncode})"
            )
            tail = printed.read_text(encoding="utf-8", errors="replace").strip()[-TAIL:]
            rows[step] = {"error": how, "kind": "Late" if late else "Gone", "at": None, "printed": tail}
            return step
        sleep(0.02)


def _end(child: subprocess.Popen[bytes]) -> None:
    """The child, and what it has started: they share a process group."""
    if hasattr(os, "killpg"):
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)
    child.kill()
    child.wait()
