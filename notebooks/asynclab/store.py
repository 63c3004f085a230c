"""Write a file so that nobody reads half of it, and take turns with other kernels."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import NamedTemporaryFile


def replace(file: Path, content: str | bytes) -> None:
    """Write this file whole or not at all: a reader never meets half a file."""
    with NamedTemporaryFile(dir=file.parent, prefix=f".{file.stem}-", delete=False) as new:
        try:
            new.write(content.encode() if isinstance(content, str) else content)
            new.close()  # Windows moves no open file
            os.replace(new.name, file)
        except BaseException:
            new.close()
            Path(new.name).unlink(missing_ok=True)
            raise


@contextmanager
def alone(lock: Path, patience: float = 3.0) -> Iterator[None]:
    """Hold this lock file; after `patience` seconds go on without it."""
    with open(lock, "a") as held:
        until = time.monotonic() + patience
        while not _locked(held.fileno()) and time.monotonic() < until:
            time.sleep(0.02)
        yield  # closing the file lets go of the lock


if sys.platform == "win32":
    import msvcrt

    def _locked(descriptor: int) -> bool:
        with suppress(OSError):
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
            return True
        return False

else:
    import fcntl

    def _locked(descriptor: int) -> bool:
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        return False
