"""What a reader meets outside the code: spelling, links, the README's promises."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent


def committed() -> list[Path]:
    """Every text file that git holds or would add."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    paths = [ROOT / name for name in listed.split("\0") if name]
    return [path for path in paths if path.is_file() and b"\0" not in path.read_bytes()]


def markdown(path: Path) -> str:
    """The prose of a page or of a notebook."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".md":
        return text
    cells = json.loads(text)["cells"]
    return "\n\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")


PAGES = [path for path in committed() if path.suffix in {".md", ".ipynb"}]
each_page = pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))


def prose_only(text: str) -> str:
    """Without code, which holds brackets and words of its own."""
    return re.sub(r"^```.*?^```|`[^`\n]*`", " ", text, flags=re.MULTILINE | re.DOTALL)


def links(text: str) -> Iterator[str]:
    """The targets of a page's links and pictures, in Markdown and in HTML."""
    text = prose_only(text)
    yield from re.findall(r"\]\(<?([^\s)>]+)", text)
    yield from re.findall(r"^\[[^\]]+\]:\s+(\S+)", text, flags=re.MULTILINE)
    yield from re.findall(r"""\b(?:href|src)=["']([^"']+)""", text)


def anchors(text: str) -> set[str]:
    """The anchors that GitHub gives a page's headings."""
    headings = re.findall(r"^#+ +(.+?) *$", text, flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def dead(page: Path, text: str) -> list[str]:
    """The links of a page, at its place, that lead nowhere in this checkout."""
    lost = []
    for link in links(text):
        if re.match(r"[a-z]+:", link):
            continue  # another site
        name, _, anchor = link.partition("#")
        target = page.parent / unquote(name) if name else page
        if not target.exists():
            lost.append(link)
        elif anchor and target.suffix == ".md":
            there = text if target == page else target.read_text(encoding="utf-8")
            if anchor not in anchors(there):
                lost.append(link)
    return lost


@each_page
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    assert dead(page, markdown(page)) == []


def test_a_dead_link_is_seen_in_each_way_of_writing_it(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    (tmp_path / "a b.md").write_text("# Only this, *here*")
    text = """# One
[ok](a%20b.md) [ok](#one) [ok](a%20b.md#only-this-here) [ok](https://example.org/x) `[code](nowhere.md)`
[1](gone.md) ![2](gone.png) <a href="gone.html">3</a> [4](#two) [5](a%20b.md#that) [![6](gone.svg)](gone7.md)

[8]: gone8.md
"""
    page.write_text(text)
    lost = ["gone.md", "gone.png", "#two", "a%20b.md#that", "gone.svg", "gone7.md", "gone8.md", "gone.html"]
    assert dead(page, text) == lost


@each_page
def test_the_spelling_is_right(page: Path) -> None:
    checker = [sys.executable, "-m", "codespell_lib", "-"]
    text = prose_only(markdown(page))
    done = subprocess.run(checker, cwd=ROOT, input=text, capture_output=True, text=True, timeout=60)
    # With input from a pipe codespell prints each line that holds a mistake, then the mistake.
    assert [line for line in done.stdout.splitlines() if " ==> " in line] == []


def test_a_mistake_is_seen(tmp_path: Path) -> None:
    text = "You recieve a message.\n"
    checker = [sys.executable, "-m", "codespell_lib", "-"]
    done = subprocess.run(checker, cwd=ROOT, input=text, capture_output=True, text=True, timeout=60)
    assert "recieve ==> receive" in done.stdout


def test_no_committed_file_names_a_place_on_one_machine() -> None:
    """A home or a temporary folder is there for whoever wrote it down, and for nobody else.

    Tests may make such names up: they are what the normaliser and the settings are tried on. "jovyan" is
    the user in every image that repo2docker builds.
    """
    place = re.compile(r"(?<![\w.])/(?:root|tmp|(?:home|Users)/(?!jovyan/)\w+)/\S+")
    files = [path for path in committed() if "tests" not in path.relative_to(ROOT).parts]
    found = {path.relative_to(ROOT): place.findall(path.read_text(errors="replace")) for path in files}
    assert {path: places for path, places in found.items() if places} == {}


def test_the_changes_have_an_unreleased_section() -> None:
    _, first, *_ = re.split(r"^## ", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert first.startswith("Unreleased\n")
    assert re.search(r"^- \S", first, re.MULTILINE)


def test_readme_opens_with_the_two_commands_the_conda_way_and_binder() -> None:
    top = (ROOT / "README.md").read_text(encoding="utf-8")[:1600]
    for wanted in ("`make lab`", "`make test`", "(#with-conda)", "https://mybinder.org/badge_logo.svg"):
        assert wanted in top


def test_every_address_of_the_repository_is_the_one_in_pyproject() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    address = project["urls"]["Repository"]
    owner_and_name = address.removeprefix("https://github.com/")
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert (citation["repository-code"], citation["version"]) == (address, project["version"])
    assert citation["license"] == project["license"]
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    binder = f"https://mybinder.org/v2/gh/{owner_and_name}/main"
    assert re.findall(r"https://mybinder\.org/v2/\S+?(?=[)?])", readme) == [binder]
    assert f"({binder}?urlpath=lab/tree/notebooks/my_course/00_start_here.ipynb)" in readme
    assert re.findall(r"git clone (\S+)\ncd (\S+)", readme) == [(address, owner_and_name.partition("/")[2])]
    for page in PAGES:
        for link in links(markdown(page)):
            assert not link.startswith("https://github.com/async-django") or link.startswith(address)


def test_the_architecture_speaks_of_every_module() -> None:
    text = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    modules = {path.stem for path in (ROOT / "notebooks/asynclab").glob("*.py")} - {"__init__"}
    assert {module for module in modules if f"`{module}`" not in text} == set()
