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


def per_second(text: str) -> dict[str, float]:
    """The loads of a table by name: good answers a second. Nothing if one of them had errors."""
    rows = re.findall(
        r"^(\S.*?) {2,}(?:\w+ {2,}\d+ {2,})?([\d.,]+) +[\d.,]+ (?:.* )?(\d+) *$", text, re.MULTILINE
    )
    return {name: float(rate.replace(",", "")) for name, rate, errors in rows if errors == "0"}


def ten_rounds(text: str) -> bool:
    """Ten waits of 0.2 s for forty clients; "those who came last waited nearly all the rounds"."""
    rate = re.search(r"^throughput +([\d.]+) a second", text, re.MULTILINE)
    times = re.findall(r"^(?:median|95 % within) +([\d.]+) s\b", text, re.MULTILINE)
    if not rate or len(times) != 2 or "answered     40 of 40 in" not in text or "⌈N/4⌉·d + N·c" not in text:
        return False
    median, tail = map(float, times)
    return 13 < float(rate[1]) < 20 and tail > 1.5 * median


def several_times(text: str) -> bool:
    """A loop beside four threads: "several times as many answers"."""
    rates = per_second(text)
    return [*rates] == ["4 threads", "loop"] and rates["loop"] > 3 * rates["4 threads"]


def keeps_up(text: str) -> bool:
    """With a thread for each client Gunicorn "keeps up with the loop"; with four it does not."""
    rates = per_second(text)
    if [*rates] != ["4 threads", "40 threads", "loop"]:
        return False
    four, forty, loop = rates.values()
    return forty > 0.8 * loop > 1.6 * four


def work(text: str) -> dict[str, float]:
    """Milliseconds of a core that each answer took."""
    rows = re.findall(r"^(\S.*?) +([\d.]+) ms of a core for an answer$", text, re.MULTILINE)
    return {name: float(took) for name, took in rows}


def about_the_same(text: str) -> bool:
    """Computing: a loop needs "no less of it than threads do", and neither is ahead by much."""
    rates, took = per_second(text), work(text)
    if not [*rates] == [*took] == ["4 threads", "loop"]:
        return False
    threads, loop = rates.values()
    return took["loop"] > 0.9 * took["4 threads"] and 0.5 < loop / threads < 2


def more_processes(text: str) -> bool:
    """What "helps is more processes", for a page that computes."""
    rates = per_second(text)
    if [*rates] != ["4 threads", "loop", "2 workers"] or [*work(text)] != ["2 workers"]:
        return False
    return rates["2 workers"] > 1.1 * rates["4 threads"]


def wsgi_wins(text: str) -> bool:
    """A page with one query, under either: in answers a second and in work."""
    rates, took = per_second(text), work(text)
    if not [*rates] == [*took] == ["WSGI", "ASGI"]:
        return False
    return rates["WSGI"] > rates["ASGI"] and took["ASGI"] > 1.2 * took["WSGI"]


def listens(text: str) -> bool:
    """Fifty streams, none dropped; each more costs "a fraction of a megabyte", and has one thread."""
    more = re.findall(r"^(\d+) +[\d.]+ MB +[\d.]+ MB +(\d+) +(\d+) kB$", text, re.MULTILINE)
    rows = [(int(clients), int(threads), int(each)) for clients, threads, each in more]
    return (
        "50 of 50 streams open at the end, 0 dropped" in text
        and [row[0] for row in rows] == [10, 20, 30, 40, 50]
        and all(threads == clients + 1 and each < 600 for clients, threads, each in rows)
    )


def busy_clients(text: str) -> bool:
    """What the clients spend on an answer is "little" beside Django; beside a bare server it is "as much".
    A page that fails has no good answer."""
    rows = re.findall(r"^(\w+) +([\d.]+) ms of the clients' own$", text, re.MULTILINE)
    spent, took = {name: float(ms) for name, ms in rows}, work(text)
    if [*spent] != ["WSGI", "ASGI", "bare"] or [*took] != ["bare"]:
        return False
    failed = re.search(r"^fails +0 .* 40\n.*fails: 40 × 500 Internal", text, re.MULTILINE | re.DOTALL)
    little = max(spent["WSGI"], spent["ASGI"]) < 0.5
    return little and 0.4 < spent["bare"] / took["bare"] < 2.5 and failed is not None


