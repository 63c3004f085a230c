"""The proof itself is sharp: it notices one changed outcome, one missing test, one count that is off."""

from __future__ import annotations

import hashlib
import runpy
from pathlib import Path

import django
import pytest

from tests.truth import source, suite
from tests.truth.suite import Outcome, blind_spots, differences

PLAIN = Outcome({"asgi.tests.A.test_one": ["passed"], "signals.tests.B.test_two": ["skipped"]}, {}, "")


def outcome(**changed: list[str]) -> Outcome:
    return Outcome({**PLAIN.outcomes, **changed}, {}, "")


def lines(other: Outcome, labels: list[str]) -> list[str]:
    return list(differences(PLAIN, other, labels).values())


def test_the_same_outcomes_differ_in_nothing() -> None:
    assert lines(outcome(), ["asgi", "signals"]) == []


def test_a_changed_outcome_is_named() -> None:
    changed = Outcome({**PLAIN.outcomes, "asgi.tests.A.test_one": ["failed"]}, {}, "")
    assert lines(changed, ["asgi"]) == ["asgi.tests.A.test_one: ['passed'] became ['failed']"]
    assert lines(changed, ["signals"]) == []


def test_a_test_that_did_not_run_is_named() -> None:
    fewer = Outcome({"asgi.tests.A.test_one": ["passed"]}, {}, "")
    assert lines(fewer, ["signals"]) == ["signals.tests.B.test_two: ['skipped'] became None"]


def test_an_error_outside_a_test_counts_for_its_label() -> None:
    broken = outcome(**{"setUpClass (asgi.tests.A)": ["error: ValueError"]})
    assert lines(broken, ["asgi"]) == ["setUpClass (asgi.tests.A): None became ['error: ValueError']"]


@pytest.mark.parametrize(
    ("recorded", "excused"),
    [
        (["passed", "passed", "passed"], {"asgi.tests.A.test_one"}),  # a busy moment
        (["failed", "failed", "failed"], set()),  # the recorder, each time
        (["passed", "failed", "passed"], set()),  # now and then is not never
    ],
)
def test_a_difference_is_excused_only_if_it_never_comes_back(recorded: list[str], excused: set[str]) -> None:
    ran: list[tuple[str, list[str]]] = []
    outcomes = iter(recorded)

    def run(mode: str, labels: list[str]) -> Outcome:
        ran.append((mode, labels))
        return PLAIN if mode == "plain" else outcome(**{"asgi.tests.A.test_one": [next(outcomes)]})

    assert suite.unsteady(["asgi.tests.A.test_one"], run) == excused
    assert ran == [("plain", ["asgi"]), ("recorded", ["asgi"])] * 3


def test_where_nothing_differs_nothing_is_run_again() -> None:
    assert suite.unsteady([], lambda mode, labels: pytest.fail("ran again")) == set()


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"requests": 2, "layers": 4, "views": 2}, []),
        ({"requests": 2, "layers": 4}, ["asgi: 2 requests, but no views recorded"]),
        ({"requests": 2, "views": 4}, ["asgi: 2 requests, but no layers recorded"]),
        ({"crossings": 3, "bridges": 4}, ["asgi: 4 calls of a bridge, but 3 crossings recorded"]),
        (
            {"requests": 2, "async requests": 1, "layers": 1, "views": 1},
            ["asgi: 1 async requests, but no crossings recorded"],
        ),
    ],
)
def test_what_the_recorder_missed_is_named(row: dict[str, int], said: list[str]) -> None:
    assert blind_spots(Outcome({}, {"asgi": row}, ""), ["asgi"]) == said


def test_every_sabotage_exists_and_is_tried(root: Path) -> None:
    sabotages = runpy.run_path(str(root / "tests/truth/sabotage.py"))["SABOTAGES"]
    assert list(sabotages) == list(suite.SABOTAGES)
    assert set(suite.SABOTAGES.values()) <= set(suite.LABELS)


def test_the_tests_of_django_come_from_the_version_in_use() -> None:
    url, digest = source.locked()
    assert url.endswith(f"/django-{django.__version__}.tar.gz")
    assert len(digest) == 64


def test_another_file_than_the_locked_one_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "user_cache_path", lambda *args, **kwargs: tmp_path)
    wrong = tmp_path / "elsewhere.tar.gz"
    wrong.write_bytes(b"something else")
    monkeypatch.setattr(source, "locked", lambda: (wrong.as_uri(), hashlib.sha256(b"the file").hexdigest()))
    with pytest.raises(source.Unavailable, match=r"is not the file that uv\.lock names"):
        source.download()


def test_the_kept_file_is_fetched_again_when_it_is_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source, "user_cache_path", lambda *args, **kwargs: tmp_path)
    (tmp_path / "shelf").mkdir()
    right = tmp_path / "shelf" / "django.tar.gz"
    right.write_bytes(b"the file")
    monkeypatch.setattr(source, "locked", lambda: (right.as_uri(), hashlib.sha256(b"the file").hexdigest()))
    (tmp_path / "django.tar.gz").write_bytes(b"half of")
    assert source.download().read_bytes() == b"the file"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["django.tar.gz", "shelf"]
