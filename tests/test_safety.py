"""Hostile input changes nothing but an error message, and no server listens on anything but loopback."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Any

import psutil
import pytest
from django.conf import settings
from jupyter_client.manager import start_new_kernel

from asynclab import check, editions, predict, progress, serve, work
from asynclab.audit.tool import CannotAudit
from asynclab.commands import KINDS
from asynclab.errors import LabError
from asynclab.progress import Progress
from asynclab.server import Server
from asynclab.trial import Judge
from tests import cafe, practice
from tests.audit_dependencies import verdict
from tests.practice import marked
from tests.safety.files import BESIDE, CODES, FILES, TRACE, links
from tests.safety.requests import REQUESTS, get
from tests.safety.unchanged import unchanged
from tests.safety.values import ANSWERS, BOOTS, PRINTED, refused

cafe.ready()
DATABASE = Path(settings.DATABASES["default"]["NAME"])
NOTHING = "Nothing was restored: "


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A learner's folder, with the learner's own copy of lesson 00.

    It stands two folders below tmp_path, so that "../../evil.txt" is seen there as well.
    """
    folder = tmp_path / "a" / "b"
    folder.mkdir(parents=True)
    monkeypatch.delenv("ASYNCLAB_PROGRESS", raising=False)
    monkeypatch.setattr(progress, "_session", Progress())
    monkeypatch.chdir(folder)
    lesson = (editions.NOTEBOOKS / "00_start_here.ipynb").read_text(encoding="utf-8")
    (folder / "00_start_here.ipynb").write_text(editions.learners_copy(lesson), encoding="utf-8")
    return folder


def test_the_table_has_at_least_fifty_inputs() -> None:
    tables = [REQUESTS, CODES, FILES, BESIDE, BOOTS, PRINTED, ANSWERS]
    names = [name for table in tables for name in table] + [name for name, _, _ in refused()]
    assert len(names) == len(set(names))
    assert len(names) >= 50


def test_each_input_has_a_sentence_to_get() -> None:
    printed = [why for _, _, why in PRINTED.values()]
    others = [why for table in (CODES, FILES, BOOTS, ANSWERS) for _, why in table.values()]
    assert all([*printed, *others, *(why for _, _, why in refused())])  # any text starts with ""


# --- The café ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """The café in a real server, on this process's database."""
    loop = asyncio.new_event_loop()
    serving = serve("uvicorn", env={"DATABASE_URL": f"sqlite:///{DATABASE.as_posix()}"})
    try:
        yield loop.run_until_complete(serving.__aenter__())
    finally:
        loop.run_until_complete(serving.__aexit__(None, None, None))
        loop.close()


def answer(server: Server, request: bytes) -> bytes:
    """All that the server sends back; nothing, if it hangs up."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as line:
        try:
            line.sendall(request)
            return b"".join(iter(lambda: line.recv(65536), b""))
        except (ConnectionResetError, BrokenPipeError):
            return b""


@pytest.mark.parametrize("name", REQUESTS)
def test_a_request_gets_an_error_and_changes_nothing(server: Server, name: str) -> None:
    request, expected = REQUESTS[name]
    with unchanged(database=DATABASE):
        said = answer(server, request)
        assert (int(said.split(b" ", 2)[1]) if said else 0) in expected
        assert b"Traceback" not in said
        assert answer(server, get("/")).startswith(b"HTTP/1.1 200")


# --- Progress codes and files of work ---------------------------------------------------------------------


@pytest.mark.parametrize("name", CODES)
@pytest.mark.usefixtures("folder")
def test_a_code_is_data_and_never_code(tmp_path: Path, name: str) -> None:
    code, why = CODES[name]
    with unchanged(tmp_path):
        assert work.restore(code) == NOTHING + why
    assert progress.load() == Progress()


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_work_is_data_and_never_code(folder: Path, tmp_path: Path, name: str) -> None:
    content, why = FILES[name]
    (folder / "my_work.zip").write_bytes(content)
    with unchanged(tmp_path):
        said = work.restore("my_work.zip")
    assert said.startswith(NOTHING + why)
    assert "\n" not in said
    assert progress.load() == Progress()


@pytest.mark.parametrize("name", BESIDE)
def test_what_stands_beside_the_three_parts_is_never_unpacked(
    folder: Path, tmp_path: Path, name: str
) -> None:
    (folder / "my_work.zip").write_bytes(BESIDE[name])
    with unchanged(tmp_path):
        assert work.restore("my_work.zip") == "Restored: 0 predictions, 0 exercises."
        assert progress.load() == Progress()
        (folder / "progress.json").unlink()  # these two are what `restore` itself writes
        (folder / ".progress.lock").unlink(missing_ok=True)
    assert not Path("/tmp/asynclab-evil.txt").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="links and devices as POSIX knows them")
def test_a_link_a_device_or_a_pipe_is_no_file_of_work(folder: Path, tmp_path: Path) -> None:
    names = links(folder)
    os.mkfifo(folder / "pipe.zip")
    with unchanged(tmp_path):
        said = {name: work.restore(name) for name in [*names, "pipe.zip"]}
    assert {name: text.startswith(NOTHING) for name, text in said.items()} == dict.fromkeys(said, True)


def test_an_answer_in_a_file_of_work_is_written_and_never_run(folder: Path) -> None:
    evil = f"open({TRACE!r}, 'w').close()"
    saved = progress.Answer(evil, True)
    progress.note(Progress({}, frozenset({"0.6"}), {"0.6": saved}))
    work.save()
    assert "put back 0.6" in work.restore("my_work.zip")
    assert evil in (folder / "00_start_here.ipynb").read_text(encoding="utf-8")
    assert not (folder / TRACE).exists()


# --- What a cell hands in ---------------------------------------------------------------------------------


async def awaited(call: Callable[[], Any]) -> None:
    made = call()
    if hasattr(made, "__aenter__"):
        async with made:
            pass
    elif hasattr(made, "__await__"):
        await made


@pytest.mark.parametrize(("call", "why"), [pytest.param(*row[1:], id=row[0]) for row in refused()])
@pytest.mark.usefixtures("folder")
def test_a_value_is_refused_in_a_sentence(tmp_path: Path, call: Callable[[], Any], why: str) -> None:
    with (
        unchanged(tmp_path, database=DATABASE),
        pytest.raises((LabError, CannotAudit, ImportError)) as refusal,
    ):
        asyncio.run(awaited(call))
    assert str(refusal.value).startswith(why)
    assert "\n" not in str(refusal.value)
    assert len(str(refusal.value)) < 300


@pytest.mark.parametrize("name", PRINTED)
@pytest.mark.usefixtures("folder")
def test_a_word_is_answered_in_a_line(tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    asks, given, why = PRINTED[name]
    with unchanged(tmp_path):
        {"predict": predict, "check": check}[asks](*given)
    said = capsys.readouterr().out
    assert said.startswith(why)
    assert said.count("\n") == 1
    assert len(said) < 300
    assert progress.load() == Progress()


ASK = """
import json, sys
from asynclab import boot
told = {}
for name, given in json.loads(sys.argv[1]).items():
    try:
        boot(**given)
    except Exception as error:
        told[name] = f"{type(error).__name__}: {error}"
