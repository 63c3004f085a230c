"""`watch` records whatever a cell does, with or without a request."""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import Sequence
from typing import NoReturn

from .errors import Interrupted, NotSent, Stopped
from .places import place_of_error
from .record import recording
from .request import chosen
from .rescue import guard, innermost
from .run import SHOWS, Run, Show


class watch:
    """Record whatever the cell does inside: `async with watch() as run:`. Afterwards show `run`.

    `heading` becomes the first line of what is told; `show` is as in `fetch`.
    """

    def __init__(self, heading: str = "", show: Show | Sequence[Show] = "lanes") -> None:
        self._run = Run("asgi", chosen("show", show, SHOWS), heading)

    def __repr__(self) -> str:
        return "Nothing is recorded yet. Write `async with watch() as run:`."

    async def __aenter__(self) -> Run:
        self._task = asyncio.current_task()
        with contextlib.ExitStack() as opening:
            self._run.recording = opening.enter_context(recording())
            self._guard = opening.enter_context(guard(math.inf, self._stop))
            await asyncio.sleep(0)  # the loop's next turn is the first that the recorder sees begin
            self._open = opening.pop_all()
        return self._run

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: object
    ) -> None:
        with self._open:
            try:
                await asyncio.sleep(0)  # and this one must have ended
            except asyncio.CancelledError as cancelled:
                error = error or cancelled
                if not self._guard.interrupted:
                    raise
        if self._guard.interrupted and isinstance(error, asyncio.CancelledError | Interrupted):
            where = place_of_error(error)
            raise Stopped("Interrupted." if where is None else f"Interrupted at {where}.") from None

    def _stop(self) -> None:
        """An interrupt: end the cell's wait. (A fetch inside sees to itself.)"""
        if self._task is not None and innermost(self._guard):
            self._task.cancel()

    def __enter__(self) -> NoReturn:
        raise NotSent("`async` is missing: write `async with watch() as run:`.")

    def __exit__(self, *error: object) -> None:  # Python looks for it before it enters
        pass

    def __await__(self) -> NoReturn:
        raise NotSent(repr(self))
