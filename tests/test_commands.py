"""The commands: what `make` lists, and how .ci/setup chooses a Python and says what is missing.

The interpreters here are little shell scripts on a PATH of their own: nothing is installed, nothing is
downloaded, and the machine's real Pythons are out of sight.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import pytest

# What .ci/setup may use besides a Python: POSIX, and on every machine that has git and make.
TOOLS = ("cat", "chmod", "cksum", "cp", "dirname", "grep", "ln", "mkdir", "rm", "tail", "uname")

# A Python that knows its version, whether it has venv, where it lives, how to make an environment, and pip.
PYTHON = """#!/bin/sh
case "$*" in
*version_info*) echo "{version} {home}" ;;
*ensurepip*) exit {lacks_venv} ;;
*_base_executable*) echo "{path}" ;;
"-m venv "*)
    mkdir -p "$3/bin"
    ln -s "$0" "$3/bin/python"
    : >"$3/pyvenv.cfg" ;;
"-m pip install "*)
    echo "pip $*" >>"$CALLS"
    [ -z "$OFFLINE" ] || {{ echo "NewConnectionError: Failed to establish a new connection" >&2; exit 1; }}
    cp "$UV" "${{0%/*}}/uv" ;;
*) exit 9 ;;
esac
"""

UV = """#!/bin/sh
echo "uv $*" >>"$CALLS"
[ -z "$BROKEN" ] || { echo "Resolved"; echo "error: No space left on device"; echo; exit 2; }
"""


@dataclass
class Machine:
    """A checkout, a home and a PATH that hold only what a test puts there."""

    folder: Path
    environ: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.bin, self.home = self.folder / "bin", self.folder / "home"
        self.checkout = self.folder / "a checkout"  # with a space: people have such folders
        self.calls = self.folder / "calls"
        for path in (self.bin, self.home, self.checkout / ".ci", self.checkout / "binder"):
            path.mkdir(parents=True)
        for tool in TOOLS:
            (self.bin / tool).symlink_to(shutil.which(tool) or pytest.fail(f"no {tool} here"))
        (self.checkout / "uv.lock").write_text("version = 1\n")
        uv = self.script(self.folder / "uv", UV)
        self.environ |= {"PATH": str(self.bin), "HOME": str(self.home), "OFFLINE": "", "BROKEN": ""}
        self.environ |= {"UV": str(uv), "CALLS": str(self.calls)}

    def script(self, path: Path, text: str) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)
        return path

    def has(self, name: str, version: str, *, venv: bool = True) -> Path:
        """Put an interpreter on the PATH, or anywhere if `name` is a path."""
        path = self.bin / name
        known = {"version": version, "home": f"/opt/{version}", "path": path, "lacks_venv": 0 if venv else 1}
        return self.script(path, PYTHON.format(**known))

    def has_a_shim(self, name: str) -> None:
        """What pyenv leaves on the PATH for a version that is not switched on."""
        self.script(self.bin / name, f"#!/bin/sh\necho 'pyenv: {name}: command not found' >&2\nexit 127\n")

    def setup(self, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [shutil.which("dash") or "/bin/sh", ".ci/setup", *arguments],
            cwd=self.checkout,
            env=self.environ | environ,
            capture_output=True,
            text=True,
            timeout=30,
        )

    @property
    def venv(self) -> Path:
        return self.checkout / ".venv"

    def installed(self) -> list[str]:
        """What was installed since the last time, with the checkout's own path left out."""
        calls = self.calls.read_text() if self.calls.exists() else ""
        self.calls.unlink(missing_ok=True)
        return calls.replace(str(self.checkout), "").splitlines()


@pytest.fixture
def machine(tmp_path: Path, root: Path) -> Machine:
    machine = Machine(tmp_path)
    for name in (".ci/setup", "binder/overrides.json"):
        shutil.copy(root / name, machine.checkout / name)
    return machine


DIFFERS = "What is installed is not what uv.lock says: installing what differs."


def pip_then_uv(group: str, uv_pin: str) -> list[str]:
    sync = f"uv sync --frozen --no-install-project --no-default-groups --group {group}"
    return [f"pip -m pip install --retries 1 uv=={uv_pin}", f"{sync} --python /.venv/bin/python"]


