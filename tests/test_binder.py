"""Binder: what repo2docker would build, and that each script it runs is ready to be run."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

BINDER = {"environment.yml", "overrides.json", "postBuild", "start"}


@pytest.fixture(scope="module")
def dockerfile(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The Dockerfile, and the decisions before it; no Docker engine is needed to print them."""
    root = Path(__file__).resolve().parent.parent
    copy = tmp_path_factory.mktemp("binder") / "checkout"
    (copy / "binder").mkdir(parents=True)
    (copy / "environment.yml").write_bytes((root / "environment.yml").read_bytes())
    for name in BINDER:  # as git would check them out, symlink and all
        source, target = root / "binder" / name, copy / "binder" / name
        if source.is_symlink():
            target.symlink_to(source.readlink())
        else:
            target.write_bytes(source.read_bytes())
    command = [sys.executable, "-m", "repo2docker", "--no-build", "--debug", str(copy)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
    return done.stdout + done.stderr


def test_the_folder_holds_what_binder_reads_and_nothing_else(root: Path) -> None:
    assert {path.name for path in (root / "binder").iterdir()} == BINDER


def test_the_environment_is_the_one_at_the_root(root: Path) -> None:
    link = root / "binder/environment.yml"
    assert link.is_symlink()
    assert link.readlink() == Path("../environment.yml")
    assert not (root / "environment.yml").is_symlink()


def test_the_conda_build_pack_is_picked_with_python_3_13(dockerfile: str) -> None:
    assert re.findall(r"Building conda environment for python=(\S+)", dockerfile) == ["3.13"]


def test_the_environment_is_installed_before_the_repository_is_copied(dockerfile: str) -> None:
    """In this order a change to a lesson does not install everything again."""
    install = dockerfile.index('--file "binder/environment.yml"')
    copy = dockerfile.index("COPY --chown=0:0 src/ ${REPO_DIR}/")
    assert install < copy < dockerfile.index("RUN ./binder/postBuild")


def test_start_wraps_the_launch(dockerfile: str) -> None:
    assert 'ENV R2D_ENTRYPOINT="${REPO_DIR}/binder/start"' in dockerfile


@pytest.mark.parametrize("name", ["postBuild", "start"])
def test_each_script_may_be_run_and_stops_at_its_first_error(root: Path, name: str) -> None:
    script = root / "binder" / name
    assert os.access(script, os.X_OK)
    shebang, *lines = script.read_text(encoding="utf-8").splitlines()
    assert shebang == "#!/bin/bash"
    assert next(line for line in lines if line and not line.startswith("#")) == "set -e"
    subprocess.run(["bash", "-n", script], check=True)


def test_what_start_launches_gives_each_kernel_its_startup_file(root: Path) -> None:
    code = "import os; print(os.environ['PYTHONSTARTUP'])"
    command = [root / "binder/start", sys.executable, "-c", code]
    named = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    assert os.path.samefile(named, root / "notebooks/asynclab/startup.py")


def test_start_runs_the_command_it_is_given(root: Path) -> None:
    command = [root / "binder/start", sys.executable, "-c", "import sys; print(sys.argv[1:])", "a b", "c"]
    assert subprocess.run(command, check=True, capture_output=True, text=True).stdout == "['a b', 'c']\n"


def test_jupyterlab_asks_nothing_before_the_first_lesson(root: Path) -> None:
    settings = json.loads((root / "binder/overrides.json").read_text(encoding="utf-8"))
    notification = settings["@jupyterlab/apputils-extension:notification"]
    assert notification == {"checkForUpdates": False, "fetchNews": "false"}


def test_post_build_stops_where_django_does_not_boot(root: Path, tmp_path: Path) -> None:
    """The script runs in a checkout whose lab is a stand-in that writes down what was asked of it."""
    lab = tmp_path / "notebooks/asynclab"
    lab.mkdir(parents=True)
    (tmp_path / "sample_project").mkdir()
    (tmp_path / "binder").mkdir()
    (tmp_path / "binder/overrides.json").write_text("{}")
    (lab / "__init__.py").write_text("def boot():\n    raise SystemExit('Django does not boot')\n")
    (lab / "editions.py").write_text("open('copies', 'w').close()\n")
    prefix = tmp_path / "prefix"
    python = tmp_path / "bin/python"
    python.parent.mkdir()
    python.write_text(f"""#!/bin/sh
case "$*" in *sys.prefix*) echo '{prefix}' ;; *) exec '{sys.executable}' "$@" ;; esac
""")
    python.chmod(0o755)
    environ = os.environ | {"PATH": f"{python.parent}:{os.environ['PATH']}"}
    command = [root / "binder/postBuild"]
    done = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (1, "Django does not boot\n")
    assert (tmp_path / "notebooks/copies").exists()
    assert (prefix / "share/jupyter/lab/settings/overrides.json").read_text() == "{}"
    (lab / "__init__.py").write_text("def boot():\n    print('Django boots')\n")
    done = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, "Django boots\n")
