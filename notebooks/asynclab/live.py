"""The live half of `control`: widgets that run again when they move. Needs ipywidgets and anywidget."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any
from xml.etree import ElementTree as ET

import ipywidgets  # type: ignore[import-untyped]

from .choice import Choice, Kind
from .errors import Stopped
from .table import Row, element

Outcome = Callable[[Mapping[str, str]], Awaitable[tuple[Row, Any]]]
SVG = "http://www.w3.org/2000/svg"


class Live:
    """Controls, and below them what the newest setting gives.

    A move may arrive in another thread, or while a run is under way: it is only noted, in the main
    loop, and one task works through to the newest. Older moves that never began are skipped.
    """

    def __init__(self, varied: Mapping[str, Mapping[str, Any]], outcome: Outcome) -> None:
        self._outcome = outcome
        self._loop = asyncio.get_running_loop()
        self._wanted: dict[str, str] | None = None
        self._task: asyncio.Task[None] | None = None
        self.controls = {name: _widget(name, options) for name, options in varied.items()}
        self.shown = ipywidgets.HTML()
        self._say("Move a control: it runs again.")
        for widget in self.controls.values():
            widget.observe(self._moved, names="value")

    def display(self) -> None:
        """Show the controls, with words in their place where no widget can live."""
        from IPython.display import display

        box = ipywidgets.VBox([*self.controls.values(), self.shown])
        twin = ET.Element("p")
        choices = (
            f"{name}: {' · '.join(map(str, widget.options))}" for name, widget in self.controls.items()
        )
        twin.text = f"Run this notebook to choose here ({'; '.join(choices)})."
        words = ET.tostring(twin, encoding="unicode", method="html")
        display({**box._repr_mimebundle_(), "text/html": words}, raw=True)  # type: ignore[no-untyped-call]

    def _moved(self, change: object) -> None:
        with suppress(RuntimeError):  # the loop is closed: the kernel is going away
            self._loop.call_soon_threadsafe(self._want)

    def _want(self) -> None:
        self._wanted = {name: widget.value for name, widget in self.controls.items()}
        if self._task is None or self._task.done():
            self._task = self._loop.create_task(self._work())

    async def _work(self) -> None:
        while self._wanted is not None:
            wanted, self._wanted = self._wanted, None
            self._say("Running …")
            try:
                row, result = await self._outcome(wanted)
            except Stopped as stopped:
                self._say(str(stopped))
                continue
            if self._wanted is None:
                self._show(row, result)

    def _show(self, row: Row, result: object) -> None:
        parts = [element([row])]
        if callable(draw := getattr(result, "svg", None)):  # a `Run`, or whatever else can draw itself
            ET.register_namespace("", SVG)
            with suppress(ET.ParseError):
                parts.append(ET.fromstring(draw()))
        self._put(*parts)

    def _say(self, words: str) -> None:
        line = ET.Element("p")
        line.text = words
        self._put(line)

    def _put(self, *parts: ET.Element) -> None:
        status = ET.Element("div", role="status")  # a screen reader reads what changes here
        status.extend(parts)
        self.shown.value = ET.tostring(status, encoding="unicode", method="html")


def _widget(name: str, options: Mapping[str, Any]) -> Choice:
    """Numbers in order on a slider, up to three words as buttons, more in a list."""
    labels = list(options)
    numbers = all(type(value) in (int, float) for value in options.values())
    kind: Kind = "slider" if numbers else "buttons" if len(labels) <= 3 else "list"
    return Choice(name.replace("_", " "), labels, kind)
