"""`python -m tests.soak [--rounds 20] [names …]`: run all notebooks so often; 1 if any failed."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path

from asynclab import family
from tests.reading.__main__ import unserved

from . import NOTEBOOKS, ROOT
from .table import Run, lines, well
from .traces import end, files, left_in

AT_ONCE = 4
LONGEST = 900.0  # seconds for one notebook
MARK = "ASYNCLAB_SOAK"  # an environment variable of the processes that this one starts itself
# It keeps a core busy, and ends with whoever started it, even if that is killed.
BURNER = "import os, sys\nwhile os.getppid() == int(sys.argv[1]): sum(range(100_000))"


def main(arguments: list[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("names", nargs="*", help="which notebooks, by the beginning of the name: 00, 02b")
    parser.add_argument("--rounds", type=int, default=20)
    options = parser.parse_args(arguments)
    paths = [p for p in sorted(NOTEBOOKS.glob("*.ipynb")) if p.name.startswith(tuple(options.names or [""]))]
    for path in [path for path in paths if unserved(path)]:
        print(f"{path.name}: left out. {unserved(path)}", file=sys.stderr)
        paths.remove(path)
    if not paths or options.rounds < 1:
        parser.error("there is nothing to run: name notebooks that exist, and at least one round")
    for ending in signal.SIGINT, signal.SIGTERM:  # either ends it, however it was started
        signal.signal(ending, signal.default_int_handler)
    began = time.monotonic()
    before = files(NOTEBOOKS, ROOT / "sample_project")
    try:
        runs = asyncio.run(soak(paths * options.rounds))
    except KeyboardInterrupt:
        print("Interrupted: nothing of it is left.", file=sys.stderr)
        return 130
    strays = sorted(str(path) for path in files(NOTEBOOKS, ROOT / "sample_project") - before)
    print("\n".join(lines(runs, strays, time.monotonic() - began)))
    return 0 if well(runs, strays) else 1


async def soak(paths: list[Path]) -> list[Run]:
    """Run them all in this order, AT_ONCE at a time, with every core busy besides."""
    top = folder_for("asynclab-soak-")
    turns = asyncio.Semaphore(AT_ONCE)
    try:
        async with AsyncExitStack() as busy:
            environment = os.environ | {MARK: busy.enter_context(family.guarded(MARK))}
            for _ in range(os.cpu_count() or 1):
                burner = await asyncio.create_subprocess_exec(
                    sys.executable, "-c", BURNER, str(os.getpid()), env=environment
                )
                busy.callback(burner.kill)
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(once(path, top, environment, turns)) for path in paths]
        return [task.result() for task in tasks]
    finally:
        end(top)


def folder_for(prefix: str, top: Path | None = None) -> Path:
    """A new temporary folder. Others may enter: a database server that root starts runs as somebody else."""
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=top))
    folder.chmod(0o755)
    return folder


async def once(path: Path, top: Path, environment: dict[str, str], turns: asyncio.Semaphore) -> Run:
    """One notebook in a process, with a temporary folder, of its own."""
    async with turns:
        folder = folder_for("", top)
        began = time.monotonic()
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.soak.one",
            str(path),
            cwd=ROOT,
            env=environment | {name: str(folder) for name in ("TMPDIR", "TEMP", "TMP")},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is ours to handle
        )
        try:
            async with asyncio.timeout(LONGEST):
                said, complained = await process.communicate()
            told = json.loads(said or b"{}")
            why = complained.decode(errors="replace").strip().rpartition("\n")[2]
            failure = told.get("failure") if told else f"its process ended without a word: {why}"
        except TimeoutError:
            told, failure = {}, f"it took longer than {LONGEST:g} s"
            process.kill()
            await process.wait()
        left = await asyncio.to_thread(left_in, folder)
    seconds = told.get("seconds", time.monotonic() - began)
    print(
        f"{path.stem}: {failure or f'{seconds:.1f} s'}{''.join(f'; left {what}' for what in left)}",
        flush=True,
    )
    return Run(path.stem, seconds, failure, tuple(left))


if __name__ == "__main__":
    sys.exit(main())
