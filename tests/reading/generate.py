"""The cells that come from a lesson's declaration: written here, never by hand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from nbformat import NotebookNode

from asynclab.exercises import Exercise, Lesson, Prediction

from .cells import minutes, number, part

REFERENCE = ((3, 13), (6, 1))  # Python and Django of environment.yml: one environment, one set of outputs
DJANGO = ".".join(map(str, REFERENCE[1]))  # the documentation that the reading edition links to

TITLES = {"modify": "Change it", "make": "Write it", "parsons": "Put it in order"}


def refresh(notebook: NotebookNode, lesson: Lesson, folder: Path) -> None:
    """Rewrite the generated cells of `notebook`, which stands in `folder`, from its declaration.

    A cell says what it is in its metadata: {"asynclab": {"part": "task", "number": "0.5"}}. Where it
    stands is the author's choice; a part that no cell asks for is reported by the rules.
    """
    for cell in notebook.cells:
        source = generated(cell, lesson)
        if source is not None:
            cell.source = source
    for cell in notebook.cells:  # last, because its minutes are counted over the other cells
        if part(cell) == "header":
            cell.source = header(lesson, minutes(notebook, lesson), folder)


def generated(cell: NotebookNode, lesson: Lesson) -> str | None:
    """What the declaration wants this cell to say; None if it leaves it to the author."""
    if part(cell) == "links":
        return links(lesson)
    if part(cell) == "prediction":
        asked = {prediction.number: prediction for prediction in lesson.predictions}
        return prediction(asked[number(cell) or ""]) if number(cell) in asked else None
    writer = _OF_AN_EXERCISE.get(part(cell) or "")
    exercises = {exercise.number: exercise for exercise in lesson.exercises}
    if writer and number(cell) in exercises:
        return writer(exercises[number(cell) or ""])
    return None


def header(lesson: Lesson, minutes: int, folder: Path) -> str:
    """The title, what it costs, what it gives, and the way to its neighbours."""
    note = f", {lesson.minutes_note}" if lesson.minutes_note else ""
    ways = [
        f"[{label}]({slug}.ipynb)"
        for label, slug in (("← previous lesson", lesson.previous), ("next lesson →", lesson.next))
        if slug and (folder / f"{slug}.ipynb").exists()  # no link to what is not written yet
    ]
    return _blocks(
        f"# {lesson.number} · {lesson.title}",
        f"About {minutes} minute{'' if minutes == 1 else 's'}{note}.",
        "Afterwards you can:",
        "\n".join(f"- {objective}" for objective in lesson.objectives),
        f"**Know first:** {lesson.know_first}",
        f"**Versions:** {lesson.versions}",
        " · ".join(ways),
    )


def prediction(asked: Prediction) -> str:
    """The question with its options."""
    return _blocks(
        f"## {asked.number} Predict",
        asked.question,
        "\n".join(f"- **{letter}** · {text}" for letter, text in asked.options.items()),
    )


def task(exercise: Exercise) -> str:
    """What to do, and how long it takes."""
    return _blocks(
        f"## {exercise.number} {exercise.title or TITLES[exercise.kind]}",
        f"*Exercise, about {exercise.minutes} minutes.*",
        exercise.task,
    )


def stub(exercise: Exercise) -> str:
    """Where the learner begins."""
    return exercise.stub.strip("\n")


def solution(exercise: Exercise) -> str:
    """The first solution, folded. The blank lines let GitHub and JupyterLab render what is inside."""
    return _blocks(
        f"<details>\n<summary>Solution of {exercise.number}</summary>",
        "```python\n" + exercise.solutions[0].strip("\n") + "\n```",
        "</details>",
    )


def links(lesson: Lesson) -> str:
    """Django's documentation, of the version that ran the reading edition."""
    base = f"https://docs.djangoproject.com/en/{DJANGO}/"
    return _blocks(
        f"In Django {DJANGO}'s documentation:",
        "\n".join(f"- [{label}]({base}{path.lstrip('/')})" for label, path in lesson.docs),
    )


_OF_AN_EXERCISE: dict[str, Callable[[Exercise], str]] = {"task": task, "stub": stub, "solution": solution}


def _blocks(*blocks: str) -> str:
    return "\n\n".join(block.strip("\n") for block in blocks if block.strip())
