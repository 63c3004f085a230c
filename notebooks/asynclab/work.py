"""Your work as one file: answers, predictions and ticks, as data that nothing ever executes.

`offer()` shows `my_work.zip` for download; `restore()` puts it back into fresh notebooks, touching
only cells that still hold their stub. The file may come from anybody: every part of it is checked.
"""

from __future__ import annotations

import json
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from .cells import in_notebook
from .exercises import Exercise, Prediction, find, lesson
from .progress import Progress, from_data, load, note, to_data, where
from .store import replace
from .ticks import from_code, lesson_of, to_code
from .words import clean, shorten

FILE = "my_work.zip"
REMINDER = "Binder forgets when idle: before each break, download this."
_PARTS = {"answers.json": "answers", "predictions.json": "predicted", "ticks.json": "passed"}
_LARGEST = 5_000_000  # bytes, of the file and of each part unpacked


def save(folder: Path | None = None) -> Path | None:
    """Write `my_work.zip` into the folder; None where nothing may be written."""
    folder = folder or where()
    if folder is None:
        return None
    data = to_data(load())
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, key in _PARTS.items():
            archive.writestr(part, json.dumps(data[key], indent=1, ensure_ascii=False))
    replace(folder / FILE, packed.getvalue())
    return folder / FILE


def offer() -> None:
    """Save the work and show a link to it."""
    try:
        if save() is None:
            return
    except OSError as error:
        print(f"{FILE} could not be written: {error.strerror or error}.")
        return
    if not in_notebook():
        print(f"{REMINDER} {FILE}")
        return
    from IPython.display import HTML, display

    shown = ET.Element("p")
    shown.text = f"{REMINDER} "
    ET.SubElement(shown, "a", href=FILE, download=FILE).text = FILE
    code = ET.SubElement(shown, "span")
    code.text = f" · your ticks alone, without the answers: {to_code(load().ticks)}"
    display(HTML(ET.tostring(shown, encoding="unicode")))  # type: ignore[no-untyped-call]


def restore(source: str | Path, folder: Path | None = None) -> str:
    """Put answers and ticks back from `my_work.zip`, or ticks alone from a short code. Returns a report.

    An answer goes into its cell only where that still holds the stub. All else stays as it is.
    """
    try:
        if str(source).startswith("AD1-"):
            ticks = from_code(str(source))
            given = Progress(dict.fromkeys(ticks.predicted, ""), ticks.passed)
        else:
            given = _opened(Path(source))
    except ValueError as error:
        return f"Nothing was restored: {error}"
    known, unknown = _sorted_out(given)
    note(known)
    folder = folder or where()
    nowhere = "Answers come back only in a learner's copy: run `make lab`."
    said = [_into(folder, known) if folder else nowhere] if known.answers else []
    if unknown:
        said.append(f"Left out, because no lesson here has them: {', '.join(unknown)}.")
    count = f"{_many(len(known.predicted), 'prediction')}, {_many(len(known.passed), 'exercise')}"
    warning = " Read what came back before you run it." if known.answers else ""
    return "\n".join([f"Restored: {count}.{warning}", *said])


def _many(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _opened(path: Path) -> Progress:
    """What the zip holds. Raises ValueError with one sentence, whatever is wrong with it."""
    try:
        if path.exists() and not path.is_file():  # a device or a pipe has no end
            raise ValueError(f"{clean(path.name)} is no file.")
        if path.stat().st_size > _LARGEST:
            raise ValueError(f"{path.name} is larger than {_LARGEST:,} bytes.")
        with zipfile.ZipFile(path) as archive:  # members by name only: no path of theirs is ever used
            data: dict[str, Any] = {key: _part(archive, part) for part, key in _PARTS.items()}
    except OSError as error:
        raise ValueError(f"{clean(path.name)} cannot be read: {error.strerror or error}.") from None
    except ValueError:
        raise
    except Exception as error:  # a damaged or hostile archive fails in a dozen ways
        raise ValueError(f"{clean(path.name)} is no {FILE} of this course ({shorten(error)}).") from None
    try:
        return from_data({"version": 1, **data})
    except ValueError as error:
        raise ValueError(f"in {clean(path.name)}, {error}.") from None


def _part(archive: zipfile.ZipFile, part: str) -> object:
    with archive.open(part) as packed:
        text = packed.read(_LARGEST + 1)  # not by the size it declares: that may be a lie
    if len(text) > _LARGEST:
        raise ValueError(f"{part} unpacks to more than {_LARGEST:,} bytes.")
    try:
        return json.loads(text.decode())
    except (ValueError, RecursionError):
        raise ValueError(f"{part} is no JSON text in UTF-8.") from None


def _sorted_out(given: Progress) -> tuple[Progress, list[str]]:
    """What belongs to lessons that exist, and the numbers that do not."""
    kinds: dict[str, type] = {}
    for number in {*given.predicted, *given.passed, *given.answers}:
        try:
            kinds[number] = type(find(number))
        except LookupError:
            continue
    predicted = {n: letter for n, letter in given.predicted.items() if kinds.get(n) is Prediction}
    passed = frozenset(n for n in given.passed if kinds.get(n) is Exercise)
    answers = {n: answer for n, answer in given.answers.items() if kinds.get(n) is Exercise}
    unknown = {*given.predicted, *given.passed, *given.answers} - {*predicted, *passed, *answers}
    return Progress(predicted, passed, answers), sorted(unknown)


def _into(folder: Path, known: Progress) -> str:
    """Put the answers into the notebooks of this folder; a line for each lesson."""
    report = []
    for home in sorted({lesson_of(number) for number in known.answers}):
        name = f"{lesson(home).slug}.ipynb"
        try:
            notebook = json.loads((folder / name).read_text(encoding="utf-8"))
            restored, kept = _fill(notebook["cells"], known)
            if restored:
                replace(folder / name, json.dumps(notebook, indent=1, ensure_ascii=False) + "\n")
        except FileNotFoundError:
            report.append(f"{name}: not in this folder, so its answers were left out.")
        except (OSError, ValueError, RecursionError, LookupError, TypeError, AttributeError):
            report.append(f"{name}: this notebook cannot be read or written; it is unchanged.")
        else:
            said = f"put back {', '.join(restored)}" if restored else "nothing to put back"
            said += f"; kept your own text in {', '.join(kept)}" if kept else ""
            said += ". If it is open: File → Reload Notebook from Disk." if restored else "."
            report.append(f"{name}: {said}")
    return "\n".join(report)


def _fill(cells: list[dict[str, Any]], known: Progress) -> tuple[list[str], list[str]]:
    """Change stub cells in place; the numbers put back, and those whose cell is no stub any more."""
    restored: list[str] = []
    kept: list[str] = []
    for cell in cells:
        mark = cell["metadata"].get("asynclab") or {}
        number = str(mark.get("number"))
        if mark.get("part") != "stub" or number not in known.answers:
            continue
        exercise, text = find(number), known.answers[number].text
        source = "".join(cell["source"]).strip()
        if source == text.strip():
            continue
        if isinstance(exercise, Exercise) and source == exercise.stub.strip():
            cell["source"] = text.splitlines(keepends=True)
            restored.append(number)
        else:
            kept.append(number)
    return restored, kept
