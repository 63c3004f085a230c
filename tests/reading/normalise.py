"""Make what is committed deterministic, and two runs comparable.

WRITTEN is applied to what is committed: nothing there may come from one machine or one moment.
COMPARED is applied only to compare two runs: an output that is the same after it keeps its committed
digits and its committed picture.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import zip_longest
from typing import Any

from nbformat import NotebookNode

from . import NOTEBOOKS
from .cells import tagged, words_of

Rule = tuple[str, str, str]  # name, pattern, replacement

WRITTEN: tuple[Rule, ...] = (
    # Colours of a traceback: escape codes make it unreadable in a diff and in a text search.
    ("colour", r"\x1b\[[0-9;]*m", ""),
    # IPython compiles each cell under a name with the kernel's process id in it.
    ("cell file", r"[^\s\"']*[/\\]ipykernel_\d+[/\\]\d+\.py", "(cell)"),
    ("installed package", r"[^\s\"'(]*[/\\]site-packages[/\\]", ""),
    ("standard library", r"[^\s\"'(]*[/\\]lib[/\\]python3\.\d+[/\\]", ""),
    ("repository", re.escape(str(NOTEBOOKS.parent)) + r"[/\\]", ""),
    (
        "temporary file",
        r"(?:/tmp|/private/var/folders|/var/folders|[A-Z]:\\\S*\\Temp)[/\\][^\s\"')]+",
        "(temporary file)",
    ),
    ("address", r"\b0x[0-9a-fA-F]{6,}", "0x…"),
    ("process id", r"\b(pid|process) \d+\b", r"\1 …"),
    ("port option", r"(--port) \d{4,5}\b", r"\1 …"),
    ("free port", r"\b(127\.0\.0\.1|localhost):\d{4,5}\b", r"\1:…"),
)

COMPARED: tuple[Rule, ...] = (
    # 0.31 s, 12 ms, 1.2 µs: a busy machine measures others.
    ("duration", r"\d+(?:\.\d+)? ?(?:s|ms|µs|seconds)\b", "# s"),
    # 2.7 d, 3.1 waits: a duration in units of one wait.
    ("waits", r"\d+\.\d+ (?=d\b|waits?\b|times\b)", "# "),
    # Columns move when a duration gains a digit.
    ("padding", r"[ \t]+", " "),
)

# A measured cell (tag `measured`) keeps its dated result: only its shape is compared.
SHAPE: tuple[Rule, ...] = (*COMPARED, ("number", r"\d[\d.,]*", "#"))

WIDGET = "application/vnd.jupyter.widget-view+json"
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
LANGUAGE = {
    "file_extension": ".py",
    "mimetype": "text/x-python",
    "name": "python",
    "pygments_lexer": "ipython3",
}
OURS = {"asynclab", "tags", "jupyter"}  # the cell metadata that an author writes


def applied(rules: Iterable[Rule], text: str) -> str:
    """The text after each rule in turn."""
    for _, pattern, replacement in rules:
        text = re.sub(pattern, replacement, text)
    return text


def tidy(notebook: NotebookNode) -> None:
    """Leave in the notebook only what does not depend on when and where it ran."""
    notebook.metadata = NotebookNode(kernelspec=NotebookNode(KERNEL), language_info=NotebookNode(LANGUAGE))
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    for cell in notebook.cells:
        tidy_cell(cell)


def tidy_cell(cell: NotebookNode) -> None:
    """Leave in one cell what an author wrote and what its code says."""
    cell.metadata = NotebookNode({key: value for key, value in cell.metadata.items() if key in OURS})
    if cell.cell_type == "code":
        cell.outputs = list(_merged(filter(None, map(_tidied, cell.outputs))))


def difference(cell: NotebookNode, committed: NotebookNode) -> str | None:
    """The first thing that this run says otherwise than the committed one; None if they agree."""
    pairs = zip_longest(comparable(cell), comparable(committed), fillvalue="nothing")
    return next((f"{new!r} instead of {old!r}" for new, old in pairs if new != old), None)


def comparable(cell: NotebookNode) -> list[str]:
    """A code cell's outputs as the reader sees them, line by line, without what differs from run to run."""
    rules = SHAPE if tagged(cell, "measured") else COMPARED
    lines: list[str] = []
    for output in cell.outputs:
        for kind, text in _texts(output):
            lines += [f"[{kind}]", *(line.strip() for line in applied(rules, text).splitlines())]
    return lines


def _texts(output: NotebookNode) -> Iterator[tuple[str, str]]:
    """Each form of an output that a reader may get to see: (what it is, its text)."""
    if output.output_type == "stream":
        yield output.name, output.text
    elif output.output_type == "error":
        yield "error", "\n".join([f"{output.ename}: {output.evalue}", *output.traceback])
    else:
        for mime, value in sorted(output.data.items()):  # a file has them sorted, a run has not
            drawn = mime in {"text/html", "image/svg+xml"}
            yield mime, "\n".join(words_of(value)) if drawn else str(value)


def _tidied(output: NotebookNode) -> NotebookNode | None:
    """The output without what GitHub cannot show, widget views and SVG in HTML: their static twin stays."""
    if output.output_type in {"display_data", "execute_result"}:
        if "image/svg+xml" in output.data:
            output.data.pop("text/html", None)
        if output.data.pop(WIDGET, None) and set(output.data) > {"text/plain"}:
            output.data.pop("text/plain", None)
        if not any(output.data.values()):  # nor a bar that has gone
            return None
    return NotebookNode(_cleaned(output))


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return applied(WRITTEN, value)
    if isinstance(value, list):
        return [_cleaned(item) for item in value]
    if isinstance(value, dict):
        return NotebookNode({key: _cleaned(item) for key, item in value.items()})
    return value


def _merged(outputs: Iterable[NotebookNode]) -> Iterable[NotebookNode]:
    """Join what was printed in a row: how it came in pieces is a matter of luck."""
    last: NotebookNode | None = None
    for output in outputs:
        if last and last.output_type == output.output_type == "stream" and last.name == output.name:
            last.text += output.text
            continue
        yield output
        last = output
