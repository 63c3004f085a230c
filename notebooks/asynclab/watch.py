"""`watch` records whatever a cell does, with or without a request."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, NoReturn

from .errors import NotSent
from .record import recording
from .request import chosen
from .run import SHOWS, Run, Show


class watch:
    """Record whatever the cell does inside: `async with watch() as run:`. Afterwards show `run`.

    `heading` becomes the first line of what is told; `show` is as in `fetch`.
    """

    def __init__(self, heading: str = "", show: Show | Sequence[Show] = "lanes") -> None:
        self._run = Run("asgi", chosen("show", show, SHOWS), heading)
        self._recording = recording()

    def __repr__(self) -> str:
        return "Nothing is recorded yet. Write `async with watch() as run:`."

    async def __aenter__(self) -> Run:
        self._run.recording = self._recording.__enter__()
        await asyncio.sleep(0)  # the loop's next turn is the first that the recorder sees begin
        return self._run

    async def __aexit__(self, *error: Any) -> None:
        try:
            await asyncio.sleep(0)  # and this one must have ended
        finally:
            self._recording.__exit__(*error)

    def __enter__(self) -> NoReturn:
        raise NotSent("`async` is missing: write `async with watch() as run:`.")

    def __exit__(self, *error: object) -> None:  # Python looks for it before it enters
        pass

    def __await__(self) -> NoReturn:
        raise NotSent(repr(self))
