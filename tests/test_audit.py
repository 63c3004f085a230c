"""The audit as it is reached: from a notebook, as a command, on the café, and in the words of its
findings.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import asynclab
from asynclab.audit import audit, process
from asynclab.audit.findings import KINDS
from asynclab.audit.report import Report
from tests.audited import project, state

HOME = Path(process.__file__).parents[2]


@pytest.fixture(scope="module")
def cafe(tmp_path_factory: pytest.TempPathFactory) -> tuple[Report, bool]:
    """The audit of the café, and whether its folder is as it was."""
    folder = HOME.parent / "sample_project"
    before = state(folder)
    report = audit("config.settings", folder)
    return report, state(folder) == before


def test_a_notebook_reaches_it_by_one_name() -> None:
    import asynclab.audit as module

    assert asynclab.audit is audit
    assert module is audit  # the package stands behind its function, as boot.py behind boot


def test_nothing_is_wrong_with_the_cafe_and_nothing_is_written_there(cafe: tuple[Report, bool]) -> None:
    report, same = cafe
    assert [(each.code, each.weight) for each in report.findings if each.weight != "note"] == []
    assert (report.code, same) == (0, True)
    assert {view["name"].rpartition(".")[2] for view in report.views} == {
        "orders",
        "stock",
        "board",
        "board_events",
        "slow",
    }


def test_the_crossings_of_the_cafe_are_those_that_lesson_05b_counts(cafe: tuple[Report, bool]) -> None:
    chain = cafe[0].chain
    assert chain["asgi sync"]["crossings"] == {"sync_to_async": 16.0, "async_to_sync": 0.0}
    assert chain["asgi async"]["crossings"] == {"sync_to_async": 15.0, "async_to_sync": 0.0}
    assert chain["wsgi async"]["crossings"] == {"sync_to_async": 0.0, "async_to_sync": 1.0}
    assert [layer["async"] for layer in chain["asgi async"]["layers"]] == [True] * 9


def test_the_text_is_narrow_and_says_what_was_not_seen(cafe: tuple[Report, bool]) -> None:
    text = str(cafe[0])
    assert text == repr(cafe[0])
    assert "(measured here, not judged)" in text
    assert "Reading sees a blocking call only where an async function makes it itself" in text
    assert [line for line in text.split("Findings:")[1].splitlines() if len(line) > 100] == []


def test_every_kind_of_finding_names_a_lesson_that_there_is_or_is_planned() -> None:
    lessons = {path.name.partition("_")[0] for path in HOME.glob("[0-9]*.ipynb")}
    named = {lesson.partition(",")[0] for _, _, _, lesson in KINDS.values()}
    assert named - lessons <= {"09", "10"}
    for _, why, do, _ in KINDS.values():
        assert why.strip() == why
        assert why[-1] in ".”"
        assert do.endswith((".", ")."))


def test_every_section_that_a_finding_names_is_in_its_lesson() -> None:
    for _, _, _, lesson in KINDS.values():
        name, _, section = lesson.partition(", ")
        for notebook in HOME.glob(f"{name}_*.ipynb"):
            assert not section or f'"## {section} ' in notebook.read_text(encoding="utf-8"), lesson


def run(*code: str, cwd: Path) -> str:
    environment = os.environ | {"PYTHONPATH": str(HOME)}
    command = [sys.executable, "-W", "error", "-c", "\n".join(code)]
    made = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=True)
    return made.stdout


def test_it_imports_nothing_of_jupyter_nor_of_the_rest_of_the_course(tmp_path: Path) -> None:
    said = run(
        "import sys, asynclab.audit.__main__, asynclab.audit.inside",
        "course = [name for name in sys.modules if name.startswith('asynclab.')]",
        "print([name for name in course if not name.startswith('asynclab.audit')])",
        "print({'IPython', 'ipykernel', 'psutil'} & set(sys.modules))",
        cwd=tmp_path,
    )
    assert said == "[]\nset()\n"


def test_a_kernel_that_runs_another_project_keeps_its_settings_to_itself(tmp_path: Path) -> None:
    said = run(
        "import os",
        "os.environ['DJANGO_SETTINGS_MODULE'] = 'config.settings'",
        "from django.conf import settings",
        "settings.configure()",
        "from asynclab import audit",
        f"print(audit(project={str(project(tmp_path))!r}).settings)",
        cwd=tmp_path,
    )
    assert said == "site1.settings\n"
