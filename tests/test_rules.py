"""Each rule of the reading edition: kept by every lesson, and seen to fail where it is broken."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

from . import specimen
from .reading import NOTEBOOKS, github, rules
from .reading.page import Breaches, Page
from .reading.picture import problems
from .reading.update import lesson_of

Rule = Callable[[Page], Breaches]
LESSONS = sorted(NOTEBOOKS.glob("*.ipynb"))
EVERY_RULE = (*rules.CONTRACT, *github.RENDERING)


def name(rule: Rule) -> str:
    return rule.__name__


def breaches(rule: Rule, notebook: NotebookNode, folder: Path = NOTEBOOKS, **changes: object) -> list[str]:
    """What the rule finds in this notebook, as a lesson like the specimen's with some fields changed."""
    lesson = specimen.lesson()
    for field, value in changes.items():
        object.__setattr__(lesson, field, value)
    return list(rule(Page(notebook, lesson, folder)))


@functools.cache
def committed(path: Path) -> Page:
    """What stands in the repository, read once: a rule only looks at it."""
    lesson = lesson_of(path)
    assert lesson, f"no lesson declares the slug {path.stem}"
    return Page(nbformat.read(path, as_version=4), lesson, path.parent)


@pytest.fixture
def page() -> NotebookNode:
    return specimen.notebook()


def at(page: NotebookNode, cell_id: str) -> NotebookNode:
    return next(cell for cell in page.cells if cell.id == cell_id)


def shows(data: dict[str, str]) -> NotebookNode:
    return new_output("display_data", data)


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
@pytest.mark.parametrize("rule", EVERY_RULE, ids=name)
def test_every_lesson_keeps_every_rule(path: Path, rule: Rule) -> None:
    assert list(rule(committed(path))) == []


@pytest.mark.parametrize("rule", EVERY_RULE, ids=name)
def test_the_specimen_keeps_every_rule(rule: Rule, page: NotebookNode) -> None:
    assert breaches(rule, page) == []


# The lesson contract


def test_a_notebook_begins_with_its_header(page: NotebookNode) -> None:
    page.cells.append(page.cells.pop(0))
    assert breaches(rules.begins_with_its_header, page) == [
        "the header (part header) must be the first cell, and only that"
    ]


def test_a_notebook_has_one_title(page: NotebookNode) -> None:
    at(page, "points").source = "# Another\n\n```\n# a comment\n```"
    assert breaches(rules.has_one_title, page) == ["one H1 is needed, 2 found (cells [1, 5])"]


def test_headings_skip_no_level(page: NotebookNode) -> None:
    at(page, "points").source = "## 97.2 Key points\n\n#### Deep"
    assert breaches(rules.heads_in_order, page) == ["cell 5: H4 'Deep' follows H2"]


@pytest.mark.parametrize("heading", ["Key points", "97.1 Key points", "96.2 Key points", "97. Key points"])
def test_sections_are_numbered_upwards(page: NotebookNode, heading: str) -> None:
    at(page, "points").source = f"## {heading}"
    assert breaches(rules.numbers_its_sections, page)[0] == f"cell 5: {heading!r} should begin with 97.2"


def test_a_core_lesson_keeps_its_size(page: NotebookNode) -> None:
    at(page, "points").source += " word" * 180 * 20
    lesson = specimen.lesson()
    assert breaches(
        rules.keeps_its_size, page, predictions=lesson.predictions * 3, exercises=lesson.exercises[:1]
    ) == ["at most 2 predictions, not 3", "2 exercises, not 1", "at most 30 minutes, not 32"]
    assert breaches(rules.keeps_its_size, page, number="97b") == []


def test_what_is_declared_is_there_and_nothing_else(page: NotebookNode) -> None:
    at(page, "task97-3").metadata["asynclab"]["number"] = "97.9"
    page.cells = [cell for cell in page.cells if cell.id != "links"]
    page.cells.append(new_markdown_cell(metadata={"asynclab": {"part": "prediction", "number": "97.1"}}))
    assert breaches(rules.shows_what_is_declared, page) == [
        "no cell has the part links",
        "no cell has the part task of 97.3",
        "cell 6: the lesson declares no task 97.9",
        "twice in the notebook: prediction 97.1",
    ]


