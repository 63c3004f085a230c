"""Several servers, side by side: what each of them said to the same questions.

    side_by_side({"uvicorn": {"scheme": "https"}, "daphne": {"scheme": "http"}})

Each server is a column, each question a row. `settles` names the prediction that this table decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from .predict import settle
from .table import Row, text

if TYPE_CHECKING:
    from .run import Run

Columns = Mapping[str, Mapping[str, object]]

_WORDS: dict[object, str] = {True: "yes", False: "no", None: "–"}


def side_by_side(columns: Columns, *, settles: str = "") -> None:
    """Print these columns as one table of at most 60 columns, then the verdict on a prediction."""
    questions = dict.fromkeys(question for answers in columns.values() for question in answers)
    rows: list[Row] = [
        {"": question, **{name: _word(answers.get(question)) for name, answers in columns.items()}}
        for question in questions
    ]
    print(text(rows))
    if settles:
        print(settle(settles, cast("Run", columns)))


def _word(answer: object) -> str:
    """Yes, no, a dash for what is not there; anything else as it is."""
    return _WORDS[answer] if answer is None or isinstance(answer, bool) else str(answer)
