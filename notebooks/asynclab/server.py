"""One server: its process, with all that it started, its port, its log, and its end."""

from __future__ import annotations

import asyncio
import re
import shlex
import shutil
import subprocess
import sys
import time
import uuid
from contextlib import suppress
from pathlib import Path
from textwrap import wrap
from xml.etree import ElementTree as ET

import psutil

from . import family, proxy
from .commands import HOST, KINDS, Via
from .errors import ServerError
from .words import COLUMNS, shorten

GRACE = 3.0  # seconds until a server that was told to end is killed
LOOK = 0.05  # seconds between two looks at a server that starts or ends
LONGEST_LOG = 20_000  # characters
SHOWN = 8  # lines of a log that an error shows

_MARK = "ASYNCLAB_SERVER"  # an environment variable: whoever carries it belongs to a server
_NOISE = re.compile(r"^[\s~^]*$|File \"<frozen")  # of a traceback: its marks, and Python's own machinery
_FOLDER = re.compile(r'File "[^"]*[/\\]')
_COLOURS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Server:
    """A server that runs, as `async with serve(…) as server` gives it.

    `url` is its address on this machine, `port` the number in it, `pid` its main process, `via` what it
    speaks ("asgi" or "wsgi"), `workers` how many processes serve, `threads` how many threads each has for
    requests (None: a loop, or as many as come), `link` where your browser finds it, `command` what you would
    type yourself.
    """

    def __init__(self, name: str, port: int, folder: Path) -> None:
        self.name, self.port, self.url = name, port, f"http://{HOST}:{port}"
        self.via: Via = "asgi"
        self.workers = 1
        self.threads: int | None = None
        self.prefix = proxy.prefix(port)
        self.link = f"{self.prefix or self.url}/"
        self.command = ""
        self.pid = 0
        self.protocols = KINDS[name].protocols
        self.folder, self._mark = folder, uuid.uuid4().hex
        self._file = folder / "server.log"
        self._kept: str | None = None  # its log, once it has ended
        self._process: subprocess.Popen[bytes] | None = None
        self._guard: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> str:
        """What it has written so far, at most the last 20,000 characters."""
        if self._kept is not None:
            return self._kept
        with self._file.open("rb") as file:
            file.seek(max(0, self._file.stat().st_size - LONGEST_LOG))
            return _COLOURS.sub("", file.read().decode(errors="replace")).strip()

    @property
    def pids(self) -> list[int]:
        """Its processes that run now, the main one first."""
        found = [process.pid for process in family.members(_MARK, self._mark)]
        return sorted(found, key=lambda pid: (pid != self.pid, pid))

    @property
    def exit_code(self) -> int | None:
        """How its main process ended; negative for a signal; None while it runs."""
        return None if self._process is None else self._process.poll()

    def __repr__(self) -> str:
        state = self.link if self._kept is None else "stopped"
        return f"{self.name} · {self.via.upper()} · {state}"

    def _repr_html_(self) -> str:
        line = ET.Element("p")
        line.text = f"{self.name} · {self.via.upper()} · "
        if self._kept is None:
            link = ET.SubElement(line, "a", href=self.link, target="_blank", rel="noopener")
            link.text = self.link
        else:
            line.text += "stopped"
        return ET.tostring(line, encoding="unicode", method="html")

    def start(self, command: list[str], folder: Path, environ: dict[str, str]) -> None:
        """Run this command there: a script of that folder, or a module, and what follows it."""
        script = command[0].endswith(".py")
        self.command = shlex.join(["python", *command] if script else command)
        run = [str(folder / command[0])] if script else ["-m", command[0]]
        self._guard = family.guard(_MARK, self._mark)  # first: from now on nothing can be left behind
        with self._file.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, *run, *command[1:]],
                cwd=folder,
                env=environ | {_MARK: self._mark},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Kernel → Interrupt must not reach it
                creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
            )
        self.pid = self._process.pid

    async def answered(self, deadline: float) -> None:
        """Return once it has answered a request, whatever it answered. Raises ServerError."""
        asking = asyncio.create_task(self._asked())
        try:
            until = time.monotonic() + deadline
            while not asking.done() and self.exit_code is None and time.monotonic() < until:
                await asyncio.wait({asking}, timeout=LOOK)
            if asking.done():
                return asking.result()
        finally:
            asking.cancel()
            await asyncio.wait({asking})
        if self.exit_code is None:
            late = f"{self.name} did not answer within {deadline:g} s, and was stopped."
            raise ServerError(self.told(late))
        raise ServerError(self.told(f"{self.name} ended before it answered (exit code {self.exit_code})."))

    async def _asked(self) -> None:
        """Ask until it answers."""
        import httpx

        # No proxy in between, and no certificates: to load them takes longer than some servers to start.
        async with httpx.AsyncClient(trust_env=False, verify=False, timeout=None) as client:
            while True:
                with suppress(httpx.HTTPError):
                    async with client.stream("GET", f"{self.url}/") as answer:
                        if self._listens():
                            by = answer.headers.get("server", "")
                            if self.name == "runserver":  # what it speaks depends on INSTALLED_APPS
                                self.via = "asgi" if by == "daphne" else "wsgi"
                            return
                await asyncio.sleep(LOOK)

    def _listens(self) -> bool:
        """Whether the port is ours: somebody else's server may have answered there."""
        for process in family.members(_MARK, self._mark):
            with suppress(psutil.Error):
                for each in process.net_connections("tcp"):
                    if each.status == psutil.CONN_LISTEN and each.laddr.port == self.port:
                        return True
        return False

    async def stop(self) -> None:
        """Ask it to end, and then see to it."""
        try:
            if self._process is not None and self.exit_code is None:
                self._process.terminate()
                until = time.monotonic() + GRACE
                while self.exit_code is None and time.monotonic() < until:  # noqa: ASYNC110 - no event tells
                    await asyncio.sleep(LOOK)
        finally:
            self.end()

    def end(self) -> None:
        """End it at once, with all that it started; keep its log; remove its folder."""
        family.end(_MARK, self._mark)
        for process in (self._process, self._guard):
            if process is not None:
                process.kill()
                process.wait()
        if self._kept is None:
            self._kept = self.log if self._file.exists() else ""
        shutil.rmtree(self.folder, ignore_errors=True)

    def told(self, sentence: str) -> str:
        """A sentence, and the end of the log."""
        lines = [
            _FOLDER.sub('File "', line.rstrip()) for line in self.log.splitlines() if not _NOISE.search(line)
        ]
        told = wrap(f"{sentence} {'Its log ends:' if lines else 'Its log is empty.'}", COLUMNS)
        return "\n".join([*told, *(f"  {shorten(line, COLUMNS - 2)}" for line in lines[-SHOWN:])])
