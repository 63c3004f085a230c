"""A bar for whatever takes over a second: how much of it is done. It leaves nothing behind."""

from __future__ import annotations

import _thread
import threading
from collections.abc import Callable
from xml.etree import ElementTree as ET

from .cells import in_notebook

PATIENCE = 1.0  # seconds before it appears
PAUSE = 0.25  # seconds between two looks
GONE = {"text/html": "", "text/plain": ""}


class bar:
    """Show what is under way, and how many of `total` are done: `with bar("Answered", 50, count):`.

    Without a total nobody can tell how far it is. The bar is drawn by a thread, for the block may hold
    this one. Outside a notebook there is none.
    """

    def __init__(self, what: str, total: int | None = None, done: Callable[[], int] = lambda: 0) -> None:
        self._what, self._total, self._done = what, total, done
        self._over, self._gone = threading.Event(), threading.Event()
        self._drawing = threading.Lock()
        self._shown = False

    def __enter__(self) -> None:
        if in_notebook():
            # Not a `Thread`: nobody who counts threads should find one more while requests run.
            _thread.start_new_thread(self._watch, ())

    def __exit__(self, *error: object) -> None:
        self._over.set()
        with self._drawing:
            shown = self._shown
        if shown:  # what is sent after the cell has ended, nobody may get to see
            self._gone.wait(PATIENCE)

    def _watch(self) -> None:
        from IPython.display import display

        if self._over.wait(PATIENCE):
            return
        with self._drawing:
            if self._over.is_set():
                return
            drawn = self._draw()
            handle = display(drawn, raw=True, display_id=True)  # type: ignore[no-untyped-call]
            self._shown = True
        while not self._over.wait(PAUSE):
            drawn, before = self._draw(), drawn
            if drawn != before:
                handle.update(drawn, raw=True)
        handle.update(GONE, raw=True)
        self._gone.set()

    def _draw(self) -> dict[str, str]:
        done = self._done()
        words = f"{self._what} …" if self._total is None else f"{self._what}: {done} of {self._total}"
        line = ET.Element("p", role="status")  # a screen reader reads what changes here
        measure = ET.SubElement(line, "progress", {"aria-label": words})
        if self._total is not None:
            measure.attrib |= {"value": str(done), "max": str(self._total)}
        measure.tail = f" {words}"
        return {"text/html": ET.tostring(line, encoding="unicode", method="html"), "text/plain": words}
