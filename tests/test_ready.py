"""Before a course: `ready` tries all that the lessons need, and says READY or what is missing."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from asynclab import ready
from asynclab.errors import LabError


def tried(folder: Path, root: Path) -> tuple[int, list[str]]:
    """Exit code and lines of `python -m asynclab.ready`, run in a folder."""
    environ = os.environ | {"PYTHONPATH": str(root / "notebooks")}
    command = [sys.executable, "-m", "asynclab.ready"]
    done = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, timeout=120)
    return done.returncode, (done.stdout + done.stderr).splitlines()


def said(capsys: pytest.CaptureFixture[str]) -> list[str]:
    asyncio.run(ready.ready())
    return capsys.readouterr().out.splitlines()


def test_where_all_works_each_thing_has_a_line_and_the_last_is_ready(tmp_path: Path, root: Path) -> None:
    code, (versions, boots, *lines) = tried(tmp_path, root)
    assert re.fullmatch(r"✓ versions: django [\d.]+, ipykernel [\d.]+", versions)
    assert boots.endswith("café ready")
    assert (code, lines) == (0, [*(f"✓ {what}" for what in list(ready.STEPS)[1:]), "READY"])
    assert list(tmp_path.iterdir()) == []


def test_in_the_reading_edition_it_says_where_answers_are_kept_and_is_ready_all_the_same(root: Path) -> None:
    code, lines = tried(root / "notebooks", root)
    assert (code, lines[-2:]) == (
        0,
        ["○ your answers are kept: not in this folder. Open the lessons in my_course.", "READY"],
    )


def test_what_fails_is_named_and_the_rest_is_tried_all_the_same(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def refused() -> str:
        raise PermissionError("no process may be started")

    async def too_old() -> str:
        raise LabError("It is too old.")

    async def well() -> str:
        return ""

    monkeypatch.setattr(ready, "STEPS", {"a judge": refused, "a package": too_old, "the last": well})
    assert said(capsys) == [
        "✗ a judge: PermissionError: no process may be started",
        "✗ a package: It is too old.",
        "✓ the last",
        "NOT READY: 2 of 3 failed. Send these lines to whoever teaches.",
    ]


def test_a_package_that_is_too_old_is_named_with_the_version_that_is_needed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(ready, "STEPS", {"versions": ready.STEPS["versions"]})
    monkeypatch.setattr(ready, "version", {"django": "5.2.19", "ipykernel": "7.3.1"}.get)
    assert said(capsys)[0] == "✗ versions: ipykernel 7.3.1 is here, and 7.4 or newer is needed."


def test_it_asks_for_what_pyproject_asks_for(root: Path) -> None:
    pyproject = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    course = [line for line in pyproject["dependency-groups"]["course"] if isinstance(line, str)]
    for name, least in ready.AT_LEAST.items():
        assert f"{name}>={'.'.join(map(str, least))}" in course
    assert pyproject["project"]["requires-python"] == f">={'.'.join(map(str, ready.PYTHON))}"
