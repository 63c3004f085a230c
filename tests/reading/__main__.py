"""`python -m tests.reading [--check] [names …]`: bring the committed notebooks up to date."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import django

from asynclab.errors import NoServer
from asynclab.postgres import installed

from . import NOTEBOOKS
from .execute import Failed
from .generate import REFERENCE
from .readme import README, with_index
from .update import edition, lesson_of

HERE = (sys.version_info[:2], django.VERSION[:2])


def refusal() -> str | None:
    """Why outputs made here would not be the reference's, if so."""
    if HERE == REFERENCE:
        return None
    (python, django_), (ours, djangos) = (map(_dotted, pair) for pair in (REFERENCE, HERE))
    return f"Outputs are made with Python {python} and Django {django_}; this is {ours} with {djangos}."


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))


def unserved(path: Path) -> str | None:
    """Why this notebook's outputs cannot be made here: it starts a database server, and there is none."""
    if "asynclab.postgres" not in path.read_text(encoding="utf-8"):
        return None
    try:
        installed()
    except NoServer as error:
        return str(error)
    return None


def main(arguments: list[str] | None = None) -> int:
    """The command line: 1 if a notebook failed or, with --check, if one is stale."""
    parser = argparse.ArgumentParser(prog="python -m tests.reading", description=__doc__)
    parser.add_argument("names", nargs="*", help="which notebooks, by the beginning of the name: 00, 02b")
    parser.add_argument("--check", action="store_true", help="write nothing; say what is stale")
    parser.add_argument(
        "--redraw",
        action="store_true",
        help="keep no committed output: after a change to how pictures are drawn",
    )
    options = parser.parse_args(arguments)
    if reason := refusal():
        print(reason, file=sys.stderr)
        return 1
    paths = sorted(NOTEBOOKS.glob("*.ipynb"))
    if options.names:
        paths = [path for path in paths if path.name.startswith(tuple(options.names))]
    if not paths:
        print("No notebook by that name.", file=sys.stderr)
        return 1
    well = True
    for path in paths:
        if reason := unserved(path):
            print(f"{path.name}: left as it is. {reason}", file=sys.stderr)
            continue
        try:
            made = edition(path, lesson_of(path), redraw=options.redraw)
        except Failed as failure:
            print(f"{path.name}: {failure}", file=sys.stderr)
            well = False
            continue
        for line in made.stale:
            print(f"{path.name}: {line}")
        if options.check:
            well = well and not made.stale
        else:
            made.write()
        if not made.stale:
            print(f"{path.name}: up to date")
    before = README.read_text(encoding="utf-8")
    if (after := with_index(before)) != before:
        print("README.md: its index of errors is stale")
        if options.check:
            well = False
        else:
            README.write_text(after, encoding="utf-8")
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