def slower_by_a_second_worker(text: str) -> bool:
    """Uvicorn's second worker adds 40 ms to each answer of a connection; nothing else here does."""
    head, *rows = (re.split(" {2,}", line.strip()) for line in text.splitlines())
    said = {name: figures for name, *figures in rows}
    if head != ["uvicorn, 1", "uvicorn, 2", "2, anew", "granian, 2"] or said["errors"] != ["0"] * 4:
        return False
    one, two, *others = (float(figure.removesuffix(" ms")) for figure in said["median"])
    return said["connections"] == ["1", "1", "20", "1"] and two >= 35 and two - max(one, *others) >= 30


def alone_as_before(text: str) -> bool:
    """By ASGI, an untouched page: "a lone visitor gains nothing", "sixteen at once are served sooner"."""
    lone = {name: int(ms) for name, ms in re.findall(r"^(\S.*?) +(\d+) ms for a lone", text, re.MULTILINE)}
    rates = per_second(text)
    if [*lone] != ["4 threads", "ASGI"] or [*rates] != [*lone]:
        return False
    return 90 <= min(lone.values()) <= max(lone.values()) < 135 and rates["ASGI"] > rates["4 threads"]


def stands_still(text: str) -> bool:
    """A blocking call in an `async def`: "the slowest of the three by far"."""
    rates = per_second(text)
    if [*rates] != ["4 threads", "ASGI", "async def"]:
        return False
    return rates["async def"] < min(rates["4 threads"], rates["ASGI"]) / 2


def works_more(text: str) -> bool:
    """One supplier's wait by either; "the menu takes more" work by ASGI, "the stock page takes no less"."""
    rows = re.findall(r"^(\w+), (\w+) +([\d.]+) ms alone +([\d.]+) ms of work$", text, re.MULTILINE)
    alone = {(server, page): float(ms) for server, page, ms, _ in rows}
    work = {(server, page): float(ms) for server, page, _, ms in rows}
    if set(work) != {(server, page) for server in ("WSGI", "ASGI") for page in ("menu", "stock")}:
        return False
    if not all(30 < alone[server, "stock"] < 80 for server in ("WSGI", "ASGI")):
        return False
    menu, stock = (work["ASGI", page] / work["WSGI", page] for page in ("menu", "stock"))
    return menu > 1.2 and 0.9 < stock < 2.5


def threads_are_as_good(text: str) -> bool:
    """ "With four threads the visitors queue"; "with forty, a loop is no quicker"."""
    rows = re.findall(r"^([\d.]+) +40 +([\d.]+) s +([\d.]+) s +([\d.]+) s$", text, re.MULTILINE)
    if [row[0] for row in rows] != ["0.03", "0.3", "3"]:
        return False
    took = [tuple(map(float, row[1:])) for row in rows]
    return all(four > 1.4 * forty and 0.4 < forty / loop < 1.1 for four, forty, loop in took)


CLAIMS: dict[tuple[str, str], Callable[[str], bool]] = {
    ("00_start_here", "faster"): faster,
    ("02_one_loop", "pool"): a_few_more,
    ("03_views", "slower"): slower,
    ("03b_threads_decorators_classes", "crowd"): twice,
    ("03b_threads_decorators_classes", "who"): unheard,
    ("05_middleware", "slow"): no_slower,
    ("05b_any_stack", "measure"): saves_or_costs_little,
    ("09_real_servers", "four"): ten_rounds,
    ("09_real_servers", "loop"): several_times,
    ("09_real_servers", "control"): keeps_up,
    ("09_real_servers", "computing"): about_the_same,
    ("09_real_servers", "workers"): more_processes,
    ("09_real_servers", "querying"): wsgi_wins,
    ("09_real_servers", "streams"): listens,
    ("09_real_servers", "limit"): busy_clients,
    ("09b_servers_compared", "nagle"): slower_by_a_second_worker,
    ("10_upgrade", "server"): alone_as_before,
    ("10_upgrade", "blocked"): stands_still,
    ("10_upgrade", "profile"): works_more,
    ("10_upgrade", "control-run"): threads_are_as_good,
}


