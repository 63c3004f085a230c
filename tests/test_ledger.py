"""The ledger: what is claimed about versions is tried, and what the lessons claim is in it."""

from __future__ import annotations

import ast
import json
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from .ledger import pythons, statements, table
from .ledger.__main__ import PAGE, RESULTS, main
from .ledger.book import Claim, Column, Results, checksum, differences, load, recorded
from .ledger.declare import no, yes
from .ledger.pythons import environments
from .ledger.ranges import about, covers
from .ledger.trial import column, observed, tried, versions_of

BOOK = load()
SERIES = [each for each in environments() if each.about is None]
NOTEBOOKS = sorted((Path(__file__).parent.parent / "notebooks").glob("*.ipynb"))
each_claim = pytest.mark.parametrize("claim", BOOK, ids=lambda claim: claim.name)
each_notebook = pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
HERE = {"django": "5.2.19", "asgiref": "3.13.0", "python": "3.11.7"}


def called(name: str) -> Claim:
    (found,) = [claim for claim in BOOK if claim.name == name]
    return found


@pytest.fixture(scope="module")
def results() -> Results:
    """What is committed."""
    try:
        read: Results = json.loads(RESULTS.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        pytest.fail(f"{RESULTS.name} cannot be read ({error}). Restore it, or run `make ledger`.")
    return read


def committed(results: Results, claim: Claim) -> list[Column]:
    """What is committed of one claim, as if it had just been seen."""
    (entry,) = [each for each in results["claims"] if each["name"] == claim.name] or [{}]
    held = results["environments"]
    return [
        Column(name, held[name], {claim.name: run["value"]}, held[name].get("missing", ""))
        for run in entry.get("seen", [])
        for name in run["in"]
    ]


# --- What is in it --------------------------------------------------------------------------------


def test_the_series_go_from_3_0_to_the_newest_without_a_gap() -> None:
    names = ["3.0", "3.1", "3.2", "4.0", "4.1", "4.2", "5.0", "5.1", "5.2", "6.0", "6.1"]
    assert [each.name for each in SERIES] == names
    assert all(covers(each.name, each.versions) for each in SERIES)


def test_all_that_the_post_claims_is_in_the_ledger() -> None:
    numbers = [int(claim.said["post"]) for claim in BOOK if "post" in claim.said]
    assert numbers == list(range(1, 26))


@each_claim
def test_a_claim_has_one_expected_answer_in_each_series_or_says_why_it_cannot_be_run(claim: Claim) -> None:
    answered = [claim.answer(each.versions) is not None for each in SERIES]
    assert answered == [not claim.not_run] * len(SERIES)


@each_claim
def test_an_experiment_needs_django_and_the_standard_library_only(claim: Claim) -> None:
    own = {"..declare", "..stage"}
    allowed = sys.stdlib_module_names | {"django", "asgiref", "__future__"}
    source = (Path(__file__).parent / "ledger" / "claims" / f"{claim.name}.py").read_text(encoding="utf-8")
    for node in ast.walk(ast.parse(source, feature_version=(3, 8))):
        if isinstance(node, ast.Import):
            assert {each.name.split(".")[0] for each in node.names} <= allowed
        elif isinstance(node, ast.ImportFrom):
            name = "." * node.level + (node.module or "")
            assert name in own or name.split(".")[0] in allowed


# --- What the lessons say -------------------------------------------------------------------------


@each_notebook
def test_what_a_lesson_says_about_versions_is_in_the_ledger(notebook: Path) -> None:
    words = statements.words_from(statements.lesson_of(notebook), BOOK)
    prose = list(statements.paragraphs(notebook))
    assert statements.unsettled(prose, words) == [], "No claim in tests/ledger/claims says so."
    assert statements.gone(prose, words) == [], "A claim quotes what is no longer there."


def test_every_lesson_that_a_claim_names_exists() -> None:
    lessons = {statements.lesson_of(notebook) for notebook in NOTEBOOKS}
    assert {name for claim in BOOK for name in claim.said} - {"post", "roadmap"} <= lessons


@pytest.mark.parametrize(
    "words",
    [
        "Since Django 3.0, each project has two files.",
        "`inspect` knows it from Python 3.12 on.",
        "The newest Django asks `inspect`.",
        "They learned that in Django 5.0, and the last one in 5.1.",
        "Django has one for PostgreSQL, since 5.1.",
    ],
)
def test_a_version_that_no_claim_has_taken_up_is_found(words: str) -> None:
    assert statements.unsettled([words], ["They learned that in Django 5.0"]) == [words]


@pytest.mark.parametrize(
    "words",
    ["In Django 6.1's documentation:", "As in 4.1, four visitors had four threads.", "Python 🐍 is fun."],
)
def test_a_link_or_a_section_is_no_version(words: str) -> None:
    assert statements.unsettled([words], []) == []


def test_words_that_a_lesson_has_lost_are_named() -> None:
    assert statements.gone(["Since Django 3.1 it is so."], ["Since Django 3.0", "Django 3.1"]) == [
        "Since Django 3.0"
    ]


# --- What was seen --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def running() -> Column:
    """Every experiment that this environment can run, run."""
    versions = versions_of(sys.executable)
    halves = [BOOK[::2], BOOK[1::2]]
    with ThreadPoolExecutor(2) as pool:
        seen = pool.map(lambda half: tried("running", sys.executable, versions, half).seen, halves)
        series = ".".join(str(versions["django"]).split(".")[:2])
        return Column(series, versions, {name: value for each in seen for name, value in each.items()})


def test_every_claim_holds_in_the_environment_that_runs(running: Column) -> None:
    wrong = differences(BOOK, running)
    assert not wrong, "\n".join(["These claims do not hold here.", *wrong])
    assert set(running.seen) == {claim.name for claim in BOOK if not claim.not_run}


@each_claim
def test_what_is_committed_is_what_this_experiment_gave(claim: Claim, results: Results) -> None:
    entry = {each["name"]: each for each in results["claims"]}.get(claim.name)
    assert entry is not None, f"{claim.name} has no result yet: run `make ledger`."
    if claim.not_run:
        assert entry["not run"] == claim.not_run
        return
    assert entry["experiment"] == claim.experiment, f"{claim.name} has changed: run `make ledger`."
    columns = committed(results, claim)
    assert {each.name for each in SERIES} <= {each.name for each in columns}
    wrong = [line for each in columns for line in differences([claim], each)]
    assert not wrong, "\n".join(["What is committed is not what is expected.", *wrong])
    for run in entry["seen"]:
        for each in (each for each in columns if each.name in run["in"]):
            word = "no Python" if each.missing else claim.word(each.versions, run["value"])
            assert run["word"] == word, f"{claim.name} in {each.name} says {run['word']}, not {word}."


def test_the_results_tell_of_the_claims_as_they_stand(results: Results) -> None:
    told = [(each["name"], each["said"], each["claim"], each["verdict"]) for each in results["claims"]]
    assert told == [(claim.name, [*claim.said], claim.text, claim.verdict) for claim in BOOK]


def test_a_change_of_words_keeps_a_result_and_a_change_of_code_does_not() -> None:
    source = "CLAIM = 'One.'\nEXPECTED = {'3.0': 1}\n\ndef observe():\n    return 1\n"
    assert checksum(source.replace("One.", "Two.").replace("3.0", "3.1")) == checksum(source)
    assert checksum(source.replace("return 1", "return 2")) != checksum(source)


def test_nothing_that_is_committed_differs_from_what_is_expected(results: Results) -> None:
    words = {run["word"] for entry in results["claims"] for run in entry.get("seen", [])}
    assert words <= {"yes", "no", "partly", "no Python"}


def test_the_committed_page_is_what_the_results_give(results: Results) -> None:
    assert PAGE.read_text(encoding="utf-8") == table.markdown(results)


# --- An inverted experiment fails -----------------------------------------------------------------


@each_claim
def test_any_other_value_than_the_expected_one_is_a_difference(claim: Claim) -> None:
    for each in SERIES:
        if (answer := claim.answer(each.versions)) is not None:
            inverted = Column(each.name, each.versions, {claim.name: {"not": answer.value}})
            assert len(differences([claim], inverted)) == 1


@pytest.fixture
def copied(tmp_path: Path, root: Path) -> Path:
    """A ledger of one's own to spoil: its `claims` folder lies beside its runner."""
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests/__init__.py").touch()
    shutil.copytree(root / "tests/ledger", tmp_path / "tests/ledger")
    return tmp_path / "tests/ledger/runner.py"


@pytest.mark.parametrize(
    ("name", "right", "inverted"),
    [
        ("post_03_websockets", "type=kind", 'type="http"'),
        ("post_13_sync_middleware", "== [threading.main_thread()]", "!= [threading.main_thread()]"),
        ("post_16_acall", "def __call__(self", "def __other__(self"),
        ("lesson_01_startproject", "startproject", "startapp"),
        ("lesson_03b_decorators", "async def page", "def page"),
        ("lesson_06b_conn_max_age", '"CONN_MAX_AGE": 600', '"CONN_MAX_AGE": 0'),
        ("lesson_07_disconnect", "http.disconnect", "http.request"),
        ("lesson_07b_gzip", 'b"gzip"', 'b"br"'),
        ("lesson_07b_late_cleanup", "gc.collect()", "None"),
        ("lesson_08_rollback", "class Tests(TestCase)", "class Tests(unittest.TestCase)"),
    ],
)
def test_an_inverted_experiment_fails(name: str, right: str, inverted: str, copied: Path) -> None:
    module = copied.parent / "claims" / f"{name}.py"
    source = module.read_text(encoding="utf-8")
    assert right in source
    module.write_text(source.replace(right, inverted), encoding="utf-8")
    seen = {name: observed(sys.executable, name, copied)}
    assert len(differences([called(name)], Column("here", versions_of(sys.executable), seen))) == 1


@pytest.mark.parametrize(
    ("body", "seen"),
    [
        ("print('x'); return 1", 1),
        ("raise ValueError('so')", "ValueError: so"),
        ("return {1, 2}", "TypeError: Object of type set is not JSON serializable"),
        ("import os; os._exit(3)", "died: no word"),
        ("while True: pass", "no answer within 2 s"),
    ],
)
def test_whatever_an_experiment_does_something_is_seen(body: str, seen: object, copied: Path) -> None:
    (copied.parent / "claims" / "odd.py").write_text(f"def observe():\n    {body}\n", encoding="utf-8")
    assert observed(sys.executable, "odd", copied, deadline=2 if "while" in body else 60) == seen


def test_an_experiment_leaves_nothing_behind_and_hears_nothing_of_the_readers_project(
    copied: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "mine")
    body = "import os; open('left', 'w'); return [os.getcwd(), 'DJANGO_SETTINGS_MODULE' in os.environ]"
    (copied.parent / "claims" / "odd.py").write_text(f"def observe():\n    {body}\n", encoding="utf-8")
    folder, told = observed(sys.executable, "odd", copied)
    assert (Path(folder).exists(), told) == (False, False)


# --- Ranges, Pythons, results ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "inside"),
    [
        ("5.2", True),
        ("5.1", False),
        ("5.0 to 5.2", True),
        ("from 5.2", True),
        ("up to 5.2", True),
        ("from 6.0", False),
        ("Python up to 3.11", True),
        ("Python from 3.9", True),
        ("asgiref from 3.12", True),
        ("from 4.2, Python from 3.12", False),
        ("from 4.2, Python up to 3.11", True),
    ],
)
def test_a_range_covers_what_it_says(key: str, inside: bool) -> None:
    assert covers(key, HERE) is inside


