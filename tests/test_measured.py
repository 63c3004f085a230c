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


def slower(text: str) -> bool:
    """Two pages, each under WSGI and under ASGI; "ASGI adds a millisecond or a few to either page"."""
    rows = [
        re.fullmatch(r"(\w+) +wsgi +(\d+\.\d) ms +asgi +(\d+\.\d) ms", line) for line in text.splitlines()
    ]
    took = {row[1]: (float(row[2]), float(row[3])) for row in rows if row}
    added = [asgi - wsgi for wsgi, asgi in took.values()]
    if [*took] != ["quick", "waits_20_ms"] or not 1 <= min(added) <= max(added) < 5:
        return False
    most, little = (more / asgi for more, (_, asgi) in zip(added, took.values(), strict=True))
    return most > 0.5 and little < 0.25


def a_few_more(text: str) -> bool:
    """The pool of `to_thread` has "a few threads more than your machine has processors"."""
    (row,) = re.findall(r"^(\d+) threads, (\d+) processors$", text, re.MULTILINE)
    threads, processors = map(int, row)
    return 1 <= threads - processors <= 4


CROWD = re.compile(r"^(\w+) +(\d+) threads +([\d.]+) MB used +(\d+) MB reserved$", re.MULTILINE)


def crowds(text: str, expected: list[tuple[str, int]]) -> bool:
    """From the second crowd on: eight megabytes reserved a thread, and less than a hundredth of it used."""
    rows = [(name, int(threads), float(used), int(more)) for name, threads, used, more in CROWD.findall(text)]
    return [row[:2] for row in rows] == expected and all(
        8 <= more / threads < 9 and used < more / 100 if threads else used == more == 0
        for _, threads, used, more in rows[1:]
    )


def twice(text: str) -> bool:
    """A thread for each of two hundred visitors, the second time as well."""
    return crowds(text, [("stays", 200), ("stays", 200)])


def unheard(text: str) -> bool:
    """An async view has the same threads; "without listeners: no thread"."""
    return crowds(text, [("stays", 200), ("async_stays", 200), ("unheard", 0)])


def no_slower(text: str) -> bool:
    """Six runs; a sync layer below the seven: "fewer crossings, and no slower" by the median of three."""
    rows = re.findall(r"^(seven(?: \+ Plain)?) +(\d+) crossings each +([\d.]+) s$", text, re.MULTILINE)
    if [row[:2] for row in rows] != [("seven", "15"), ("seven + Plain", "5")] * 3:
        return False
    seven, with_plain = (sorted(float(took) for *_, took in rows[which::2])[1] for which in (0, 1))
    return with_plain <= 1.1 * seven


def saves_or_costs_little(text: str) -> bool:
    """Saved below the seven; below native ones "a millisecond or two" each; alone all the same."""
    rows = re.findall(r"^(\S.*?) {2,}(\d+) +(\d+)  ([\d.]+) s +([\d.]+) s$", text, re.MULTILINE)
    names = ["Django's seven", "with a sync one", "seven native", "with one sync"]
    counts = [(int(crossings), int(threads)) for _, crossings, threads, *_ in rows]
    if [row[0] for row in rows] != names or counts != [(15, 50), (5, 50), (2, 50), (4, 50)]:
        return False
    alone, (seven, below, native, below_native) = zip(*(map(float, row[3:]) for row in rows), strict=True)
    same = max(alone) <= 1.2 * min(alone)
    return same and below <= 1.05 * seven and 0 <= below_native - native <= 0.1


def slower_by_a_second_worker(text: str) -> bool:
    """Uvicorn's second worker adds 40 ms to each answer of a connection; nothing else here does."""
    head, *rows = (re.split(" {2,}", line.strip()) for line in text.splitlines())
    said = {name: figures for name, *figures in rows}
    if head != ["uvicorn, 1", "uvicorn, 2", "2, anew", "granian, 2"] or said["errors"] != ["0"] * 4:
        return False
    one, two, *others = (float(figure.removesuffix(" ms")) for figure in said["median"])
    return said["connections"] == ["1", "1", "20", "1"] and two >= 35 and two - max(one, *others) >= 30


