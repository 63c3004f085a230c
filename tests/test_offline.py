"""A room without a network: no lesson needs one, and the course installs from a folder of wheels."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from .reading import NOTEBOOKS
from .reading.cells import code_cells, markdown_cells

LESSONS = sorted(NOTEBOOKS.glob("*.ipynb"))
ADDRESS = re.compile(r"""(?:https?|wss?)://([^/\s"'<>)\\:{]+)""")
HERE = {"127.0.0.1", "localhost", "testserver"}
# Names that nobody owns, for examples: RFC 2606 keeps them free.
EXAMPLES = re.compile(r"(?:.+\.)?(?:example(?:\.(?:com|org|net))?|invalid|test)$")


def elsewhere(text: str) -> set[str]:
    """The hosts of other machines that a text names."""
    return {host for host in ADDRESS.findall(text) if host not in HERE and not EXAMPLES.fullmatch(host)}


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_no_cell_of_a_lesson_asks_another_machine(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    assert {at: hosts for at, cell in code_cells(notebook) if (hosts := elsewhere(cell.source))} == {}


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_no_picture_style_or_script_of_a_lesson_comes_from_another_machine(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    markdown = r"!\[[^\]]*\]\(\s*<?(\S+?)[\s)>]"
    html = r"""<(?:img|script|link|iframe|source)\b[^>]*\b(?:src|href)=["']([^"']+)"""
    loaded = f"{markdown}|{html}"
    texts = [(at, cell.source) for at, cell in markdown_cells(notebook)]
    for at, cell in code_cells(notebook):
        for output in cell.outputs:
            data = output.get("data", {})
            texts += [(at, data[kind]) for kind in ("text/html", "image/svg+xml") if kind in data]
    found = {at: re.findall(loaded, text) for at, text in texts}
    assert {at: hits for at, hits in found.items() if any(elsewhere("".join(hit)) for hit in hits)} == {}


def test_no_page_of_the_cafe_loads_anything_from_another_machine(root: Path) -> None:
    pages = [
        path
        for path in (root / "sample_project/cafe").rglob("*")
        if path.suffix in {".html", ".css", ".js"} and "tests" not in path.parts
    ]
    assert len(pages) > 5
    assert {
        path.name: hosts for path in pages if (hosts := elsewhere(path.read_text(encoding="utf-8")))
    } == {}


def test_another_machine_is_seen() -> None:
    text = 'get("https://pypi.org/x"), "http://127.0.0.1:80/", "https://example.org", f"http://{host}/"'
    assert elsewhere(text) == {"pypi.org"}


@pytest.mark.network
def test_the_course_installs_from_a_folder_of_wheels_and_is_ready(root: Path, tmp_path: Path) -> None:
    """What `make wheelhouse` fetches is enough for pip --no-index in a fresh environment."""
    assert (root / "wheelhouse/requirements.txt").exists(), "make wheelhouse comes first"
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "PYTHON"))}
    environ |= {
        "PIP_CONFIG_FILE": os.devnull,
        "HTTPS_PROXY": "http://127.0.0.1:9",
        "HTTP_PROXY": "http://127.0.0.1:9",
    }

    def do(*command: str | Path, cwd: Path = root) -> str:
        done = subprocess.run(command, cwd=cwd, env=environ, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    python = tmp_path / "room/bin/python"
    do(sys.executable, "-m", "venv", tmp_path / "room")
    wheels = root / "wheelhouse"
    do(
        python,
        "-m",
        "pip",
        "install",
        "-q",
        "--no-index",
        "--find-links",
        wheels,
        "-r",
        wheels / "requirements.txt",
    )
    do(python, "-m", "asynclab.editions", "--help", cwd=root / "notebooks")
    assert do(python, "-m", "asynclab.ready", cwd=root / "notebooks").splitlines()[-1] == "READY"
