"""The reading edition: notebooks run in a fresh kernel, and what is committed comes from their code."""

from __future__ import annotations

import sys
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook, new_output

from . import specimen
from .reading import NOTEBOOKS, __main__, execute, generate, normalise
from .reading.alter import alter_one_line
from .reading.cells import minutes
from .reading.execute import Failed, run
from .reading.normalise import COMPARED, SHAPE, WRITTEN, applied, comparable, tidy
from .reading.readme import HEADING, with_index
from .reading.update import differs, edition, lesson_of, once, settle

LESSONS = sorted(NOTEBOOKS.glob("*.ipynb"))
each_lesson = pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
in_the_reference = pytest.mark.skipif(
    __main__.refusal() is not None, reason=f"notebooks are run here, not compared: {__main__.refusal()}"
)


# The lessons


@each_lesson
def test_a_lesson_runs_top_to_bottom_in_a_fresh_kernel_and_twice(path: Path) -> None:
    once(path)  # raises Failed


@in_the_reference
@each_lesson
def test_what_is_committed_comes_from_its_code(path: Path) -> None:
    if reason := __main__.unserved(path):
        pytest.skip(reason)
    # Where this process gets no core for a while, a run shows a loop that is held. That is the truth of that
    # run; what no longer comes from its code is stale in every run.
    stale = set(once(path).stale)
    if stale:
        stale &= set(edition(path, lesson_of(path)).stale)
    assert stale == set()


@in_the_reference
@each_lesson
def test_one_altered_line_of_a_lesson_makes_it_stale(path: Path) -> None:
    if reason := __main__.unserved(path):
        pytest.skip(reason)
    committed = nbformat.read(path, as_version=4)
    what, altered = alter_one_line(committed)
    ran = run(altered, path.parent, enough=lambda at, cell: differs(cell, committed.cells[at - 1]))
    assert [line for line in settle(ran, committed) if "its output is stale" in line], what


# Execution


def code(*sources: str) -> NotebookNode:
    return new_notebook(cells=[new_code_cell(source, id=f"c{at}") for at, source in enumerate(sources)])


def printed(notebook: NotebookNode) -> list[str]:
    return [output.text for cell in notebook.cells for output in cell.outputs]


def test_a_kernel_is_this_interpreter_and_knows_nothing_of_this_machines_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (
        "JPY_SESSION_NAME",
        "DATABASE_URL",
        "PYTHONPATH",
        "DJANGO_ALLOW_ASYNC_UNSAFE",
        "FORCE_COLOR",
    ):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.setenv("HOME", "/nowhere")
    theirs = tmp_path / "kernels" / "python3"
    theirs.mkdir(parents=True)
    (theirs / "kernel.json").write_text(
        '{"argv": ["false"], "display_name": "another", "language": "python"}'
    )
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    ran = run(
        code(
            "import os, sys; print(sys.executable, os.getcwd(), sep='\\n')",
            f"print([n for n, value in os.environ.items() if value in ({str(tmp_path)!r}, '/nowhere')])",
        ),
        tmp_path,
    )
    assert printed(ran) == [f"{sys.executable}\n{tmp_path}\n", "[]\n"]


def test_a_second_run_all_happens_in_the_same_kernel_and_its_outputs_are_dropped(tmp_path: Path) -> None:
    runs = code("n = globals().get('n', 0) + 1; print(n)", "assert n < 2, 'again'")
    assert printed(run(runs, tmp_path)) == ["1\n"]
    with pytest.raises(Failed, match="on a second Run All, cell 2 raised AssertionError: again"):
        run(runs, tmp_path, again=True)


def test_an_error_is_one_line_unless_the_cell_is_meant_to_raise(tmp_path: Path) -> None:
    raising = code("1 / 0", "print('after')")
    raising.cells[0].metadata["tags"] = ["raises-exception"]
    assert run(raising, tmp_path).cells[1].outputs[0].text == "after\n"
    raising.cells[0].metadata["tags"] = []
    with pytest.raises(Failed, match=r"^cell 1 raised ZeroDivisionError: division by zero$"):
        run(raising, tmp_path)


def test_a_cell_that_hangs_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(execute, "SECONDS_A_CELL", 1)
    with pytest.raises(Failed, match=r"^cell 2 took longer than 1 s$"):
        run(code("1", "import time; time.sleep(60)"), tmp_path)


@pytest.mark.filterwarnings("ignore:unclosed")
def test_a_cell_that_takes_the_kernel_down_is_named(tmp_path: Path) -> None:
    with pytest.raises(Failed, match=r"^cell 1 took the kernel down$"):
        run(code("import os; os._exit(1)"), tmp_path)


# Generated cells


