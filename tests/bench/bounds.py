"""What a learner's machine must bear: the time and the memory of Run All, and the size of a clone."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from . import ROOT
from .figures import RunAll, columns, quick, run_all_lines

MOST_MEMORY = 200_000_000  # bytes, of any kernel after Run All
MEDIAN_MEMORY = 130_000_000  # bytes
MOST_PACKED = 10_000_000  # bytes, of a clone as it is sent


@dataclass(frozen=True)
class Bound:
    """One figure, in bytes, and the most that it may be."""

    what: str
    size: float
    most: int

    @property
    def met(self) -> bool:
        """Whether it is kept."""
        return self.size <= self.most


def bounds(runs: Sequence[RunAll], packed: int) -> list[Bound]:
    """The three that are sizes."""
    largest = max(runs, key=lambda run: run.memory)
    return [
        Bound(f"the largest kernel after Run All ({largest.notebook})", largest.memory, MOST_MEMORY),
        Bound("the median kernel", median(run.memory for run in runs), MEDIAN_MEMORY),
        Bound("a clone, packed", packed, MOST_PACKED),
    ]


def lines(runs: Sequence[RunAll], packed: int) -> list[str]:
    """The times, each kernel's memory, and the verdicts."""
    weights = [("kernel after Run All", "memory", "")]
    weights += [(run.notebook, _mb(run.memory), "") for run in runs]
    for bound in bounds(runs, packed):
        verdict = "met" if bound.met else "missed"
        weights.append((bound.what, _mb(bound.size), f"≤ {_mb(bound.most)}: {verdict}"))
    return [*run_all_lines(runs), "", *columns(weights)]


def kept(runs: Sequence[RunAll], packed: int) -> bool:
    """Whether all are."""
    return quick(runs) and all(bound.met for bound in bounds(runs, packed))


def packed_clone(repository: Path = ROOT) -> int:
    """Bytes of the pack that a fresh clone of this branch receives, with its whole history."""
    with TemporaryDirectory() as folder:
        subprocess.run(
            ["git", "clone", "--quiet", "--bare", "--single-branch", "--no-local", str(repository), folder],
            check=True,
        )
        return sum(pack.stat().st_size for pack in Path(folder).glob("objects/pack/*.pack"))


def _mb(size: float) -> str:
    return f"{size / 1e6:.1f} MB"