CLAIMS: dict[tuple[str, str], Callable[[str], bool]] = {
    ("00_start_here", "faster"): faster,
    ("02_one_loop", "pool"): a_few_more,
    ("03_views", "slower"): slower,
    ("03b_threads_decorators_classes", "crowd"): twice,
    ("03b_threads_decorators_classes", "who"): unheard,
    ("05_middleware", "slow"): no_slower,
    ("05b_any_stack", "measure"): saves_or_costs_little,
    ("09b_servers_compared", "nagle"): slower_by_a_second_worker,
}


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


@pytest.mark.parametrize(
    ("before", "after"),
    [("1.7 ms", "0.3 ms"), ("1.7 ms", "7.0 ms"), ("24.3", "20.9"), ("24.3", "34.3"), ("quick ", "other ")],
)
def test_asgi_could_have_added_more_or_nothing(before: str, after: str) -> None:
    result = "quick        wsgi  0.4 ms  asgi  1.7 ms\nwaits_20_ms  wsgi 20.8 ms  asgi 24.3 ms"
    assert slower(result)
    assert not slower(result.replace(before, after))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("async_stays 200", "async_stays   0"),
        ("unheard       0", "unheard     200"),
        ("   3.3 MB", "1300.0 MB"),
        ("1648", " 200"),
        ("    0 MB reserved", " 1657 MB reserved"),
    ],
)
def test_a_crowd_could_have_cost_more_or_fewer_threads(before: str, after: str) -> None:
    result = (
        "stays       200 threads   3.5 MB used  1657 MB reserved\n"
        "async_stays 200 threads   3.3 MB used  1648 MB reserved\n"
        "unheard       0 threads   0.0 MB used     0 MB reserved"
    )
    assert unheard(result)
    assert not unheard(result.replace(before, after))


@pytest.mark.parametrize(
    ("before", "after"),
    [(" 5 cross", "16 cross"), ("0.51 s", "0.71 s"), ("+ Plain", "+ Other"), ("0.58", "0.38")],
)
def test_a_sync_layer_below_the_seven_could_have_cost_more(before: str, after: str) -> None:
    result = "seven          15 crossings each  0.58 s\nseven + Plain   5 crossings each  0.51 s\n" * 3
    assert no_slower(result)
    assert not no_slower(result.replace(before, after))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("0.30 s", "0.40 s"),
        ("0.28 s", "0.48 s"),
        ("0.20 s", "0.40 s"),
        ("   5   ", "  15   "),
        (" 50 ", "  1 "),
    ],
)
def test_a_sync_layer_could_have_cost_more_in_one_of_four_lists(before: str, after: str) -> None:
    result = (
        "list             crossings  threads  1 visitor  50\n"
        "Django's seven          15       50  0.21 s     0.35 s\n"
        "with a sync one          5       50  0.21 s     0.30 s\n"
        "seven native             2       50  0.20 s     0.25 s\n"
        "with one sync            4       50  0.20 s     0.28 s\n"
    )
    assert saves_or_costs_little(result)
    assert not saves_or_costs_little(result.replace(before, after))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("44.0 ms", " 0.9 ms"),
        ("1.1 ms", "41 ms"),
        ("20", "1"),
        ("0         0", "0        20"),
        ("2, anew", "other"),
    ],
)
def test_a_second_worker_could_have_cost_nothing(before: str, after: str) -> None:
    result = (
        "             uvicorn, 1  uvicorn, 2  2, anew  granian, 2\n"
        "connections  1           1           20       1\n"
        "median       0.3 ms      44.0 ms     1.1 ms   0.3 ms\n"
        "errors       0           0           0         0\n"
    )
    assert slower_by_a_second_worker(result)
    assert not slower_by_a_second_worker(result.replace(before, after))
