"""Start Django in this kernel, with a database of its own."""

from __future__ import annotations

import atexit
import hashlib
import importlib.util
import logging
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import django

from .errors import LabError
from .names import explain_missing_names

CAFE = Path(__file__).resolve().parents[2] / "sample_project"
CAFE_SETTINGS = "config.settings"
FOLDER = "asynclab-kernel-"

_booted: str | None = None  # the settings module that this kernel runs on


def boot(settings: str = CAFE_SETTINGS, project: str | os.PathLike[str] = CAFE, *, work: str = "") -> None:
    """Start Django in this kernel and print one line that says so. Safe to call again.

    Without arguments it boots the café, on a fresh copy of its database that goes away with the
    kernel. `boot(settings="mysite.settings", project="path/to/mysite")` boots a project of yours:
    `project` is the folder that holds manage.py. That one keeps its own database, unchanged.
    `work="my_work.zip"` brings back the answers that you downloaded earlier.

    Raises LabError with one sentence if that cannot be done.
    """
    global _booted
    if os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE"):
        raise LabError(
            "DJANGO_ALLOW_ASYNC_UNSAFE is set here, so Django's guard is off and the lessons "
            "would not be true. Unset it, then restart the kernel."
        )
    if _booted is not None and _booted != settings:
        raise LabError(f"This kernel already runs on {_booted}. Restart the kernel, then boot {settings}.")
    if _booted is None:
        _start(settings, Path(project).resolve())
        _booted = settings
        explain_missing_names()
    python = ".".join(map(str, sys.version_info[:2]))
    name = "café" if settings == CAFE_SETTINGS else settings
    print(f"Django {django.__version__} · Python {python} · {name} ready")
    if work:
        from .work import restore

        print(restore(work))


def _start(settings: str, project: Path) -> None:
    if not project.is_dir():
        raise LabError(f"There is no folder {str(project)!r}. `project` is the folder that holds manage.py.")
    before = os.environ.get("DJANGO_SETTINGS_MODULE"), list(sys.path)
    sys.path.insert(0, str(project))
    try:
        found = importlib.util.find_spec(settings)
    except ImportError:
        found = None
    if found is None:
        sys.path[:] = before[1]
        raise LabError(
            f"There is no {settings!r} in {str(project)!r}. `project` is the folder that holds manage.py."
        )
    os.environ["DJANGO_SETTINGS_MODULE"] = settings
    if project == CAFE:
        os.environ["DATABASE_URL"] = f"sqlite:///{own_database().as_posix()}"
    try:
        django.setup()
    except Exception as error:
        sys.path[:] = before[1]
        if before[0] is None:
            del os.environ["DJANGO_SETTINGS_MODULE"]
        raise LabError(f"Django could not start with {settings}: {type(error).__name__}: {error}") from error
    if project == CAFE:
        logging.getLogger("django").setLevel(logging.CRITICAL)  # a run shows errors itself, once


# The café's database ----------------------------------------------------------------------------


def own_database() -> Path:
    """A fresh, migrated and seeded copy for this process, removed when the process ends."""
    sweep()
    folder = Path(tempfile.mkdtemp(prefix=f"{FOLDER}{os.getpid()}-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(shutil.copyfile(template(), folder / "db.sqlite3"))


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
        return bool(psutil.Process(pid).create_time() <= folder.stat().st_mtime + 1)
    except (psutil.Error, OSError):
        return False


def template() -> Path:
    """The migrated and seeded database that kernels copy. Made once for each state of the code."""
    state = hashlib.sha256(django.__version__.encode())
    for source in sorted(CAFE.glob("cafe/**/*.py")):
        state.update(source.read_bytes())
    path = _cache() / f"cafe-{state.hexdigest()[:16]}.sqlite3"
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


def _cache() -> Path:
    from platformdirs import user_cache_path

    for folder in (
        user_cache_path("asynclab"),
        Path(tempfile.gettempdir()) / f"asynclab-cache-{os.getpid()}",
    ):
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if os.access(folder, os.W_OK):
                return folder
        except OSError:
            continue  # a home without a cache folder, or on a read-only disk
    raise LabError("There is no folder to write to: neither your cache folder nor the temporary one.")
