"""What the instrument costs: `python -m tests.bench` = `make bench`. It prints a table, and JSON.

A ratio of two times is only as good as the machine is quiet. So the two sides take turns, request by
request, in every order; and one of the sides runs against itself between them. That ratio, A/A, should
be 1: how far it is off is what this machine, at this moment, can tell apart. `figures.py` judges by it.
"""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = ROOT / "notebooks"
CAFE = ROOT / "sample_project"
