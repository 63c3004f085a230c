"""`make test-browser`: the lessons and the café where learners meet them, in JupyterLab and in Chromium.

`lab` starts JupyterLab as a hub would, `notebook` is one lesson open in it, `axe` looks for what keeps people
out. The tests read like what a learner does.
"""

from __future__ import annotations

import shutil

from tests.reading import NOTEBOOKS

__all__ = ["NOTEBOOKS", "chromium"]


def chromium() -> str | None:
    """Debian's Chromium, or any other that is on the path."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
