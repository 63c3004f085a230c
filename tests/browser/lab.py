"""JupyterLab on this machine, with folders of its own, at the path where a hub would have put it."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from asynclab import editions
from asynclab.commands import HOST
from asynclab.servers import _free_port

BASE = "/user/ada/"
START = 120  # seconds; about four on an idle machine
SETTINGS = {  # each cell is in the page, so that it can be looked at without being scrolled to
    "@jupyterlab/notebook-extension/tracker": {"windowingMode": "none"},
    "@jupyterlab/apputils-extension/notification": {"checkForUpdates": False, "fetchNews": "false"},
}


@dataclass(frozen=True)
class Lab:
    """One that runs: where it is, and the learner's folder."""

    origin: str
    token: str
    course: Path

    def address(self, slug: str) -> str:
        """Where that lesson is opened in a workspace that holds nothing else."""
        return f"{self.origin}{BASE}lab/tree/{self.course.name}/{slug}.ipynb?reset&token={self.token}"


@contextmanager
def lab(folder: Path) -> Iterator[Lab]:
    """Make the learner's copies in that folder, start JupyterLab there, and end it with all its kernels."""
    folder.mkdir(exist_ok=True)
    course = folder / "my_course"
    assert all(well for well, _ in editions.make(course))
    for name, values in SETTINGS.items():
        file = folder / "settings" / f"{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(values))
    own = {f"JUPYTER_{name}_DIR": str(folder / name.lower()) for name in ("CONFIG", "DATA", "RUNTIME")}
    own |= {f"JUPYTERLAB_{name}_DIR": str(folder / name.lower()) for name in ("SETTINGS", "WORKSPACES")}
    own |= {"PYTHONSTARTUP": str(editions.NOTEBOOKS / "asynclab" / "startup.py")}
    own |= {"JUPYTERHUB_SERVICE_PREFIX": BASE, "IPYTHONDIR": str(folder / "ipython")}
    theirs = {key: os.environ[key] for key in os.environ if key not in ("PYTHONPATH", "ASYNCLAB_PROGRESS")}
    port, token = _free_port(None), secrets.token_hex()
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--expose-app-in-browser"]
    options = (f"ip={HOST}", f"port={port}", "port_retries=0", f"base_url={BASE}", f"root_dir={folder}")
    command += [f"--ServerApp.{option}" for option in options]
    command += [f"--IdentityProvider.token={token}"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, env=theirs | own, stdout=log, stderr=subprocess.STDOUT)
    try:
        made = Lab(f"http://{HOST}:{port}", token, course)
        _answered(made, process, folder / "log")
        yield made
    finally:
        process.terminate()
        process.wait(60)


def _answered(made: Lab, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + START
    while True:
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < until, log.read_text()
        try:
            httpx.get(f"{made.origin}{BASE}api", timeout=5, trust_env=False).raise_for_status()
            return
        except httpx.HTTPError:
            time.sleep(0.1)