def test_a_header_comes_from_the_declaration(tmp_path: Path) -> None:
    assert generate.header(specimen.lesson(), 15, tmp_path) == (
        "# 97 · A specimen\n\nAbout 15 minutes.\n\nAfterwards you can:\n\n- name each part\n\n"
        "**Know first:** nothing\n\n**Versions:** Django 5.2 LTS and 6.1, Python 3.11 or newer"
    )


def test_a_neighbour_is_linked_once_it_is_written(tmp_path: Path) -> None:
    (tmp_path / "96_not_written.ipynb").write_text("")
    header = generate.header(specimen.lesson(), 15, tmp_path)
    assert header.splitlines()[-1] == "[← previous lesson](96_not_written.ipynb)"


def test_an_exercise_writes_its_three_cells() -> None:
    exercise = specimen.lesson().exercises[0]
    assert generate.task(exercise) == (
        "## 97.3 Write it\n\n*Exercise, about 5 minutes.*\n\nLet `first` be the answer."
    )
    assert generate.stub(exercise) == "first = ..."
    assert generate.solution(exercise) == (
        "<details>\n<summary>Solution of 97.3</summary>\n\n```python\nfirst = 40 + 2\n```\n\n</details>"
    )


def test_a_prediction_and_the_links_come_from_the_declaration() -> None:
    lesson = specimen.lesson()
    asked = "## 97.1 Predict\n\nWhat is it?\n\n- **a** · one\n- **b** · two"
    assert generate.prediction(lesson.predictions[0]) == asked
    version = generate.DJANGO
    assert generate.links(lesson) == (
        f"In Django {version}'s documentation:\n\n"
        f"- [Asynchronous support](https://docs.djangoproject.com/en/{version}/topics/async/)"
    )


def test_generated_cells_are_rewritten_and_an_authors_cells_are_not(tmp_path: Path) -> None:
    notebook, untouched = specimen.notebook(), specimen.notebook()
    for cell in notebook.cells:
        if cell.metadata.get("asynclab"):
            cell.source = "altered"
    generate.refresh(notebook, specimen.lesson(), tmp_path)
    assert notebook == untouched


def test_minutes_count_what_is_read_foretold_and_written() -> None:
    notebook = specimen.notebook()
    assert minutes(notebook, specimen.lesson()) == 13  # 2 for the prediction, 10 of exercises, 1 of prose
    read = new_notebook(cells=[*notebook.cells, nbformat.v4.new_markdown_cell("word " * 360)])
    assert minutes(read, specimen.lesson()) == 15
    code_block = "```\n" + "word " * 720 + "\n```"
    read.cells[-1].source = code_block
    assert minutes(read, specimen.lesson()) == 13


# Normalisation


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("\x1b[0;31mError\x1b[0m", "Error"),
        ("/tmp/ipykernel_4242/331.py:3: Warning", "(cell):3: Warning"),
        (r"C:\Temp\ipykernel_4242\331.py:3: Warning", "(cell):3: Warning"),
        ('File "/tmp/ipykernel_4242/331.py", line 3, in page', 'File "(cell)", line 3, in page'),
        ('File "/venv/lib/python3.13/site-packages/django/x.py"', 'File "django/x.py"'),
        ("File /usr/lib/python3.13/asyncio/runners.py:1", "File asyncio/runners.py:1"),
        (f"File {NOTEBOOKS}/asynclab/wire.py:1", "File notebooks/asynclab/wire.py:1"),
        ("in /tmp/asynclab-x1/db.sqlite3", "in (temporary file)"),
        ("<nap at 0x7f12ab34cd56>", "<nap at 0x…>"),
        ("bytes 0x1f", "bytes 0x1f"),
        ("pid 4242", "pid …"),
        ("http://127.0.0.1:48121/menu", "http://127.0.0.1:…/menu"),
        ("--host 127.0.0.1 --port 48121 --workers 1", "--host 127.0.0.1 --port … --workers 1"),
    ],
)
def test_nothing_of_one_machine_is_committed(written: str, expected: str) -> None:
    assert applied(WRITTEN, written) == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("took 0.31 s", "took 0.298 s"),
        ("took 0.9 s", "took 899 ms"),
        ("12 µs each", "9.5 µs each"),
        ("2.7 d", "5.7 d"),
        ("1.9 waits", "2.4 waits"),
        ("nap   9 ms | loop", "nap  12 ms | loop"),
    ],
)
def test_two_runs_may_differ_in_durations(one: str, other: str) -> None:
    assert applied(COMPARED, one) == applied(COMPARED, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("10 requests", "11 requests"),
        ("status 200", "status 418"),
        ("thread 1", "thread 2"),
        ("via asgi", "via wsgi"),
        ("2 crossings", "3 crossings"),
        ("a then b", "b then a"),
        ("loop  blocked", "loop"),
        ("3 × 0.3 s", "4 × 0.3 s"),
        ("5 d", "6 d"),
    ],
)
def test_two_runs_may_differ_in_nothing_else(one: str, other: str) -> None:
    assert applied(COMPARED, one) != applied(COMPARED, other)


