"""The soak sees what fails and what is left behind. (The soak itself is `make soak`: it takes long.)"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import nbformat
import pytest

from tests.soak.__main__ import soak
from tests.soak.table import Run, lines, well

GOOD = Run("00_start_here", 2.0, None, ())
BAD = Run("01_two_callables", 3.0, "cell 3 raised NameError: x", ("file evil.txt",))


def test_the_table_tells_times_failures_and_what_was_left() -> None:
    slow = Run("00_start_here", 4.0, None, ())
    assert lines([GOOD, BAD, slow], ["my_course"], 9.0) == [
        "notebook          runs  median  longest  failures  left behind",
        "00_start_here        2   3.0 s    4.0 s         0            0",
        "01_two_callables     1   3.0 s    3.0 s         1            1",
        "01_two_callables: cell 3 raised NameError: x",
        "01_two_callables left file evil.txt",
        "left beside the notebooks: my_course",
        "3 runs in 9 s: 1 failures, 2 left behind: missed",
    ]
    assert lines([GOOD], [], 2.0)[-1] == "1 runs in 2 s: 0 failures, 0 left behind: met"


def test_it_is_well_only_if_something_ran_and_nothing_is_wrong() -> None:
    assert [well([GOOD], []), well([], []), well([GOOD], ["x"]), well([GOOD, BAD], [])] == [
        True,
        False,
        False,
        False,
    ]


LEAVES = """
import subprocess, sys, tempfile
tempfile.mkstemp(suffix="-left")
code = "import socket, time; s = socket.create_server(('127.0.0.1', 0)); print(flush=True); time.sleep(600)"
child = subprocess.Popen([sys.executable, "-c", code], start_new_session=True, stdout=subprocess.PIPE)
child.stdout.readline()
"""


@pytest.mark.slow
def test_a_cell_that_raises_and_one_that_leaves_a_process_a_port_and_a_file_are_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.soak.traces.PATIENCE", 0.5)
    paths = []
    for name, code in (("raises", "1 / 0"), ("leaves", LEAVES), ("good", "1 + 1")):
        paths.append(tmp_path / f"{name}.ipynb")
        nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)]), paths[-1])

    raises, leaves, good = asyncio.run(soak(paths))

    assert (raises.failure, raises.left) == ("cell 1 raised ZeroDivisionError: division by zero", ())
    assert leaves.failure is None
    assert [what.split()[0] for what in leaves.left] == ["process", "port", "file"]
    assert leaves.left[2].endswith("-left")
    assert (good.failure, good.left) == (None, ())
    assert [
        pid for pid in os.listdir("/proc") if pid.isdigit() and b"asynclab-soak-" in environment(pid)
    ] == []


def environment(pid: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return b""
