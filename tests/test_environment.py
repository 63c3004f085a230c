"""What is locked, what environment.yml says and what is installed here are one and the same."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

from tests import environment

EXPORT = """\
appnope==1.0.0 ; sys_platform == 'darwin'
django==5.2.19 ; python_full_version < '3.12'
django==6.1.3 ; python_full_version >= '3.12'
httpx==0.28.1
overrides==7.7.0 ; python_full_version < '3.12'
pexpect==4.9.0 ; sys_platform != 'emscripten' and sys_platform != 'win32'
psycopg-binary==3.3.9 ; implementation_name != 'pypy'
pywinpty==3.1.2 ; os_name == 'nt'
"""


@pytest.fixture(scope="module")
def locked() -> str:
    return environment.locked()


@pytest.fixture
def listed(root: Path) -> list[str]:
    """The pip list, as a YAML reader sees it."""
    content = yaml.safe_load((root / "environment.yml").read_text(encoding="utf-8"))
    return list(content["dependencies"][-1]["pip"])


def test_environment_yml_is_what_the_lock_gives(root: Path, locked: str) -> None:
    assert (root / "environment.yml").read_text(encoding="utf-8") == environment.environment(locked)


def test_conda_brings_python_pip_and_the_database_server_alone(root: Path) -> None:
    content = yaml.safe_load((root / "environment.yml").read_text(encoding="utf-8"))
    *conda, pip = content.pop("dependencies")
    assert content == {"name": "async-django-live", "channels": ["conda-forge"]}
    assert conda == ["python=3.13", "pip", "postgresql=17"]
    assert list(pip) == ["pip"]


def test_every_line_of_the_pip_list_is_a_pin(listed: list[str]) -> None:
    pin = re.compile(r"[a-z0-9-]+==[\w.]+(; sys_platform [!=]= '(linux|darwin|win32)')?")
    assert [line for line in listed if not pin.fullmatch(line)] == []
    assert len({Requirement(line).name for line in listed}) == len(listed)


def test_an_export_is_narrowed_to_python_3_13_on_three_platforms() -> None:
    assert list(environment.pins(EXPORT)) == [
        "appnope==1.0.0; sys_platform == 'darwin'",
        "django==6.1.3",
        "httpx==0.28.1",
        "pexpect==4.9.0; sys_platform != 'win32'",
        "psycopg-binary==3.3.9",
        "pywinpty==3.1.2; sys_platform == 'win32'",
    ]


def test_a_marker_that_the_list_cannot_express_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot express"):
        list(environment.pins("greenlet==3.1.1 ; platform_machine == 'x86_64'"))


def test_one_lock_gives_django_6_1_and_on_python_3_11_the_lts(locked: str) -> None:
    assert re.findall(r"^django==(\d+\.\d+).* ; (.*)$", locked, re.MULTILINE) == [
        ("5.2", "python_full_version < '3.12'"),
        ("6.1", "python_full_version >= '3.12'"),
    ]


def test_what_is_installed_here_is_what_is_locked(locked: str) -> None:
    requirements = [Requirement(line) for line in locked.splitlines()]
    here = [each for each in requirements if each.marker is None or each.marker.evaluate()]
    installed = {each.name: f"=={version(each.name)}" for each in here}
    assert installed == {each.name: str(each.specifier) for each in here}


def test_check_says_whether_the_file_is_what_the_lock_gives(
    tmp_path: Path, locked: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(environment, "TARGET", tmp_path / "environment.yml")
    monkeypatch.setattr(environment, "locked", lambda: locked)
    assert environment.main(["--check"]) == 1
    assert "python -m tests.environment" in capsys.readouterr().out
    assert environment.main([]) == 0
    assert environment.main(["--check"]) == 0
    environment.TARGET.write_text("name: something else\n")
    assert environment.main(["--check"]) == 1


def test_the_lock_was_made_for_what_pyproject_asks(root: Path) -> None:
    """`uv lock --check` may ask the index; the lock itself records what it was made for."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    lock = tomllib.loads((root / "uv.lock").read_text(encoding="utf-8"))
    (ours,) = [package for package in lock["package"] if package["name"] == project["project"]["name"]]
    for group in ("course", "dev"):
        asked = [Requirement(line) for line in project["dependency-groups"][group] if isinstance(line, str)]
        locked_for = ours["metadata"]["requires-dev"][group]
        recorded = {each["name"]: each.get("specifier", "") for each in locked_for}
        assert {each.name: str(each.specifier) for each in asked}.items() <= recorded.items()
    assert lock["requires-python"] == project["project"]["requires-python"]


@pytest.mark.network
def test_the_wheel_needs_nothing_but_django_and_asgiref(root: Path, tmp_path: Path, locked: str) -> None:
    uv = Path(sys.executable).with_name("uv")
    (tmp_path / "pins.txt").write_text(locked)

    def run(*command: str | Path) -> str:
        return subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True).stdout

    run(uv, "build", "--quiet", "--wheel", "--out-dir", tmp_path, "--python", sys.executable, root)
    (wheel,) = tmp_path.glob("asynclab-*-py3-none-any.whl")
    run(uv, "venv", "--quiet", "--python", sys.executable, "theirs")
    theirs = tmp_path / "theirs/bin/python"
    run(uv, "pip", "install", "--quiet", "--python", theirs, "--constraint", "pins.txt", wheel)
    installed = run(uv, "pip", "freeze", "--python", theirs)
    assert re.findall(r"^[\w-]+", installed, re.MULTILINE) == ["asgiref", "asynclab", "django", "sqlparse"]
    typed = "import asynclab, pathlib; print(pathlib.Path(asynclab.__file__).with_name('py.typed').exists())"
    assert run(theirs, "-I", "-W", "error", "-c", typed) == "True\n"
    run(theirs, "-m", "django", "startproject", "mysite", ".")
    said = run(theirs, "-I", "-m", "asynclab.audit", "--project", tmp_path)  # no Jupyter, no psutil, no ruff
    assert "Audit of mysite.settings" in said
    assert "Findings: ✗ 0 wrong" in said
