"""The reading edition: the notebooks as they are committed, with outputs, for readers on GitHub.

`python -m tests.reading` (`make notebooks`) brings every notebook up to date, `--check` only says
what is stale. `generate` writes the cells that come from a lesson's declaration, `execute` runs a
notebook in a fresh kernel, `normalise` makes two runs comparable, `rules` is the lesson contract.
"""

from __future__ import annotations

import sys
from pathlib import Path

NOTEBOOKS = Path(__file__).resolve().parent.parent.parent / "notebooks"

if str(NOTEBOOKS) not in sys.path:  # `asynclab` needs no installation, here neither
    sys.path.insert(0, str(NOTEBOOKS))