@pytest.fixture
def uv_pin(root: Path) -> str:
    (pin,) = re.findall(r"^uv_version=(\S+)", (root / ".ci/setup").read_text(), re.MULTILINE)
    return pin


def test_set_up_installs_the_lock_into_a_new_environment(machine: Machine, uv_pin: str) -> None:
    machine.has("python3.13", "3.13.1")
    done = machine.setup(".venv", "course")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        f"Python 3.13.1 ({machine.bin}/python3.13)",
        "Installing the course packages of uv.lock. The first time takes about a minute.",
    ]
    assert machine.installed() == pip_then_uv("course", uv_pin)
    assert (machine.venv / "share/jupyter/lab/settings/overrides.json").exists()


def test_a_second_set_up_does_nothing_and_says_nothing(machine: Machine) -> None:
    machine.has("python3.13", "3.13.1")
    machine.setup()
    machine.installed()
    again = machine.setup()
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")
    assert machine.installed() == []


def test_an_environment_for_the_tests_serves_the_course_too(machine: Machine, uv_pin: str) -> None:
    machine.has("python3.13", "3.13.1")
    machine.setup(".venv", "course")
    machine.installed()
    machine.setup(".venv", "dev")
    assert machine.installed() == pip_then_uv("dev", uv_pin)
    machine.setup(".venv", "course")
    assert machine.installed() == []


@pytest.mark.parametrize(
    ("present", "chosen"),
    [
        ({"python3.11": "3.11.9", "python3.12": "3.12.4", "python3.13": "3.13.1"}, "python3.13"),
        ({"python3.11": "3.11.9", "python3.12": "3.12.4"}, "python3.12"),
        ({"python3": "3.11.2", "python3.11": "3.11.2"}, "python3.11"),
        ({"python3": "3.14.0"}, "python3"),
        ({"python3": "3.10.13", "python": "3.12.4"}, "python"),
    ],
)
def test_the_newest_tested_python_is_chosen(machine: Machine, present: dict[str, str], chosen: str) -> None:
    for name, version in present.items():
        machine.has(name, version)
    done = machine.setup()
    assert done.stdout.splitlines()[0] == f"Python {present[chosen]} ({machine.bin}/{chosen})"


def test_a_shim_that_does_not_run_is_passed_over(machine: Machine) -> None:
    machine.has_a_shim("python3.13")
    machine.has("python3.12", "3.12.4")
    assert machine.setup().stdout.splitlines()[0] == f"Python 3.12.4 ({machine.bin}/python3.12)"


def test_a_python_that_only_pyenv_has_is_found(machine: Machine) -> None:
    machine.has_a_shim("python3.13")
    machine.has("python3.11", "3.11.9")
    hidden = machine.has(str(machine.home / ".pyenv/versions/3.13.0/bin/python"), "3.13.0")
    assert machine.setup().stdout.splitlines()[0] == f"Python 3.13.0 ({hidden})"


@pytest.mark.parametrize("asked", ["3.11", "python3.11", "{bin}/python3.11"])
def test_python_can_be_named_by_version_command_or_path(machine: Machine, asked: str) -> None:
    machine.has("python3.13", "3.13.1")
    machine.has("python3.11", "3.11.9")
    done = machine.setup(PYTHON=asked.format(bin=machine.bin))
    assert done.stdout.startswith("Python 3.11.9 ")


def test_naming_another_python_makes_the_environment_again(machine: Machine) -> None:
    machine.has("python3.13", "3.13.1")
    machine.has("python3.11", "3.11.9")
    machine.setup()
    done = machine.setup(PYTHON="3.11")
    assert done.stdout.splitlines()[:2] == [
        f"{machine.venv} has Python 3.13.1, you asked for 3.11.9: making it again.",
        f"Python 3.11.9 ({machine.bin}/python3.11)",
    ]
    assert machine.setup(PYTHON="3.11").stdout == ""
    assert machine.setup().stdout == ""  # and without a word about Python, what is there stays


