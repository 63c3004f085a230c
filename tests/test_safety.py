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
from tests.safety.files import BESIDE, CODES, FILES, TRACE, links
from tests.safety.requests import REQUESTS, get
from tests.safety.unchanged import unchanged
from tests.safety.values import ANSWERS, BOOTS, PRINTED, refused

cafe.ready()
DATABASE = Path(settings.DATABASES["default"]["NAME"])
NOTHING = "Nothing was restored: "


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A learner's folder, with the learner's own copy of lesson 00."""
    monkeypatch.delenv("ASYNCLAB_PROGRESS", raising=False)
    monkeypatch.setattr(progress, "_session", Progress())
    monkeypatch.chdir(tmp_path)
    lesson = (editions.NOTEBOOKS / "00_start_here.ipynb").read_text(encoding="utf-8")
    (tmp_path / "00_start_here.ipynb").write_text(editions.learners_copy(lesson), encoding="utf-8")
    return tmp_path


def test_the_table_has_at_least_fifty_inputs() -> None:
    tables = [REQUESTS, CODES, FILES, BESIDE, BOOTS, PRINTED, ANSWERS]
    names = [name for table in tables for name in table] + [name for name, _, _ in refused()]
    assert len(names) == len(set(names))
    assert len(names) >= 50


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
def test_a_code_is_data_and_never_code(folder: Path, name: str) -> None:
    code, why = CODES[name]
    with unchanged(folder):
        assert work.restore(code) == NOTHING + why
    assert progress.load() == Progress()


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_work_is_data_and_never_code(folder: Path, name: str) -> None:
    content, why = FILES[name]
    (folder / "my_work.zip").write_bytes(content)
    with unchanged(folder, folder.parent):
        said = work.restore("my_work.zip")
    assert said.startswith(NOTHING + why)
    assert "\n" not in said
    assert progress.load() == Progress()


@pytest.mark.parametrize("name", BESIDE)
def test_what_stands_beside_the_three_parts_is_never_unpacked(folder: Path, name: str) -> None:
    (folder / "my_work.zip").write_bytes(BESIDE[name])
    assert work.restore("my_work.zip") == "Restored: 0 predictions, 0 exercises."
    (folder / "progress.json").unlink()
    (folder / ".progress.lock").unlink(missing_ok=True)
    assert {path.name for path in folder.iterdir()} == {"00_start_here.ipynb", "my_work.zip"}
    assert not Path("/tmp/asynclab-evil.txt").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="links and devices as POSIX knows them")
def test_a_link_a_device_or_a_pipe_is_no_file_of_work(folder: Path) -> None:
    names = links(folder)
    os.mkfifo(folder / "pipe.zip")
    with unchanged(folder):
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
def test_a_value_is_refused_in_a_sentence(folder: Path, call: Callable[[], Any], why: str) -> None:
    with unchanged(folder, database=DATABASE), pytest.raises((LabError, CannotAudit, ImportError)) as refusal:
        asyncio.run(awaited(call))
    assert str(refusal.value).startswith(why)
    assert "\n" not in str(refusal.value)
    assert len(str(refusal.value)) < 300


@pytest.mark.parametrize("name", PRINTED)
def test_a_word_is_answered_in_a_line(folder: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    asks, given, why = PRINTED[name]
    with unchanged(folder):
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


def test_a_name_of_a_project_is_refused_in_a_sentence(folder: Path) -> None:
    given = {name: options for name, (options, _) in BOOTS.items()}
    paths = os.pathsep.join(map(str, (editions.NOTEBOOKS,)))
    with unchanged(folder):
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
def test_an_answer_does_what_it_likes_elsewhere(judge: Judge, folder: Path, name: str) -> None:
    body, why = ANSWERS[name]
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    exercise = dataclasses.replace(practice.NAP, deadline=1.5 if why.startswith("No answer") else 5.0)
    told = judge(exercise, practice.defined(f"async def nap(bell):\n{lines}", "nap"))
    assert told.message.startswith(why)
    assert sorted(path.name for path in folder.iterdir()) == ["00_start_here.ipynb"]


# --- Who can reach it -------------------------------------------------------------------------------------


def listening() -> dict[int, str]:
    """Each port that this process or one below it listens on, with the address."""
    found = {}
    for process in [psutil.Process(), *psutil.Process().children(recursive=True)]:
        with suppress(psutil.Error):  # it has just ended
            for one in process.net_connections("inet"):
                if one.status == psutil.CONN_LISTEN:
                    found[one.laddr.port] = one.laddr.ip
    return found


@pytest.mark.slow
def test_while_every_server_a_kernel_and_a_judge_run_nobody_listens_beyond_this_machine(
    judge: Judge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{DATABASE.as_posix()}")
    kernel, client = start_new_kernel(kernel_name="python3", cwd=str(tmp_path))
    ports = set(kernel.ports)

    async def cell() -> dict[int, str]:
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
    assert ports <= set(found)
    assert set(found.values()) <= {"127.0.0.1", "::1"}
    assert not ports & set(listening())


# --- What it is made of -----------------------------------------------------------------------------------


def test_an_audit_that_nobody_answered_says_so_and_fails_only_where_it_must_know() -> None:
    silent = "error: Audit failed\n  cause: error sending request for url (https://api.osv.dev/v1/querybatch)"
    told = "Not audited: the vulnerability service (api.osv.dev) does not answer from here."
    assert verdict(2, silent, ci=False) == (0, told)
    assert verdict(2, silent, ci=True) == (1, told)
    assert verdict(0, "No known vulnerabilities\n", ci=True) == (0, "No known vulnerabilities")
    assert verdict(1, "django 5.2.0 has PYSEC-2026-1\n", ci=False) == (1, "django 5.2.0 has PYSEC-2026-1")