print(json.dumps(told))
"""


@pytest.mark.usefixtures("folder")
def test_a_name_of_a_project_is_refused_in_a_sentence(tmp_path: Path) -> None:
    given = {name: options for name, (options, _) in BOOTS.items()}
    paths = os.pathsep.join(map(str, (editions.NOTEBOOKS,)))
    with unchanged(tmp_path):
        done = subprocess.run(
            [sys.executable, "-c", ASK, json.dumps(given)],
            env={**os.environ, "PYTHONPATH": paths},
            capture_output=True,
            text=True,
            check=True,
        )
    told = json.loads(done.stdout)
    assert {name: said[: len("LabError: ") + len(BOOTS[name][1])] for name, said in told.items()} == {
        name: f"LabError: {why}" for name, (_, why) in BOOTS.items()
    }
    assert max(len(said) for said in told.values()) < 400


@pytest.mark.parametrize("name", ANSWERS)
@pytest.mark.usefixtures("folder")
def test_an_answer_does_what_it_likes_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("OF", str(os.getpid()))  # whatever this judge or its answer starts inherits it
    body, why = ANSWERS[name]
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    exercise = dataclasses.replace(practice.NAP, deadline=1.5 if why.startswith("No answer") else 5.0)
    with unchanged(tmp_path):
        with Judge() as judge:
            told = judge(exercise, practice.defined(f"async def nap(bell):\n{lines}", "nap"))
            assert marked() or told.state in ("late", "died")  # those have ended their judge already
        assert marked() == []
    assert told.message.startswith(why)


# --- Who can reach it -------------------------------------------------------------------------------------


def listening() -> set[tuple[int, str]]:
    """Each port that this process or one below it listens on, with each address there."""
    found = set()
    for process in [psutil.Process(), *psutil.Process().children(recursive=True)]:
        with suppress(psutil.NoSuchProcess):  # it has just ended
            for one in process.net_connections("inet"):
                if one.status == psutil.CONN_LISTEN:
                    found.add((one.laddr.port, one.laddr.ip))
    return found


@pytest.mark.slow
def test_while_every_server_a_kernel_and_a_judge_run_nobody_listens_beyond_this_machine(
    judge: Judge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{DATABASE.as_posix()}")
    kernel, client = start_new_kernel(kernel_name="python3", cwd=str(tmp_path))
    ports = set(kernel.ports)

    async def cell() -> set[tuple[int, str]]:
        async with AsyncExitStack() as running:
            for name, kind in KINDS.items():
                for via in kind.via:
                    ports.add((await running.enter_async_context(serve(name, via=via))).port)
            judge(practice.NAP, practice.defined(practice.NAP.solutions[0], "nap"))
            return listening()

    try:
        found = asyncio.run(cell())
    finally:
        client.stop_channels()
        kernel.shutdown_kernel(now=True)
    assert ports <= {port for port, _ in found}
    assert {address for _, address in found} <= {"127.0.0.1", "::1"}
    assert not ports & {port for port, _ in listening()}


# --- What it is made of -----------------------------------------------------------------------------------


def test_an_audit_that_nobody_answered_says_so_and_fails_only_where_it_must_know() -> None:
    silent = "error: Audit failed\n  cause: error sending request for url (https://api.osv.dev/v1/querybatch)"
    told = "Not audited: the vulnerability service (api.osv.dev) does not answer from here."
    assert verdict(2, silent, ci=False) == (0, told)
    assert verdict(2, silent, ci=True) == (1, told)
    assert verdict(0, "No known vulnerabilities\n", ci=True) == (0, "No known vulnerabilities")
    assert verdict(1, "django 5.2.0 has PYSEC-2026-1\n", ci=False) == (1, "django 5.2.0 has PYSEC-2026-1")
    found = "django 5.2.0 has PYSEC-2026-2: a request that timed out is kept"
    assert verdict(1, found, ci=False) == (1, found)
