"""`make soak ROUNDS=20`: the whole series again and again, four kernels at once, on cores that are busy.

`one` runs one notebook in a process of its own; `traces` finds what a run leaves behind; `table` (pure) says
what came of all.
"""

from __future__ import annotations

from tests.reading import NOTEBOOKS

ROOT = NOTEBOOKS.parent

__all__ = ["NOTEBOOKS", "ROOT"]
