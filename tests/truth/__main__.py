"""`python -m tests.truth [--json PATH]`: prints what was compared; fails if anything differs."""

from __future__ import annotations

import argparse
import json
import platform
import sys
import tempfile
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

import django

from . import exchanges, suite
from .source import Unavailable, unpack


def main() -> int:
    options = argparse.ArgumentParser(prog="python -m tests.truth", description=__doc__)
    options.add_argument("--json", type=Path, help="also write what was found to this file")
    target: Path | None = options.parse_args().json
    began = perf_counter()
    print(f"Django {django.__version__} · Python {platform.python_version()}\n")
    wrong: list[str] = []
    found: dict[str, Any] = {"django": django.__version__, "python": platform.python_version()}

    with tempfile.TemporaryDirectory(prefix="asynclab-truth-") as folder:
        try:
            tests = unpack(Path(folder))
        except Unavailable as error:
            print(error)
            return 3
        run = partial(suite.run, tests=tests)
        plain = run("plain", suite.LABELS)
        recorded = run("recorded", suite.LABELS)
        different = suite.differences(plain, recorded, suite.LABELS)
        unsteady = suite.unsteady(different, run)
        wrong += [line for name, line in different.items() if name not in unsteady]
        wrong += suite.blind_spots(recorded, suite.LABELS)
        found["labels"] = rows = suite.table(plain, recorded, suite.LABELS)
        print_labels(rows)

        print("Requests and bridges are counted without the recorder, as calls that reach Django's handlers")
        print("and asgiref. Where all requests are sync ones to sync views, nothing crosses.")
        found["unsteady"] = [different[name] for name in sorted(unsteady)]
        for line in found["unsteady"]:
            print(f"Not counted, as {suite.AGAIN} more runs both ways do not repeat it: {line}")
        print("\nA recorder that …            must be noticed: tests that then differ")
        found["sabotages"] = {}
        for sabotage, label in suite.SABOTAGES.items():
            changed = suite.differences(plain, run(sabotage, [label]), [label])
            noticed = [line for name, line in changed.items() if name not in unsteady]
            found["sabotages"][sabotage] = noticed
            print(f"{sabotage:<28} {len(noticed)} of {label}, such as {noticed[0] if noticed else '–'}")
            if not noticed:
                wrong.append(f"Nothing in {label} notices a recorder that {sabotage}.")

    print("\nMessages: `wire` against a real Uvicorn")
    found["exchanges"] = compared = exchanges.compare()
    for name, pair in compared.items():
        same = pair["server"] == pair["wire"]
        print(f"{name:<28} {len(pair['server']['messages'])} messages, {'equal' if same else 'DIFFERENT'}")
        if not same:
            wrong.append(f"{name}: the server had {pair['server']}, wire had {pair['wire']}")

    found["wrong"], found["seconds"] = wrong, round(perf_counter() - began, 1)
    if target is not None:
        target.write_text(json.dumps(found, indent=1, ensure_ascii=False), encoding="utf-8")
    print("\n" + ("\n".join(wrong) if wrong else f"Recording changes nothing. ({found['seconds']} s)"))
    return 1 if wrong else 0


def print_labels(rows: list[dict[str, Any]]) -> None:
    """The table of labels. "bridges" counts the calls that reach asgiref, without the recorder."""
    print(f"{'':<22}{'':>24}{'of them':>9}   recorded:")
    heads = ("tests", "differ", "requests", "async", "layers", "views", "crossings", "(bridges)")
    widths = (6, 8, 10, 9, 9, 8, 11, 11)
    print(f"{'label':<22}" + "".join(f"{head:>{width}}" for head, width in zip(heads, widths, strict=True)))
    keys = ("tests", "different", "requests", "async requests", "layers", "views", "crossings", "bridges")
    total = {"label": "all"} | {key: sum(row[key] for row in rows) for key in keys}
    for row in [*rows, total]:
        cells = zip(keys, widths, strict=True)
        print(f"{row['label']:<22}" + "".join(f"{row[key]:>{width}}" for key, width in cells))


if __name__ == "__main__":
    sys.exit(main())