def test_a_measured_result_is_compared_by_its_shape() -> None:
    assert applied(SHAPE, "1,204 req/s, p95 31 ms") == applied(SHAPE, "998.5 req/s, p95 40 ms")
    assert applied(SHAPE, "1,204 req/s") != applied(SHAPE, "1,204 pages/s")


def test_widget_views_give_way_to_their_static_twin_and_pieces_of_print_are_joined() -> None:
    view = {"application/vnd.jupyter.widget-view+json": {"model_id": "1"}, "text/plain": "IntSlider()"}
    cell = new_code_cell(
        outputs=[
            new_output("stream", name="stdout", text="a"),
            new_output("stream", name="stdout", text="b"),
            new_output("stream", name="stderr", text="c"),
            new_output("display_data", {**view, "text/html": "<table></table>"}),
            new_output("display_data", view),
        ],
        metadata={"execution": {"busy": "now"}, "tags": ["x"], "collapsed": True},
    )
    notebook = new_notebook(
        cells=[cell], metadata={"widgets": {}, "language_info": {"name": "python", "version": "3"}}
    )
    tidy(notebook)
    shown = [output.get("text") or dict(output.data) for output in cell.outputs]
    assert shown == ["ab", "c", {"text/html": "<table></table>"}, {"text/plain": "IntSlider()"}]
    assert cell.metadata == {"tags": ["x"]}
    assert notebook.metadata == {"kernelspec": normalise.KERNEL, "language_info": normalise.LANGUAGE}


def pictured(text: str, label: str) -> NotebookNode:
    return new_notebook(
        cells=[
            new_code_cell(
                id="run",
                outputs=[
                    new_output("stream", name="stdout", text=text),
                    new_output("display_data", {"image/svg+xml": specimen.SVG.format(label=label)}),
                ],
            )
        ]
    )


def test_a_picture_and_digits_stay_as_committed_while_the_text_says_the_same() -> None:
    committed, ran = pictured("2 at once, 0.31 s", "0.31 s"), pictured("2 at once, 0.29 s", "0.29 s")
    assert settle(ran, committed) == []
    assert ran.cells == committed.cells


@pytest.mark.parametrize(
    ("text", "label", "otherwise"),
    [
        ("1 at once, 0.31 s", "0.31 s", "'1 at once, # s' instead of '2 at once, # s'"),
        ("2 at once, 0.31 s", "blocked 0.31 s", "'blocked # s' instead of '# s'"),
    ],
)
def test_text_and_picture_change_together(text: str, label: str, otherwise: str) -> None:
    committed, ran = pictured("2 at once, 0.31 s", "0.31 s"), pictured(text, label)
    assert settle(ran, committed) == [f"cell 1: its output is stale: {otherwise}"]
    assert ran.cells == pictured(text, label).cells


def test_a_measured_result_is_kept_and_dated_when_it_is_taken_anew() -> None:
    committed, ran = pictured("1200 req/s", ""), pictured("998 req/s", "")
    for notebook in (committed, ran):
        notebook.cells[0].metadata = nbformat.from_dict(
            {"tags": ["measured"], "asynclab": {"measured": "2026-01-01"}}
        )
    assert settle(ran, committed) == []
    assert ran.cells == committed.cells
    ran = pictured("998 pages/s", "")
    ran.cells[0].metadata["tags"] = ["measured"]
    assert settle(ran, committed) == [
        "cell 1: its output is stale: '# pages/s' instead of '# req/s'",
    ]
    assert ran.cells[0].metadata["asynclab"]["measured"] > "2026-01-01"


def test_a_pictures_labels_may_differ_because_they_depend_on_who_was_quicker() -> None:
    committed, ran = pictured("2 at once", "0.31 s"), pictured("2 at once", "0.31 s")
    picture = ran.cells[0].outputs[1].data
    picture["image/svg+xml"] = picture["image/svg+xml"].replace("</svg>", "<text>waits</text></svg>")
    assert settle(ran, committed) == []
    assert ran.cells == committed.cells


def test_what_is_raised_and_what_is_shown_count_too() -> None:
    one = new_code_cell(outputs=[new_output("error", ename="E", evalue="no", traceback=["E: no"])])
    other = new_code_cell(outputs=[new_output("error", ename="E", evalue="yes", traceback=["E: no"])])
    assert comparable(one) != comparable(other)
    one = new_code_cell(outputs=[new_output("display_data", {"text/html": "<p>a</p><p>0.3 s</p>"})])
    same = new_code_cell(outputs=[new_output("display_data", {"text/html": "<p>a</p><p>0.4 s</p>"})])
    other = new_code_cell(outputs=[new_output("display_data", {"text/html": "<p>b</p><p>0.3 s</p>"})])
    assert comparable(one) == comparable(same) != comparable(other)


