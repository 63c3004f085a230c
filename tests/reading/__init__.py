"""The reading edition: the notebooks as they are committed, with outputs, for readers on GitHub.

`python -m tests.reading` (`make notebooks`) brings every notebook up to date, `--check` only says
what is stale. `update` is the way of one notebook: `generate` writes the cells that come from its
lesson's declaration, `execute` runs it in a fresh kernel, `normalise` makes two runs comparable.
`rules` is the lesson contract, `github` and `picture` what GitHub and a phone can show.
"""

from __future__ import annotations

import sys
from pathlib import Path

NOTEBOOKS = Path(__file__).resolve().parent.parent.parent / "notebooks"

if str(NOTEBOOKS) not in sys.path:  # `asynclab` needs no installation, here neither
    sys.path.insert(0, str(NOTEBOOKS))
