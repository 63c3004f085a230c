"""`python -m tests.bench [--json PATH]`: measure what the instrument costs, in about five minutes."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from . import NOTEBOOKS, bounds, rows
from .figures import Row, all_met, as_json, crowd_lines, lines, load_lines


def recorded(kind: str) -> list[Row]:
    """What a request pays is judged; what a fetch pays once, for opening and closing, is told."""
    return rows.one_request(
        kind,
        {
            "open": (f"recorded / bare ASGI call, {kind} view", 1.15),
            "whole": ("   a recording of one request alone", None),
        },
    )


STEPS: tuple[Callable[[], Sequence[Row]], ...] = (
    lambda: rows.one_request("wire", {"wire": ("wire / bare ASGI call", 1.05)}),
    lambda: recorded("async"),
    lambda: recorded("sync"),
    lambda: rows.one_request("transport", {"wire": ("wire / httpx.ASGITransport", 1.0)}),
    lambda: [rows.starting()],
    lambda: [rows.memory()],
)


def main(arguments: list[str] | None = None) -> int:
    """Print the tables; 1 if a bound was missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--json", type=Path, help="write what was measured to this file, too")
    parser.add_argument("--bounds", action="store_true", help="only Run All, its memory, and a clone's size")
    parser.add_argument("names", nargs="*", help="which notebooks, by the beginning of the name: 00, 02b")
    options = parser.parse_args(arguments)
    notebooks = [
        p for p in sorted(NOTEBOOKS.glob("*.ipynb")) if p.name.startswith(tuple(options.names or [""]))
    ]
    if options.bounds:
        runs = [rows.run_all(path) for path in notebooks]
        packed = bounds.packed_clone()
        print("\n".join([*bounds.lines(runs, packed), f"load at the end: {_load()}"]))
        return 0 if bounds.kept(runs, packed) else 1
    began = time.monotonic()
    measured: list[Row] = []
    notes = [f"load at the start: {_load()}"]
    for step in STEPS:
        try:
            measured += step()
        except FileNotFoundError as error:
            notes.append(f"not measured: {error.filename} is missing")
    crowds = rows.crowds()
    loaded, listened = rows.loads()
    runs, packed = [rows.run_all(path) for path in notebooks], bounds.packed_clone()
    notes.append(f"load at the end: {_load()}; it took {time.monotonic() - began:.0f} s")
    parts = [
        lines(measured),
        crowd_lines(crowds),
        load_lines(loaded, listened),
        bounds.lines(runs, packed),
        notes,
    ]
    print("\n\n".join("\n".join(part) for part in parts))
    if options.json:
        options.json.write_text(as_json(measured, crowds, runs, notes, loaded, listened), encoding="utf-8")
    held = listened.met and all(row.met for row in loaded)
    return 0 if all_met(measured, crowds, runs) and held and bounds.kept(runs, packed) else 1


def _load() -> str:
    """How many processes wanted a core, on average over the last minute."""
    return f"{os.getloadavg()[0]:.1f} on {os.cpu_count()} cores" if hasattr(os, "getloadavg") else "unknown"


if __name__ == "__main__":
    sys.exit(main())