def test_of_each_measured_cell_the_claim_is_tested() -> None:
    assert CLAIMS.keys() == MEASURED.keys()


@pytest.mark.parametrize("cell", MEASURED.values(), ids=map("/".join, MEASURED))
def test_a_measured_result_says_on_which_day(cell: NotebookNode) -> None:
    day = datetime.date.fromisoformat(cell.metadata.asynclab.measured)
    assert day <= datetime.datetime.now(datetime.UTC).date() + datetime.timedelta(days=1)


@pytest.mark.parametrize("where", CLAIMS, ids="/".join)
def test_what_is_committed_bears_out_the_claim(where: tuple[str, str]) -> None:
    (text, *more) = map(shown, MEASURED[where].outputs)
    assert not any(map(CLAIMS[where], more)), "one output makes the claim"
    assert CLAIMS[where](text), text


def shown(output: NotebookNode) -> str:
    """An output's text: what was printed, or a table's."""
    return str(output.text if output.output_type == "stream" else output.data.get("text/plain", ""))


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


def altered(before: str, after: str, result: str, claim: Callable[[str], bool]) -> None:
    assert claim(result)
    assert before in result
    assert not claim(result.replace(before, after))


@pytest.mark.parametrize(
    ("before", "after"),
    [("18.7 a", "38.7 a"), ("18.7 a", "8.7 a"), ("2.1 s", "1.1 s"), ("40 of 40", "39 of 40"), ("N/4", "N/8")],
)
def test_four_threads_could_have_waited_otherwise(before: str, after: str) -> None:
    result = (
        "throughput   18.7 a second    16.7 a second\nmedian       1.0 s            1.3 s\n"
        "95 % within  2.1 s\nanswered     40 of 40 in 2.1 s, 78 kB\nin theory    ⌈N/4⌉·d + N·c, N = 40"
    )
    altered(before, after, result, ten_rounds)


TABLE = "           per s  theory  median  theory   errors\n"


@pytest.mark.parametrize(
    ("before", "after"), [("82.3", "52.3"), ("loop ", "pool "), ("0.32 s   0", "0.32 s   3")]
)
def test_a_loop_could_have_been_no_better_than_four_threads(before: str, after: str) -> None:
    rows = "4 threads  18.7   16.7    1.0 s   1.3 s    0\nloop       82.3   90.5    0.47 s  0.32 s   0"
    altered(before, after, TABLE + rows, several_times)


@pytest.mark.parametrize(
    ("before", "after"), [("86.4", "56.4"), ("19.3", "39.3"), ("62.9    0", "62.9    1")]
)
def test_forty_threads_could_have_fallen_behind(before: str, after: str) -> None:
    rows = [
        "server      page   clients  per s  theory  errors",
        "4 threads   waits  20       19.3   17.8    0",
        "40 threads  waits  20       86.4   62.9    0",
        "loop        waits  20       72     55      0",
    ]
    altered(before, after, "\n".join(rows), keeps_up)


COMPUTING = """\
4 threads  103    98.2    0.23 s  0.21 s   0.31 s  0
loop       101    82.9    0.37 s  0.25 s   0.40 s  0\
"""


@pytest.mark.parametrize(("before", "after"), [("101 ", "41.2"), ("101 ", "231 "), ("10.0 ms", " 5.0 ms")])
def test_computing_could_have_gained_from_a_loop(before: str, after: str) -> None:
    spent = "4 threads   7.6 ms of a core for an answer\nloop       10.0 ms of a core for an answer\n"
    altered(before, after, spent + TABLE + COMPUTING, about_the_same)


@pytest.mark.parametrize(("before", "after"), [("186 ", "111 "), ("2 workers  ", "2 threads  ")])
def test_more_processes_could_have_helped_little(before: str, after: str) -> None:
    spent = "2 workers   7.7 ms of a core for an answer\n"
    row = "\n2 workers  186    259     0.14 s  79 ms    0.20 s  0"
    altered(before, after, spent + TABLE + COMPUTING + row, more_processes)


