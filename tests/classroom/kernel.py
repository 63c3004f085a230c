"""A kernel on a hub, as JupyterLab has it: one websocket through the proxy, cell after cell."""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect

LONGEST = 180.0  # seconds for a cell


@dataclass(frozen=True)
class Ran:
    """What came of a cell."""

    seconds: float  # from Shift-Enter to the kernel's being idle again
    text: str  # all that it printed, and its values as text
    error: str | None  # "NameError: name 'x' is not defined"


class Kernel:
    """A kernel that runs cells, one at a time."""

    def __init__(self, line: ClientConnection) -> None:
        self._line = line
        self._session = uuid.uuid4().hex

    async def run(self, code: str) -> Ran:
        """Run a cell. Raises TimeoutError after LONGEST seconds, WebSocketException if the line breaks."""
        said: list[str] = []
        error: str | None = None
        waiting = {"execute_reply", "idle"}
        began = time.perf_counter()
        asked = await self._send(
            "execute_request",
            {
                "code": code,
                "silent": False,
                "store_history": True,
                "user_expressions": {},
                "allow_stdin": False,
            },
        )
        async with asyncio.timeout(LONGEST):
            while waiting:
                message = await self._next()
                if message["parent_header"].get("msg_id") != asked:
                    continue
                kind, content = message["header"]["msg_type"], message["content"]
                if kind == "status" and content["execution_state"] == "idle":
                    waiting.discard("idle")
                elif kind == "execute_reply":
                    waiting.discard(kind)
                elif kind == "stream":
                    said.append(content["text"])
                elif kind in {"execute_result", "display_data"}:
                    said.append(str(content["data"].get("text/plain", "")))
                elif kind == "error":
                    error = f"{content['ename']}: {content['evalue']}"
        return Ran(time.perf_counter() - began, "".join(said), error)

    async def ready(self) -> None:
        """Wait until it has answered for the first time."""
        wanted = ("kernel_info_reply", await self._send("kernel_info_request", {}))
        async with asyncio.timeout(LONGEST):
            while True:
                message = await self._next()
                if (message["header"]["msg_type"], message["parent_header"].get("msg_id")) == wanted:
                    return

    async def _send(self, kind: str, content: dict[str, Any]) -> str:
        number = uuid.uuid4().hex
        header = {
            "msg_id": number,
            "msg_type": kind,
            "session": self._session,
            "username": "",
            "version": "5.3",
        }
        body = {"header": header, "parent_header": {}, "metadata": {}, "content": content, "channel": "shell"}
        await self._line.send(json.dumps(body | {"buffers": []}))
        return number

    async def _next(self) -> dict[str, Any]:
        while True:
            if isinstance(frame := await self._line.recv(), str):  # bytes: a widget's, with buffers
                message: dict[str, Any] = json.loads(frame)
                return message


@asynccontextmanager
async def opened(client: httpx.AsyncClient, notebook: str) -> AsyncIterator[Kernel]:
    """Open a notebook by its path and start its kernel, as JupyterLab does; shut the kernel down afterwards.

    `client` has the learner's server as its base and the learner's token in its headers.
    """
    wanted = {"path": notebook, "name": notebook, "type": "notebook", "kernel": {"name": "python3"}}
    session = await asked(client.post("api/sessions", json=wanted))
    try:
        url = str(client.base_url.join(f"api/kernels/{session['kernel']['id']}/channels"))
        async with connect(
            url.replace("http", "ws", 1),
            additional_headers={"Authorization": client.headers["Authorization"]},
            max_size=None,
            proxy=None,
            ping_interval=None,
            open_timeout=LONGEST,  # a browser waits, too
        ) as line:
            kernel = Kernel(line)
            await kernel.ready()
            yield kernel
    finally:
        await client.delete(f"api/sessions/{session['id']}")  # a kernel that died has none: that was told


async def asked(response: Any) -> Any:
    """The JSON of an answer, once it is there; raises httpx.HTTPStatusError for a refusal."""
    answer = await response
    answer.raise_for_status()
    return answer.json() if answer.content else None