def test_a_range_that_makes_no_sense_says_how_to_write_one() -> None:
    with pytest.raises(ValueError, match=r"'since 5.0' is no range\. Write '3\.0', '3\.1 to 4\.2'"):
        covers("since 5.0", HERE)


def test_a_range_knows_whose_versions_it_speaks_of() -> None:
    assert about("from 4.2, Python from 3.12") == {"Django", "Python"}


def test_two_answers_for_one_place_are_refused() -> None:
    claim = replace(called("post_13_sync_middleware"), expected={"5.2": yes(), "from 5.0": no()})
    with pytest.raises(ValueError, match=r"'5\.2' and 'from 5\.0' both cover"):
        claim.answer(HERE)


def test_a_python_that_does_not_run_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shim = tmp_path / "versions/3.99.1/bin/python"
    shim.parent.mkdir(parents=True)
    shim.write_text("#!/bin/sh\nexit 127\n")
    shim.chmod(0o755)
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    assert pythons.python("3.99") is None


def test_a_python_that_is_missing_is_named_and_its_column_left_empty() -> None:
    claim = called("post_13_sync_middleware")
    nowhere = replace(SERIES[-1], python=("3.98", "3.99"))
    assert column(nowhere, BOOK).missing == "Python 3.98 or 3.99"
    assert differences(BOOK, column(nowhere, BOOK)) == []
    entry = recorded([claim], [column(nowhere, [claim])], "2026-11-22")
    assert entry["environments"] == {"6.1": {"missing": "Python 3.98 or 3.99"}}
    assert entry["claims"][0]["seen"] == [{"word": "no Python", "value": None, "in": ["6.1"]}]


