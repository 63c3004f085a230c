"""One setting to choose, in the browser's own elements. Needs anywidget.

ipywidgets' sliders and toggles say neither their name nor their state to a screen reader, and its lists lose
their arrow keys to JupyterLab.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import anywidget
import traitlets

Kind = Literal["slider", "buttons", "list"]
HERE = Path(__file__).parent


class Choice(anywidget.AnyWidget):
    """`value` is one of the `options`; it changes when the reader chooses, and may be set."""

    _esm = (HERE / "choice.js").read_text(encoding="utf-8")
    _css = (HERE / "choice.css").read_text(encoding="utf-8")
    kind = traitlets.Unicode().tag(sync=True)
    description = traitlets.Unicode().tag(sync=True)
    options = traitlets.List(traitlets.Unicode()).tag(sync=True)
    value = traitlets.Unicode().tag(sync=True)

    def __init__(self, description: str, options: Sequence[str], kind: Kind) -> None:
        super().__init__(kind=kind, description=description, options=list(options), value=options[0])

    @traitlets.validate("value")
    def _is_an_option(self, proposal: traitlets.Bunch) -> str:
        value: str = proposal["value"]
        if value not in self.options:
            raise traitlets.TraitError(f"{value!r} is no option of {self.description}.")
        return value
