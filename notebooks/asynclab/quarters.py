"""Where a server of the lab lives: its programs, a folder of its own, a user who is not root."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from .database import FOLDER
from .errors import ServerError

DEBIAN = Path("/usr/lib/postgresql")  # keeps PostgreSQL's programs in 17/bin, and off the PATH
LONGEST = 103  # bytes that macOS allows in the path of a socket; Linux allows 107


def programs(names: Iterable[str]) -> Path | None:
    """The first folder that holds all of these programs."""
    for folder in _folders():
        if all(os.access(folder / name, os.X_OK) for name in names):
            return folder
    return None


def _folders() -> Iterator[Path]:
    """Where to look: this environment, the PATH, then where Debian hides them, the newest first."""
    yield Path(sys.prefix) / "bin"
    yield from map(Path, os.get_exec_path())
    yield Path("/usr/sbin")
    yield from sorted(DEBIAN.glob("*/bin"), key=lambda path: path.parent.name.zfill(3), reverse=True)


def somebody(*names: str) -> str | None:
    """The first of these users who exists, or nobody, if you are root: no server should run as root."""
    if os.geteuid() != 0:
        return None
    import pwd

    known = {user.pw_name for user in pwd.getpwall()}
    return next((name for name in names if name in known), "nobody")


def folder(socket: str, user: str | None) -> Path:
    """A new temporary folder that belongs to `user`: its path leaves room for that of a socket.

    Raises ServerError.
    """
    made = None
    try:
        made = _made(socket, private=user is None)
        if user is not None:
            shutil.chown(made, user)
        return made
    except OSError as error:
        if made is not None:
            made.rmdir()
        raise ServerError(f"There is no temporary folder to write to: {error.strerror or error}.") from None


def _made(socket: str, private: bool) -> Path:
    name = f"{FOLDER}{os.getpid()}-"  # `database` sweeps stale ones
    for place in map(Path, dict.fromkeys((tempfile.gettempdir(), "/tmp"))):
        open_to_all = all(each.stat().st_mode & 1 for each in (place, *place.parents))
        if (private or open_to_all) and len(os.fsencode(place / f"{name}12345678" / socket)) <= LONGEST:
            return Path(tempfile.mkdtemp(prefix=name, dir=place))
    raise OSError("TMPDIR is too long a path, or closed to other users")
