"""The staff's socket, attacked on real servers; and answers to 9c.11 that nobody foresaw."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest
from django.conf import settings
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from asynclab.commands import KINDS, WEBSOCKET
from asynclab.exercises import Prediction, find
from asynclab.exercises.lesson_09c_bell import ACCEPT, BELL, CAREFUL, IMPORTS, LEAVE, REFUSE, written
from asynclab.servers import serve
from asynclab.trial import Judge
from tests import cafe, practice

cafe.ready()

LIVE, PATH = "config.live:application", "/board/staff/"


@pytest.fixture
def cookie(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The session of somebody who may change orders."""
    from django.contrib.auth.models import User
    from django.test import Client

    database = Path(settings.DATABASES["default"]["NAME"])
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{database.as_posix()}")
    monkeypatch.delenv("JUPYTERHUB_SERVICE_PREFIX", raising=False)
    user, _ = User.objects.get_or_create(username="on-duty", is_staff=True, is_superuser=True)
    client = Client()
    client.force_login(user)
    yield f"sessionid={client.cookies['sessionid'].value}"
    user.delete()


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=() if name == "uvicorn" else pytest.mark.slow)
        for name, kind in KINDS.items()
        if WEBSOCKET in kind.protocols
    ],
)
def test_strangers_are_refused_and_rubbish_leaves_nobody_behind(name: str, cookie: str) -> None:
    def door(server: Any, path: str = PATH, **given: str) -> Any:
        given = {"Origin": server.url, "Cookie": cookie} | given
        url = server.url.replace("http", "ws") + path
        return connect(
            url, additional_headers={k: v for k, v in given.items() if v}, proxy=None, max_size=None
        )

    async def heard(line: ClientConnection) -> Any:
        return json.loads(await asyncio.wait_for(line.recv(), 30))

    async def attack() -> None:
        async with serve(name, app=LIVE, ws=True) as server:
            for given in (
                {"Cookie": ""},
                {"Cookie": "sessionid=made-up"},
                {"Origin": "https://evil.example"},
                {"Origin": "http://127.0.0.1:1"},
                {"Origin": ""},
                {"path": "/elsewhere/"},
            ):
                with pytest.raises(InvalidStatus) as refused:
                    await door(server, **given)
                assert refused.value.response.status_code == 403, given
            async with door(server) as line:
                await heard(line)
                for rubbish in ("rubbish", b"\xff\x00", "[" * 199, "x" * 10_000, '{"order": 1e400}', "[]"):
                    await line.send(rubbish)
                    assert list(await heard(line)) == ["problem"]
            deaf = await door(server)  # never reads, and is gone without a word
            for _ in range(200):
                await deaf.send("rubbish")
            deaf.transport.abort()
            async with door(server) as flood:
                with suppress(ConnectionClosed):  # Daphne has no limit; the café has
                    await flood.send("x" * 20_000_000)
                    while "problem" not in await heard(flood):
                        pass
            async with door(server) as line:
                async with asyncio.timeout(40):
                    while (await heard(line))["watching"] > 1:
                        pass
            assert "Traceback" not in server.log, server.log[-3000:]

    asyncio.run(attack())
    assert psutil.Process().children(recursive=True) == []


@pytest.mark.parametrize(
    ("number", "said", "letter"),
    [
        ("9c.5", "ForeignTest.test ...\nevil.example: refused\nok", "a"),
        ("9c.5", "evil.example: accepted, as nobody", "b"),
        ("9c.5", "evil.example: accepted, as ada", "c"),
        ("9c.9", "RubbishTest.test ... ok\ndisconnect called: True\nin the group: 0", "a"),
        ("9c.9", "RubbishTest.test ... ERROR\ndisconnect called: True\nin the group: 0", "b"),
        ("9c.9", "RubbishTest.test ...\ndisconnect called: False\nin the group: 1\nERROR", "c"),
    ],
)
def test_what_the_run_says_decides_a_prediction(number: str, said: str, letter: str) -> None:
    asked = find(number)
    assert isinstance(asked, Prediction)
    assert asked.settle(said) == letter  # type: ignore[arg-type]


RIGHT = {
    "the group has another name": written().replace('"kitchen"', '"everybody.who-listens"'),
    "joins before it accepts": written((*REFUSE, ACCEPT[1], ACCEPT[0])),
    "catches whatever comes": written(
        receive=tuple(line.replace("(ValueError, TypeError, KeyError)", "Exception") for line in CAREFUL)
    ),
    "leaves in websocket_disconnect": written(leave=()).replace(
        "    async def bell_rings",
        "    async def websocket_disconnect(self, message):\n"
        f"        {LEAVE[0]}\n        await super().websocket_disconnect(message)\n\n"
        "    async def bell_rings",
    ),
    "asks for an active user": written(('if not self.scope["user"].is_active:', *REFUSE[1:], *ACCEPT)),
    "greets, and says more than it must": written(
        (*REFUSE, *ACCEPT, "await self.send('{\"welcome\": true}')")
    ),
}
SAYS = """await self.send(json.dumps({"problem": "Send a table."}))"""
WRONG = {
    "hard-coded: it never listens": (
        written(receive=(SAYS,)),
        "a ring of Ada's reached not everybody",
    ),
    "says nothing to rubbish": (
        written(receive=tuple(line.replace(SAYS, "pass") for line in CAREFUL)),
        'no {"problem": …} came back',
    ),
    "waits for ever after rubbish": (
        written(
            receive=tuple(
                line.replace(SAYS, "import asyncio; await asyncio.Event().wait()") for line in CAREFUL
            )
        ),
        "after text that is no JSON, a ring of Ada's reached not everybody within 3 s",
    ),
    "refuses everybody": (written(("await self.close()",)), "joins no group"),
    "never ends": (
        written(leave=(*LEAVE, "import asyncio", "await asyncio.Event().wait()")),
        "went on after its client had left",
    ),
    "a stranger is left without an answer": (
        written(('if self.scope["user"].is_anonymous:', "    return", *ACCEPT)),
        "a stranger got no answer",
    ),
    "a problem that is no sentence": (
        written().replace('"Send a table."', "None"),
        'no {"problem": …} came back',
    ),
    "no consumer at all": (
        IMPORTS + "async def Bell(scope, receive, send):\n    pass\n",
        "Bell is no consumer",
    ),
}


@pytest.mark.parametrize("source", RIGHT.values(), ids=RIGHT)
def test_a_consumer_may_be_written_in_another_way(judge: Judge, source: str) -> None:
    verdict = practice.judged(judge, BELL.number, source)
    assert verdict.state == "passed", verdict


@pytest.mark.parametrize(("source", "told"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_told_as_it_was_seen(judge: Judge, source: str, told: str) -> None:
    verdict = practice.judged(judge, BELL.number, source)
    assert (verdict.state, told in verdict.message) == ("failed", True), verdict
