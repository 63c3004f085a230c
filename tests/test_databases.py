"""`make test-databases` starts the servers, runs the café's tests, says what came of it, and leaves nothing.

The café is stood in for by a manage.py of a few lines: what its tests find is not the subject here.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from asynclab import guard, quarters
from asynclab.errors import NoServer, ServerError
from tests.databases import __main__ as command
from tests.databases import driver
from tests.databases.mariadb import PROGRAMS, mariadb
from tests.waiting import written

needs_mariadb = pytest.mark.skipif(
    not all(quarters.programs([name]) for name in PROGRAMS),
    reason="There is no MariaDB here: sudo apt install mariadb-server-core",
)
needs_postgresql = pytest.mark.skipif(
    quarters.programs(["initdb", "postgres"]) is None,
    reason="There is no PostgreSQL here: sudo apt install postgresql",
)
PASSES = "print('Ran 3 tests in 0.1s'); print('OK')"
FAILS = (
    "print('AssertionError: 1 != 2'); print('Ran 3 tests in 0.1s'); print('FAILED (failures=1)'); "
    "print('Bye'); exit(1)"
)


class Fake:
    """A database that answers until it is said to have ended."""

    url, version, ended = "postgres://fake/cafe", "17.1", False

    def check(self) -> None:
        if self.ended:
            raise ServerError("Fake ended in the middle of the run.")


pytestmark = pytest.mark.usefixtures("folders")  # whatever a test starts, nothing of it is left


@pytest.fixture
def cafe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Put a manage.py of this code in place of the café's; without CI set, and with nothing missing."""
    monkeypatch.setattr(command, "CAFE", tmp_path)
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setattr(command, "missing", dict)
    monkeypatch.setattr(driver, "build", lambda: None)
    return lambda code: (tmp_path / "manage.py").write_text(code) and None


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Fake:
    """The one database there is."""
    database = Fake()

    @contextmanager
    def start() -> Iterator[Fake]:
        yield database

    monkeypatch.setattr(command, "DATABASES", {"Fake": start})
    return database


