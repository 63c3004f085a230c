"""`boot` starts Django in one line, or says in one sentence why it cannot."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import django
import pytest

from asynclab.boot import VARIABLES
from asynclab.database import FOLDER, sweep

READY = f"Django {django.__version__} · Python {sys.version_info[0]}.{sys.version_info[1]}"
CAFE = f"{READY} · café ready\n"

Process = subprocess.Popen[str]
Start = Callable[..., Process]


@pytest.fixture
def temporary(tmp_path: Path) -> Path:
    """Where the kernels of this test put their temporary files."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    return folder


@pytest.fixture
def start(root: Path, temporary: Path) -> Iterator[Start]:
    """Start a Python, as fresh as a kernel is, that runs this code; warnings are errors."""
    processes = []

    def starting(code: str, **environ: str) -> Process:
        clean = {
            name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", *VARIABLES)
        }
        clean.pop("DJANGO_SETTINGS_MODULE", None)
        process = subprocess.Popen(
            [sys.executable, "-W", "error", "-c", f"from asynclab import boot\n{code}"],
            cwd=root / "notebooks",
            env={**clean, "TMPDIR": str(temporary), **environ},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        processes.append(process)
        return process

    yield starting
    for process in processes:
        process.kill()
        process.communicate()


@pytest.fixture
def said(start: Start) -> Callable[..., str]:
    """What such a Python prints. An error of the lab's counts as its sentence."""

    def saying(code: str, **environ: str) -> str:
        out, err = start(code, **environ).communicate(timeout=60)
        kind, _, sentence = err.strip().rpartition("\n")[2].partition(": ")
        assert err == "" or kind == "asynclab.errors.LabError", err
        return out + sentence

    return saying


@pytest.fixture
def mysite(tmp_path: Path) -> Path:
    """Somebody's own project, outside the checkout."""
    project = tmp_path / "my 'site'"
    (project / "mysite").mkdir(parents=True)
    (project / "mysite/__init__.py").write_text("")
    (project / "mysite/settings.py").write_text(
        "import os\n"
        "SECRET_KEY = 'mine'\n"
        "ROOT_URLCONF = 'mysite.urls'\n"
        "DATABASES = {'default': {'ENGINE': 'django.db.backends.sqlite3', 'NAME': 'mine.sqlite3'}}\n"
        "INSTALLED_APPS = os.environ.get('APPS', '').split()\n"
    )
    return project


# The café -----------------------------------------------------------------------------------------


def test_booting_says_one_line_and_booting_again_the_same_one(said: Callable[..., str]) -> None:
    assert said("boot(); boot()") == CAFE * 2


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        ("boot(3)", "`settings` is text, not int."),
        ("boot(project=None)", "`project` is text, not NoneType."),
        ("boot(work=True)", "`work` is text, not bool."),
    ],
)
def test_what_is_no_text_is_told_so(said: Callable[..., str], call: str, sentence: str) -> None:
    assert said(call) == sentence


def test_the_cafe_that_was_booted_has_its_drinks(said: Callable[..., str]) -> None:
    code = "boot(); from cafe.models import Drink; print(Drink.objects.count() > 3)"
    assert said(code) == f"{CAFE}True\n"


def test_booting_works_where_a_loop_runs_as_in_a_cell(said: Callable[..., str]) -> None:
    code = "import asyncio\nasync def cell():\n    boot()\nasyncio.run(cell())"
    assert said(code) == CAFE


@pytest.mark.parametrize("name", ["config", "cafe"])
def test_a_module_of_yours_by_a_name_of_the_cafes_is_told_apart(
    said: Callable[..., str], tmp_path: Path, name: str
) -> None:
    (tmp_path / f"{name}.py").write_text("")
    find = f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
    assert (
        said(f"{find}boot(); import {name}; print({name}.__file__.count('sample_project'))") == f"{CAFE}1\n"
    )
    assert said(f"{find}import {name}; boot()") == (
        f"This kernel has imported another `{name}` than the café's. "
        "Restart the kernel, then call boot() before you import yours."
    )


