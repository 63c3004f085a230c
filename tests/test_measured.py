"""A cell tagged `measured` keeps a dated result: this has its shape, and bears out what is said of it."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable

import nbformat
import pytest
from nbformat import NotebookNode

from .reading import NOTEBOOKS
from .reading.cells import tagged

MEASURED = {
    (path.stem, cell.id): cell
    for path in sorted(NOTEBOOKS.glob("*.ipynb"))
    for cell in nbformat.read(path, as_version=4).cells
    if tagged(cell, "measured")
}


def faster(text: str) -> bool:
    """Four medians; "the plain view under WSGI is the quickest of the four"."""
    rows = [re.fullmatch(r"(\w+, \w+) +(\d+\.\d) ms", line) for line in text.splitlines()]
    took = {row[1]: float(row[2]) for row in rows if row}
    ways = ["wsgi, quick", "wsgi, async_quick", "asgi, quick", "asgi, async_quick"]
    return [*took] == ways and took.pop("wsgi, quick") < min(took.values())


CLAIMS: dict[tuple[str, str], Callable[[str], bool]] = {("00_start_here", "faster"): faster}


def test_of_each_measured_cell_the_claim_is_tested() -> None:
    assert CLAIMS.keys() == MEASURED.keys()


@pytest.mark.parametrize("cell", MEASURED.values(), ids=map("/".join, MEASURED))
def test_a_measured_result_says_on_which_day(cell: NotebookNode) -> None:
    day = datetime.date.fromisoformat(cell.metadata.asynclab.measured)
    assert day <= datetime.datetime.now(datetime.UTC).date() + datetime.timedelta(days=1)


@pytest.mark.parametrize("where", CLAIMS, ids="/".join)
def test_what_is_committed_bears_out_the_claim(where: tuple[str, str]) -> None:
    (printed,) = MEASURED[where].outputs
    assert CLAIMS[where](printed.text), printed.text


@pytest.mark.parametrize(
    ("before", "after"), [("0.2 ms", "2.0 ms"), ("0.2 ms", "1.2 ms"), ("2.1 ms", "2.1 s"), ("asgi", "wsgi")]
)
def test_another_result_would_not_bear_it_out(before: str, after: str) -> None:
    rows = [
        "wsgi, quick 0.2 ms",
        "wsgi, async_quick 1.2 ms",
        "asgi, quick 2.0 ms",
        "asgi, async_quick 2.1 ms",
    ]
    result = "\n".join(rows)
    assert faster(result)
    assert not faster(result.replace(before, after))
