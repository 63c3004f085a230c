"""Start Django in this kernel: the café, on a database of its own, or a project of yours."""

from __future__ import annotations

import gc
import importlib.util
import logging
import os
import sys
from pathlib import Path

import django
from django.conf import settings as configured

from .database import CAFE, CAFE_SETTINGS, own_database
from .errors import LabError
from .names import explain_missing_names

# What the café's settings read. A kernel's café is always the same: your environment is for a server.
VARIABLES = (
    "ALLOWED_HOSTS",
    "CAFE_ENV",
    "CSRF_TRUSTED_ORIGINS",
    "DJANGO_DEBUG",
    "FORCE_SCRIPT_NAME",
    "SECRET_KEY",
    "SUPPLIERS_URL",
    "TRUST_FORWARDED_PROTO",
)

LONGEST_NAME = 200  # characters of a dotted name
_FOLDER_OF = "`project` is the folder that holds manage.py."
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
    if len(str(settings)) > LONGEST_NAME:
        raise LabError(
            f'`settings` names a module, such as "{CAFE_SETTINGS}", in at most {LONGEST_NAME} letters.'
        )
    if os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE"):
        raise LabError(
            "DJANGO_ALLOW_ASYNC_UNSAFE is set here, so Django's guard is off and the lessons "
            "would not be true. Unset it, then restart the kernel."
        )
    try:
        asked = settings, Path(project).resolve()
        asked[1].is_dir()
    except (OSError, ValueError):  # longer than a name may be; a null
        raise LabError(f"There is no folder {str(project)[:80]!r}. {_FOLDER_OF}") from None
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


def booted() -> tuple[str, Path]:
    """The settings module that this kernel runs on, and its project's folder. Raises LabError without one."""
    if _booted is None:
        raise LabError("Django is not running in this kernel yet. Run the cell with boot() first.")
    return _booted


def _start(settings: str, project: Path) -> None:
    if configured.configured and (settings != configured.SETTINGS_MODULE or project == CAFE):
        running = configured.SETTINGS_MODULE or "settings of its own"
        raise LabError(
            f"Django was started in this kernel before, with {running}. Restart the kernel, then call boot()."
        )
    if not project.is_dir():
        raise LabError(f"There is no folder {str(project)!r}. {_FOLDER_OF}")
    if project == CAFE:
        _refuse_namesakes()
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
    gc.freeze()  # what is loaded by now stays: a search for garbage in it would hold the loop for a while
    if project == CAFE:
        logging.getLogger("django").setLevel(logging.CRITICAL)  # a run shows errors itself, once


def _refuse_namesakes() -> None:
    """Raise LabError if this kernel has imported a `config` or a `cafe` that is not the café's."""
    for name in ("config", "cafe"):
        folders = [Path(each).resolve() for each in getattr(sys.modules.get(name), "__path__", ())]
        if name in sys.modules and CAFE / name not in folders:
            raise LabError(
                f"This kernel has imported another `{name}` than the café's. "
                "Restart the kernel, then call boot() before you import yours."
            )
