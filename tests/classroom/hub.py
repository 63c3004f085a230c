"""A real JupyterHub with its proxy on 127.0.0.1, in one temporary folder, and gone at the end."""

from __future__ import annotations

import asyncio
import json
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil

from asynclab import editions, family

from . import ROOT
from .proxy import NoHub, proxy

HERE = Path(__file__).parent
HOST = "127.0.0.1"
MARK = "ASYNCLAB_CLASS"  # an environment variable: whoever carries it belongs to this class
# "[E 2026-11-23 09:12:44.012 ServerApp] …"; of the warnings those about kernels and refused requests
COMPLAINT = re.compile(r"^\[(?:[EC] .+|W .*(?:[Kk]ernel|\] \d{3} [A-Z]+ ).*)", re.MULTILINE)
READY = 120.0  # seconds until the hub must answer
FAREWELL = 60.0  # seconds for the hub to end all servers by itself
PATIENCE = 10.0  # seconds after that for what is ending to end
# Of this process' environment the class gets no more: nobody's settings, database or proxy.
PASSED_ON = ("PATH", "LD_LIBRARY_PATH", "LANG", "SSL_CERT_FILE")


@dataclass
class Hub:
    """A hub that answers."""

    url: str  # of the proxy, as a browser has it
    token: str  # of somebody who may start anybody's server
    folder: Path
    mark: str
    process: subprocess.Popen[bytes]
    left: list[str] = field(default_factory=list)  # what still ran when the hub had ended
    complaints: list[str] = field(default_factory=list)  # what hub and servers logged, from warnings on

    def home(self, learner: str) -> Path:
        """The learner's home: `course/` is a clone of this repository, with the learner's copies."""
        return self.folder / "homes" / learner

    def members(self) -> list[psutil.Process]:
        """Every process of this class: hub, proxy, servers, kernels, judges."""
        return family.members(MARK, self.mark)


@asynccontextmanager
async def started(learners: list[str]) -> AsyncIterator[Hub]:
    """A hub, and a home for each learner.

    Raises NoHub. However this is left, nothing of it stays: no process, no file.
    """
    command = proxy()
    token = secrets.token_hex(16)
    folder = Path(tempfile.mkdtemp(prefix="asynclab-class-"))
    port, hub_port, proxy_port = free_ports(3)
    with ExitStack() as last:
        last.callback(shutil.rmtree, folder, ignore_errors=True)
        mark = last.enter_context(family.guarded(MARK))
        for learner in learners:
            settle(folder / "homes" / learner)  # at once: an interrupt comes before or after it
        passed = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        programs = Path(sys.executable).parent
        passed["PATH"] = os.pathsep.join([str(programs), passed.get("PATH", "")])
        passed |= {"LC_ALL": "C.UTF-8", "TZ": "UTC", MARK: mark}
        told = {
            "folder": str(folder),
            "port": port,
            "hub_port": hub_port,
            "proxy_port": proxy_port,
            "proxy": command,
            "token": token,
            "environment": passed,
        }
        own = {"HOME": str(folder), "ASYNCLAB_CLASS_HUB": json.dumps(told)}
        process = _start(folder, passed | own)
        hub = Hub(f"http://{HOST}:{port}", token, folder, mark, process)
        try:
            await _answers(hub)
        except TimeoutError:
            raise NoHub(f"JupyterHub does not answer after {READY:g} s: {last_line(hub)}") from None
        yield hub
        await asyncio.to_thread(_ended, process)
        _, alive = await asyncio.to_thread(psutil.wait_procs, hub.members(), PATIENCE)
        for each in alive:
            with suppress(psutil.Error):  # it has ended just now
                hub.left.append(" ".join(each.cmdline()))
        hub.complaints += COMPLAINT.findall(
            (folder / "hub.log").read_text(encoding="utf-8", errors="replace")
        )


def _start(folder: Path, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    with (folder / "hub.log").open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "jupyterhub", "-f", str(HERE / "jupyterhub_config.py")],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C is ours to handle
        )


def settle(home: Path) -> None:
    """What nbgitpuller brings on a first login: the course, and in it the learner's copies."""
    (home / "tmp").mkdir(parents=True)
    for part in ("notebooks", "sample_project"):
        skipped = shutil.ignore_patterns("my_course", "__pycache__", ".*", "*.sqlite3")
        shutil.copytree(ROOT / part, home / "course" / part, ignore=skipped)
    notebooks = home / "course" / "notebooks"
    wrong = [line for well, line in editions.make(notebooks / "my_course", notebooks) if not well]
    if wrong:
        raise NoHub(wrong[0])


async def _answers(hub: Hub) -> None:
    async with httpx.AsyncClient(trust_env=False) as client, asyncio.timeout(READY):
        while True:
            if hub.process.poll() is not None:
                raise NoHub(f"JupyterHub ended at once: {last_line(hub)}")
            try:
                if (await client.get(f"{hub.url}/hub/api/")).status_code == 200:
                    return
            except httpx.HTTPError:
                pass
            await asyncio.sleep(0.1)


def last_line(hub: Hub) -> str:
    """The last thing that the hub said."""
    said = (hub.folder / "hub.log").read_text(encoding="utf-8", errors="replace").strip()
    return said.rpartition("\n")[2] or "it said nothing"


def _ended(process: subprocess.Popen[bytes]) -> None:
    """Let the hub end servers and proxy itself: so the processor's time of all of them is known."""
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(FAREWELL)
    except subprocess.TimeoutExpired:
        raise NoHub(f"The hub did not end within {FAREWELL:g} s.") from None


def free_ports(count: int) -> list[int]:
    """Ports of this machine that nobody listens on, all different."""
    with ExitStack() as sockets:
        taken = [sockets.enter_context(socket.socket()) for _ in range(count)]
        for each in taken:
            each.bind((HOST, 0))
        return [int(each.getsockname()[1]) for each in taken]
