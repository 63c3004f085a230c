"""A slider, a list or buttons that sends a request again, and a table of three settings for paper.

    await control(
        lambda visitors, view: fetch("/", view=view, times=visitors),
        visitors=(1, 10, 50),
        view={"blocks": nap_badly, "waits": nap_well},
    )

The table comes first, and is what GitHub shows: there a slider is dead. Then comes the live control.
"""

from __future__ import annotations

import asyncio
import inspect
import itertools
from collections.abc import Callable, Generator, Mapping, Sequence
from typing import Any

from .cells import in_notebook
from .errors import LabError, Stopped
from .interrupt import Interrupts
from .run import Run
from .table import Row, html, text
from .words import clean, duration, said, shorten

DEADLINE = 30.0  # seconds for one run
GRACE = 10.0  # seconds for one that is interrupted to clear up
Options = dict[str, Any]  # what a setting may be: a label and its value
Show = Callable[[Any], Mapping[str, object]]

_kept: set[asyncio.Future[Any]] = set()  # asyncio alone would let go of a running task


class control:
    """Run something for three settings, show the table, then let the reader choose settings.

    `run` is called with the settings by name; what it returns is awaited if it must be. A setting
    with several values (a tuple, a list, or a dict of label → value) becomes a control; one with a
    single value is passed as it is. `show` turns a result into a row, a dict; a `Run` has one
    already. Raises LabError if `run` is no function, or if no setting has several values.
    """

    def __init__(self, run: Callable[..., Any], /, *, show: Show | None = None, **settings: Any) -> None:
        self._run, self._show, self._settings = run, show, settings

    def __await__(self) -> Generator[Any, None, None]:
        return _control(self._run, self._show, self._settings).__await__()

    def __repr__(self) -> str:
        return "Nothing ran yet. Put `await` in front."


async def _control(run: Callable[..., Any], show: Show | None, settings: dict[str, Any]) -> None:
    if not callable(run):
        raise LabError(
            "`control` takes a function of the settings, such as "
            f'`lambda visitors: fetch("/", times=visitors)`, not {type(run).__name__}.'
        )
    choices = {name: _options(values) for name, values in settings.items()}
    varied = {name: options for name, options in choices.items() if len(options) > 1}
    if not varied:
        raise LabError("`control` needs a setting with several values, for example visitors=(1, 10, 50).")

    async def outcome(labels: Mapping[str, str]) -> tuple[Row, Any]:
        values = {
            name: options[labels[name]] if name in labels else next(iter(options.values()))
            for name, options in choices.items()
        }
        row, result = await _outcome(run, values, show or _row)
        chosen = {_spaced(name): label for name, label in labels.items()}
        for name in chosen.keys() & row.keys():  # else nobody could tell which setting the row is about
            row = {"error": f"Its row has a {name!r}, a setting's name: rename it."}
        return {**chosen, **row}, result

    rows = [(await outcome(labels))[0] for labels in _three(varied)]
    if not in_notebook():
        print(text(rows))
        return
    from IPython.display import display

    display({"text/html": html(rows), "text/plain": text(rows)}, raw=True)  # type: ignore[no-untyped-call]
    try:
        from .live import Live
    except ImportError:  # no widgets here: the table has to do
        return
    Live(varied, outcome).display()


def _options(values: Any) -> Options:
    if isinstance(values, Mapping):
        return {clean(label): value for label, value in values.items()}
    if isinstance(values, Sequence) and not isinstance(values, str | bytes):
        return {shorten(value, 30): value for value in values}
    return {shorten(values, 30): values}


def _three(varied: Mapping[str, Options]) -> list[dict[str, str]]:
    """One setting varies: the longest list, or the first of these. Of two lists of two, all four."""
    labels = {name: list(options) for name, options in varied.items()}
    longest = max(labels, key=lambda name: len(labels[name]))
    if len(labels[longest]) > 2:
        some = labels[longest]
        labels = {name: some_labels[:1] for name, some_labels in labels.items()}
        labels[longest] = [some[0], some[len(some) // 2], some[-1]]
    return [dict(zip(labels, row, strict=True)) for row in itertools.product(*labels.values())][:4]


async def _outcome(run: Callable[..., Any], values: dict[str, Any], show: Show) -> tuple[Row, Any]:
    """One run's row and result. A mistake becomes a sentence in the row; an interrupt raises Stopped."""

    async def call() -> Any:
        try:
            result = run(**values)
            return await result if inspect.isawaitable(result) else result
        except SystemExit as error:  # in a task it would end the kernel
            raise LabError(f"It called sys.exit({'' if error.code is None else error.code}).") from None

    task = asyncio.ensure_future(call())
    _kept.add(task)
    task.add_done_callback(_kept.discard)
    interrupts = Interrupts()
    interrupts.watch()
    try:
        done, _ = await asyncio.wait({task}, timeout=DEADLINE)
    except asyncio.CancelledError:
        task.cancel()
        done, _ = await asyncio.wait({task}, timeout=GRACE)  # a server that it started ends first
        if not interrupts.seen:
            raise
        error = task.exception() if done and not task.cancelled() else None
        raise error if isinstance(error, Stopped) else Stopped("Interrupted: there is no table.") from None
    finally:
        interrupts.forget()
    if not done:  # waiting for its end may take for ever: let it go, and say so
        task.cancel()
        return {"result": f"no answer within {DEADLINE:g} s; given up"}, None
    try:
        return dict(show(task.result())), task.result()
    except Stopped:  # an interrupt is meant for the cell, not for this row
        raise
    except asyncio.CancelledError:
        return {"result": "it was cancelled"}, None
    except Exception as error:
        return {"error": shorten(error if isinstance(error, LabError) else said(error), 200)}, None


def _row(result: Any) -> Row:
    if isinstance(result, Mapping):
        return {str(name): value for name, value in result.items()}
    if isinstance(result, Run):
        return {
            "most at once": result.most_at_once,
            "threads": len(result.threads),
            "time": duration(result.seconds),
        }
    return {"result": shorten(result, 200)}


def _spaced(name: str) -> str:
    return name.replace("_", " ")