@pytest.mark.parametrize("cell_id", ["stub97-3", "solution97-3", "task97-4", "prediction97-1", "links"])
def test_a_generated_cell_says_what_is_declared(page: NotebookNode, cell_id: str) -> None:
    at(page, cell_id).source += " "
    (breach,) = breaches(rules.says_what_is_declared, page)
    assert breach.endswith("is not as declared; run make notebooks")


def test_each_question_is_settled_and_each_exercise_checked(page: NotebookNode) -> None:
    for cell_id in ("asked", "run", "check-4"):
        at(page, cell_id).source = "pass"
    assert breaches(rules.asks_and_checks, page) == [
        "prediction 97.1: no cell calls predict",
        "prediction 97.1: no run settles it",
        "exercise 97.4: no cell calls check",
    ]


def test_no_cell_uses_what_an_exercise_defines(page: NotebookNode) -> None:
    page.cells.append(new_code_cell("print(first)"))
    assert breaches(rules.stands_without_the_exercises, page) == [
        "cell 16: uses first, which 97.3 leaves to the learner"
    ]


def test_a_name_that_another_cell_reads_comes_from_one_cell(page: NotebookNode) -> None:
    page.cells += [new_code_cell(f"seen = await fetch({path!r})\nseen") for path in ("/tea/", "/cake/")]
    assert breaches(rules.gives_each_name_once, page) == []
    page.cells.append(new_code_cell("import json\n\ndef told():\n    return seen.text"))
    assert breaches(rules.gives_each_name_once, page) == [
        "cell 18: reads seen, which several cells give: [16, 17]"
    ]


def test_a_learners_copy_gives_nothing_away(page: NotebookNode) -> None:
    at(page, "points").source += " Or `first = 42`."
    assert breaches(rules.hides_the_answers_from_learners, page) == [
        "learner's cell 5: gives away the solution of 97.3"
    ]


def test_code_is_short_unless_it_says_that_it_is_long(page: NotebookNode) -> None:
    page.cells.append(new_code_cell("x\n" * 16 + "y" * 73))
    assert breaches(rules.writes_short_code, page) == [
        "cell 16, line 17: 73 characters, at most 72",
        "cell 16: 17 lines, at most 15 (or tag it long)",
    ]
    page.cells[-1] = new_code_cell("x\n" * 16, metadata={"tags": ["long"]})
    assert breaches(rules.writes_short_code, page) == []


def test_a_control_is_followed_by_a_static_table(page: NotebookNode) -> None:
    page.cells.append(new_code_cell("control(show, wait=(0.1, 0.2))", outputs=[shows({"text/html": "<p>"})]))
    assert breaches(rules.follows_controls_with_a_table, page) == [
        "cell 16: no static table of three settings with the control"
    ]
    table = "<table>" + "<tr><td>0.1</td></tr>" * 4 + "</table>"
    page.cells[-1].outputs = [shows({"text/html": table})]
    assert breaches(rules.follows_controls_with_a_table, page) == []
    page.cells[-1].outputs = []
    page.cells.append(new_markdown_cell("| wait |\n|---|\n| 1 |\n| 2 |\n| 3 |"))
    assert breaches(rules.follows_controls_with_a_table, page) == []


def test_a_lesson_ends_as_lessons_end(page: NotebookNode) -> None:
    at(page, "end").source = ""
    expected = ["no heading says 'exit question'", "no heading says 'in your project'"]
    assert breaches(rules.ends_as_lessons_end, page) == expected
    assert breaches(rules.ends_as_lessons_end, page, number="97b") == expected[:1]


# What GitHub renders


@pytest.mark.parametrize(
    ("markdown", "what"),
    [
        ("```mermaid\nx\n```", "Mermaid"),
        (":::{note}\nx\n:::", "a MyST directive"),
        ("```{note}\nx\n```", "a MyST directive"),
        ("see {ref}`there`", "a MyST role"),
        ("> [!NOTE]\n> x", "a GitHub alert"),
        ("![x](attachment:x.png)", "an attachment"),
        ("[up](#top)", "an anchor in this notebook"),
        ('<a name="x"></a>', "an anchor in this notebook"),
        ("<style>p {}</style>", "a style or a script"),
        ('<p style="color: red">', "a style or a script"),
    ],
)
def test_markdown_is_what_github_and_jupyterlab_both_render(
    page: NotebookNode, markdown: str, what: str
) -> None:
    page.cells.append(new_markdown_cell(f"Look:\n\n{markdown}"))
    assert breaches(github.writes_markdown_that_both_render, page) == [f"cell 16: {what}"]


