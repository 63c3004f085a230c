"""What came of a soak, as a table. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from tests.bench.figures import columns


@dataclass(frozen=True)
class Run:
    """One notebook, run once."""

    notebook: str
    seconds: float
    failure: str | None
    left: tuple[str, ...]  # processes, ports, files


def well(runs: Sequence[Run], strays: Sequence[str]) -> bool:
    """Whether nothing failed and nothing was left."""
    return bool(runs) and not strays and not any(run.failure or run.left for run in runs)


def lines(runs: Sequence[Run], strays: Sequence[str], seconds: float) -> list[str]:
    """The table, then each failure and each thing left; `strays` are files beside the notebooks."""
    head = ("notebook", "runs", "median", "longest", "failures", "left behind", "")
    body = []
    for name in sorted({run.notebook for run in runs}):
        own = [run for run in runs if run.notebook == name]
        times = [run.seconds for run in own]
        failed, left = sum(run.failure is not None for run in own), sum(len(run.left) for run in own)
        body.append(
            (name, str(len(own)), f"{median(times):.1f} s", f"{max(times):.1f} s", str(failed), str(left), "")
        )
    told = [f"{run.notebook}: {run.failure}" for run in runs if run.failure]
    told += [f"{run.notebook} left {what}" for run in runs for what in run.left]
    told += [f"left beside the notebooks: {stray}" for stray in strays]
    failures, left = sum(run.failure is not None for run in runs), sum(len(run.left) for run in runs)
    left += len(strays)
    verdict = "met" if well(runs, strays) else "missed"
    summary = f"{len(runs)} runs in {seconds:.0f} s: {failures} failures, {left} left behind: {verdict}"
    return [*columns([head, *body]), *told, summary]
