"""Lesson 10: the site of 2019, what decides the predictions, and somebody's own project."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest

from asynclab import upgrade
from asynclab.audit.findings import finding
from asynclab.audit.report import Report
from asynclab.database import sweep
from asynclab.errors import LabError
from asynclab.exercises import Prediction, find
from asynclab.exercises.lesson_10_holds_since import rows
from asynclab.exercises.lesson_10_new_findings import pairs
from asynclab.ledger import PLANNED, claims, roadmap, words
from asynclab.loads import Load, Loads
from asynclab.upgrade import Look, Site, old_cafe

from .reading import NOTEBOOKS

LESSON = nbformat.read(NOTEBOOKS / "10_upgrade.ipynb", as_version=4)
CELLS = {cell.id: cell.source for cell in LESSON.cells}
ALONE = Load("", 8, 8, 8, 0.2, 0.1, 0.2, 0.2, 0.2, 9000, lone=0.095, waits=0.09, threads=4)


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Site:
    monkeypatch.setattr(upgrade, "_site", None)
    return old_cafe()


def settled(number: str, result: object) -> str:
    asked = find(number)
    assert isinstance(asked, Prediction)
    return asked.settle(result)  # type: ignore[arg-type]


# The site


def edited(site: Site, *names: str) -> None:
    """The edits of these cells of the lesson, as they stand there."""
    for name in names:
        for each in ast.parse(CELLS[name]).body:
            if isinstance(each, ast.Expr) and re.match(r"site\.(change|write)\(", ast.unparse(each)):
                exec(compile(ast.Module([each], []), name, "exec"), {"site": site})


def test_the_site_of_2019_and_the_upgraded_one_pass_their_tests_and_nothing_is_wrong(site: Site) -> None:
    then = site.look()
    assert (then.passed, then.ran, then.wrong, then.report.code) == (True, 5, 0, 0)
    codes = ["conn-max-age", "acall", "no-asgi", "sync-only", "sync-only", "runserver", "static"]
    assert [each.code for each in then.report.findings] == codes
    edited(site, "asgi", "flags", "mend", "naive", "rows", "gather")
    now = site.look()
    assert (now.passed, now.wrong) == (True, 0)
    assert [each.code for each in now.report.findings] == ["sync-only", "runserver", "static"]


ASKED = """
import asyncio, django
django.setup()
from django.test import AsyncClient
from django.test.utils import setup_test_environment
setup_test_environment()
print(asyncio.run(AsyncClient(raise_request_exception=False).get("/")).status_code)
"""


def test_by_asgi_every_page_fails_with_flags_alone_and_to_delete_acall_mends_it_too(site: Site) -> None:
    def status() -> str:
        environ = os.environ | {"DJANGO_SETTINGS_MODULE": "config.settings", "PYTHONPATH": str(site.folder)}
        command = [sys.executable, "-B", "-c", ASKED]
        done = subprocess.run(command, cwd=site.folder, env=environ, capture_output=True, text=True)
        return (done.stdout.split() or [done.stderr])[-1]

    assert status() == "200"
    edited(site, "flags")
    assert status() == "500"
    old_cafe()
    source = (site.folder / "cafe/middleware.py").read_text()
    site.write("cafe/middleware.py", source[: source.index("    async def __acall__")])
    look = site.look()
    assert (status(), look.passed) == ("200", True)
    assert "acall" not in [each.code for each in look.report.findings]


def test_it_is_laid_out_anew_in_the_same_folder(site: Site) -> None:
    site.write("config/asgi.py", "application = None\n")
    site.change("cafe/views.py", "def stock(", "async def stock(")
    assert old_cafe() is site
    assert not (site.folder / "config/asgi.py").exists()
    assert "async def" not in (site.folder / "cafe/views.py").read_text()


def test_an_edit_that_does_not_fit_says_so_and_one_that_is_made_already_too(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    site.change("cafe/views.py", "def stock(", "async def stock(")
    site.change("cafe/views.py", "def stock(", "async def stock(")
    assert capsys.readouterr().out.splitlines() == [
        "cafe/views.py is changed.",
        "cafe/views.py is changed already.",
    ]
    with pytest.raises(LabError, match=r"'def shelf\(' does not stand there"):
        site.change("cafe/views.py", "def shelf(", "x")
    with pytest.raises(LabError, match="'return render' stands there 4 times"):
        site.change("cafe/views.py", "return render", "x")
    with pytest.raises(LabError, match=r"has no file cafe/sockets\.py"):
        site.change("cafe/sockets.py", "a", "b")
    with pytest.raises(LabError, match="outside of the site"):
        site.write("../elsewhere.py", "")


def test_tests_that_cannot_run_are_told_with_their_last_line(site: Site) -> None:
    site.write("cafe/tests.py", "import nothing_of_this_name\n")
    assert "tests      1 of 1 fail: cafe" in site.look().text()
    site.change("config/settings.py", "import os", "import os, gone_long_ago")
    look = site.look()
    assert not look.passed
    assert "No module named 'gone_long_ago'" in look.text()
    assert max(map(len, look.text().splitlines())) <= 60


def test_the_folder_goes_with_the_process(tmp_path: Path, root: Path) -> None:
    code = "from asynclab.upgrade import old_cafe; print(old_cafe().folder)"
    environ = os.environ | {"PYTHONPATH": str(root / "notebooks"), "TMPDIR": str(tmp_path)}
    told = subprocess.run(
        [sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=True
    )
    assert Path(told.stdout.strip()).parent == tmp_path
    assert not list(tmp_path.glob("asynclab-*"))


def test_another_kernel_does_not_sweep_it_away_while_it_is_laid_out(monkeypatch: pytest.MonkeyPatch) -> None:
    there = []

    def seeded(folder: Path) -> Path:
        sweep()
        there.append(folder.is_dir())
        return folder

    monkeypatch.setattr(upgrade, "_site", None)
    monkeypatch.setattr(upgrade, "seeded", seeded)
    old_cafe()
    assert there == [True]


# The predictions


@pytest.mark.parametrize(
    ("by_wsgi", "by_asgi", "letter"),
    [
        (0.095, 0.035, "a"),
        (0.095, 0.089, "a"),
        (0.095, 0.091, "b"),
        (0.190, 0.097, "b"),  # WSGI had no core just then
        (0.095, 0.189, "b"),
    ],
)
def test_a_lone_visitor_says_whether_the_waits_overlap(by_wsgi: float, by_asgi: float, letter: str) -> None:
    loads = [replace(ALONE, lone=by_wsgi), replace(ALONE, lone=by_asgi, threads=None)]
    assert settled("10.4", Loads(loads)) == letter


def test_a_busy_machine_decides_nothing() -> None:
    with pytest.raises(ValueError, match="too busy to tell"):
        settled("10.4", Loads([ALONE, replace(ALONE, lone=0.2, threads=None)]))


def test_two_servers_of_one_kind_decide_nothing() -> None:
    with pytest.raises(ValueError, match="by WSGI and one by ASGI"):
        settled("10.4", Loads([ALONE, ALONE]))


def test_who_objects() -> None:
    wrong = [finding("async-flag", "It raises.")]
    report = Report(Path(), {})
    letters = [
        settled("10.6", Look(Report(Path(), {}, findings), 5, failed))
        for failed in (("test",), ())
        for findings in ([], wrong)
    ]
    assert letters == ["a", "b", "d", "c"]
    with pytest.raises(ValueError, match="did not run"):
        settled("10.6", Look(report, 0, (), "did not run: SyntaxError"))


# What the checks bring


def test_the_rows_hold_claims_that_came_went_came_back_and_never_came() -> None:
    for _ in range(20):
        found = rows()
        assert {row.right for row in found} > {None, "3.0"}
        assert any(row.right is None and row.first for row in found)
        assert any(row.right and row.first != row.right for row in found)
        assert any(row.generous != row.right for row in found)


def test_no_two_findings_of_a_pair_are_the_same() -> None:
    for _ in range(20):
        for told, before, after, new in pairs():
            assert len(set(before)) == len(before), told
            assert len(set(after)) == len(after), told
            assert new <= set(after)


# The ledger


def test_the_roadmap_is_computed_from_the_committed_results() -> None:
    lines = [re.split(r" {2,}", line) for line in str(roadmap()).splitlines()]
    came = {what: (hoped, came) for what, hoped, came in lines[1:]}
    assert len(came) == len(PLANNED)
    assert came["views"] == ("3.0", "3.1")
    assert came["a guard around the ORM"] == ("3.0", "3.0")
    assert came["queries, in a thread"] == ("3.1", "4.1")
    assert came["templates, in a thread"] == ("3.1", "not yet")
    assert came["queries without a thread"] == ("later", "not yet")


def test_each_part_of_the_ledger_is_shown_with_words_and_symbols() -> None:
    for by, first in {"post": "post 1", "roadmap": "roadmap 3.1", "lesson": "lesson 01"}.items():
        shown = claims(by)
        assert any(line.startswith(first) for line in str(shown).splitlines())
        assert "✓ yes" in shown._repr_html_()
        assert max(map(len, str(shown).splitlines())) <= 60
    assert words("post_05_async_views")["3.0"] == "no"
    with pytest.raises(LabError, match="no claim 'post_99'"):
        words("post_99")
    with pytest.raises(LabError, match="Nobody called 'me'"):
        claims("me")


# Somebody's own project


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """What `startproject` makes, in a folder that has nothing to do with the course."""
    command = [sys.executable, "-m", "django", "startproject", "mysite", str(tmp_path)]
    subprocess.run(command, check=True, env=os.environ | {"DJANGO_SETTINGS_MODULE": ""})
    return tmp_path


def without_ours(root: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    return kept | {"PYTHONPATH": str(root / "notebooks")}


def test_the_two_commands_of_the_lesson_audit_a_project_outside_of_the_repository(
    own: Path, root: Path
) -> None:
    given = re.findall(r"^    PYTHONPATH=path/to/notebooks python (.+)$", CELLS["your-project"], re.MULTILINE)
    assert len(given) == 2
    for command in given:
        done = subprocess.run(
            [sys.executable, *command.split()],
            cwd=own,
            env=without_ours(root),
            capture_output=True,
            text=True,
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert "mysite.settings" in done.stdout


def test_boot_and_fetch_of_the_lesson_run_on_a_project_outside_of_the_repository(
    own: Path, root: Path
) -> None:
    lines = re.findall(r"^    ((?:from asynclab|boot|await fetch).+)$", CELLS["your-project"], re.MULTILINE)
    assert len(lines) == 3
    first, boots, fetches = (line.replace("path/to/mysite", own.as_posix()) for line in lines)
    body = f"{first}\n{boots}\nimport asyncio\nasync def main():\n    print({fetches})\nasyncio.run(main())\n"
    done = subprocess.run(
        [sys.executable, "-c", body], cwd=own.parent, env=without_ours(root), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "mysite.settings ready" in done.stdout
    assert "SecurityMiddleware" in done.stdout


def test_the_test_worth_keeping_passes_and_fails_with_a_layer_that_would_break(own: Path, root: Path) -> None:
    (test,) = re.findall(r"^```python\n(.+?)^```", CELLS["your-project"], re.MULTILINE | re.DOTALL)
    assert len(test.splitlines()) <= 10
    (own / "mysite/tests.py").write_text(test)

    def ran() -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "manage.py", "test", "mysite"]
        return subprocess.run(command, cwd=own, env=without_ours(root), capture_output=True, text=True)

    done = ran()
    assert done.returncode == 0, done.stderr
    (own / "mysite/layers.py").write_text(
        "class Flags:\n    async_capable = True\n\n    def __init__(self, get_response):\n"
        "        self.get_response = get_response\n\n    def __call__(self, request):\n"
        "        response = self.get_response(request)\n"
        "        response['X'] = '1'\n        return response\n"
    )
    settings = own / "mysite/settings.py"
    settings.write_text(settings.read_text() + "\nMIDDLEWARE += ['mysite.layers.Flags']\n")
    assert "mysite.layers.Flags: called with an async get_response" in ran().stderr
