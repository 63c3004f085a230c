"""Where exercise 9c.11 is tried: clients of a consumer, one of them with rubbish, and the layer's groups."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from secrets import token_hex
from typing import Any

from .declare import Evidence
from .trying import said

MEMORY = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
PATIENCE = 3.0  # seconds for what should be there at once
RUBBISH: dict[str, dict[str, Any]] = {
    "text that is no JSON": {"text": "rubbish"},
    "a list": {"text": '["table"]'},
    "a string": {"text": '"table"'},
    "an object without a table": {"text": '{"chair": "3"}'},
    "bytes": {"bytes": b"\xff"},
}


class Client:
    """One end of a socket: what the consumer has sent to it, and how the consumer ended."""

    def __init__(self, consumer: Any, user: Any) -> None:
        self.got: list[dict[str, Any]] = []
        self._inbox, self._news = asyncio.Queue[dict[str, Any]](), asyncio.Event()
        self.closed = False
        scope = {"type": "websocket", "path": "/bell/", "query_string": b"", "headers": [], "user": user}
        self._running = asyncio.ensure_future(consumer.as_asgi()(scope, self._inbox.get, self._send))
        self._running.add_done_callback(lambda _: self._news.set())

    async def _send(self, message: dict[str, Any]) -> None:
        self.got.append(message)
        self._news.set()
        if self.closed:
            raise RuntimeError(f"{message.get('type')} was sent after websocket.close")
        if message.get("type") == "websocket.close":
            self.closed = True
            self.say("disconnect", code=message.get("code", 1000))

    def say(self, kind: str, **data: Any) -> None:
        self._inbox.put_nowait({"type": f"websocket.{kind}", **data})

    async def until(self, there: Callable[[], object]) -> bool:
        """Wait until `there()`, or until the consumer has ended; whether it is so."""
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                while not there() and not self._running.done():
                    await self._news.wait()
                    self._news.clear()
        return bool(there())

    @property
    def kinds(self) -> list[str]:
        return [message.get("type", "").removeprefix("websocket.") for message in self.got]

    @property
    def objects(self) -> list[dict[str, Any]]:
        """The JSON objects that came, in order; what is none counts as an empty one."""
        found = []
        for message in self.got:
            if message.get("type") == "websocket.send":
                try:
                    each = json.loads(message.get("text") or message.get("bytes") or "")
                except ValueError:
                    each = {}
                found.append(each if isinstance(each, dict) else {})
        return found

    @property
    def gone(self) -> bool:
        """Whether its socket was closed, or the consumer has ended, however."""
        return self.closed or self._running.done()

    @property
    def died(self) -> BaseException | None:
        """What the consumer raised, if it has ended by that."""
        ended = self._running.done() and not self._running.cancelled()
        error: BaseException | None = self._running.exception() if ended else None
        return error

    def accepted(self) -> bool:
        return "accept" in self.kinds

    async def leave(self) -> bool:
        """As a client that goes away; whether the consumer ended by itself."""
        self.say("disconnect", code=1001)
        await asyncio.wait({self._running}, timeout=PATIENCE)
        ended: bool = self._running.done()
        self._running.cancel()
        await asyncio.wait({self._running}, timeout=PATIENCE)
        return ended


async def try_bell(bell: Any) -> Evidence:
    """A stranger, two who are logged in, one of them with rubbish; the layer's groups are looked at."""
    from django.test import override_settings

    with override_settings(CHANNEL_LAYERS=MEMORY):
        return await _tried(bell)


async def _tried(bell: Any) -> Evidence:
    from channels.layers import get_channel_layer
    from django.contrib.auth.models import AnonymousUser, User

    if not hasattr(bell, "as_asgi"):
        raise TypeError("Bell is no consumer: it has no as_asgi().")
    groups: dict[str, dict[str, float]] = get_channel_layer().groups

    def members() -> set[str]:
        return {name for names in groups.values() for name in names}

    async def opened(user: Any) -> Client:
        client = Client(bell, user)
        client.say("connect")
        await client.until(lambda: client.got)
        return client

    stranger = await opened(AnonymousUser())
    await stranger.leave()
    errors, stranger_stays = [stranger.died], bool(members())

    before = members()
    carol = await opened(User(pk=3, username="carol"))
    await carol.until(lambda: members() - before)  # it may join after it has accepted
    joined = bool(members() - before)
    ended = await carol.leave()
    stays = joined and bool(members() - before)
    errors.append(carol.died)

    ada, bob = await opened(User(pk=1, username="ada")), await opened(User(pk=2, username="bob"))
    await bob.until(lambda: len(members() - before) >= 2 + stays)
    heard = await _heard(ada, bob)
    errors.append(ada.died)
    rubbish: dict[str, list[str]] = {"died": [], "closed": [], "told": [], "silent": [], "late": []}
    problem = ""
    for what, message in RUBBISH.items() if heard else ():
        ada_had, bob_had = len(ada.objects), len(bob.objects)
        ada.say("receive", **message)
        goes_on = await _heard(ada, bob)
        if any("problem" in each for each in bob.objects[bob_had:]):
            rubbish["told"].append(what)
        elif not goes_on and not ada.gone:  # nobody closed anything: blame nobody for it
            rubbish["late"].append(what)
            break
        elif not goes_on:
            rubbish["closed" if ada.closed or not ada.died else "died"].append(what)
            problem = problem or said(ada.died).rstrip(".")
            errors.append(ada.died)
            await ada.leave()
            ada = await opened(User(pk=1, username="ada"))
            await ada.until(ada.accepted)
        elif not _sentence(ada.objects[ada_had:]):
            rubbish["silent"].append(what)
    for client in (ada, bob):
        ended = await client.leave() and ended
    return Evidence(
        error=next((error for error in errors if error), None),
        facts={
            "stranger": stranger.kinds,
            "joined": joined,
            "stays": stays or stranger_stays,
            "ended": ended,
            "heard": heard,
            "problem": problem,
            "what": next((each for kind in rubbish.values() for each in kind), ""),
            "odd": said(next((error for error in errors if error), None)).rstrip(".")
            or _odd(heard, joined, ended, rubbish, stranger.kinds),
        }
        | rubbish,
    )


async def _heard(ada: Client, bob: Client) -> bool:
    """Whether a ring of Ada's reaches both: the sign that all before it has been dealt with."""
    ring = {"table": token_hex(3)}
    ada.say("receive", text=json.dumps(ring))
    return await ada.until(lambda: ring in ada.objects) and await bob.until(lambda: ring in bob.objects)


def _sentence(objects: list[dict[str, Any]]) -> bool:
    return any(isinstance(each.get("problem"), str) and each["problem"].strip() for each in objects)


def _odd(heard: bool, joined: bool, ended: bool, rubbish: dict[str, list[str]], stranger: list[str]) -> str:
    if rubbish["late"]:
        return f"after {rubbish['late'][0]}, a ring of Ada's reached not everybody within {PATIENCE:g} s"
    if rubbish["silent"]:
        return f'no {{"problem": …}} came back for {rubbish["silent"][0]}'
    if not joined:
        return "somebody who is logged in connects, and joins no group"
    if not heard:
        return "a ring of Ada's reached not everybody"
    if not ended:
        return "a consumer went on after its client had left"
    return f"a stranger got {', '.join(stranger) or 'no answer'}"
