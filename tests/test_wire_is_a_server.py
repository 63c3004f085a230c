"""An application cannot tell `wire` from a real Uvicorn."""

from __future__ import annotations

from typing import Any

import pytest

from tests.truth.exchanges import CASES, compare, merged


@pytest.fixture(scope="module")
def exchanges() -> dict[str, dict[str, Any]]:
    return compare()


@pytest.mark.parametrize("name", [case.name for case in CASES])
def test_the_application_gets_and_gives_the_same_messages(
    name: str, exchanges: dict[str, dict[str, Any]]
) -> None:
    pair = exchanges[name]
    assert pair["wire"]["messages"] == pair["server"]["messages"]


@pytest.mark.parametrize("name", [case.name for case in CASES])
def test_the_application_is_told_the_same_about_the_request(
    name: str, exchanges: dict[str, dict[str, Any]]
) -> None:
    pair = exchanges[name]
    assert pair["wire"]["scope"] == pair["server"]["scope"]


def test_the_messages_compared_are_the_ones_expected(exchanges: dict[str, dict[str, Any]]) -> None:
    def kinds(name: str) -> list[tuple[str, int | str]]:
        messages = exchanges[name]["server"]["messages"]
        return [(row["type"], row.get("status", row.get("body"))) for _, row in messages]

    disconnect = [("http.disconnect", None)]
    end = kinds("GET")[3:]  # Django 5.2 also waits to hear of the end; 6.1 does not
    assert end in ([], disconnect)
    assert kinds("POST in three chunks")[:3] == [
        ("http.request", "one two three"),
        ("http.response.start", 200),
        ("http.response.body", "one two three"),
    ]
    assert kinds("streaming")[1:3] == [("http.response.start", 200), ("http.response.body", "abc")]
    assert [kinds(name)[1] for name in ("404", "500")] == [
        ("http.response.start", 404),
        ("http.response.start", 500),
    ]
    assert kinds("disconnect half-way") == [
        ("http.request", ""),
        ("http.response.start", 200),
        ("http.response.body", "the first part"),
        *disconnect,
    ]
    assert kinds("disconnect before a response") == [("http.request", ""), *disconnect]


def test_only_adjacent_bodies_of_one_direction_are_merged() -> None:
    asked, part = {"type": "http.request", "body": b"a", "more_body": True}, {"type": "http.response.body"}
    last = {"type": "http.request", "body": b"b"}
    gone = {"type": "http.disconnect"}
    assert merged([("receive", asked), ("receive", last), ("send", part)]) == [
        ["receive", {"type": "http.request", "body": "ab", "more_body": False}],
        ["send", {"type": "http.response.body", "body": "", "more_body": False}],
    ]
    assert len(merged([("receive", asked), ("send", part), ("receive", last), ("receive", gone)])) == 4
