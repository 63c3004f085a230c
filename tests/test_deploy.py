"""docs/deploy: what it tells an instructor to paste works, and leads to this repository."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
ADDRESS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["urls"][
    "Repository"
]
FIRST = "notebooks/my_course/00_start_here.ipynb"

# Pages and settings that name the repository. In tests it may be any.
PAGES = [
    path
    for pattern in ("*.md", "*.cff", "docs/**/*.md", ".github/**/*.yml", "sample_project/*.md")
    for path in sorted(ROOT.glob(pattern))
]


def blocks(page: Path, language: str) -> list[str]:
    """The code blocks of a page in one language."""
    found = re.findall(
        rf"^```{language}\n(.*?)^```$", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    return [str(text) for text in found]


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_each_address_of_the_repository_derives_from_pyproject(page: Path) -> None:
    text = unquote(page.read_text(encoding="utf-8"))
    name = ADDRESS.removeprefix("https://github.com/")
    ours = re.findall(r"https://github\.com/([\w.-]*async-django[\w.-]*/[\w.-]+)", text)
    binder = re.findall(r"https://mybinder\.org/v2/gh/([\w.-]+/[\w.-]+)/", text)
    assert {*ours, *binder} <= {name}


def test_the_nbgitpuller_link_opens_the_first_lesson_of_this_repository() -> None:
    [link] = [text for text in blocks(ROOT / "docs/deploy/README.md", "text") if "git-pull" in text]
    asked = parse_qs(urlsplit(link.strip()).query)
    folder = ADDRESS.rpartition("/")[2]
    assert asked == {"repo": [ADDRESS], "branch": ["main"], "urlpath": [f"lab/tree/{folder}/{FIRST}"]}


def test_a_learners_server_on_one_machine_begins_with_the_course_and_its_copies(tmp_path: Path) -> None:
    """The settings are run as they stand, in an empty home; a stand-in shows what the server would get."""
    [settings] = blocks(ROOT / "docs/deploy/littlest.md", "python")
    hub = SimpleNamespace(Spawner=SimpleNamespace())
    exec(compile(settings, "course.py", "exec"), {"c": hub})
    assert hub.Spawner.environment == {"COURSE": ADDRESS}
    assert hub.Spawner.default_url == f"/lab/tree/{ADDRESS.rpartition('/')[2]}/{FIRST}"
    shell, dash, script, name = hub.Spawner.cmd
    script = script.replace("/opt/tljh/user/bin/python", sys.executable)
    server = "/opt/tljh/user/bin/jupyterhub-singleuser"
    script = script.replace(server, 'echo "$PYTHONSTARTUP" "$JUPYTER_RUNTIME_DIR" "$PWD"')
    environ = {"HOME": str(tmp_path), "PATH": os.environ["PATH"], "COURSE": ROOT.as_uri()}
    environ |= {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory", "GIT_CONFIG_VALUE_0": "*"}

    def begin() -> str:
        command = [shell, dash, script, name, "--port=1"]
        done = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()[-1]

    course = tmp_path / ADDRESS.rpartition("/")[2]
    startup = f"{course}/notebooks/asynclab/startup.py"
    assert begin() == f"{startup} {tmp_path}/.run {tmp_path} --KernelManager.transport=ipc --port=1"
    copy = course / FIRST
    copy.write_text("mine", encoding="utf-8")
    begin()
    assert copy.read_text(encoding="utf-8") == "mine"


def test_the_values_for_kubernetes_are_yaml_and_say_that_they_are_not_tested() -> None:
    page = ROOT / "docs/deploy/kubernetes.md"
    assert "**Not tested here.**" in page.read_text(encoding="utf-8")
    [values] = blocks(page, "yaml")
    read = yaml.safe_load(values)
    assert read["singleuser"]["extraEnv"]["PYTHONSTARTUP"].endswith("/notebooks/asynclab/startup.py")
    assert {"singleuser", "cull", "hub"} == set(read)


# The workflows


WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
each_workflow = pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)


@each_workflow
def test_a_workflow_takes_only_githubs_own_actions_by_major_version_or_a_full_commit(path: Path) -> None:
    used = re.findall(r"uses: (\S+)", path.read_text(encoding="utf-8"))
    assert [
        each for each in used if not re.fullmatch(r"actions/[\w-]+@v\d+|[\w./-]+@[0-9a-f]{40}", each)
    ] == []


@each_workflow
def test_a_workflow_may_do_little_and_uses_no_secret(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    workflow = yaml.safe_load(text)
    assert workflow["permissions"] in ({"contents": "read"}, {"pull-requests": "write"})
    assert "secrets." not in text
    assert all("timeout-minutes" in job for job in workflow["jobs"].values())


@each_workflow
def test_what_comes_from_outside_reaches_a_command_only_as_a_variable(path: Path) -> None:
    steps = [
        step
        for job in yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"].values()
        for step in job["steps"]
    ]
    assert [step["run"] for step in steps if "github." in step.get("run", "")] == []


def test_who_may_write_comments_checks_nothing_out() -> None:
    text = (ROOT / ".github/workflows/binder.yml").read_text(encoding="utf-8")
    assert "uses:" not in text
    assert FIRST in text
