"""Ask first, then run, then compare.

`predict` keeps your letter. `settle` gives what `fetch(settles="0.1")` shows below its picture: the
right letter is computed from that run, and a wrong one is met with the reply written for it.
"""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from .exercises import Prediction, find
from .progress import Progress, note

if TYPE_CHECKING:
    from .run import Run

WIDTH = 60  # a phone shows this many columns

_given: dict[str, list[str]] = {}  # the letters for each number, in the order given
_settled: set[str] = set()  # whose run has been seen


def predict(number: str, answer: str = "") -> None:
    """Keep your answer to a prediction until the run that settles it.

    predict("0.1", "b")    # one of the letters in the question; "" means: not yet

    Your first letter counts; a later one is shown as revised.
    """
    try:
        prediction = _prediction(number)
    except LookupError as error:
        print(error.args[0])
        return
    number = prediction.number
    letter = str(answer).strip().lower().rstrip(".)")
    if not letter:
        print(_unanswered(number))
    elif letter not in prediction.options:
        print(f"{number}: {str(answer)[:20]!r} is no option. Type one of {_letters(prediction)}.")
    else:
        letters = _given.setdefault(number, [])
        if letters[-1:] != [letter]:
            letters.append(letter)
        note(Progress(predicted={number: letters[0]}))
        after = ", after the run. Run that cell again to compare."
        print(f"{number} → {letter}{after if number in _settled else '. Run the next cell to see.'}")


def settle(number: str, run: Run) -> str:
    """What this run says about prediction `number`: a few lines of at most 60 columns."""
    try:
        prediction = _prediction(number)
    except LookupError as error:
        return _wrapped(str(error.args[0]))
    number = prediction.number
    try:
        right = prediction.settle(run)
        shown = prediction.options[right]
    except Exception:  # a request failed, or the cell was changed: this run cannot tell
        return _wrapped(f"{number}: this run did not decide. Run the cell as it was given, then compare.")
    letters = _given.get(number, [])
    _settled.add(number)
    if not letters:
        return _unanswered(number)
    chosen = letters[-1]
    if chosen == right:
        said = [f"{number} ✓ {right}: {shown}"]
    else:
        reply = prediction.replies.get(chosen, "")  # none where the cell was changed, so that "right" moved
        said = [f"{number} ✗ You said {chosen}: {prediction.options[chosen]}", reply]
        said += [f"The run shows {right}: {shown}"]
    if chosen != letters[0]:
        said += [f"(You revised it; first you said {letters[0]}.)"]
    return "\n".join(_wrapped(part) for part in said if part)


def _prediction(number: str) -> Prediction:
    found = find(number)
    if not isinstance(found, Prediction):
        raise LookupError(f'{found.number} is an exercise: check("{found.number}", {found.name}).')
    return found


def _unanswered(number: str) -> str:
    return f"{number}: no answer yet; type a letter, or read on."


def _letters(prediction: Prediction) -> str:
    *most, last = prediction.options
    return f"{', '.join(most)} or {last}"


def _wrapped(text: str) -> str:
    return "\n".join(textwrap.wrap(text, WIDTH)) or text
