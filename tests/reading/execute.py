"""Run a notebook top to bottom in a fresh kernel that knows nothing of this machine's settings."""

from __future__ import annotations

import copy
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

SECONDS_A_CELL = 120

# Everything else stays outside: DATABASE_URL, PYTHONPATH, JPY_SESSION_NAME, a proxy, a coloured terminal …
PASSED_ON = ("PATH", "TMPDIR", "TEMP", "TMP", "SYSTEMROOT", "LD_LIBRARY_PATH")


class Failed(Exception):
    """A cell raised where none was expected, hung, or took its kernel down."""


def run(
    notebook: NotebookNode,
    folder: Path,
    *,
    again: bool = False,
    enough: Callable[[int, NotebookNode], bool] | None = None,
    started: Callable[[], None] = lambda: None,
) -> NotebookNode:
    """A copy of `notebook` with the outputs of a run in `folder`.

    `again` then runs all cells a second time in the same kernel; those outputs are thrown away.
    `enough(place, cell)` is asked after each cell; True ends the run there. `started` is called once the
    kernel is ready. Raises Failed.
    """
    ran = copy.deepcopy(notebook)
    with _kernel(ran, folder) as client:
        started()
        _run_all(client, ran, enough)
        if again:
            client.nb = copy.deepcopy(notebook)
            try:
                _run_all(client, client.nb, None)
            except Failed as failure:
                raise Failed(f"on a second Run All, {failure}") from None
    return ran


def _run_all(
    client: NotebookClient, notebook: NotebookNode, enough: Callable[[int, NotebookNode], bool] | None
) -> None:
    for at, cell in enumerate(notebook.cells):
        if cell.cell_type != "code":
            continue
        try:
            client.execute_cell(cell, at)
        except CellExecutionError as error:
            raise Failed(f"cell {at + 1} raised {error.ename}: {error.evalue}") from None
        except CellTimeoutError:
            raise Failed(f"cell {at + 1} took longer than {client.timeout} s") from None
        except DeadKernelError:
            raise Failed(f"cell {at + 1} took the kernel down") from None
        if enough and enough(at + 1, cell):
            return


@contextmanager
def _kernel(notebook: NotebookNode, folder: Path) -> Iterator[NotebookClient]:
    """This interpreter's own kernel, with a home of its own: nobody's start-up files, nobody's history."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        specs = KernelSpecManager(kernel_dirs=[])  # not whatever "python3" is installed on this machine
        manager = AsyncKernelManager(
            kernel_name="python3",
            kernel_spec_manager=specs,
            connection_file=os.path.join(home, "kernel.json"),
            transport_encryption="auto",  # otherwise each kernel warns that it talks in plain text
        )
        client = NotebookClient(
            notebook, km=manager, timeout=SECONDS_A_CELL, record_timing=False, store_widget_state=False
        )
        with client.setup_kernel(cwd=str(folder), env=clean_environment(home), cleanup_kc=True):
            yield client


def clean_environment(home: str) -> dict[str, str]:
    """The variables that a kernel gets: the same on every machine, but for where programs and files are."""
    passed = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    return passed | {
        "HOME": home,
        "USERPROFILE": home,
        "IPYTHONDIR": os.path.join(home, "ipython"),
        "JUPYTER_CONFIG_DIR": os.path.join(home, "config"),
        "JUPYTER_DATA_DIR": os.path.join(home, "data"),
        "JUPYTER_RUNTIME_DIR": os.path.join(home, "runtime"),
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
    }