def test_forbidden_markdown_may_be_shown_as_code(page: NotebookNode) -> None:
    page.cells.append(new_markdown_cell("`> [!NOTE]` and\n\n```markdown\n> [!NOTE]\n[up](#top)\n```"))
    assert breaches(github.writes_markdown_that_both_render, page) == []


def test_an_attachment_is_found_in_the_cell_too(page: NotebookNode) -> None:
    page.cells.append(new_markdown_cell("x", attachments={"x.png": {"image/png": ""}}))
    assert breaches(github.writes_markdown_that_both_render, page) == ["cell 16: an attachment"]


def test_relative_links_lead_to_files(page: NotebookNode, tmp_path: Path) -> None:
    (tmp_path / "there.ipynb").write_text("")
    page.cells.append(
        new_markdown_cell('[a](there.ipynb?x#y) [b](gone.ipynb) <img src="no.png"> [c](https://e.org)')
    )
    assert breaches(github.links_to_what_exists, page, tmp_path) == [
        "cell 16: gone.ipynb does not exist",
        "cell 16: no.png does not exist",
    ]


def test_a_notebook_stays_small(page: NotebookNode) -> None:
    page.cells.append(new_markdown_cell("x" * 500_000))
    (breach,) = breaches(github.is_small_enough, page)
    assert breach.endswith(" bytes, at most 500,000")


def test_widget_state_and_machine_dependent_outputs_are_found(page: NotebookNode) -> None:
    page.metadata["widgets"] = {"state": {}}
    at(page, "asked").outputs[0].text = "<view at 0x7f00aabbccdd>"
    at(page, "check-3").metadata["execution"] = {"iopub.status.busy": "now"}
    at(page, "run").outputs[1].data["application/vnd.jupyter.widget-view+json"] = {"model_id": "1"}
    assert breaches(github.is_normalised, page) == [
        "the notebook's metadata is not normalised",
        "cell 3: its outputs or metadata are not normalised",
        "cell 4: its outputs or metadata are not normalised",
        "cell 8: its outputs or metadata are not normalised",
    ]


@pytest.mark.parametrize(
    ("source", "speaks"),
    [
        ("1 + 1", True),
        ("run = 1\nrun", True),
        ("await fetch('/')", True),
        ("print(1)\nx = 2", True),
        ("x = 1", False),
        ("def view(): print(1)", False),
        ("1 + 1;", False),
        ("# only a comment", False),
        ("%pip list", False),
    ],
)
def test_a_cell_with_something_to_show_has_an_output(page: NotebookNode, source: str, speaks: bool) -> None:
    page.cells.append(new_code_cell(source))
    assert breaches(github.shows_its_outputs, page) == (["cell 16: has no output"] if speaks else [])
    page.cells[-1].metadata["tags"] = ["quiet"]
    assert breaches(github.shows_its_outputs, page) == []


def test_errors_stand_only_where_they_are_meant(page: NotebookNode) -> None:
    at(page, "run").outputs.append(new_output("error", ename="E", evalue="e", traceback=[]))
    at(page, "asked").metadata["tags"] = ["raises-exception"]
    assert breaches(github.raises_only_where_meant, page) == [
        "cell 3: is tagged raises-exception, and raises nothing",
        "cell 4: raises, and carries no tag raises-exception",
    ]


def test_text_fits_a_phone(page: NotebookNode) -> None:
    at(page, "run").outputs[0].text = "short\n" + "x" * 61
    at(page, "asked").outputs = [shows({"text/plain": "x" * 62})]
    assert breaches(github.fits_a_phone, page) == [
        "cell 3: its text is 62 columns wide, at most 60",
        "cell 4: its text is 61 columns wide, at most 60",
    ]


GOOD = specimen.SVG.format(label="x")


