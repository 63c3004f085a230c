"""A lesson's own PostgreSQL starts in a temporary folder, and nothing can make it stay."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from types import ModuleType

import psutil
import psycopg
import pytest

from asynclab import guard, quarters
from asynclab.errors import NoServer, ServerError
from asynclab.postgres import GET_IT, GET_IT_ON_WINDOWS, Server, installed, postgres
from tests.waiting import written

module: ModuleType = sys.modules["asynclab.postgres"]
ENDED = "This PostgreSQL has ended. Run the cell that starts it again, then this one."


def missing() -> str:
    """Why these tests cannot run here. Continuous integration has no excuse: there they fail."""
    with suppress(NoServer):
        installed()
        return ""
    return "" if os.environ.get("CI") else GET_IT


needs_postgresql = pytest.mark.skipif(bool(missing()), reason=missing())


def postmaster(server: Server) -> psutil.Process:
    return psutil.Process(int((server.folder / "data/postmaster.pid").read_text().split()[0]))


def gone(server: Server) -> bool:
    return not server.folder.exists() and guard.working_in(server.folder) == []


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with postgres(max_connections=3) as server:
        yield server


# --- While it runs ------------------------------------------------------------------------------------------


@needs_postgresql
def test_its_url_leads_to_an_empty_database(server: Server) -> None:
    with psycopg.connect(server.url) as connection:
        asked = "SELECT current_database(), current_user, count(*) FROM pg_tables WHERE schemaname = 'public'"
        assert connection.execute(asked).fetchone() == ("cafe", "cafe", 0)
        assert connection.execute("SHOW server_version").fetchone()[0].startswith(server.version)  # type: ignore[index]


@needs_postgresql
def test_it_counts_its_clients_and_not_itself(server: Server) -> None:
    assert server.count(until=0) == 0
    with psycopg.connect(server.url), psycopg.connect(server.url):
        assert server.count() == 2
    assert server.count(until=0) == 0


@needs_postgresql
def test_what_does_not_come_is_waited_for_no_longer_than_asked(server: Server) -> None:
    with psycopg.connect(server.url):
        assert server.count(until=7, seconds=0.01) == 1


@needs_postgresql
def test_exactly_so_many_clients_are_let_in_as_were_asked_for(server: Server) -> None:
    assert server.count(until=0) == 0
    clients = [psycopg.connect(server.url) for _ in range(3)]
    with pytest.raises(psycopg.OperationalError, match="sorry, too many clients already"):
        psycopg.connect(server.url)
    assert server.count() == 3
    for client in clients:
        client.close()


@needs_postgresql
def test_nobody_reaches_it_over_the_network_and_no_other_user_its_folder(server: Server) -> None:
    with psycopg.connect(server.url) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
    assert server.folder.stat().st_mode & 0o077 == 0


@needs_postgresql
@pytest.mark.skipif(os.geteuid() != 0, reason="you are not root")
def test_it_never_runs_as_root(server: Server) -> None:
    users = set()
    for process in guard.working_in(server.folder):
        with suppress(psutil.NoSuchProcess):  # one that served a client may end just now
            users.add(process.uids().effective)
    assert len(users) == 1
    assert 0 not in users


@needs_postgresql
def test_two_at_once_know_nothing_of_each_other(server: Server) -> None:
    with postgres(max_connections=1) as other, psycopg.connect(other.url):
        assert (other.count(), server.count(until=0)) == (1, 0)
    assert server.count() == 0


@needs_postgresql
def test_a_cell_that_awaits_can_start_one_without_holding_the_loop() -> None:
    async def cell() -> Server:
        with await asyncio.to_thread(postgres) as server:
            assert server.count() == 0
        return server

    assert gone(asyncio.run(cell()))


# --- How it ends --------------------------------------------------------------------------------------------


@needs_postgresql
def test_it_goes_with_the_block_even_with_a_client_in_the_middle_of_a_query() -> None:
    with postgres() as server:
        client = psycopg.connect(server.url)
        client.execute("SELECT 1")
        asking = subprocess.Popen([sys.executable, "-c", QUERY, server.url], stderr=subprocess.DEVNULL)
        assert server.count(until=2) == 2
    assert gone(server)
    asking.wait()
    client.close()


QUERY = "import sys, psycopg; psycopg.connect(sys.argv[1]).execute('SELECT pg_sleep(1000)')"


@needs_postgresql
def test_it_may_be_stopped_twice_and_says_afterwards_that_it_has_ended() -> None:
    server = postgres()
    server.stop()
    server.stop()
    assert gone(server)
    with pytest.raises(ServerError) as caught:
        server.count()
    assert str(caught.value) == ENDED


@needs_postgresql
def test_it_goes_when_nobody_knows_it_any_more() -> None:
    server = postgres()
    folder = server.folder
    del server
    assert not folder.exists()


@needs_postgresql
def test_a_server_that_is_killed_is_told_in_one_sentence_and_cleaned_up() -> None:
    with postgres() as server:
        killed = postmaster(server)
        killed.kill()
        psutil.wait_procs(guard.working_in(server.folder), timeout=10)
        with pytest.raises(ServerError) as caught:
            server.count()
    assert str(caught.value) == ENDED
    assert gone(server)


@needs_postgresql
def test_a_guard_that_is_killed_leaves_nothing_either() -> None:
    with postgres() as server:
        parent = postmaster(server).parent()
        assert parent is not None
        parent.kill()
    assert gone(server)


# --- A kernel of its own ------------------------------------------------------------------------------------


@pytest.fixture
def kernel(root: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start a Python that runs this code; warnings are errors."""
    started = []

    def starting(code: str, **environ: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-W", "error", "-c", f"from asynclab.postgres import postgres\n{code}"],
            cwd=root / "notebooks",
            env=os.environ | environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        started.append(process)
        return process

    yield starting
    for process in started:
        process.kill()
        process.communicate()


def family_of(process: subprocess.Popen[str]) -> tuple[Path, list[psutil.Process]]:
    """The folder that a kernel prints, and all that is behind it: the guard, the server, its children."""
    assert process.stdout is not None
    folder = Path(process.stdout.readline().strip())
    family = psutil.Process(process.pid).children(recursive=True)
    assert {each.pid for each in guard.working_in(folder)} < {each.pid for each in family}
    return folder, family


@needs_postgresql
@pytest.mark.parametrize(
    "code",
    [
        "s = postgres(); print(s.folder, flush=True); input()",
        "import os; s = postgres(); (os.fork() and print(s.folder, flush=True)); input()",
    ],
    ids=["alone", "with a fork of it, which holds what it held"],
)
def test_a_kernel_that_is_killed_takes_its_server_along(
    kernel: Callable[..., subprocess.Popen[str]], code: str
) -> None:
    process = kernel(code)
    folder, family = family_of(process)
    process.kill()
    servers = [each for each in family if each.pid != process.pid and "input()" not in " ".join(cmd(each))]
    assert psutil.wait_procs(servers, timeout=15)[1] == []
    assert not folder.exists()


def cmd(process: psutil.Process) -> list[str]:
    with suppress(psutil.Error):
        return process.cmdline()
    return []


@needs_postgresql
def test_a_kernel_that_ends_takes_its_server_along_without_a_word(
    kernel: Callable[..., subprocess.Popen[str]],
) -> None:
    process = kernel("s = postgres(); print(s.folder, flush=True); input()")
    folder, family = family_of(process)
    _, said = process.communicate("\n")
    assert (process.returncode, said) == (0, "")
    assert psutil.wait_procs(family, timeout=0)[1] == []
    assert not folder.exists()


@needs_postgresql
def test_an_interrupt_does_not_reach_a_server_that_runs(
    kernel: Callable[..., subprocess.Popen[str]],
) -> None:
    process = kernel(
        "s = postgres()\n"
        "try: print(s.folder, flush=True); input()\n"
        "except KeyboardInterrupt: print(s.count(), flush=True); input()"
    )
    _, family = family_of(process)
    assert process.pid not in {os.getpgid(each.pid) for each in family}
    os.killpg(process.pid, signal.SIGINT)  # as Jupyter and a terminal do: the kernel, and what belongs to it
    assert process.stdout is not None
    assert process.stdout.readline() == "0\n"


# --- What can go wrong at the start: programs of our own in place of PostgreSQL's ---------------------------


@pytest.fixture
def programs(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Path]]:
    """Put shell scripts where PostgreSQL's programs are looked for. Another user may run them, and write
    beside them: so not below pytest's folder, which every start of a pytest closes to others."""
    folder = Path(tempfile.mkdtemp(prefix="programs-"))
    folder.chmod(0o777)
    monkeypatch.setattr(quarters, "_folders", lambda: [folder])

    def put(**scripts: str) -> Path:
        for name, script in scripts.items():
            (folder / name).write_text(script)
            (folder / name).chmod(0o755)
        return folder

    yield put
    shutil.rmtree(folder)


