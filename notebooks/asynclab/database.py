"""The café's database: each kernel has a fresh copy of its own, which goes away with the kernel."""

from __future__ import annotations

import atexit
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import django

from .errors import LabError

CAFE = Path(__file__).resolve().parents[2] / "sample_project"
CAFE_SETTINGS = "config.settings"
FOLDER = "asynclab-kernel-"  # how the name of a kernel's temporary folder begins; its process id follows


def own_database() -> Path:
    """A fresh, migrated and seeded copy for this process, removed when the process ends."""
    return seeded(own_folder())


def own_folder() -> Path:
    """A temporary folder of this process, removed when the process ends."""
    sweep()
    try:
        folder = Path(tempfile.mkdtemp(prefix=f"{FOLDER}{os.getpid()}-"))
    except OSError as error:
        raise LabError(f"There is no temporary folder to write to: {error.strerror or error}.") from None
    atexit.register(_remove, folder, os.getpid())
    return folder


def seeded(folder: Path) -> Path:
    """A copy of the café's database in this folder."""
    return Path(shutil.copyfile(template(_cache() or folder), folder / "db.sqlite3"))


def _remove(folder: Path, owner: int) -> None:
    if os.getpid() == owner:  # not in a process that was forked from this one
        shutil.rmtree(folder, ignore_errors=True)


def sweep() -> None:
    """Remove the folders of kernels that were killed before they could do so themselves."""
    for folder in Path(tempfile.gettempdir()).glob(f"{FOLDER}*"):
        pid = folder.name.removeprefix(FOLDER).partition("-")[0]
        if pid.isdigit() and not _alive(int(pid), folder):
            shutil.rmtree(folder, ignore_errors=True)  # somebody else's stays: we may not touch it


def _alive(pid: int, folder: Path) -> bool:
    """Whether the process that made a folder still runs: same number, and not started after it."""
    import psutil

    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:  # it has ended, and nobody has asked how
            return False
        return bool(process.create_time() <= folder.stat().st_mtime + 1)
    except (psutil.Error, OSError):
        return False


def template(cache: Path) -> Path:
    """The migrated and seeded database that kernels copy. Made once for each state of the code."""
    state = hashlib.sha256(django.__version__.encode())
    for source in sorted(CAFE.glob("cafe/**/*.py")):
        state.update(source.read_bytes())
    path = cache / f"cafe-{state.hexdigest()[:16]}.sqlite3"
    if not path.exists():
        with tempfile.TemporaryDirectory(dir=path.parent) as folder:
            made = Path(folder) / "db.sqlite3"
            _migrate(made)
            os.replace(made, path)  # at once: another kernel sees all of it or nothing
    return path


def _migrate(path: Path) -> None:
    """In a process of its own: here a loop may be running, and the ORM would refuse."""
    code = (
        "import django; from django.core.management import call_command; django.setup(); "
        "call_command('migrate', verbosity=0); call_command('seed', verbosity=0)"
    )
    environ = os.environ | {
        "DATABASE_URL": f"sqlite:///{path.as_posix()}",
        "DJANGO_SETTINGS_MODULE": CAFE_SETTINGS,
    }
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=CAFE, env=environ, capture_output=True, text=True, check=False
    )
    if done.returncode:
        last = done.stderr.strip().rpartition("\n")[2]
        raise LabError(f"The café's database could not be made: {last}")


def _cache() -> Path | None:
    """Your folder for what can be made again; None where nothing may be written."""
    from platformdirs import user_cache_path

    folder = user_cache_path("asynclab")
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:  # no home, or one on a read-only disk
        return None
    return folder if os.access(folder, os.W_OK) else None
