"""The picture of the layers is true to the imports, and each module has its place in it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from .guide.architecture import ALONE, LAB, ROWS, drawing, imported, modules
from .reading.picture import problems

FILES = [path for path in sorted(LAB.rglob("*.py")) if path != LAB / "__init__.py"]


def home(path: Path) -> str:
    """The module, or the package directly below asynclab, to which a file belongs."""
    return path.relative_to(LAB).parts[0].removesuffix(".py")


def test_each_module_stands_in_one_box() -> None:
    boxes = [box for row in ROWS for box in row] + [ALONE]
    assert Counter(name for box in boxes for name in modules(box)) == Counter({home(path) for path in FILES})


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(LAB)))
def test_a_module_imports_from_its_own_box_and_from_rows_below(path: Path) -> None:
    below: set[str] = set()
    for row in reversed(ROWS):
        for box in row:
            if home(path) in modules(box):
                assert imported(path) - below - modules(box) == set()
                return
        below |= {name for box in row for name in modules(box)}
    assert imported(path) == set(), "it stands alone"


def test_an_import_is_seen_however_it_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.guide.architecture.LAB", tmp_path)
    (tmp_path / "package").mkdir()
    module = tmp_path / "package/one.py"
    module.write_text(
        "from .. import a, b\nfrom ..c import x\nfrom ..d.e import y\nfrom . import two\n"
        "from .three import z\n"
        "if TYPE_CHECKING:\n    from ..not_at_load import t\n\ndef late():\n    from ..later import u\n"
        "try:\n    from ..f import v\nexcept ImportError:\n    pass\n"
    )
    assert imported(module) == {"a", "b", "c", "d", "f"}


def test_the_picture_is_one_that_github_shows() -> None:
    assert list(problems(drawing())) == []
