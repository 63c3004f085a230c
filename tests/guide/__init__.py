"""The instructor guide, and what else in README and docs is made from the lessons' declarations.

`python -m tests.guide` (`make guide`) writes it, `--check` only says what is stale. `teaching` reads what
is written by hand for each lesson (docs/teaching), `plans` the timetables; `mistakes` and `seen` take the
usual wrong answers and a picture out of the lessons; `blocks` puts each text between its two markers.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
NOTEBOOKS, DOCS = ROOT / "notebooks", ROOT / "docs"

if str(NOTEBOOKS) not in sys.path:  # `asynclab` needs no installation, here neither
    sys.path.insert(0, str(NOTEBOOKS))
