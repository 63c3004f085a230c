"""A small lesson that keeps every rule, so that a test can break one rule at a time."""

from __future__ import annotations

from pathlib import Path

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from asynclab.exercises import Evidence, Exercise, Lesson, Prediction, Wrong

from .reading.generate import refresh
from .reading.normalise import tidy

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="480" height="40" viewBox="0 0 480 40">'
    '<title>{label}</title><rect width="480" height="40" fill="#fff"/>'
    '<text x="4" y="20" font-size="14">{label}</text></svg>'
)


async def attempt(candidate: object) -> Evidence:
    return Evidence(result=candidate)


def exercise(number: str, name: str) -> Exercise:
    return Exercise(
        number=number,
        name=name,
        kind="make",
        minutes=5,
        task=f"Let `{name}` be the answer.",
        stub=f"{name} = ...",
        solutions=(f"{name} = 40 + 2", f"{name} = 42"),
        wrong=(Wrong("off", (f"{name} = 41", f"{name} = 40 + 1"), lambda seen: True, "{result}"),),
        hints=("Think.",),
        attempt=attempt,
        passed=lambda seen: seen.result == 42,
        done="{result}",
        otherwise="Not yet.",
    )


def lesson() -> Lesson:
    return Lesson(
        number="97",
        slug="97_specimen",
        title="A specimen",
        objectives=("name each part",),
        know_first="nothing",
        docs=(("Asynchronous support", "topics/async/"),),
        predictions=(
            Prediction("97.1", "What is it?", {"a": "one", "b": "two"}, lambda run: "a", {"b": "No."}),
        ),
        exercises=(exercise("97.3", "first"), exercise("97.4", "second")),
        previous="96_not_written",
    )


def notebook() -> NotebookNode:
    """The lesson's notebook, as `make notebooks` would have left it."""

    def generated(part: str, number: str | None = None) -> NotebookNode:
        about = {"part": part} | ({"number": number} if number else {})
        new = new_code_cell if part == "stub" else new_markdown_cell
        return new("", id=f"{part}{number or ''}".replace(".", "-"), metadata={"asynclab": about})

    def printed(source: str, text: str, name: str) -> NotebookNode:
        return new_code_cell(source, id=name, outputs=[new_output("stream", name="stdout", text=text)])

    made = new_notebook(
        cells=[
            generated("header"),
            generated("prediction", "97.1"),
            printed('print("predict")\nasked = \'predict("97.1", "")\'', "predict\n", "asked"),
            new_code_cell(
                'fetch = dict\nfetch(settles="97.1")',
                id="run",
                outputs=[
                    new_output("stream", name="stdout", text="took 0.31 s\n"),
                    new_output("display_data", {"image/svg+xml": SVG.format(label="0.31 s")}),
                ],
            ),
            new_markdown_cell("## 97.2 Key points\n\nFew.", id="points"),
            *(generated(part, "97.3") for part in ("task", "stub")),
            printed('check = print\ncheck("97.3", first)', "97.3 Ellipsis\n", "check-3"),
            generated("solution", "97.3"),
            *(generated(part, "97.4") for part in ("task", "stub")),
            printed('check("97.4", second)', "97.4 Ellipsis\n", "check-4"),
            generated("solution", "97.4"),
            new_markdown_cell("## 97.5 Exit question\n\nWhy?\n\n## 97.6 In your project\n\nLook.", id="end"),
            generated("links"),
        ]
    )
    refresh(made, lesson(), Path("nowhere"))
    tidy(made)
    return made