def test_an_environment_with_a_file_that_is_missing_or_cut_is_not_whole(tmp_path: Path) -> None:
    environment = replace(SERIES[0], packages=("django==3.0.14",))
    installed = tmp_path / "lib/python3.8/site-packages"
    record = installed / "Django-3.0.14.dist-info/RECORD"
    record.parent.mkdir(parents=True)
    record.write_text("django/views.py,sha256=x,4\nDjango-3.0.14.dist-info/RECORD,,\n")
    (installed / "django").mkdir()
    whole = []
    for text in ("view", "vie"):
        (installed / "django/views.py").write_text(text)
        whole.append(pythons._whole(tmp_path, environment))
    (installed / "django/views.py").unlink()
    whole.append(pythons._whole(tmp_path, environment))
    assert whole == [True, False, False]


def test_an_environment_that_cannot_be_made_is_named_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pythons, "PLACE", tmp_path)
    monkeypatch.setattr(pythons, "_uv", lambda *words: (_ for _ in ()).throw(OSError("no such address")))
    here = replace(SERIES[-1], python=(f"{sys.version_info[0]}.{sys.version_info[1]}",))
    with pytest.raises(SystemExit, match=r"^The environment 6\.1 cannot be made: no such address\. Is there"):
        pythons.made(here)
    assert not (tmp_path / "6.1" / ".ready").exists()