def test_your_environment_does_not_reach_the_cafe(said: Callable[..., str], tmp_path: Path) -> None:
    code = (
        "boot(); from django.conf import settings as s\n"
        "print(s.DEBUG, s.ALLOWED_HOSTS[0], s.FORCE_SCRIPT_NAME, s.SUPPLIERS_URL, s.PRODUCTION,\n"
        "      s.DATABASES['default']['ENGINE'], 'mine' in str(s.DATABASES))"
    )
    mine = tmp_path / "mine.sqlite3"
    assert (
        said(
            code,
            DATABASE_URL=f"sqlite:///{mine}",
            DJANGO_DEBUG="1",
            ALLOWED_HOSTS="example.org",
            FORCE_SCRIPT_NAME="/prefix",
            SUPPLIERS_URL="http://127.0.0.1:1",
            CAFE_ENV="production",
            SECRET_KEY="short",
            CSRF_TRUSTED_ORIGINS="nonsense",
        )
        == f"{CAFE}False localhost None  False django.db.backends.sqlite3 False\n"
    )
    assert not mine.exists()


def test_every_variable_that_the_cafe_reads_is_kept_from_it(root: Path) -> None:
    code = (root / "sample_project/config/settings.py").read_text(encoding="utf-8")
    read = set(re.findall(r'environ(?:\.get\(|, )"(\w+)"', code))
    assert read - {"DATABASE_URL"} == set(VARIABLES)


@pytest.mark.parametrize("value", ["1", "true", "false"])
def test_a_guard_that_is_switched_off_is_refused(value: str, said: Callable[..., str]) -> None:
    assert said("boot()", DJANGO_ALLOW_ASYNC_UNSAFE=value) == (
        "DJANGO_ALLOW_ASYNC_UNSAFE is set here, so Django's guard is off and the lessons would not be true. "
        "Unset it, then restart the kernel."
    )


# Databases ----------------------------------------------------------------------------------------

WAIT = (
    "boot()\nfrom django.db import connection\nprint(connection.settings_dict['NAME'], flush=True)\ninput()\n"
)


def database(process: Process) -> Path:
    """The database of a kernel that has booted and waits."""
    assert process.stdout is not None
    assert process.stdout.readline() == CAFE
    return Path(process.stdout.readline().strip())


def test_several_kernels_never_share_a_database_and_leave_none_behind(start: Start, temporary: Path) -> None:
    kernels = [start(WAIT) for _ in range(3)]
    databases = {database(kernel) for kernel in kernels}
    assert len(databases) == 3
    assert {path.parent.parent for path in databases} == {temporary}
    assert sorted(path.name for path in temporary.iterdir()) == sorted(path.parent.name for path in databases)
    for kernel in kernels:
        kernel.communicate("\n", timeout=30)
        assert kernel.returncode == 0
    assert list(temporary.iterdir()) == []


