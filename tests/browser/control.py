"""One control of a lesson: it is moved as a learner moves it, and what the cell shows follows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Locator

# The row below the controls, once it is about this setting: {"visitors": "10", "time": "0.4 s"}
ROW = """([cell, name, value]) => {
    const table = cell.querySelector('[role=status] table');
    if (!table) return null;
    const [head, body] = [...table.rows].map(row => [...row.cells].map(each => each.textContent));
    const row = Object.fromEntries(head.map((key, at) => [key, body[at]]));
    return row[name] === value ? row : null;
}"""


@dataclass(frozen=True)
class Control:
    """A slider, a group of buttons or a list, and the cell that it stands in."""

    cell: Locator
    node: Locator

    @classmethod
    def all_in(cls, cell: Locator) -> list[Control]:
        return [cls(cell, node) for node in cell.locator(".asynclab-choice").all()]

    @property
    def name(self) -> str:
        """What a screen reader calls it."""
        return self.node.locator("legend, label > span").inner_text()

    @property
    def value(self) -> str:
        """What is chosen."""
        return str(
            self.node.evaluate("""node => {
                const range = node.querySelector('input[type=range]');
                if (range) return range.getAttribute('aria-valuetext');
                return node.querySelector('input:checked, select').value;
            }""")
        )

    def by_keyboard(self) -> dict[str, str]:
        """Press one arrow key; the row that comes of it."""
        before = self.value
        element = self.node.locator("input[type=range], input:checked, select")
        element.focus()
        element.press("ArrowRight" if self.node.locator("input").count() else "ArrowDown")
        assert self.value != before, f"{self.name}: the arrow key moved nothing"
        return self._row()

    def by_mouse(self) -> dict[str, str]:
        """Click on another choice; the row that comes of it. (The list that opens is the system's own.)"""
        before = self.value
        if (range_ := self.node.locator("input[type=range]")).count():
            box = range_.bounding_box()
            assert box is not None
            range_.click(position={"x": 2, "y": box["height"] / 2})
        elif (select := self.node.locator("select")).count():
            select.select_option(index=0)
        else:
            self.node.locator("fieldset label").first.click()
        assert self.value != before, f"{self.name}: the mouse moved nothing"
        return self._row()

    def _row(self) -> dict[str, str]:
        arguments = [self.cell.element_handle(), self.name, self.value]
        row: dict[str, str] = self.cell.page.wait_for_function(ROW, arg=arguments).json_value()
        return row
