"""One lesson, open in JupyterLab: what a test reads in it, and does to it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from asynclab import editions

from .control import Control
from .lab import Lab

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

PATIENCE = 240  # seconds for what takes a few on an idle machine
SHOWN = ".jp-NotebookPanel:not(.lm-mod-hidden)"
RENDERED = f"{SHOWN} .jp-RenderedMarkdown"  # what the lesson says
OUTPUT = f"{SHOWN} .jp-OutputArea-output"  # what its cells show

# JupyterLab's own commands, each of which ends when it is done: nothing here waits for a clock.
BEGIN = "([name, options]) => { window.done = window.jupyterapp.commands.execute(name, options) }"
END = """patience => {
    const late = new Promise((_, fail) =>
        setTimeout(() => fail(new Error(`not done within ${patience} s`)), 1000 * patience));
    return Promise.race([window.done, late]).then(() => null);
}"""
SHARED = "window.jupyterapp.shell.currentWidget.content.model.sharedModel"
CELLS = f"() => {SHARED}.cells.map(cell => cell.toJSON())"
WRITE = f"([at, source]) => {SHARED}.cells[at].setSource(source)"
CHOOSE = "at => { window.jupyterapp.shell.currentWidget.content.activeCellIndex = at }"
SHUT_DOWN = "() => window.jupyterapp.shell.currentWidget.sessionContext.shutdown()"


@dataclass(frozen=True)
class Cell:
    """One cell, as it would be saved now."""

    at: int
    data: Mapping[str, Any]

    @property
    def is_code(self) -> bool:
        return bool(self.data["cell_type"] == "code")

    @property
    def source(self) -> str:
        return "".join(self.data["source"])

    @property
    def part(self) -> tuple[str | None, str | None]:
        """What the declarations know it by: ("stub", "0.6")."""
        mark = self.data["metadata"].get("asynclab", {})
        return mark.get("part"), mark.get("number")

    @property
    def text(self) -> str:
        """What it shows, as plain text."""
        return "\n".join(map(_text, self.data.get("outputs", [])))

    @property
    def red(self) -> set[str]:
        """What it shows in red: an error, a warning."""
        return {_text(each) for each in self.data.get("outputs", []) if _is_red(each)}

    @property
    def kinds(self) -> set[str]:
        """Of what it shows in red, the kinds: "stderr", or an error's name."""
        return {each.get("ename", "stderr") for each in self.data.get("outputs", []) if _is_red(each)}


def _is_red(output: Mapping[str, Any]) -> bool:
    return bool(output["output_type"] == "error" or output.get("name") == "stderr")


def _text(output: Mapping[str, Any]) -> str:
    if output["output_type"] == "error":
        return f"{output['ename']}: {output['evalue']}"
    return "".join(output.get("text") or output.get("data", {}).get("text/plain", ""))


class Notebook:
    """A learner's copy, open in a page of its own."""

    def __init__(self, page: Page, lab: Lab, slug: str) -> None:
        self.page, self.lab, self.slug = page, lab, slug
        page.goto(lab.address(slug))
        page.locator("#jp-main-statusbar", has_text="| Idle").wait_for()

    def command(self, name: str, *, consent: bool = False, **options: object) -> None:
        """Let JupyterLab do something, say yes if it asks, and wait until it is done."""
        self._begin(name, options)
        if consent:
            self.page.locator(".jp-Dialog .jp-mod-accept").click()
        self._end()

    def _begin(self, name: str, options: Mapping[str, object]) -> None:
        self.page.evaluate(BEGIN, [name, options])

    def _end(self) -> None:
        self.page.evaluate(END, PATIENCE)

    @property
    def cells(self) -> list[Cell]:
        return [Cell(at, data) for at, data in enumerate(self.page.evaluate(CELLS))]

    @property
    def red(self) -> dict[int, set[str]]:
        """By cell, what is red here in another way than in the reading edition, where it is so on purpose."""
        read = json.loads((editions.NOTEBOOKS / f"{self.slug}.ipynb").read_text(encoding="utf-8"))
        announced = {each["id"]: Cell(0, each).kinds for each in read["cells"]}
        return {c.at: c.red for c in self.cells if not c.kinds <= announced.get(c.data["id"], set())}

    @cached_property
    def _first(self) -> list[Cell]:
        return self.cells  # their number and order stay

    def where(self, part: str, number: str) -> int:
        """Which cell is that part of the lesson."""
        (found,) = [cell.at for cell in self._first if cell.is_code and cell.part == (part, number)]
        return found

    def calling(self, words: str, after: int = -1) -> int:
        """The first code cell, after that one, that holds these words."""
        code = (cell for cell in self._first if cell.is_code)
        return next(cell.at for cell in code if cell.at > after and words in cell.source)

    def run_all(self) -> None:
        self.command("notebook:run-all-cells")

    def restart_and_run_all(self) -> None:
        self.command("notebook:restart-run-all", consent=True)

    def write(self, at: int, source: str) -> None:
        self.page.evaluate(WRITE, [at, source])

    def run(self, at: int) -> str:
        """Run one cell; what it shows afterwards."""
        with self.running(at):
            pass
        return self.cells[at].text

    @contextmanager
    def running(self, at: int) -> Iterator[Locator]:
        """Run one cell; the block has its output meanwhile, and at its end the cell must end, too."""
        self.page.evaluate(CHOOSE, at)
        self._begin("notebook:run-cell", {})
        yield self.node(at).locator(".jp-OutputArea-output")
        self._end()

    def interrupt(self) -> None:
        """Kernel → Interrupt."""
        self.page.evaluate("window.jupyterapp.commands.execute('notebook:interrupt-kernel')")

    def node(self, at: int) -> Locator:
        """The cell in the page."""
        return self.page.locator(f"{SHOWN} .jp-Notebook .jp-Cell").nth(at)

    def controls(self) -> list[list[Control]]:
        """Of each cell that has some, its controls."""
        nodes = [self.node(cell.at) for cell in self.cells if cell.is_code]
        found = [Control.all_in(node) for node in nodes]
        return [controls for controls in found if controls]

    def theme(self, name: str) -> None:
        """Change to JupyterLab's Light or Dark."""
        self.command("apputils:change-theme", theme=f"JupyterLab {name}")
        self.page.locator(f'body[data-jp-theme-name="JupyterLab {name}"]').wait_for(state="attached")

    @contextmanager
    def unrolled(self) -> Iterator[None]:
        """A window as tall as the lesson.

        What is scrolled away axe-core takes for hidden, and passes over it; so, too, whatever lies in a body
        of no height, such as JupyterLab's.
        """
        before = self.page.viewport_size
        assert before is not None
        scrolled = self.page.locator(f"{SHOWN} .jp-WindowedPanel-outer")
        self.page.add_style_tag(content="body { height: 100vh }")
        height = scrolled.evaluate("outer => outer.scrollHeight") + 400
        self.page.set_viewport_size({"width": before["width"], "height": height})
        scrolled.evaluate("outer => { outer.scrollTop = 0 }")
        yield
        self.page.set_viewport_size(before)

    def close(self) -> None:
        """Save it, and end its kernel."""
        self.command("docmanager:save")
        self.page.evaluate(SHUT_DOWN)
