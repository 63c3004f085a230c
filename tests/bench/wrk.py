"""wrk, the tool that `load` is compared with: asked, and its answer read."""

from __future__ import annotations

import asyncio
import re
import shutil
import subprocess
from statistics import median
from typing import Any

from asynclab import load, serve
from asynclab.loads import Load

from .cases import ROUNDS, SECONDS, Case


async def beside_wrk(case: Case) -> dict[str, Any] | None:
    """The same load sent by us and by wrk, in turns, SECONDS each; None where wrk is not installed."""
    wrk = shutil.which("wrk")
    if wrk is None:
        return None
    ours: list[Load] = []
    theirs: list[tuple[float, float]] = []
    async with serve(case.server, **case.options) as server:
        for _ in range(ROUNDS):
            ours.append(await load(server, case.clients, path=case.path, seconds=SECONDS))
            asked = [wrk, "--latency", "-t1", f"-c{case.clients}", f"-d{SECONDS}s", server.url + case.path]
            done = await asyncio.to_thread(subprocess.run, asked, capture_output=True, text=True, check=True)
            theirs.append(told_by_wrk(done.stdout))
    return {
        "label": case.label,
        "clients": case.clients,
        "ours": [median(one.throughput for one in ours), median(one.median for one in ours)],
        "theirs": [median(rate for rate, _ in theirs), median(middle for _, middle in theirs)],
        "failed": sum(one.failed for one in ours),
    }


def told_by_wrk(said: str) -> tuple[float, float]:
    """Answers a second and the median in seconds. Raises RuntimeError if an answer was an error."""
    if wrong := re.search(r"Non-2xx or 3xx responses: \d+|Socket errors: .*", said):
        raise RuntimeError(wrong[0])
    units = {"us": 1e-6, "ms": 1e-3, "s": 1.0}
    (number, unit), (throughput,) = (
        re.search(r"50%\s+([\d.]+)(us|ms|s)\b", said).groups(),  # type: ignore[union-attr]
        re.search(r"Requests/sec:\s+([\d.]+)", said).groups(),  # type: ignore[union-attr]
    )
    return float(throughput), float(number) * units[unit]