def test_an_interrupted_ledger_writes_nothing_and_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*given: object, **named: object) -> None:
        raise KeyboardInterrupt

    before = RESULTS.read_bytes(), PAGE.read_bytes()
    monkeypatch.setattr("tests.ledger.__main__.run", interrupted)
    assert main([]) == 130
    assert (RESULTS.read_bytes(), PAGE.read_bytes()) == before
    assert capsys.readouterr().out.startswith("Interrupted: nothing was written")


def test_a_claim_that_nobody_made_is_answered_with_the_list(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["post_99"]) == 2
    assert capsys.readouterr().out.startswith("No claim is called so. There are: post_01_december, post_02_")


# --- The table ------------------------------------------------------------------------------------

SMALL: Results = {
    "date": "2026-11-22",
    "environments": {
        "5.0": {"date": "2026-11-22", "django": "5.0.14", "asgiref": "3.7.2", "python": "3.11.7"},
        "5.1": {"date": "2026-11-22", "django": "5.1.15", "asgiref": "3.8.1", "python": "3.11.7"},
        "5.2": {"date": "2026-11-22", "django": "5.2.19", "asgiref": "3.13.0", "python": "3.11.7"},
        "6.0": {"missing": "Python 3.12"},
        "asgiref 3.11": {"date": "2026-11-22", "django": "5.2.19", "asgiref": "3.11.1", "python": "3.11.7"},
    },
    "claims": [
        {
            "name": "post_01",
            "said": ["post", "lesson 05"],
            "number": "1",
            "claim": "It is <fast> | wide.",
            "verdict": "Since 5.1.",
            "experiment": "0",
            "seen": [
                {"word": "no", "value": 0, "in": ["5.0", "asgiref 3.11"]},
                {"word": "yes", "value": 1, "in": ["5.1"]},
                {"word": "yes", "value": 2, "in": ["5.2"]},
                {"word": "no Python", "value": None, "in": ["6.0"]},
            ],
        },
        {
            "name": "post_02",
            "said": ["post"],
            "number": "2",
            "claim": "It is old.",
            "verdict": "True.",
            "not run": "History.",
        },
    ],
}


