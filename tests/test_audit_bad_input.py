"""Projects that are broken in some way: one clear line for each, the rest of the report, and nothing is
written.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from asynclab.audit import audit, process, ruff
from asynclab.audit.__main__ import main
from asynclab.audit.tool import CannotAudit
from tests.audited import project, state

ASYNC_VIEW = """\
import time

from django.http import HttpResponse
from django.urls import path


async def view(request):
    time.sleep(1)
    return HttpResponse(request.user.username)


urlpatterns = [path("", view)]
"""


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DJANGO_SETTINGS_MODULE", raising=False)


def lines(folder: Path, code: str) -> list[tuple[str, str]]:
    """(what, where) of the findings of one kind."""
    return [(each.what, each.where) for each in audit(project=folder).findings if each.code == code]


def test_settings_that_need_a_variable_are_one_line_and_the_files_are_still_read(tmp_path: Path) -> None:
    folder = project(tmp_path, {"site1/urls.py": ASYNC_VIEW}, 'import os\nKEY = os.environ["SHOP_KEY"]\n')
    report = audit(project=folder)
    (setup,) = [each for each in report.findings if each.code == "setup"]
    assert (setup.what, setup.where) == ("The settings failed: KeyError: 'SHOP_KEY'.", "site1/settings.py:11")
    assert "made-up value" in setup.do
    assert [each.where for each in report.findings if each.code == "blocking"] == ["site1/urls.py:8"]
    assert report.code == 2


def test_an_app_that_is_not_there_is_named(tmp_path: Path) -> None:
    folder = project(tmp_path, settings='INSTALLED_APPS.append("nowhere")\n')
    assert lines(folder, "setup") == [
        ("django.setup() failed: ModuleNotFoundError: No module named 'nowhere'.", "")
    ]


def test_settings_that_end_the_process_or_never_come(tmp_path: Path) -> None:
    folder = project(tmp_path, settings="import sys\nsys.exit('no key')\n")
    assert lines(folder, "setup") == [
        ("The settings failed: SystemExit: sys.exit('no key') was called.", "site1/settings.py:11")
    ]
    project(folder, settings="import threading\nthreading.Event().wait()\n")
    report = audit(project=folder, deadline=0.5)
    assert [each.what for each in report.findings if each.code == "setup"] == [
        "The settings failed: did not end within 1.5 s."
    ]


def test_a_urlconf_that_fails_leaves_the_rest(tmp_path: Path) -> None:
    report = audit(project=project(tmp_path, {"site1/urls.py": "import nowhere\n"}))
    (urls,) = [each for each in report.findings if each.code == "urls"]
    assert urls.what == "The URLconf failed: ModuleNotFoundError: No module named 'nowhere'."
    assert urls.where == "site1/urls.py:1"
    assert len(report.middleware) == 2


@pytest.mark.parametrize(("value", "count"), [("()", 0), ("[]", 0), ("None", 0), ("tuple(MIDDLEWARE)", 2)])
def test_middleware_may_be_empty_or_of_any_type(tmp_path: Path, value: str, count: int) -> None:
    report = audit(project=project(tmp_path, settings=f"MIDDLEWARE = {value}\n"))
    assert report.code == 0
    assert (len(report.middleware), "MIDDLEWARE is empty." in str(report)) == (count, not count)


def test_a_tuple_that_lost_its_comma_is_told_once(tmp_path: Path) -> None:
    folder = project(tmp_path, settings="MIDDLEWARE = ('django.middleware.common.CommonMiddleware')\n")
    assert lines(folder, "missing") == [
        (
            "MIDDLEWARE is a string, and Django takes each letter for a layer. A list or tuple is meant.",
            "site1/settings.py:10",
        )
    ]


def test_files_that_are_no_python_and_links_in_a_circle(tmp_path: Path) -> None:
    folder = project(tmp_path, {"shop/broken.py": "def (:\n"})
    (folder / "shop/bom.py").write_bytes(b"\xef\xbb\xbfasync def one(): ...\n")
    (folder / "shop/latin.py").write_bytes("# -*- coding: latin-1 -*-\nNAME = 'caf\xe9'\n".encode("latin-1"))
    (folder / "shop/undeclared.py").write_bytes(b"NAME = 'caf\xe9'\n")
    (folder / "shop/zero.py").write_bytes(b"a = 1\0\n")
    (folder / "shop/again").symlink_to(folder)
    (folder / "shop/gone.py").symlink_to(folder / "nowhere.py")
    (folder / "venv/bin").mkdir(parents=True)
    (folder / "venv/pyvenv.cfg").write_text("")
    (folder / "venv/bin/tool.py").write_text("async def other(): ...\n")
    said = "\n".join(audit(project=folder).notes)
    assert "Read 12 files of the project: 1 async functions" in said
    assert "3 files could not be read as Python and were left out: shop/broken.py (line 1:" in said


def test_five_hundred_files_are_read(tmp_path: Path) -> None:
    many = {f"shop/part{number}.py": "async def work():\n    pass\n" * 20 for number in range(500)}
    assert "Read 507 files of the project: 10000 async functions" in "\n".join(
        audit(project=project(tmp_path, many)).notes
    )


def test_nothing_is_written_and_nothing_stays(tmp_path: Path, folders: list[Path]) -> None:
    settings = """
    LOGGING = {"version": 1, "handlers": {"f": {"class": "logging.FileHandler", "filename": "a.log"}},
               "root": {"handlers": ["f"]}}
    from pathlib import Path
    Path("secret").write_text("key")
    assert Path("secret").read_text() == "key"
    """
    folder = project(tmp_path, settings=settings)
    before = state(folder)
    report = audit(project=folder)
    assert report.code == 0
    assert state(folder) == before


@pytest.fixture
def folders(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Path]]:
    made: list[Path] = []

    class Kept(process.tempfile.TemporaryDirectory):  # type: ignore[type-arg,name-defined,misc]
        def __init__(self, *arguments: object, **named: object) -> None:
            super().__init__(*arguments, **named)
            made.append(Path(self.name))

    monkeypatch.setattr(process.tempfile, "TemporaryDirectory", Kept)  # type: ignore[attr-defined]
    yield made
    assert made
    assert [folder for folder in made if folder.exists()] == []


def test_the_database_of_the_project_is_never_opened(tmp_path: Path) -> None:
    ready = """\
    from django.apps import AppConfig


    class Shop(AppConfig):
        name = "shop"

        def ready(self):
            from django.contrib.auth.models import User

            try:
                User.objects.count()
            except Exception as error:
                print(type(error).__name__)
    """
    engine = 'DATABASES["default"] = {"ENGINE": "django.db.backends.postgresql", "HOST": "192.0.2.1"}\n'
    report = audit(project=project(tmp_path, {"shop/apps.py": ready}, engine))
    assert report.code == 0
    assert list(tmp_path.glob("*.sqlite3")) == []


def test_no_folder_or_no_settings_is_one_sentence_and_exit_code_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(CannotAudit, match="is no folder"):
        audit(project=tmp_path / "nowhere")
    assert main(["--project", str(tmp_path)]) == 2
    assert capsys.readouterr().err.startswith(f"No settings are named, and {tmp_path} has no manage.py")


def test_the_command_gives_json_and_an_exit_code_for_ci(tmp_path: Path) -> None:
    settings = "MIDDLEWARE.append('nowhere.Layer')\n"
    folder = project(tmp_path, {"site1/urls.py": ASYNC_VIEW}, settings)
    command = [sys.executable, "-m", "asynclab.audit", "--json"]
    path = os.pathsep.join([str(Path(process.__file__).parents[2]), os.environ.get("PYTHONPATH", "")])
    run = subprocess.run(
        command,
        cwd=folder,
        env=os.environ | {"PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode, run.stderr) == (1, "")
    said = json.loads(run.stdout)
    assert [each["code"] for each in said["findings"] if each["weight"] == "wrong"] == [
        "missing",
        "user",
        "blocking",
    ]
    assert said["views"][0]["name"] == "site1.urls.view"


def test_where_ruff_is_missing_the_report_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ruff, "command", lambda: None)
    report = audit(project=project(tmp_path, {"site1/urls.py": ASYNC_VIEW}))
    assert "Blocking calls were not looked for: ruff is not installed (pip install ruff)." in report.notes