def told(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """What was printed, the header left out, every time replaced."""
    header, *lines = re.sub(r" +\d+\.\d s", " … s", capsys.readouterr().out).splitlines()
    assert header.split() == ["database", "version", "tests", "time", "result"]
    return [re.sub(" +", " ", line) for line in lines]


def test_what_passes_is_one_row(
    cafe: Callable[[str], None], fake: Fake, capsys: pytest.CaptureFixture[str]
) -> None:
    cafe(
        f"import os, sys; assert sys.argv[1:] == ['test', '--noinput']; os.environ['DATABASE_URL']; {PASSES}"
    )
    assert command.main() == 0
    assert told(capsys) == ["Fake 17.1 3 … s passed"]


def test_a_database_without_a_url_is_the_cafes_own_whatever_the_shell_says(
    cafe: Callable[[str], None], fake: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://of/the/shell")
    fake.url = ""
    cafe(f"import os; assert 'DATABASE_URL' not in os.environ; {PASSES}")
    assert command.main() == 0


def test_a_test_that_fails_is_shown_below_the_table(
    cafe: Callable[[str], None], fake: Fake, capsys: pytest.CaptureFixture[str]
) -> None:
    cafe(FAILS)
    assert command.main() == 1
    assert told(capsys) == [
        "Fake 17.1 3 … s FAILED (failures=1)",
        "",
        f"--- Fake {'-' * 60}",
        *FAILS.replace("print('", "").replace("')", "").split("; ")[:4],
        "",
    ]


def test_a_run_that_counts_no_tests_has_not_passed(
    cafe: Callable[[str], None], fake: Fake, capsys: pytest.CaptureFixture[str]
) -> None:
    cafe("print('nothing to do')")
    assert command.main() == 1
    assert told(capsys)[0] == "Fake 17.1 – … s nothing to do"


def test_a_warning_is_an_error(cafe: Callable[[str], None], fake: Fake) -> None:
    cafe(f"import warnings; warnings.warn('old'); {PASSES}")
    assert command.main() == 1


def test_tests_that_never_end_are_ended(
    cafe: Callable[[str], None],
    fake: Fake,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cafe("import signal; signal.pause()")
    monkeypatch.setattr(command, "DEADLINE", 0.2)
    assert command.main() == 1
    assert told(capsys) == ["Fake 17.1 – – no end within … s"]


def test_a_server_that_ended_is_one_sentence_and_not_a_hundred_tracebacks(
    cafe: Callable[[str], None], fake: Fake, capsys: pytest.CaptureFixture[str]
) -> None:
    cafe(FAILS)
    fake.ended = True
    assert command.main() == 1
    assert told(capsys) == ["Fake – – – Fake ended in the middle of the run."]


def test_a_driver_that_cannot_be_built_is_one_sentence(
    cafe: Callable[[str], None], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing() -> None:
        raise driver.Unbuilt("error: no space left")

    monkeypatch.setattr(driver, "build", failing)
    monkeypatch.setattr(command, "DATABASES", {"MariaDB": mariadb})
    assert command.main() == 1
    assert told(capsys) == ["MariaDB – – – Its driver could not be built: error: no space left"]


# --- What is not installed ---------------------------------------------------------------------------------


def test_what_is_missing_is_passed_over_in_one_line(
    cafe: Callable[[str], None],
    fake: Fake,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(command, "missing", lambda: {"Fake": ["fake-server", "libfake-dev"]})
    assert command.main() == 0
    assert told(capsys) == ["Fake – – – skipped: sudo apt install fake-server libfake-dev"]


def test_in_continuous_integration_it_is_a_failure(
    cafe: Callable[[str], None], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "true")
    monkeypatch.setattr(command, "missing", lambda: {"PostgreSQL": ["postgresql"], "MariaDB": ["gcc"]})
    assert command.main() == 1
    said = "PostgreSQL and MariaDB cannot be tested here: sudo apt install postgresql gcc\n"
    assert capsys.readouterr().out == said


def test_every_package_that_may_be_missing_is_named_and_ci_installs_it(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quarters, "_folders", lambda: [tmp_path])
    monkeypatch.setattr(driver, "FOLDER", tmp_path)
    monkeypatch.setattr(driver.sysconfig, "get_path", lambda name: str(tmp_path))  # type: ignore[attr-defined]
    monkeypatch.setenv("PATH", str(tmp_path))
    missing = command.missing()
    assert missing == {
        "PostgreSQL": ["postgresql"],
        "MariaDB": ["mariadb-server-core", "gcc", "pkg-config", "libmariadb-dev", "python3-dev"],
    }
    (installed,) = re.findall(r"^packages=\((.*)\)$", (root / ".ci/run").read_text(), re.MULTILINE)
    assert {package for each in missing.values() for package in each} <= set(installed.split())


def test_a_driver_that_is_built_needs_no_compiler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(driver, "FOLDER", tmp_path)
    monkeypatch.setenv("PATH", "/usr/sbin")
    monkeypatch.setattr(quarters, "programs", lambda names: tmp_path)
    (tmp_path / "MySQLdb").mkdir()
    (tmp_path / "MySQLdb/__init__.py").touch()
    assert driver.missing() == []


# --- A real MariaDB ----------------------------------------------------------------------------------------


@needs_mariadb
def test_mariadb_answers_on_a_socket_of_its_own_never_as_root_and_goes_with_the_block() -> None:
    with mariadb() as server:
        server.check()
        working = guard.working_in(server.folder)
        assert {process.uids().effective == 0 for process in working} == {False} or os.geteuid() != 0
        assert [each for process in working for each in process.net_connections("tcp")] == []
        assert re.fullmatch(r"\d+\.\d+\.\d+", server.version)
    assert not server.folder.exists()
    with pytest.raises(ServerError, match=r"^MariaDB ended in the middle of the run\.$"):
        server.check()


@pytest.mark.parametrize(
    ("name", "pid"),
    [("PostgreSQL", "data/postmaster.pid"), pytest.param("MariaDB", "pid", marks=needs_mariadb)],
)
def test_a_server_that_is_killed_in_the_middle_is_told_in_one_sentence(
    name: str,
    pid: str,
    cafe: Callable[[str], None],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    folders: list[Path],
) -> None:
    monkeypatch.setattr(command, "DATABASES", {name: command.DATABASES[name]})
    cafe(
        "import os, pathlib, psutil, urllib.parse as p\n"
        "place = pathlib.Path(p.unquote(p.urlsplit(os.environ['DATABASE_URL']).netloc.partition('@')[2]))\n"
        f"file = (place if place.is_dir() else place.parent) / {pid!r}\n"
        "server = psutil.Process(int(file.read_text().split()[0]))\n"
        f"server.kill(); psutil.wait_procs([server])\n{FAILS}"
    )
    assert command.main() == 1
    assert told(capsys) == [f"{name} – – – {name} ended in the middle of the run."]
    assert len(folders) == 1


@needs_mariadb
def test_an_interrupt_leaves_nothing_running(root: Path, tmp_path: Path) -> None:
    manage = "import os, subprocess; open('new', 'w').write(os.environ['DATABASE_URL'])\n"
    (tmp_path / "manage.py").write_text(
        f"{manage}os.rename('new', 'here'); subprocess.run(['sleep', '1000'])"
    )
    code = (
        "import pathlib; from tests.databases import driver, __main__ as command\n"
        f"command.CAFE = pathlib.Path({str(tmp_path)!r}); driver.build = lambda: None\n"
        "command.DATABASES = {'MariaDB': command.mariadb}; command.missing = dict\n"
        "command.start()"
    )
    running = subprocess.Popen(
        [sys.executable, "-W", "error", "-c", code],
        cwd=root,
        env=os.environ | {"PYTHONPATH": str(root / "notebooks")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    url = written(tmp_path / "here", running)
    folder = Path(re.sub(r".*@(.*)/cafe", r"\1", url).replace("%2F", "/")).parent
    assert guard.working_in(folder)
    assert guard.working_in(tmp_path)
    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=30)
    assert (running.returncode, said) == (1, "Interrupted: nothing is left running.\n")
    assert guard.working_in(folder) == []
    assert not folder.exists()
    psutil.wait_procs(below := guard.working_in(tmp_path), timeout=5)
    assert [process for process in below if process.is_running()] == []


@pytest.mark.parametrize(
    ("install", "said"),
    [
        ("echo '[ERROR] Disk is full'; exit 1", "mariadb-install-db: Disk is full"),
        ("exit 0", "mariadbd: it said nothing"),
    ],
)
def test_a_mariadb_that_does_not_start_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, install: str, said: str, folders: list[Path]
) -> None:
    for name, script in zip(PROGRAMS, (install, "exit 0"), strict=True):
        (tmp_path / name).write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setattr(quarters, "_folders", lambda: [tmp_path])
    monkeypatch.setattr(quarters, "somebody", lambda *names: None)  # nobody else may read tmp_path
    with pytest.raises(ServerError) as caught, mariadb():
        pass
    assert str(caught.value) == f"MariaDB did not start. {said}"
    assert len(folders) == 1
    monkeypatch.setattr(quarters, "_folders", list)
    with pytest.raises(NoServer), mariadb():
        pass


# --- make --------------------------------------------------------------------------------------------------


def test_it_is_part_of_make_ci(root: Path) -> None:
    (parts,) = re.findall(r"^ci: (.*) ## ", (root / "Makefile").read_text(), re.MULTILINE)
    assert "test-databases" in parts.split()