def test_the_text_says_in_words_what_was_seen_where() -> None:
    assert table.text(SMALL).splitlines() == [
        "post 1, lesson 05",
        "  It is <fast> | wide.",
        "  ✗ no: 5.0, asgiref 3.11",
        "  ✓ yes: 5.1 to 5.2",
        "  - no Python: 6.0",
        "  Since 5.1.",
        "",
        "post 2",
        "  It is old.",
        "  · not run: History.",
        "  True.",
    ]


def test_the_text_of_all_fits_a_phone(results: Results) -> None:
    assert max(map(len, table.text(results).splitlines())) <= 60


def test_a_row_has_a_symbol_and_a_word_for_each_series() -> None:
    assert table.rows(SMALL, table.series(SMALL)) == [
        {
            "who": "post 1, lesson 05",
            "claim": "It is <fast> | wide.",
            "5.0": "✗ no",
            "5.1": "✓ yes",
            "5.2": "✓ yes",
            "6.0": "- no Python",
            "verdict": "Since 5.1.",
        },
        {
            "who": "post 2",
            "claim": "It is old.",
            **dict.fromkeys(["5.0", "5.1", "5.2", "6.0"], "· not run"),
            "verdict": "True.",
        },
    ]


def test_claims_cannot_break_out_of_their_cells() -> None:
    assert "It is &lt;fast&gt; | wide." in table.html(SMALL)
    assert r"It is &lt;fast> \| wide.<br>*Since 5.1.* | ✗ | ✓ | ✓ | - |" in table.markdown(SMALL)


def test_a_symbol_on_the_page_has_its_word_above_it() -> None:
    for section in table.markdown(SMALL).split("## ")[1:3]:
        assert "✓ yes, ✗ no, ◐ partly, · not run, - no Python, ! differs." in section


def test_the_page_tells_the_post_the_roadmap_and_the_lessons_apart(results: Results) -> None:
    titles = [line for line in table.markdown(results).splitlines() if line.startswith("## ")]
    assert titles[:3] == ["## The post of 2019", "## The roadmap as it came", "## What the lessons say"]
    told = sum(len(table.rows(results, [column])) for column in table.series(results)[:1])
    assert told == len(BOOK)


def test_the_page_has_a_row_for_each_environment() -> None:
    assert table.markdown(SMALL).splitlines()[-6:-1] == [
        "| --- | --- | --- | --- | --- |",
        "| 5.0 | 5.0.14 | 3.7.2 | 3.11.7 | 2026-11-22 |",
        "| 5.1 | 5.1.15 | 3.8.1 | 3.11.7 | 2026-11-22 |",
        "| 5.2 | 5.2.19 | 3.13.0 | 3.11.7 | 2026-11-22 |",
        "| 6.0 |  |  | no Python 3.12 on the machine |  |",
    ]
