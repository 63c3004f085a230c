"""The reference result, docs/load.*, is what `make load` has measured: no figure in it is typed."""

from __future__ import annotations

import json
import re
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from tests.bench import cases, reference, wrk


@pytest.fixture
def told() -> Any:
    """What was measured."""
    return json.loads(reference.RESULTS.read_text(encoding="utf-8"))


def test_the_page_and_its_picture_come_from_the_figures(told: Any) -> None:
    assert reference.PAGE.read_text(encoding="utf-8") == reference.page(told)
    assert reference.PICTURE.read_text(encoding="utf-8") == reference.picture(told)
    told["questions"][next(iter(told["questions"]))][0]["answered"] += 1
    assert reference.PAGE.read_text(encoding="utf-8") != reference.page(told)


def test_every_load_that_the_command_sends_has_its_row(told: Any) -> None:
    sent = {question: [case.label for case in cases] for question, cases in cases.QUESTIONS.items()}
    assert {
        question: [one["label"] for one in found] for question, found in told["questions"].items()
    } == sent
    assert [one["errors"] for found in told["questions"].values() for one in found if one["errors"]] == []


def test_every_bar_of_the_picture_stands_in_the_table_too(told: Any) -> None:
    page = reference.page(told)
    words = [
        text for each in ET.fromstring(reference.picture(told)).iter() if (text := (each.text or "").strip())
    ]
    figures = [word for word in words if re.fullmatch(r"[\d,.]+( m?s)?", word)]
    assert len(figures) == 4 * len(next(iter(told["questions"].values())))
    assert [figure for figure in figures if f"| {figure} |" not in page] == []


def test_a_row_whose_clients_were_busy_says_so(told: Any) -> None:
    one = told["questions"][next(iter(told["questions"]))][0]
    one["busy"] = 0.93
    said = "The clients alone took 93% of a core for “async view, Uvicorn”: the server may be faster."
    assert said in reference.page(told).splitlines()


def test_what_could_not_be_weighed_is_said(told: Any) -> None:
    told["listening"]["each"] = None
    assert "could not be weighed" in reference.page(told)


WRK = """\
Running 10s test @ http://127.0.0.1:8000/slow/?delay=0.5
  1 threads and 50 connections
  Latency Distribution
     50%  {middle}
     75%  512.51ms
  1000 requests in 10.05s, 3.18MB read
{wrong}Requests/sec:     99.50
Transfer/sec:    324.12KB
"""


@pytest.mark.parametrize(
    ("middle", "seconds"), [("507.25ms", 0.50725), ("1.02s", 1.02), ("870.00us", 0.00087)]
)
def test_wrk_is_read_in_each_of_its_units(middle: str, seconds: float) -> None:
    assert wrk.told_by_wrk(WRK.format(middle=middle, wrong="")) == (99.5, pytest.approx(seconds))


@pytest.mark.parametrize(
    "wrong", ["Non-2xx or 3xx responses: 12", "Socket errors: connect 0, read 3, write 0, timeout 0"]
)
def test_errors_that_wrk_met_spoil_the_comparison(wrong: str) -> None:
    with pytest.raises(RuntimeError, match=wrong):
        wrk.told_by_wrk(WRK.format(middle="1.02s", wrong=f"  {wrong}\n"))


def test_without_wrk_the_page_does_without_its_table(told: Any) -> None:
    told["wrk"] = [None, None]
    assert "wrk" not in reference.page(told)
