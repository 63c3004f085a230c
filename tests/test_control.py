"""A table of three settings that is true on paper, then controls that run again."""

from __future__ import annotations

import asyncio
import importlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from asynclab.client import fetch
from asynclab.errors import LabError, Stopped
from asynclab.events import Recording, Span
from asynclab.live import Live
from asynclab.run import Run

Printed = pytest.CaptureFixture[str]

controlling = importlib.import_module("asynclab.control")
control = controlling.control
WIDGET = "application/vnd.jupyter.widget-view+json"


@pytest.fixture(autouse=True)
def shown(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What a notebook is given to display."""
    bundles: list[dict[str, Any]] = []
    monkeypatch.setattr(controlling, "in_notebook", lambda: True)
    monkeypatch.setattr("IPython.display.display", lambda bundle, raw: bundles.append(bundle))
    return bundles


def moved(until: Callable[[Live], bool], start: Callable[[Live], None], each: Any, **settings: Any) -> Live:
    """Show a control, move it, and wait until its task has come to rest."""
    made: list[Live] = []

    async def cell() -> None:
        await control(each, **settings)
        start(made[0])
        while not until(made[0]) or made[0]._task is None:  # noqa: ASYNC110 - a widget tells nobody
            await asyncio.sleep(0)
        await made[0]._task

    class Kept(Live):
        def __init__(self, *arguments: Any) -> None:
            super().__init__(*arguments)
            made.append(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("asynclab.live.Live", Kept)
        asyncio.run(asyncio.wait_for(cell(), 20), debug=True)  # notices a call from a wrong thread
    return made[0]


def run(*arguments: Any, **settings: Any) -> None:
    """Await a control, as a cell does."""

    async def cell() -> None:
        await control(*arguments, **settings)

    asyncio.run(cell())


async def half(visitors: int) -> dict[str, object]:
    return {"half": visitors / 2}


def test_the_table_shows_three_settings_really_run(shown: list[dict[str, Any]]) -> None:
    run(half, visitors=(1, 10, 50))

    assert shown[0] == {
        "text/plain": "visitors  half\n1         0.5\n10        5.0\n50        25.0",
        "text/html": (
            '<table><thead><tr><th scope="col">visitors</th><th scope="col">half</th></tr></thead><tbody>'
            "<tr><td>1</td><td>0.5</td></tr><tr><td>10</td><td>5.0</td></tr><tr><td>50</td><td>25.0</td></tr>"
            "</tbody></table>"
        ),
    }


def test_the_widget_comes_second_with_words_for_paper(shown: list[dict[str, Any]]) -> None:
    run(half, visitors=(1, 10, 50))

    assert sorted(shown[1]) == [WIDGET, "text/html", "text/plain"]
    assert shown[1]["text/html"] == "<p>Run this notebook to choose here (visitors: 1 · 10 · 50).</p>"


@pytest.mark.parametrize(
    ("settings", "rows"),
    [
        ({"n": range(9)}, ["0", "4", "8"]),
        ({"n": (3, 1)}, ["3", "1"]),
        ({"on": (False, True), "n": (1, 2)}, ["False-1", "False-2", "True-1", "True-2"]),
        ({"kind": {"x": 10, "y": 20}, "n": (1, 2, 3, 4)}, ["10-1", "10-3", "10-4"]),
        ({"n": (1, 2), "fixed": "always"}, ["1-always", "2-always"]),
    ],
)
def test_which_settings_the_table_holds(
    shown: list[dict[str, Any]], settings: dict[str, Any], rows: list[str]
) -> None:
    run(lambda **values: "-".join(map(str, values.values())), **settings)

    assert [line.split()[-1] for line in shown[0]["text/plain"].splitlines()[1:]] == rows


def a_run() -> Run:
    run = Run("asgi")
    run.recording = Recording(
        spans=[Span("view", "nap", "async", n, "loop", "loop", 0.0, 0.3) for n in (1, 2, 3)], seconds=0.3
    )
    return run


def test_a_run_has_a_row_of_its_own(shown: list[dict[str, Any]]) -> None:
    run(lambda n: a_run(), n=(1, 2))

    assert shown[0]["text/plain"].splitlines()[:2] == [
        "n  most at once  threads  time",
        "1  3             1        0.30 s",
    ]


def test_show_makes_the_row(shown: list[dict[str, Any]]) -> None:
    run(lambda n: a_run(), n=(1, 2), show=lambda run: {"lanes": run.threads})

    assert shown[0]["text/plain"].splitlines()[1] == "1  ('loop',)"


def test_a_mistake_becomes_a_sentence_in_its_row(shown: list[dict[str, Any]]) -> None:
    def divide(n: int) -> dict[str, object]:
        return {"result": 1 // n}

    run(divide, n=(1, 0))

    assert shown[0]["text/plain"].splitlines() == [
        "n  result  error",
        "1  1",
        "0          ZeroDivisionError: integer division or modulo by…",
    ]
    assert "ZeroDivisionError: integer division or modulo by zero" in shown[0]["text/html"]


def test_a_row_may_not_be_named_as_a_setting_is(shown: list[dict[str, Any]]) -> None:
    run(lambda milk: {"milk": "fresh"}, milk=(1, 2))

    assert shown[0]["text/plain"].splitlines() == [
        "milk  error",
        "1     Its row has a 'milk', a setting's name: rename it.",
        "2     Its row has a 'milk', a setting's name: rename it.",
    ]


def test_what_a_learner_made_is_escaped(shown: list[dict[str, Any]]) -> None:
    live = moved(
        lambda live: True,
        lambda live: setattr(live.controls["x"], "value", "<i>"),
        lambda x: {"<b>": "<script>\x1b"},
        x=("<b>a", "<i>"),
    )

    assert "\x1b" not in shown[0]["text/plain"]
    for page in (shown[0]["text/html"], shown[1]["text/html"], live.shown.value):
        assert "<script>" not in page
        assert "<i>" not in page
        assert ET.fromstring(page) is not None


def test_what_is_no_function_is_refused_in_one_sentence() -> None:
    with pytest.raises(LabError, match=r"^`control` takes a function of .*, not fetch\.$"):
        run(fetch("/"), visitors=(1, 10, 50))


def test_without_a_setting_to_choose_it_is_an_error_in_one_sentence() -> None:
    with pytest.raises(LabError, match=r"^`control` needs a setting with several values, for example"):
        run(half, visitors=3)


def test_outside_a_kernel_there_is_only_the_table(
    monkeypatch: pytest.MonkeyPatch, capsys: Printed, shown: list[dict[str, Any]]
) -> None:
    monkeypatch.setattr(controlling, "in_notebook", lambda: False)
    run(half, visitors=(1, 2))

    assert (capsys.readouterr().out, shown) == ("visitors  half\n1         0.5\n2         1.0\n", [])


def test_without_ipywidgets_there_is_only_the_table(
    monkeypatch: pytest.MonkeyPatch, shown: list[dict[str, Any]]
) -> None:
    monkeypatch.delitem(sys.modules, "asynclab.live", raising=False)
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    run(half, visitors=(1, 2))

    assert [sorted(bundle) for bundle in shown] == [["text/html", "text/plain"]]


def test_ipywidgets_is_not_imported_before_a_control_is_shown() -> None:
    code = "import sys; from asynclab import boot, check, control, fetch; print('ipywidgets' in sys.modules)"
    environment = {**os.environ, "PYTHONPATH": str(Path(str(controlling.__file__)).parents[1])}
    done = subprocess.run([sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE, check=True)

    assert done.stdout == b"False\n"


def test_each_kind_of_setting_gets_a_labelled_control() -> None:
    live = moved(
        lambda live: True,
        lambda live: live._want(),
        lambda **settings: "",
        how_many=(1, 2, 3),
        via=("asgi", "wsgi"),
        on=(False, True),
        drink=("tea", "coffee", "cocoa", "water"),
    )

    assert {name: (widget.kind, widget.description) for name, widget in live.controls.items()} == {
        "how_many": ("slider", "how many"),
        "via": ("buttons", "via"),
        "on": ("buttons", "on"),
        "drink": ("list", "drink"),
    }


def test_a_move_runs_again_and_replaces_what_is_shown() -> None:
    live = moved(
        lambda live: True,
        lambda live: setattr(live.controls["visitors"], "value", "50"),
        half,
        visitors=(1, 10, 50),
    )

    assert live.shown.value == (
        '<div role="status"><table><thead><tr><th scope="col">visitors</th><th scope="col">half</th></tr>'
        "</thead><tbody><tr><td>50</td><td>25.0</td></tr></tbody></table></div>"
    )


def test_a_move_may_come_from_another_thread() -> None:
    loops = []

    async def run(n: int) -> str:
        loops.append((threading.current_thread(), asyncio.get_running_loop()))
        return "done"

    def move(live: Live) -> None:
        thread = threading.Thread(target=lambda: setattr(live.controls["n"], "value", "2"))
        thread.start()
        thread.join()

    moved(lambda live: True, move, run, n=(1, 2))

    assert len(set(loops)) == 1


def test_the_latest_move_wins_and_those_between_are_skipped() -> None:
    ran: list[int] = []
    gate: list[asyncio.Event] = []

    async def run(n: int) -> dict[str, object]:
        ran.append(n)
        if len(ran) == 5:  # four rows are not three: the first run after the table
            gate.append(asyncio.Event())
            await gate[0].wait()
        return {"n": n}

    seen: list[str] = []

    def move(live: Live) -> None:
        live.shown.observe(lambda change: seen.append(change["new"]), names="value")

        async def moves() -> None:
            live.controls["n"].value = "2"
            while not gate:  # noqa: ASYNC110 - the run makes it
                await asyncio.sleep(0)
            live.controls["n"].value = "3"
            live.controls["n"].value = "4"
            await asyncio.sleep(0)
            gate[0].set()

        live.moving = asyncio.get_running_loop().create_task(moves())  # type: ignore[attr-defined]

    ran.append(0)
    live = moved(lambda live: gate != [] and gate[0].is_set(), move, run, n=(1, 2, 3, 4))

    assert ran[-2:] == [2, 4]
    assert ["<td>2</td>" in page for page in seen].count(True) == 0
    assert "<td>4</td>" in live.shown.value


def test_a_mistake_after_a_move_is_a_sentence_and_the_control_lives() -> None:
    def divide(n: int) -> str:
        return str(1 // n)

    def move(live: Live) -> None:
        live.controls["n"].value = "0"

    live = moved(lambda live: "Error" in live.shown.value, move, divide, n=(1, 0))

    assert "ZeroDivisionError: integer division or modulo by zero" in live.shown.value
    assert "Traceback" not in live.shown.value


def test_a_run_that_never_ends_is_let_go(
    monkeypatch: pytest.MonkeyPatch, shown: list[dict[str, Any]]
) -> None:
    monkeypatch.setattr(controlling, "DEADLINE", 0.05)

    cancelled = []

    async def stuck(n: int) -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.append(n)
            raise

    async def cell() -> None:
        await control(stuck, n=(1, 2))
        assert cancelled[0] == 1

    asyncio.run(cell())

    assert "no answer within 0.05 s; given up" in shown[0]["text/html"]


def test_a_run_is_shown_with_its_picture() -> None:
    live = moved(
        lambda live: True, lambda live: setattr(live.controls["n"], "value", "2"), lambda n: a_run(), n=(1, 2)
    )

    assert "<svg" in live.shown.value
    assert "ns0:" not in live.shown.value


def test_a_forgotten_await_is_told(shown: list[dict[str, Any]]) -> None:
    assert repr(control(half, visitors=(1, 2))) == "Nothing ran yet. Put `await` in front."
    assert shown == []


def test_sys_exit_ends_a_row_and_not_the_kernel(shown: list[dict[str, Any]]) -> None:
    run(lambda n: sys.exit(n), n=(1, 2))

    rows = ["n  error", "1  It called sys.exit(1).", "2  It called sys.exit(2)."]
    assert shown[0]["text/plain"].splitlines() == rows


def test_an_interrupt_ends_the_whole_control(shown: list[dict[str, Any]]) -> None:
    asked = []

    async def stopped(n: int) -> None:
        asked.append(n)
        raise Stopped("Interrupted: the request was not answered.")

    with pytest.raises(Stopped):
        run(stopped, n=(1, 2, 3))
    assert (asked, shown) == ([1], [])


async def clears_up(n: int, ended: list[int], begun: Callable[[], object]) -> None:
    try:
        begun()
        await asyncio.Event().wait()
    finally:
        await asyncio.sleep(0)  # as a server does, it takes a moment to end
        ended.append(n)


def test_an_interrupt_first_lets_a_run_clear_up(shown: list[dict[str, Any]]) -> None:
    ended: list[int] = []
    with pytest.raises(Stopped, match=r"^Interrupted: there is no table\.$"):
        run(lambda n: clears_up(n, ended, lambda: signal.raise_signal(signal.SIGINT)), n=(1, 2))
    assert (ended, shown) == ([1], [])


def test_who_cancels_a_control_gets_a_cancellation_and_no_sentence() -> None:
    ended: list[int] = []

    async def cell() -> None:
        task = asyncio.ensure_future(control(lambda n: clears_up(n, ended, lambda: task.cancel()), n=(1, 2)))
        await task

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(cell())
    assert ended == [1]


def test_an_interrupted_move_says_so() -> None:
    calls = []

    async def once(n: int) -> dict[str, object]:
        calls.append(n)
        if len(calls) == 3:  # the first after the table
            raise Stopped("Interrupted: the request was not answered.")
        return {"n": n}

    said = []

    def move(live: Live) -> None:
        live.shown.observe(lambda change: said.append(change["new"]), names="value")
        live.controls["n"].value = "2"

    live = moved(lambda live: any("Interrupted" in each for each in said), move, once, n=(1, 2))
    assert said[-1] == '<div role="status"><p>Interrupted: the request was not answered.</p></div>'
    assert live._task is not None
    assert live._task.exception() is None