GOOD = "#!/bin/sh\nexit 0\n"


@pytest.mark.parametrize(
    ("initdb", "server", "said"),
    [
        (
            "#!/bin/sh\necho 'creating ... initdb: error: No space left on device'\necho bye\nexit 1",
            GOOD,
            "initdb: No space left on device",
        ),
        (
            GOOD,
            "#!/bin/sh\necho '2026-01-01 [7] FATAL:  lock file exists'\necho '2026 [7] HINT:  x' >&2; exit 1",
            "postgres: lock file exists",
        ),
        (GOOD, GOOD, "postgres: it said nothing"),
        ("\x7fELF, but not really", GOOD, "{programs}/initdb: Exec format error"),
    ],
    ids=["initdb fails", "the server fails", "the server ends without a word", "no program at all"],
)
def test_what_does_not_start_says_why_in_one_sentence(
    programs: Callable[..., Path], folders: list[Path], initdb: str, server: str, said: str
) -> None:
    folder = programs(initdb=initdb, postgres=server)
    with pytest.raises(ServerError) as caught:
        postgres()
    assert str(caught.value) == f"PostgreSQL did not start. {said.format(programs=folder)}"
    assert len(folders) == 1


def test_a_server_that_never_answers_is_given_up(
    programs: Callable[..., Path], folders: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    programs(initdb=GOOD, postgres="#!/bin/sh\nexec sleep 1000")
    monkeypatch.setattr(module, "DEADLINE", 0.3)
    with pytest.raises(ServerError, match=r"^PostgreSQL did not answer within 0\.3 s\.$"):
        postgres()
    assert len(folders) == 1


def test_a_server_that_will_not_end_in_good_order_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "PATIENCE", 0.1)
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "folder")  # as macOS has it for temporary files
    stubborn = (
        "import signal; signal.signal(signal.SIGQUIT, signal.SIG_IGN); print(flush=True); signal.pause()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", stubborn], cwd=tmp_path / "folder", stdout=subprocess.PIPE
    ) as server:
        assert server.stdout is not None
        server.stdout.readline()
        guard.remove(tmp_path / "link")
    assert list((tmp_path / "folder").iterdir()) == []


