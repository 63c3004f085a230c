"""The rows of the table: what is compared with what, by how often, and the bound."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import nbformat

from ..reading.execute import run
from . import CAFE, NOTEBOOKS, ROOT
from .alternate import Measured, again, orders
from .figures import Crowd, Listened, Loaded, Row, RunAll, compared

PROCESSES = (3, 5)  # at least, at most
ROUNDS = 170  # in each of them: at least 500 pairs in all
STARTS = 15
KERNELS = 3

START = "from time import perf_counter; began = perf_counter(); {}; print(perf_counter() - began)"
OURS = "from asynclab import boot; boot()"
DJANGO = "import django; django.setup()"

BARE_KERNEL = f"""
import os, sys
sys.path.insert(0, {str(CAFE)!r})
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
import django, httpx
django.setup()
"""
WEIGH = "import gc, psutil; gc.collect(); print(psutil.Process().memory_full_info().uss)"
WEIGH_ALL = "import psutil; print(psutil.Process().memory_info().rss)"


def one_request(part: str, wanted: Mapping[str, tuple[str, float | None]]) -> list[Row]:
    """A row for each side in `wanted` (its text and bound).

    While A/A is too far from 1 for one of the bounds, more is measured and added: nothing is thrown
    away, and whether to go on is decided by A/A alone.
    """
    measured: Measured = {}
    rows: list[Row] = []
    for number in range(1, PROCESSES[1] + 1):
        for name, times in json.loads(_python("-m", "tests.bench.one_request", part, str(ROUNDS))).items():
            measured.setdefault(name, []).extend(times)
        rows = [compared(what, bound, measured, side) for side, (what, bound) in wanted.items()]
        if number >= PROCESSES[0] and all(row.steady for row in rows):
            break
    return rows


def starting() -> Row:
    """`boot()` against `django.setup()` in fresh processes. Each reports its own time, without Python's."""
    for code in (OURS, DJANGO):  # makes the café's database, and compiles
        _start(code)

    def bare() -> float:
        return _start(DJANGO)

    measured = _alternate({"theirs": bare, "ours": lambda: _start(OURS)}, STARTS)
    return compared("boot() / django.setup()", 1.20, measured, "ours")


def memory() -> Row:
    """A kernel after lesson 00 against one with Django and httpx; its own memory, nothing shared.

    Raises FileNotFoundError where lesson 00 is missing.
    """
    lesson = NOTEBOOKS / "00_start_here.ipynb"
    lessons = [cell.source for cell in nbformat.read(lesson, as_version=4).cells if cell.cell_type == "code"]
    measured = _alternate({"theirs": lambda: _weigh([BARE_KERNEL]), "ours": lambda: _weigh(lessons)}, KERNELS)
    return compared("a kernel after lesson 00 / with Django, httpx", 1.20, measured, "ours", "bytes")


def crowds() -> list[Crowd]:
    """From 10 to 10,000 recorded requests, in a process of their own."""
    return [Crowd(**told) for told in json.loads(_python("-m", "tests.bench.crowd"))]


def loads() -> tuple[list[Loaded], Listened]:
    """Real servers under load, in a process of their own."""
    told = json.loads(_python("-m", "tests.bench.load"))
    return [Loaded(**row) for row in told["loaded"]], Listened(**told["listened"])


def run_all(notebook: Path) -> RunAll:
    """Every cell of a lesson once, as a reader's Run All would; then the kernel is weighed."""
    page = nbformat.read(notebook, as_version=4)
    page.cells.append(nbformat.v4.new_code_cell(WEIGH_ALL))
    cells: list[int] = []
    moments: list[float] = []  # the start, and the end of each cell

    def lap(cell: int, ran: nbformat.NotebookNode) -> bool:
        cells.append(cell)
        moments.append(perf_counter())
        return False

    ran = run(page, notebook.parent, enough=lap, started=lambda: moments.append(perf_counter()))
    times = dict(zip(cells, (end - start for start, end in pairwise(moments)), strict=True))
    del times[len(page.cells)]  # the scales
    slowest = max(times, key=times.__getitem__)
    memory = int(ran.cells[-1].outputs[0]["text"])
    return RunAll(notebook.stem, sum(times.values()), slowest, times[slowest], memory)


def _alternate(sides: dict[str, Callable[[], float]], rounds: int) -> Measured:
    baseline = next(iter(sides))
    sides[again(baseline)] = sides[baseline]
    measured: Measured = {name: [] for name in sides}
    for _, order in zip(range(rounds), orders(sides), strict=False):
        for name in order:
            measured[name].append(sides[name]())
    return measured


def _start(code: str) -> float:
    return float(_python("-c", START.format(code)).split()[-1])


def _weigh(sources: list[str]) -> float:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(s) for s in [*sources, WEIGH]])
    return float(run(notebook, NOTEBOOKS).cells[-1].outputs[0]["text"])


def _python(*arguments: str) -> str:
    """What a fresh process prints. It finds the lab, the café and these tests, and no other kernel."""
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    environment["PYTHONPATH"] = os.pathsep.join(map(str, (NOTEBOOKS, CAFE, ROOT)))
    environment["DJANGO_SETTINGS_MODULE"] = "config.settings"
    command = [sys.executable, *arguments]
    with TemporaryDirectory() as folder:
        environment |= {"TMPDIR": folder, "TEMP": folder, "TMP": folder}
        done = subprocess.run(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True
        )
    return done.stdout
