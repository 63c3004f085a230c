"""`python -m tests.reading.screenshots FOLDER [names …]`: lessons as GitHub shows them, to be looked at.

Each is rendered, stripped as GitHub strips it, and photographed by Chromium in three ways: light, dark,
and as wide as a phone. GitHub's own style sheet is not here; a few rules stand for it.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import nbformat
from nbconvert import HTMLExporter

from . import NOTEBOOKS
from .github import stripped

CHROMIUM = ("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars")
LOOKS = {"light": (1012, "#fff", "#1f2328", "#f6f8fa"), "dark": (1012, "#0d1117", "#e6edf3", "#161b22")}
LOOKS["phone"] = (390, *LOOKS["light"][1:])
TALLEST = 16_000  # pixels: what Chromium can hold as one picture
SHEET = """
body {{ width: {inner}px; margin: 0; padding: 16px; background: {paper}; color: {ink};
        font: 16px/1.5 sans-serif; overflow-wrap: break-word }}
pre, code {{ background: {shade}; font: 13px monospace }} pre {{ padding: 8px; overflow-x: auto }}
img, svg {{ max-width: 100% }} table {{ border-collapse: collapse; display: block; overflow-x: auto }}
td, th {{ border: 1px solid #888; padding: 4px 10px }} a {{ color: #4493f8 }}
.jp-InputPrompt, .jp-OutputPrompt, .anchor-link {{ display: none }}
"""


def page(path: Path, look: str) -> str:
    """A notebook as a page of its own, in one of the LOOKS."""
    html, _ = HTMLExporter().from_notebook_node(nbformat.read(path, as_version=4))
    soup = stripped(html)
    width, paper, ink, shade = LOOKS[look]
    sheet = SHEET.format(inner=width - 32, paper=paper, ink=ink, shade=shade)
    assert soup.body
    return f"<!doctype html><meta charset=utf-8><style>{sheet}</style>{soup.body}"


def photograph(path: Path, look: str, folder: Path) -> Path:
    """Write one picture (PNG) and return where."""
    width, picture = LOOKS[look][0], folder / f"{path.stem}-{look}.png"
    with tempfile.TemporaryDirectory() as temporary:
        file = Path(temporary) / "page.html"
        tall = "<script>document.title = document.documentElement.scrollHeight</script>"
        file.write_text(page(path, look) + tall, encoding="utf-8")
        size = f"--window-size={width},800"
        dom = _chromium(size, "--dump-dom", file.as_uri())
        found = re.search(r"<title>(\d+)</title>", dom)
        height = min(int(found[1]) if found else TALLEST, TALLEST)
        _chromium(f"--window-size={width},{height}", f"--screenshot={picture.resolve()}", file.as_uri())
    return picture


def _chromium(*arguments: str) -> str:
    done = subprocess.run([*CHROMIUM, *arguments], check=True, capture_output=True, text=True, timeout=60)
    return done.stdout


def main(arguments: list[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.reading.screenshots", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("names", nargs="*", help="which notebooks, by the beginning of the name: 00, 02b")
    options = parser.parse_args(arguments)
    options.folder.mkdir(exist_ok=True)
    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        if not options.names or path.name.startswith(tuple(options.names)):
            for look in LOOKS:
                print(photograph(path, look, options.folder))
    return 0


if __name__ == "__main__":
    sys.exit(main())
