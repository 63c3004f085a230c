"""The reference result, docs/load.*, is what `make load` has measured: no figure in it is typed."""

from __future__ import annotations

import json
import re
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from tests.bench import reference


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
    sent = {question: [case.label for case in cases] for question, cases in reference.QUESTIONS.items()}
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
