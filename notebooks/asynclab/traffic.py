"""The process in which the clients of a load live: `python -m asynclab.traffic`.

In the kernel they would share its one lock with the widgets and with whatever else runs there, and measure
that. `conductor.py` starts this process, sends one job, and reads messages: how far it is, then the figures.
It knows nothing of Django, and ends when the kernel lets go of it.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import struct
import sys
import threading
from contextlib import suppress
from typing import Any, BinaryIO

from .clients import Crowd, Job
from .listeners import Listeners


async def work(jobs: BinaryIO, wire: BinaryIO) -> None:
    """Do the one job, and listen meanwhile for "stop" and "go"."""
    job: Job = json.loads(read(jobs) or b"{}")
    count = iter(range(sys.maxsize))

    def tell(message: dict[str, Any]) -> None:
        body = json.dumps({**message, "number": next(count)}).encode()
        wire.write(struct.pack(">I", len(body)) + body)
        wire.flush()

    crowd = (Listeners if job["steps"] else Crowd)(job, tell)
    loop = asyncio.get_running_loop()

    def listen() -> None:
        with suppress(RuntimeError):  # the loop is closed: all is over
            while read(jobs) == b"go":
                loop.call_soon_threadsafe(crowd.go.set)
            loop.call_soon_threadsafe(crowd.stopped.set)  # "stop", or the kernel is gone

    threading.Thread(target=listen, daemon=True).start()
    tell({"figures": await crowd.run()})


def read(jobs: BinaryIO) -> bytes:
    """The next message; nothing if there is none any more."""
    head = jobs.read(4)
    return jobs.read(*struct.unpack(">I", head)) if len(head) == 4 else b""


def main() -> None:
    """Work, then leave without waiting for the thread that listens."""
    with suppress(ImportError, ValueError, OSError):
        import resource  # not on Windows

        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 65536) if most > 0 else 65536, most))
    gc.freeze()
    with suppress(BrokenPipeError):
        asyncio.run(work(sys.stdin.buffer, sys.stdout.buffer))
    os._exit(0)


if __name__ == "__main__":
    main()
