"""A bar appears only for what takes long, and leaves nothing behind."""

from __future__ import annotations

import threading
from typing import Any

import IPython.display
import pytest
from nbformat.v4 import new_code_cell, new_output

from asynclab import bar as module
from asynclab.bar import GONE, bar

from .reading.normalise import tidy_cell

Shown = list[dict[str, str]]


class Handle:
    def __init__(self, shown: Shown) -> None:
        self.shown = shown
        self.changed = threading.Event()

    def update(self, data: dict[str, str], raw: bool) -> None:
        self.shown.append(data)
        self.changed.set()


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> tuple[Shown, threading.Event, Handle]:
    """A notebook's output: what was shown, when something is, and its handle."""
    shown: Shown = []
    appeared, handle = threading.Event(), Handle(shown)

    def display(data: dict[str, str], **options: Any) -> Handle:
        shown.append(data)
        appeared.set()
        return handle

    monkeypatch.setattr(IPython.display, "display", display)
    monkeypatch.setattr(module, "in_notebook", lambda: True)
    monkeypatch.setattr(module, "PAUSE", 0.001)
    return shown, appeared, handle


def test_what_takes_long_shows_how_much_is_done_and_then_goes(
    screen: tuple[Shown, threading.Event, Handle], monkeypatch: pytest.MonkeyPatch
) -> None:
    shown, appeared, handle = screen
    monkeypatch.setattr(module, "PATIENCE", 0.001)
    answered = [1]
    with bar("Answered", 50, lambda: len(answered)):
        assert appeared.wait(10)
        module.PATIENCE = 10
        answered.append(2)
        assert handle.changed.wait(10)
    assert [data["text/plain"] for data in shown] == ["Answered: 1 of 50", "Answered: 2 of 50", ""]
    assert shown[0]["text/html"] == (
        '<p role="status"><progress aria-label="Answered: 1 of 50" value="1" max="50"></progress>'
        " Answered: 1 of 50</p>"
    )
    assert shown[-1] == GONE


def test_what_is_quick_shows_nothing(screen: tuple[Shown, threading.Event, Handle]) -> None:
    shown, _, _ = screen
    with bar("Answered", 50):
        pass
    assert shown == []


def test_outside_a_notebook_there_is_no_bar(
    screen: tuple[Shown, threading.Event, Handle], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "in_notebook", lambda: False)
    monkeypatch.setattr(module, "PATIENCE", 0.0)
    with bar("Answered", 50):
        assert not screen[1].wait(0.05)
    assert screen[0] == []


def test_an_error_in_the_block_takes_the_bar_away(
    screen: tuple[Shown, threading.Event, Handle], monkeypatch: pytest.MonkeyPatch
) -> None:
    shown, appeared, _ = screen
    monkeypatch.setattr(module, "PATIENCE", 0.001)

    def fail() -> None:
        assert appeared.wait(10)
        module.PATIENCE = 10
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), bar("Judging"):
        fail()
    assert [data["text/plain"] for data in shown] == ["Judging …", ""]


def test_a_bar_that_is_gone_is_not_committed() -> None:
    cell = new_code_cell("slow()")
    cell.outputs = [new_output("display_data", data=GONE), new_output("stream", name="stdout", text="done\n")]
    tidy_cell(cell)
    assert [output.output_type for output in cell.outputs] == ["stream"]
