"""The child process: loads the project as manage.py would, tries what the audit asks, and writes down what
it saw.

Every step is announced before it begins. So when the project's code hangs, or ends the process, the parent
knows where, leaves that step out and starts again. What is said goes to a file: the project may print what
it likes.
"""

from __future__ import annotations

import json
import os
import runpy
import sys
import threading
import traceback
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, TextIO

from .shelter import Shelter


class _Reached(BaseException):
    """manage.py has come to its command; nothing of what it would do then is done."""


class Steps:
    def __init__(self, said: TextIO, skip: list[str], project: str, shelter: Shelter) -> None:
        self._said, self._skip, self._project, self._shelter = said, set(skip), project, shelter

    def run(self, step: str, work: Callable[[], Any]) -> Any:
        """Do one step and write down what came of it: a result or an error, and what the shelter refused.

        Returns the result; None if there is none.
        """
        if step in self._skip:
            return None
        self._write({"begin": step})
        refused, threads = len(self._shelter.wanted), set(threading.enumerate())
        row: dict[str, Any] = {"end": step}
        try:
            row["result"] = work()
        except (Exception, SystemExit, KeyboardInterrupt, GeneratorExit) as error:
            row |= told(error, self._project)
        row["wanted"] = self._shelter.wanted[refused:]
        row["threads"] = sorted(
            thread.name for thread in set(threading.enumerate()) - threads if _own(thread)
        )
        self._write(row)
        return row.get("result")

    def over(self) -> None:
        self._write({"over": True})

    def _write(self, row: dict[str, Any]) -> None:
        self._said.write(json.dumps(row, default=str) + "\n")
        self._said.flush()


def _own(thread: threading.Thread) -> bool:
    """Whether the project started it: not one that asyncio or asgiref keeps for its calls."""
    return not thread.name.startswith(("ThreadPoolExecutor", "asyncio_"))


def told(error: BaseException, project: str) -> dict[str, Any]:
    """An error as data: its kind and words, and the project's own line that it came from, if any."""
    frames = traceback.extract_tb(error.__traceback__)
    mine = [
        f for f in frames if f.filename.startswith(project + os.sep) and "site-packages" not in f.filename
    ]
    place = [mine[-1].filename, mine[-1].lineno] if mine else None
    if isinstance(error, SyntaxError) and error.filename:
        place = [error.filename, error.lineno]
    kind = type(error).__name__
    if isinstance(error, SystemExit):
        words = f"sys.exit({error.code!r}) was called"
    else:
        words = next(iter(str(error).strip().splitlines()), "")[:300]
    return {"error": f"{kind}: {words}" if words else kind, "kind": kind, "at": place}


def load(job: dict[str, Any]) -> dict[str, Any]:
    """Let manage.py prepare (paths, environment, settings module); then read the settings."""
    if job["settings"]:
        os.environ["DJANGO_SETTINGS_MODULE"] = job["settings"]
    if job["manage"]:
        _as_manage(job["manage"])
    if job["settings"]:
        os.environ["DJANGO_SETTINGS_MODULE"] = job["settings"]
    from django.conf import settings

    from .facts import settings_facts

    name = os.environ.get("DJANGO_SETTINGS_MODULE", "")
    if not name and not settings.configured:
        raise LookupError("no settings module was found: name it with --settings")
    if not settings.configured:
        settings.INSTALLED_APPS  # noqa: B018 - Django reads the module now
    return settings_facts(settings, name)


def _as_manage(path: str) -> None:
    from django.core import management

    def reached(*arguments: Any, **named: Any) -> None:
        raise _Reached

    kept = sys.argv, management.execute_from_command_line
    sys.argv, management.execute_from_command_line = [path, "check"], reached
    try:
        runpy.run_path(path, run_name="__main__")
    except _Reached:
        pass
    except (Exception, SystemExit):  # what matters then fails again, and clearer, when the settings are read
        pass
    finally:
        sys.argv, management.execute_from_command_line = kept


def tame(caches: bool = True) -> None:
    """No database but an empty one in memory, no cache or mail but this process's, no log files."""
    from django.conf import settings
    from django.core.exceptions import ImproperlyConfigured

    memory = {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}
    settings.DATABASES = {alias: dict(memory) for alias in {"default", *settings.DATABASES}}
    local = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    if caches:
        settings.CACHES = {alias: dict(local, LOCATION=alias) for alias in {"default", *settings.CACHES}}
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
    settings.LOGGING_CONFIG = None
    settings.ALLOWED_HOSTS = ["*"]
    try:
        settings.SECRET_KEY  # noqa: B018
    except ImproperlyConfigured:  # it comes from elsewhere where the project is deployed
        settings.SECRET_KEY = "made up by the audit, for this process alone"
    settings.SECURE_SSL_REDIRECT = False


def setup(caches: bool = True) -> bool:
    import django

    tame(caches)
    django.setup()
    return True


def main(path: str) -> None:
    job = json.loads(Path(path).read_text(encoding="utf-8"))
    sys.path[:1] = dict.fromkeys([job["base"], job["project"]])
    warnings.simplefilter("ignore")
    said = open(job["said"], "a", encoding="utf-8")  # noqa: SIM115 - until the process ends
    import asyncio

    import django.conf
    import django.core.management  # noqa: F401

    del asyncio
    shelter = Shelter(Path(job["folder"]))
    shelter.close_doors()
    steps = Steps(said, job["skip"], job["project"], shelter)
    if steps.run("settings", lambda: load(job)) and steps.run("setup", lambda: setup(job["caches"])):
        _try_everything(steps)
    steps.over()
    os._exit(0)  # a thread that the project left behind must not keep the process


def _try_everything(steps: Steps) -> None:
    from django.conf import settings

    from . import chain, facts, models, trial, views

    steps.run(
        "views", views.views
    )  # first: the URLconf is often the longest to import, and layers ask for it
    built: list[str] = []
    doubtful: list[str] = []
    for number, path in enumerate(facts.layers(settings)):
        row = steps.run(f"middleware {number}", partial(trial.trial, path))
        if row is not None and trial.builds(row):
            built.append(path)
            if not trial.sound(row):
                doubtful.append(path)
    steps.run("models", models.models)
    steps.run("packages", facts.packages)
    steps.run("runserver", facts.runserver)
    steps.run("application", facts.application)
    steps.run("chain", lambda: chain.chain(built, doubtful))
