"""`make class N=12 PACE=10`: a class on a real JupyterHub, on this machine, and what it takes.

`hub` starts JupyterHub with its proxy and gives each learner a home; `script` (pure) says what a learner
does in a lesson, from the notebook and its declaration; `learner` does it, through the hub, over the
websocket of a kernel (`kernel`); `weigh` watches memory and sockets; `figures` and `page` (pure) say what
came of it: docs/class.json, docs/class.md.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = ROOT / "notebooks"

if str(NOTEBOOKS) not in sys.path:  # `asynclab` needs no installation, here neither
    sys.path.insert(0, str(NOTEBOOKS))
