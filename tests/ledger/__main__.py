"""Run the ledger: each claim's experiment, on every series of Django.

python -m tests.ledger                  run all, write results.json and docs/ledger.md
python -m tests.ledger --check          run all, write nothing; fail where a result is not the expected one
python -m tests.ledger lesson_05_who    run the claims whose names begin so, and print what each returns
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from .book import HERE, Claim, Column, differences, load, recorded
from .pythons import environments
from .trial import column

sys.path.insert(0, str(HERE.parent.parent / "notebooks"))  # `asynclab` needs no installation, here neither

from . import table

RESULTS = HERE / "results.json"
PAGE = HERE.parent.parent / "docs" / "ledger.md"
AT_ONCE = os.cpu_count() or 2  # environments


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.ledger", description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    parser.add_argument("names", nargs="*", metavar="claim", help="how its name begins; print, write nothing")
    chosen = parser.parse_args(arguments)
    every = load()
    book = [claim for claim in every if not chosen.names or claim.name.startswith(tuple(chosen.names))]
    if not book:
        print(f"No claim is called so. There are: {', '.join(claim.name for claim in every)}.")
        return 2
    began = time.monotonic()
    try:
        columns = run(book, aloud=bool(chosen.names))
    except KeyboardInterrupt:
        print("Interrupted: nothing was written, and the environments that are ready are kept.")
        return 130
    wrong = [line for each in columns for line in differences(book, each)]
    print(*wrong, sep="\n")
    print(f"{len(columns)} environments, {len(wrong)} differences, {time.monotonic() - began:.0f} s.")
    if wrong and not chosen.check:
        print("Nothing was written: mend the claims above, or what they expect.")
    if wrong or chosen.check or chosen.names:
        return 1 if wrong else 0
    written = recorded(book, columns, f"{datetime.now(UTC):%Y-%m-%d}")
    page = table.markdown(written)  # before the first file is touched
    replace(RESULTS, json.dumps(written, indent=1, ensure_ascii=False) + "\n")
    replace(PAGE, page)
    return 0


def replace(path: Path, text: str) -> None:
    """The whole text or, if somebody interrupts, the old file."""
    beside = path.with_name(f"{path.name}.new")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)


def run(book: list[Claim], aloud: bool = False) -> list[Column]:
    """Every environment's column; a line for each as soon as it is there."""
    needed = [
        each for each in environments() if any(claim.wanted(each.about, each.versions) for claim in book)
    ]
    columns = []
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for each in pool.map(lambda environment: column(environment, book), needed):
            columns.append(each)
            if each.missing:
                print(f"{each.name:13} empty: {each.missing} is not on this machine", flush=True)
                continue
            told = ", ".join(f"{name} {version}" for name, version in each.versions.items() if version)
            print(f"{each.name:13} {told}: {len(each.seen)} run", flush=True)
            for name, value in each.seen.items() if aloud else ():
                print(f"{'':13} {name}: {json.dumps(value)}", flush=True)
    return columns


if __name__ == "__main__":
    sys.exit(main())