@pytest.mark.parametrize(("before", "after"), [("304", "124"), ("5.4 ms", "3.4 ms"), ("ASGI", "WSGI")])
def test_a_page_with_a_query_could_have_gained(before: str, after: str) -> None:
    spent = "WSGI        3.3 ms of a core for an answer\nASGI        5.4 ms of a core for an answer\n"
    rows = "WSGI  304    270     61 ms   74 ms    0\nASGI  134    127     0.14 s  0.16 s   0"
    altered(before, after, spent + TABLE + rows, wsgi_wins)


@pytest.mark.parametrize(
    ("before", "after"), [("0 dropped", "3 dropped"), ("233 kB", "833 kB"), ("51      ", "2       ")]
)
def test_listeners_could_have_cost_more(before: str, after: str) -> None:
    head = "50 of 50 streams open at the end, 0 dropped\n"
    rows = [f"{n}       44.2 MB       58.3 MB   {n + 1}       233 kB" for n in (10, 20, 30, 40, 50)]
    altered(before, after, head + "\n".join(rows), listens)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("ASGI        0.11", "ASGI        1.11"),
        ("bare        0.07", "bare        0.40"),
        ("fails  0 ", "fails  9 "),
    ],
)
def test_clients_could_have_had_time_to_spare(before: str, after: str) -> None:
    result = (
        "bare        0.07 ms of a core for an answer\n"
        "WSGI        0.12 ms of the clients' own\n"
        "ASGI        0.11 ms of the clients' own\n"
        "bare        0.05 ms of the clients' own\n"
        "bare   7,105  4,802   4.9 ms  8.3 ms   12 ms  0\n"
        "fails  0      –       –       –        –      40\n"
        "fails: 40 × 500 Internal Server Error"
    )
    altered(before, after, result, busy_clients)


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


@pytest.mark.parametrize(
    ("before", "after"), [("ASGI       101", "ASGI        35"), ("70.5", "20.5"), ("ASGI  ", "WSGI  ")]
)
def test_asgi_alone_could_have_changed_an_untouched_page(before: str, after: str) -> None:
    lone = "4 threads   95 ms for a lone visitor\nASGI       101 ms for a lone visitor\n"
    rows = (
        "4 threads  35.9   36.5    0.12 s  0.16 s   0.22 s  0\nASGI       70.5   44.6    0.11 s  0.14 s  0\n"
    )
    altered(before, after, lone + TABLE + rows, alone_as_before)


@pytest.mark.parametrize(("before", "after"), [("9.53", "40.1"), ("async def", "other def")])
def test_a_blocking_call_could_have_gone_unnoticed(before: str, after: str) -> None:
    rows = [
        "4 threads  35.9   36.5    0.12 s  0.16 s   0.22 s  0",
        "ASGI       70.5   44.6    0.11 s  0.14 s   0.11 s  0",
        "async def  9.53   44.6    0.83 s  0.14 s   0.84 s  0",
    ]
    altered(before, after, TABLE + "\n".join(rows), stands_still)


@pytest.mark.parametrize(
    ("before", "after"), [("7.6", "3.9"), ("4.4 ms of", "2.4 ms of"), ("36.9", "96.9"), ("menu", "page")]
)
def test_pages_could_have_worked_otherwise(before: str, after: str) -> None:
    rows = [
        "WSGI, menu    3.0 ms alone   3.8 ms of work",
        "WSGI, stock  36.9 ms alone   4.1 ms of work",
        "ASGI, menu    7.3 ms alone   7.6 ms of work",
        "ASGI, stock  38.8 ms alone   4.4 ms of work",
    ]
    altered(before, after, "\n".join(rows), works_more)


@pytest.mark.parametrize(
    ("before", "after"), [("0.20", "0.90"), ("30.17", "3.17"), ("3.20 s    0.48", "3.20 s    1.48")]
)
def test_threads_could_have_been_behind(before: str, after: str) -> None:
    rows = [
        "supplier  visitors  4 threads  40 threads  ASGI",
        "0.03      40        0.47 s    0.20 s    0.21 s",
        "0.3       40        3.20 s    0.48 s    0.50 s",
        "3         40        30.17 s    3.17 s    3.18 s",
    ]
    altered(before, after, "\n".join(rows), threads_are_as_good)
