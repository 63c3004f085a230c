"""A process of its own that can always be ended, with everything that it started.

Nothing in a kernel can stop code that spins or deadlocks: only the end of its process does. It
gets a temporary folder to work in, and both are gone after `end()`.
"""

from __future__ import annotations

import json
import os
import queue
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

from .database import FOLDER
from .family import members

TAIL = 2000  # characters kept of what the process prints
SPOKEN = (
    b"\0spoken\0"  # it writes this after its last word: what it prints takes another way than its messages
)
_LONGEST = 100_000  # bytes of one message
_MARK = "ASYNCLAB_CHILD"  # an environment variable: whoever carries it is ours to end


class Silent(Exception):
    """No message came in time."""


class Gone(Exception):
    """The process ended, or its messages make no sense any more."""


class Greedy(Exception):
    """The process took more memory than it may."""


class Child:
    """`python -m module` in a new process; messages go in as bytes and come out as JSON."""

    def __init__(self, module: str, memory: int) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix=f"{FOLDER}{os.getpid()}-"))  # `database` sweeps stale ones
        self._memory = memory
        self._mark = uuid.uuid4().hex
        self._messages: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        self._printed = bytearray()
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", module],  # -P: a file in the folder is never imported
            cwd=self.folder,
            env=self._environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,  # Kernel → Interrupt must not reach it
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )
        self._readers = [threading.Thread(target=read, daemon=True) for read in (self._listen, self._drain)]
        for reader in self._readers:
            reader.start()

    @property
    def printed(self) -> str:
        """The last characters of what it has printed since `forget`."""
        return self._printed.replace(SPOKEN, b"").decode(errors="replace")[-TAIL:]

    def heard_out(self, seconds: float = 1.0) -> str:
        """The same, once its last word has arrived, or its end."""
        until = time.monotonic() + seconds
        while SPOKEN not in self._printed and self._readers[1].is_alive() and time.monotonic() < until:
            time.sleep(0.005)
        return self.printed

    def forget(self) -> None:
        """Let go of what was printed so far."""
        self._printed.clear()

    @property
    def exit_code(self) -> int | None:
        """How it ended; negative for a signal; None while it runs."""
        with suppress(subprocess.TimeoutExpired):
            return self._process.wait(timeout=0.5)
        return None

    def send(self, message: bytes) -> None:
        """Hand it one message. Raises Gone."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(struct.pack(">I", len(message)) + message)
            self._process.stdin.flush()
        except OSError:
            raise Gone from None

    def reply(self, key: str, value: int, seconds: float) -> dict[str, Any]:
        """The message that holds this value under this key. Raises Silent, Gone or Greedy."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            ended = self._process.poll() is not None
            try:
                message = self._messages.get(timeout=min(0.1, left))
            except queue.Empty:
                if ended:  # a copy of it may keep the pipe open: an empty queue is all we learn
                    raise Gone from None
                self._weigh()
                continue
            if message is None:
                raise Gone
            if message.get(key) == value:
                return message
        raise Silent

    def end(self) -> None:
        """End it and all that it started, close its pipes, remove its folder."""
        for _ in range(10):  # what is being ended may start another at this very moment
            family = self._family()
            for process in family:
                with suppress(psutil.Error):
                    process.kill()
            self._process.wait()
            if not family:
                break
        for reader in self._readers:
            reader.join(timeout=2)
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            with suppress(OSError):
                if pipe is not None:
                    pipe.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _environment(self) -> dict[str, str]:
        """Ours, but with its own folder for temporary files, and no word of the kernel's Django."""
        drop = {"DJANGO_SETTINGS_MODULE", "DJANGO_ALLOW_ASYNC_UNSAFE", "DATABASE_URL"}
        kept = {name: value for name, value in os.environ.items() if name not in drop}
        paths = [str(Path(__file__).resolve().parents[1]), *filter(None, [kept.get("PYTHONPATH")])]
        mine = {name: str(self.folder) for name in ("TMPDIR", "TEMP", "TMP")}
        mine |= {"PYTHONPATH": os.pathsep.join(paths), "PYTHONUTF8": "1", "ASYNCLAB_PROGRESS": "off"}
        return kept | mine | {_MARK: self._mark}

    def _family(self) -> list[psutil.Process]:
        """It, and every process that carries its mark, even one that has run away from its parent."""
        with suppress(OSError, AttributeError):
            if self._process.poll() is None:
                os.killpg(self._process.pid, signal.SIGKILL)
        return members(_MARK, self._mark)

    def _weigh(self) -> None:
        with suppress(psutil.Error):
            if psutil.Process(self._process.pid).memory_info().rss > self._memory:
                raise Greedy

    def _listen(self) -> None:
        assert self._process.stdout is not None
        with suppress(OSError, ValueError):
            while len(head := self._process.stdout.read(4)) == 4:
                (length,) = struct.unpack(">I", head)
                message = json.loads(self._process.stdout.read(length)) if length < _LONGEST else None
                self._messages.put(message if isinstance(message, dict) else None)
        self._messages.put(None)

    def _drain(self) -> None:
        assert self._process.stderr is not None
        with suppress(OSError, ValueError):
            while some := self._process.stderr.read1(65536):  # type: ignore[attr-defined]
                self._printed += some
                del self._printed[: -TAIL * 4]  # UTF-8 takes at most four bytes a character
