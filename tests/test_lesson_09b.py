"""What lesson 09b claims beyond its declarations: what decides its predictions, and how its table looks."""

from __future__ import annotations

import asyncio
import socket
import sys
from typing import Any

import pytest
import uvicorn

from asynclab.beside import side_by_side
from asynclab.exercises import Prediction, find


def boards(opened: int, everything: bool, several: bool) -> dict[str, dict[str, Any]]:
    said = {"one of them shows 16": everything, "one of them shows more than 1": several}
    return {"two workers": {"boards open": opened, **said}}


def stopped(*answered: int) -> dict[str, dict[str, Any]]:
    return {f"server {n}": {"under way": 2, "answered": count} for n, count in enumerate(answered)}


DECIDED = [
    ("9b.6", boards(16, False, True), "b"),
    ("9b.6", boards(16, True, True), "a"),
    ("9b.6", boards(16, False, False), "c"),
    ("9b.8", stopped(2, 0, 2, 2), "c"),
    ("9b.8", stopped(2, 2, 2, 2), "b"),
    ("9b.8", stopped(0, 0, 0, 0), "a"),
]
UNDECIDED = [
    ("9b.6", boards(1, False, False)),  # the cell was changed
    ("9b.8", stopped(2, 0, 0, 2)),
    ("9b.8", stopped(2, 1, 2, 2)),  # neither all nor none: a machine that was too busy
    ("9b.8", stopped(2, 0)),
]


@pytest.mark.parametrize(("number", "columns", "letter"), DECIDED)
def test_the_table_decides_the_prediction(number: str, columns: Any, letter: str) -> None:
    asked = find(number)
    assert isinstance(asked, Prediction)
    assert asked.settle(columns) == letter


@pytest.mark.parametrize(("number", "columns"), UNDECIDED)
def test_another_table_does_not_decide_it(
    number: str, columns: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    side_by_side(columns, settles=number)
    assert f"{number}: this run did not decide." in capsys.readouterr().out


def test_each_server_is_a_column_and_each_question_a_row(capsys: pytest.CaptureFixture[str]) -> None:
    side_by_side({"uvicorn": {"state": True, "port": 1}, "daphne": {"state": False, "pushes": None}})
    assert capsys.readouterr().out.splitlines() == [
        "        uvicorn  daphne",
        "state   yes      no",
        "port    1        –",
        "pushes  –        –",
    ]


async def nagle_is_off(**where: Any) -> bool:
    """What asyncio has set on a connection that it accepts there."""
    met: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def accepted(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = writer.get_extra_info("socket")
        met.set_result(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        writer.close()

    async with asyncio.timeout(20), await asyncio.start_server(accepted, **where) as server:
        _, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer.close()
        return bool(await met)


@pytest.mark.skipif(sys.platform != "linux", reason="9b.7 says it of Linux")
def test_below_several_workers_of_uvicorn_nagle_is_on() -> None:
    """The cause that 9b.7 names. If this fails, Uvicorn has mended it: then 9b.7 must say so, or go."""
    config = uvicorn.Config("any:app", port=0, log_config=None)
    assert asyncio.run(nagle_is_off(host=config.host, port=0))  # what one worker does
    assert not asyncio.run(nagle_is_off(sock=config.bind_socket()))