@pytest.mark.parametrize(
    ("picture", "expected"),
    [
        (GOOD, []),
        ("<svg", ["is no XML: unclosed token: line 1, column 0"]),
        (GOOD.replace('width="480" height="40" v', 'width="600" height="40" v'), ["is 600 wide, not 480"]),
        (GOOD.replace("0 0 480", "0 0 960"), ["is scaled: viewBox 0 0 960 40"]),
        (GOOD.replace("rect", "line"), ["does not begin with an opaque background"]),
        (GOOD.replace("#fff", "none"), ["does not begin with an opaque background"]),
        (GOOD.replace("rect", 'rect style="fill: red"'), ["holds the attribute style"]),
        (GOOD.replace("rect", 'rect class="x"'), ["holds the attribute class"]),
        (GOOD.replace("rect", 'rect onclick="x()"'), ["holds the attribute onclick"]),
        (GOOD.replace("</svg>", "<script/></svg>"), ["holds <script>"]),
        (GOOD.replace("</svg>", "<style/></svg>"), ["holds <style>"]),
        (GOOD.replace("</svg>", "<foreignObject/></svg>"), ["holds <foreignObject>"]),
        (GOOD.replace('size="14"', 'size="13"'), ["has text of size 13, at least 14: 'x'"]),
        (GOOD.replace(' font-size="14"', ""), ["has text of size 0, at least 14: 'x'"]),
    ],
)
def test_a_picture_is_what_github_shows(page: NotebookNode, picture: str, expected: list[str]) -> None:
    assert list(problems(picture)) == expected
    at(page, "run").outputs[1].data["image/svg+xml"] = picture
    found = breaches(github.draws_what_github_shows, page)
    assert found == [f"cell 4: its picture {problem}" for problem in expected]


def test_a_picture_inside_html_is_judged_too(page: NotebookNode) -> None:
    at(page, "run").outputs[1] = shows({"text/html": f"<p>x</p>{GOOD.replace('rect', 'rect class=x')}"})
    (breach,) = breaches(github.draws_what_github_shows, page)
    assert breach.startswith("cell 4: its picture is no XML")


# What is left on the page that GitHub makes of it


def test_a_picture_comes_after_its_text(page: NotebookNode) -> None:
    at(page, "run").outputs.reverse()
    assert breaches(github.reads_when_stripped, page) == ["cell 4: a picture with no text before it"]


@pytest.mark.parametrize(
    "data",
    [
        {"text/html": "<script>show()</script><style>p {}</style>"},
        {"image/svg+xml": GOOD, "text/plain": "a text twin in the same bundle is not shown"},
    ],
)
def test_a_result_that_github_strips_is_missed(page: NotebookNode, data: dict[str, str]) -> None:
    at(page, "run").outputs = [shows(data)]
    assert breaches(github.reads_when_stripped, page)[-1] == "cell 4: shows nothing"


def test_a_folded_solution_is_rendered_as_code(page: NotebookNode) -> None:
    html, _ = github.HTMLExporter().from_notebook_node(page)
    solutions = [details.select_one("pre") for details in github.stripped(html).select("details")]
    assert [code and code.get_text().strip() for code in solutions] == ["first = 40 + 2", "second = 40 + 2"]


def test_styles_scripts_and_widgets_are_stripped_as_github_strips_them() -> None:
    html = (
        '<script>x</script><style>y</style><p style="a">b</p><svg class="c"><g class="d"></g></svg>'
        '<div data-mime-type="application/vnd.jupyter.widget-view+json">w</div>'
    )
    assert str(github.stripped(html)) == "<p>b</p><svg><g></g></svg>"


def test_what_could_run_or_be_filled_in_is_stripped_and_what_it_says_is_missed() -> None:
    html = (
        '<iframe src="x"></iframe><form><input><p>inside</p></form><button>Run</button><link href="y">'
        '<a href="JavaScript:x()" onclick="x()">b</a><a href="https://example.org">c</a>'
    )
    assert str(github.stripped(html)) == '<a>b</a><a href="https://example.org">c</a>'


def test_a_result_of_which_github_keeps_only_a_part_is_missed(page: NotebookNode) -> None:
    shown = {"text/html": "<p>Kept.</p><button>Gone</button><table><tr><td>1</td></tr></table>"}
    page.cells[3].outputs = [new_output("display_data", shown)]
    assert breaches(github.reads_when_stripped, page) == ["cell 4: GitHub takes away 'Gone'"]