def test_an_environment_that_is_switched_on_can_be_made_again(machine: Machine) -> None:
    """Its own Python comes first on the PATH then, and must not be the one that makes it."""
    python = machine.has("python3.13", "3.13.1")
    machine.setup()
    (machine.venv / "bin/python3.13").symlink_to(python)
    (machine.venv / ".ready").unlink()
    done = machine.setup(PATH=f"{machine.venv}/bin:{machine.bin}")
    assert (done.returncode, done.stdout.splitlines()[1]) == (0, f"Python 3.13.1 ({python})")


def test_a_half_made_environment_is_made_again(machine: Machine, uv_pin: str) -> None:
    machine.has("python3.13", "3.13.1")
    machine.setup(OFFLINE="yes")
    leftover = machine.venv / "leftover"
    leftover.touch()
    machine.installed()
    done = machine.setup()
    assert done.returncode == 0
    half_made = f"{machine.venv} is half-made (an earlier set-up was interrupted): making it again."
    assert done.stdout.splitlines()[0] == half_made
    assert machine.installed() == pip_then_uv("dev", uv_pin)
    assert not leftover.exists()


def test_an_environment_that_was_moved_is_made_again(machine: Machine) -> None:
    machine.has("python3.13", "3.13.1")
    machine.setup()
    machine.checkout = machine.checkout.rename(machine.folder / "elsewhere")
    first, *_ = machine.setup().stdout.splitlines()
    assert first == f"{machine.venv} was moved, or its Python has changed: making it again."
    assert machine.setup().stdout == ""


def test_an_environment_whose_python_is_gone_is_made_again(machine: Machine) -> None:
    gone = machine.has("python3.13", "3.13.1")
    machine.setup()
    gone.unlink()
    machine.has("python3.12", "3.12.4")
    assert machine.setup().stdout.splitlines()[:2] == [
        f"{machine.venv} was moved, or its Python has changed: making it again.",
        f"Python 3.12.4 ({machine.bin}/python3.12)",
    ]


def test_a_changed_lock_installs_what_is_new(machine: Machine, uv_pin: str) -> None:
    machine.has("python3.13", "3.13.1")
    machine.setup()
    machine.installed()
    (machine.checkout / "uv.lock").write_text("version = 2\n")
    done = machine.setup(".venv", "course")
    assert done.stdout.splitlines()[0] == DIFFERS
    assert machine.installed() == pip_then_uv("dev", uv_pin)  # and the tools of the tests stay
    assert machine.setup().stdout == ""


def test_a_change_that_fails_half_way_throws_nothing_away(machine: Machine, uv_pin: str) -> None:
    machine.has("python3.13", "3.13.1")
    machine.setup(".venv", "course")
    (machine.venv / "kept").touch()
    machine.installed()
    assert machine.setup(".venv", "dev", OFFLINE="yes").returncode == 1
    assert (machine.venv / "kept").exists()
    machine.installed()
    done = machine.setup(".venv", "course")  # all of course may no longer be there
    assert done.stdout.splitlines()[0] == DIFFERS
    assert machine.installed() == pip_then_uv("course", uv_pin)
    assert (machine.venv / "kept").exists()


def refusal(done: subprocess.CompletedProcess[str]) -> tuple[int, str]:
    """The exit code and the one line of a set-up that cannot go on."""
    (line,) = done.stderr.splitlines()
    return done.returncode, line


def test_no_python_at_all_is_one_line(machine: Machine) -> None:
    assert refusal(machine.setup()) == (
        3,
        "No Python 3.11 or newer runs here. Install one (Debian 12, Ubuntu 24.04: sudo apt install python3 "
        "python3-venv), or go the conda way in README.md.",
    )


def test_only_old_pythons_are_named_in_one_line(machine: Machine) -> None:
    machine.has("python3", "3.10.13")
    machine.has("python", "2.7.18")
    assert refusal(machine.setup()) == (
        3,
        "No Python 3.11 or newer runs here (python3 is 3.10.13, python is 2.7.18). Install one (Debian 12, "
        "Ubuntu 24.04: sudo apt install python3 python3-venv), or go the conda way in README.md.",
    )
    assert not machine.venv.exists()