def test_the_first_kernels_ever_may_boot_at_once(start: Start, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    kernels = [start("boot()", XDG_CACHE_HOME=str(cache)) for _ in range(2)]
    assert [kernel.communicate(timeout=60) for kernel in kernels] == [(CAFE, "")] * 2
    (made,) = (path.name for path in (cache / "asynclab").iterdir())
    assert re.fullmatch(r"cafe-[0-9a-f]{16}\.sqlite3", made)


def test_what_a_killed_kernel_left_is_swept_by_the_next_and_a_living_one_keeps_its_own(
    start: Start, temporary: Path, said: Callable[..., str]
) -> None:
    killed, living = start(WAIT), start(WAIT)
    left, kept = database(killed), database(living)
    killed.send_signal(signal.SIGKILL)
    killed.wait(30)
    assert (left.exists(), kept.exists()) == (True, True)
    assert said("boot()") == CAFE
    assert (left.parent.exists(), kept.exists()) == (False, True)


def test_a_kernel_that_ended_and_that_nobody_asked_how_is_swept(
    start: Start, said: Callable[..., str], temporary: Path
) -> None:
    killed = start(WAIT)
    left = database(killed)
    killed.send_signal(signal.SIGKILL)
    os.waitid(os.P_PID, killed.pid, os.WEXITED | os.WNOWAIT)  # a zombie from now on
    assert said("boot()") == CAFE
    assert not left.parent.exists()


def test_where_no_cache_can_be_written_a_kernel_boots_and_leaves_nothing(
    said: Callable[..., str], temporary: Path
) -> None:
    assert said("boot()", XDG_CACHE_HOME=os.devnull) == CAFE
    assert list(temporary.iterdir()) == []


def test_a_folder_whose_number_another_process_has_now_is_swept(temporary: Path) -> None:
    ours = temporary / f"{FOLDER}{os.getpid()}-ours"
    stale = temporary / f"{FOLDER}{os.getpid()}-stale"
    other = temporary / "somebody-elses"
    for folder in (ours, stale, other):
        folder.mkdir()
    long_ago = time.time() - 10 * 365 * 24 * 3600
    os.utime(stale, (long_ago, long_ago))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(tempfile, "tempdir", str(temporary))
        sweep()
    assert sorted(path.name for path in temporary.iterdir()) == sorted([ours.name, other.name])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:This process")
def test_a_process_forked_from_a_kernel_does_not_take_the_database_with_it(said: Callable[..., str]) -> None:
    code = (
        "boot(); import os, sys\n"
        "from django.db import connection\n"
        "from pathlib import Path\n"
        "child = os.fork()\n"
        "if not child: sys.exit()\n"
        "os.waitpid(child, 0)\n"
        "print(Path(connection.settings_dict['NAME']).exists())"
    )
    assert said(code) == f"{CAFE}True\n"


# Projects of yours --------------------------------------------------------------------------------


def test_a_project_of_yours_boots_on_its_own_settings_and_database(
    said: Callable[..., str], mysite: Path, temporary: Path
) -> None:
    code = (
        f"boot(settings='mysite.settings', project={str(mysite)!r})\n"
        f"boot('mysite.settings', {str(mysite)!r} + '/')\n"
        "from django.conf import settings; print(settings.DATABASES['default']['NAME'])"
    )
    assert said(code) == f"{READY} · mysite.settings ready\n" * 2 + "mine.sqlite3\n"
    assert list(temporary.iterdir()) == []


def test_a_second_project_is_refused_in_one_kernel(said: Callable[..., str], mysite: Path) -> None:
    code = f"boot('mysite.settings', {str(mysite)!r})\nboot()"
    assert said(code) == (
        f"{READY} · mysite.settings ready\n"
        f"This kernel already runs on mysite.settings in {str(mysite)!r}. "
        f"Restart the kernel, then boot config.settings."
    )


def test_a_django_that_somebody_else_started_is_refused(said: Callable[..., str]) -> None:
    code = "from django.conf import settings; settings.configure(); boot()"
    assert said(code) == (
        "Django was started in this kernel before, with settings of its own. "
        "Restart the kernel, then call boot()."
    )


@pytest.mark.parametrize(
    ("settings", "folder", "sentence"),
    [
        (
            "mysite.settings",
            "nowhere",
            "There is no folder {folder}. `project` is the folder that holds manage.py.",
        ),
        (
            "nosite.settings",
            "",
            "There is no 'nosite.settings' in {folder}. `project` is the folder that holds manage.py.",
        ),
        (
            "mysite.nothing",
            "",
            "There is no 'mysite.nothing' in {folder}. `project` is the folder that holds manage.py.",
        ),
        (
            "mysite.broken",
            "",
            "Django could not start with mysite.broken. "
            "SyntaxError: '(' was never closed (broken.py, line 1).",
        ),
        (
            "mysite.needs",
            "",
            "Django could not start with mysite.needs. ModuleNotFoundError: No module named 'not_installed'.",
        ),
        ("mysite.leaves", "", "Django could not start with mysite.leaves. SystemExit: no settings today."),
        ("mysite.keyless", "", "Django could not start with mysite.keyless. KeyError: 'MY_KEY'."),
    ],
)
def test_what_cannot_be_booted_is_one_sentence_and_the_next_boot_works(
    said: Callable[..., str], mysite: Path, settings: str, folder: str, sentence: str
) -> None:
    (mysite / "mysite/broken.py").write_text("SECRET_KEY = (\n")
    (mysite / "mysite/needs.py").write_text("import not_installed\n")
    (mysite / "mysite/leaves.py").write_text("raise SystemExit('no settings today')\n")
    (mysite / "mysite/keyless.py").write_text("import os\nSECRET_KEY = os.environ['MY_KEY']\n")
    project = mysite / folder
    code = (
        "from asynclab.errors import LabError\n"
        "import os, sys\n"
        "before = dict(os.environ), list(sys.path)\n"
        "try:\n"
        f"    boot({settings!r}, {str(project)!r})\n"
        "except LabError as error:\n"
        "    print(error)\n"
        "assert before == (dict(os.environ), sys.path)\n"
        f"boot('mysite.settings', {str(mysite)!r})\n"
    )
    expected = sentence.format(folder=repr(str(project)))
    assert said(code) == f"{expected}\n{READY} · mysite.settings ready\n"


def test_an_app_that_is_missing_needs_a_new_kernel_and_says_so(
    said: Callable[..., str], mysite: Path
) -> None:
    assert said(f"boot('mysite.settings', {str(mysite)!r})", APPS="not_an_app") == (
        "Django could not start with mysite.settings. ModuleNotFoundError: No module named 'not_an_app'. "
        "Mend that, restart the kernel, and boot again."
    )