# The command


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    nbformat.write(
        code("import time\nprint('took', time.perf_counter(), 's')", "1 + 1"), tmp_path / "96_a.ipynb"
    )
    (tmp_path / "README.md").write_text(with_index(f"{HEADING}\n\nSearch here.\n"), encoding="utf-8")
    monkeypatch.setattr(__main__, "NOTEBOOKS", tmp_path)
    monkeypatch.setattr(__main__, "README", tmp_path / "README.md")
    return tmp_path / "96_a.ipynb"


@in_the_reference
def test_a_stale_index_of_errors_is_told_and_mended(course: Path, capsys: pytest.CaptureFixture[str]) -> None:
    __main__.main([])
    readme = course.with_name("README.md")
    made = readme.read_text(encoding="utf-8")
    altered = made.replace("| 01 |", "| 02 |").replace("[01]", "[02]")
    readme.write_text(altered, encoding="utf-8")
    capsys.readouterr()
    told = "96_a.ipynb: up to date\nREADME.md: its index of errors is stale\n"
    assert (__main__.main(["--check"]), capsys.readouterr().out) == (1, told)
    assert readme.read_text(encoding="utf-8") == altered
    assert (__main__.main([]), capsys.readouterr().out) == (0, told)
    assert readme.read_text(encoding="utf-8") == made


@in_the_reference
def test_making_the_edition_twice_changes_not_one_byte(
    course: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = course.read_bytes()
    assert __main__.main(["--check"]) == 1
    assert course.read_bytes() == before
    assert capsys.readouterr().out.splitlines() == [
        "96_a.ipynb: cell 1: its output is stale: '[stdout]' instead of 'nothing'",
        "96_a.ipynb: cell 2: its output is stale: '[text/plain]' instead of 'nothing'",
    ]
    assert __main__.main([]) == 0
    first = course.read_bytes()
    assert b"execute_result" in first
    capsys.readouterr()
    assert __main__.main(["96"]) == 0
    assert (course.read_bytes(), capsys.readouterr().out) == (first, "96_a.ipynb: up to date\n")
    assert sorted(path.name for path in course.parent.iterdir()) == ["96_a.ipynb", "README.md"]


@in_the_reference
def test_check_writes_nothing_and_fails_where_a_line_was_altered(
    course: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    __main__.main([])
    assert __main__.main(["--check"]) == 0
    course.write_text(course.read_text().replace("1 + 1", "1 + 2"))
    altered = course.read_bytes()
    capsys.readouterr()
    assert __main__.main(["--check"]) == 1
    assert capsys.readouterr().out == "96_a.ipynb: cell 2: its output is stale: '3' instead of '2'\n"
    assert course.read_bytes() == altered


@in_the_reference
def test_a_failing_notebook_is_one_line_and_stays_as_it_is(
    course: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    course.write_text(course.read_text().replace("1 + 1", "1 / 0"))
    before = course.read_bytes()
    assert __main__.main([]) == 1
    assert capsys.readouterr().err == "96_a.ipynb: cell 2 raised ZeroDivisionError: division by zero\n"
    assert course.read_bytes() == before


@pytest.mark.parametrize(("python", "django"), [((3, 12), (6, 1)), ((3, 13), (5, 2))])
def test_outputs_are_made_in_the_reference_environment_only(
    course: Path,
    python: tuple[int, int],
    django: tuple[int, int],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = course.read_bytes()
    monkeypatch.setattr(__main__, "HERE", (python, django))
    assert __main__.main([]) == 1
    assert capsys.readouterr().err == (
        f"Outputs are made with Python 3.13 and Django 6.1; "
        f"this is {python[0]}.{python[1]} with {django[0]}.{django[1]}.\n"
    )
    assert course.read_bytes() == before


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("run = await fetch('/', times=10)", "run = await fetch('/', times=3)"),
        ('await fetch("/", via="asgi")', 'await fetch("/", via="wsgi")'),
        ("    await asyncio.sleep(D)", "    time.sleep(D)"),
        ('print("up")', 'print("altered up")'),
    ],
)
def test_the_line_that_is_altered_is_one_that_matters(before: str, after: str) -> None:
    original = code("import asyncio", "# times=7\nD = 3", before)
    what, altered = alter_one_line(original)
    assert [cell.source for cell in altered.cells] == ["import asyncio", "# times=7\nD = 3", after]
    assert what == f"cell 3, line 1: {before.strip()} → {after.strip()}"
