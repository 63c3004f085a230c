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
from django.conf import settings as configured

from .errors import LabError
from .names import explain_missing_names

CAFE = Path(__file__).resolve().parents[2] / "sample_project"
CAFE_SETTINGS = "config.settings"
FOLDER = "asynclab-kernel-"

# What the café's settings read. A kernel's café is always the same: your environment is for a server.
VARIABLES = (
    "ALLOWED_HOSTS",
    "CAFE_ENV",
    "CSRF_TRUSTED_ORIGINS",
    "DJANGO_DEBUG",
    "FORCE_SCRIPT_NAME",
    "SECRET_KEY",
    "SUPPLIERS_URL",
)

_booted: tuple[str, Path] | None = None  # the settings module that this kernel runs on, and its folder


def boot(settings: str = CAFE_SETTINGS, project: str | os.PathLike[str] = CAFE, *, work: str = "") -> None:
    """Start Django in this kernel and print one line that says so. Safe to call again.

    Without arguments it boots the café, on a fresh copy of its database that goes away with the
    kernel. `boot(settings="mysite.settings", project="path/to/mysite")` boots a project of yours:
    `project` is the folder that holds manage.py. That one keeps its own database, unchanged.
    `work="my_work.zip"` brings back the answers that you downloaded earlier.

    Raises LabError with one sentence if that cannot be done.
    """
    global _booted
    for name, value in (("settings", settings), ("project", project), ("work", work)):
        if not isinstance(value, (str, os.PathLike)):
            raise LabError(f"`{name}` is text, not {type(value).__name__}.")
    if os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE"):
        raise LabError(
            "DJANGO_ALLOW_ASYNC_UNSAFE is set here, so Django's guard is off and the lessons "
            "would not be true. Unset it, then restart the kernel."
        )
    asked = settings, Path(project).resolve()
    if _booted is None:
        _start(*asked)
        _booted = asked
        explain_missing_names()
    elif _booted != asked:
        raise LabError(
            f"This kernel already runs on {_booted[0]} in {str(_booted[1])!r}. "
            f"Restart the kernel, then boot {settings}."
        )
    python = ".".join(map(str, sys.version_info[:2]))
    name = "café" if settings == CAFE_SETTINGS else settings
    print(f"Django {django.__version__} · Python {python} · {name} ready")
    if work:
        from .work import restore

        print(restore(work))


def _start(settings: str, project: Path) -> None:
    if configured.configured and (settings != configured.SETTINGS_MODULE or project == CAFE):
        running = configured.SETTINGS_MODULE or "settings of its own"
        raise LabError(
            f"Django was started in this kernel before, with {running}. Restart the kernel, then call boot()."
        )
    if not project.is_dir():
        raise LabError(f"There is no folder {str(project)!r}. `project` is the folder that holds manage.py.")
    before, path = dict(os.environ), list(sys.path)
    sys.path.insert(0, str(project))
    try:
        if importlib.util.find_spec(settings) is None:
            raise ModuleNotFoundError(name=settings)
        os.environ["DJANGO_SETTINGS_MODULE"] = settings
        if project == CAFE:
            for name in VARIABLES:
                os.environ.pop(name, None)
            os.environ["DATABASE_URL"] = f"sqlite:///{own_database().as_posix()}"
        django.setup()
    except BaseException as error:
        sys.path[:] = path
        os.environ.clear()
        os.environ.update(before)
        if isinstance(error, LabError) or not isinstance(error, (Exception, SystemExit)):
            raise
        if isinstance(error, ModuleNotFoundError) and f"{settings}.".startswith(f"{error.name}."):
            raise LabError(
                f"There is no {settings!r} in {str(project)!r}. `project` is the folder that holds manage.py."
            ) from None
        again = " Mend that, restart the kernel, and boot again." if configured.configured else ""
        said = f"{type(error).__name__}: {error}".rstrip(".")
        raise LabError(f"Django could not start with {settings}. {said}.{again}") from error
    if project == CAFE:
        logging.getLogger("django").setLevel(logging.CRITICAL)  # a run shows errors itself, once


# The café's database ----------------------------------------------------------------------------


def own_database() -> Path:
    """A fresh, migrated and seeded copy for this process, removed when the process ends."""
    sweep()
    try:
        folder = Path(tempfile.mkdtemp(prefix=f"{FOLDER}{os.getpid()}-"))
    except OSError as error:
        raise LabError(f"There is no temporary folder to write to: {error.strerror or error}.") from None
    atexit.register(_remove, folder, os.getpid())
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