def test_an_interrupt_in_the_middle_of_the_start_leaves_nothing(
    programs: Callable[..., Path], kernel: Callable[..., subprocess.Popen[str]]
) -> None:
    here = programs() / "here"
    folder = programs(
        initdb=f"#!/bin/sh\npwd >{here}.new; mv {here}.new {here}\nexec sleep 1000", postgres=GOOD
    )
    process = kernel(
        f"import asynclab.quarters as q; q._folders = lambda: [q.Path({str(folder)!r})]; postgres()"
    )
    made = Path(written(here, process).strip())  # initdb runs
    family = guard.working_in(made)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=20)
    assert said.strip().rpartition("\n")[2] == "KeyboardInterrupt"
    assert family
    assert psutil.wait_procs(family, timeout=0)[1] == []
    assert not made.exists()


def test_where_there_is_none_it_says_how_to_get_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folders: list[Path]
) -> None:
    monkeypatch.setattr(quarters, "_folders", lambda: [tmp_path])
    (tmp_path / "postgres").write_text(GOOD)  # without initdb it is of no use
    with pytest.raises(NoServer) as caught:
        postgres()
    assert str(caught.value) == GET_IT
    monkeypatch.setattr(sys, "platform", "win32")
    with pytest.raises(NoServer) as caught:
        postgres()
    assert str(caught.value) == GET_IT_ON_WINDOWS
    assert folders == []


def test_this_environments_goes_before_the_paths_and_debians_newest_comes_last(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for version in ("9", "15", "17"):
        (tmp_path / version / "bin").mkdir(parents=True)
    monkeypatch.setattr(quarters, "DEBIAN", tmp_path)
    monkeypatch.setenv("PATH", "/here:/there")
    assert list(quarters._folders()) == [
        Path(sys.prefix) / "bin",
        Path("/here"),
        Path("/there"),
        Path("/usr/sbin"),
        *(tmp_path / version / "bin" for version in ("17", "15", "9")),
    ]


def test_without_a_temporary_folder_it_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(module, "installed", lambda: tmp_path)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    said = "There is no temporary folder to write to: No such file or directory."
    with pytest.raises(ServerError) as caught:
        postgres()
    assert str(caught.value) == said


def test_a_folder_that_cannot_be_given_to_the_servers_user_is_told_and_gone(
    folders: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refusing(path: Path, user: str) -> None:
        raise OSError(22, "Invalid argument")

    monkeypatch.setattr(shutil, "chown", refusing)
    with pytest.raises(ServerError, match=r"^There is no temporary folder to write to: Invalid argument\.$"):
        quarters.folder("socket", "nobody")
    assert len(folders) == 1


@pytest.mark.parametrize("why", ["too long for a socket", "closed to the server's user"])
def test_a_temporary_folder_that_will_not_do_is_passed_over(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, why: str
) -> None:
    place = tmp_path / ("long" * 20)
    place.mkdir()
    if why != "too long for a socket":
        place = Path(tempfile.mkdtemp(dir="/tmp"))
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    folder = quarters._made(".s.PGSQL.5432", private=why == "too long for a socket")
    folder.rmdir()
    place.rmdir()
    assert folder.parent == Path("/tmp")


@pytest.mark.parametrize("number", [0, -1, 201, True, "20", 2.0, None])
def test_a_number_of_clients_that_makes_no_sense_is_refused(number: object) -> None:
    with pytest.raises(ServerError) as caught:
        postgres(number)  # type: ignore[arg-type]
    said = f"`max_connections` is a whole number from 1 to 200, not {number!r}."
    assert str(caught.value) == said