def test_a_missing_venv_module_is_named_with_its_package(machine: Machine) -> None:
    machine.has("python3.12", "3.12.4", venv=False)
    machine.has("python3", "3.12.4", venv=False)
    assert refusal(machine.setup()) == (
        3,
        "python3.12 (3.12.4) has no venv module. On Debian and Ubuntu: sudo apt install python3.12-venv",
    )


def test_an_older_python_with_venv_goes_before_a_newer_one_without(machine: Machine) -> None:
    machine.has("python3.13", "3.13.1", venv=False)
    machine.has("python3.11", "3.11.9")
    assert machine.setup().stdout.startswith("Python 3.11.9 ")


@pytest.mark.parametrize(
    ("asked", "line"),
    [
        ("3.12", "PYTHON=3.12 does not run here."),
        ("nonsense", "PYTHON=nonsense does not run here."),
        ("python3.10", "python3.10 is 3.10.13."),
    ],
)
def test_a_python_that_will_not_do_is_one_line(machine: Machine, asked: str, line: str) -> None:
    machine.has("python3.10", "3.10.13")
    machine.has("python3.13", "3.13.1")
    expected = (3, f"{line} Name a Python 3.11 or newer, or leave PYTHON out.")
    assert refusal(machine.setup(PYTHON=asked)) == expected


def test_no_network_is_one_line_and_the_next_run_mends_it(machine: Machine) -> None:
    machine.has("python3.13", "3.13.1")
    assert refusal(machine.setup(OFFLINE="yes")) == (
        1,
        "No network: the package index (pypi.org) did not answer. Connect, then run the same command again. "
        f"What happened: {machine.venv}/setup.log",
    )
    assert machine.setup().returncode == 0


def test_any_other_failure_is_told_in_the_tools_own_words(machine: Machine) -> None:
    machine.has("python3.13", "3.13.1")
    assert refusal(machine.setup(BROKEN="yes")) == (
        1,
        f"The set-up failed: error: No space left on device (everything it said: {machine.venv}/setup.log)",
    )


def test_a_folder_that_is_no_environment_is_left_alone(machine: Machine) -> None:
    machine.has("python3.13", "3.13.1")
    (machine.checkout / "binder/mine").touch()
    done = machine.setup("binder")
    assert refusal(done)[0] == 1
    assert (machine.checkout / "binder/mine").exists()


def test_a_cache_that_cannot_be_written_is_done_without(machine: Machine) -> None:
    machine.has("python3.13", "3.13.1")
    (machine.home / ".cache").write_text("a file where the folder should be")
    machine.script(machine.folder / "uv", '#!/bin/sh\necho "no cache: $UV_NO_CACHE" >>"$CALLS"\n')
    assert machine.setup().returncode == 0
    assert machine.installed()[-1] == "no cache: 1"


# --- make ---------------------------------------------------------------------------------------------------


def make(root: Path, *arguments: str) -> str:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    command = ["make", "--no-print-directory", *arguments]
    return subprocess.run(command, cwd=root, env=environ, check=True, capture_output=True, text=True).stdout


def test_make_alone_lists_the_commands(root: Path) -> None:
    listed = re.findall(r"^  make ([\w-]+) +\S", make(root), re.MULTILINE)
    more = ["notebooks", "guide", "wheelhouse", "bench", "bounds", "load", "class", "truth", "test-databases"]
    more += ["test-browser", "soak", "audit-dependencies", "ledger"]
    assert listed == ["lab", "test", *more, "ci", "lock", "clean"]


def test_make_lab_opens_the_learners_copy_of_00_on_this_machine_only(root: Path) -> None:
    *_, editions, lab = make(root, "--dry-run", "lab").replace("\\\n", "").splitlines()
    assert editions.startswith("cd notebooks && ")
    assert editions.endswith(" -m asynclab.editions")
    assert " --ServerApp.ip=127.0.0.1 " in lab
    assert lab.startswith(f'PYTHONSTARTUP="{root}/notebooks/asynclab/startup.py" ')
    assert lab.split()[-1] == "--LabApp.default_url=/lab/tree/notebooks/my_course/00_start_here.ipynb"


def test_everything_that_make_removes_can_be_made_again(root: Path) -> None:
    removed = make(root, "--dry-run", "clean")
    assert "my_course" not in removed
    assert "notebooks/" not in removed
