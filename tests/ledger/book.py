"""The claims, and what their experiments say about them: pure functions on plain data."""

from __future__ import annotations

import ast
import importlib
import json
import pkgutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from . import claims
from .declare import Answer
from .ranges import Versions, about, covers

HERE = Path(__file__).parent
DIFFERS = "differs"  # the word where an experiment returned what nobody expected
NO_PYTHON = "no Python"  # and where this machine has none that suits
Results = dict[str, Any]  # what results.json holds


@dataclass(frozen=True)
class Claim:
    """One module of `claims`."""

    name: str
    text: str
    said: Mapping[str, str]  # by whom, with the number in the post, the series, or the words in the lesson
    verdict: str
    expected: Mapping[str, Answer]  # by range of versions; empty if it cannot be run
    not_run: str  # why, and how it is settled instead
    experiment: str  # the checksum of its code

    def answer(self, versions: Versions) -> Answer | None:
        """What is expected there; None if nothing is. Raises ValueError if two ranges overlap."""
        found = {key: answer for key, answer in self.expected.items() if covers(key, versions)}
        if len(found) > 1:
            raise ValueError(f"{self.name}: {' and '.join(map(repr, found))} both cover {dict(versions)}.")
        return next(iter(found.values()), None)

    def word(self, versions: Versions, seen: object) -> str:
        """What `seen` says about the claim: yes, no, partly, or that it differs."""
        answer = self.answer(versions)
        return answer.word if answer is not None and as_json(answer.value) == seen else DIFFERS

    def wanted(self, subject: str | None, versions: Versions) -> bool:
        """Whether it is tried there: in every series, and where its own subject is what varies."""
        if subject is None:
            return not self.not_run
        named = {name for key in self.expected for name in about(key)}
        return subject in named and self.answer(versions) is not None


def as_json(value: object) -> Any:
    """The value as it comes back out of JSON."""
    return json.loads(json.dumps(value))


def load(folder: Iterable[str] = claims.__path__, package: str = claims.__name__) -> list[Claim]:
    """Every claim: the post's, then Django's road since, then those of the lessons."""
    order = ["post", "roadmap", "lesson"]
    names = sorted(each.name for each in pkgutil.iter_modules(folder))
    names.sort(key=lambda name: order.index(name.partition("_")[0]))
    return [_claim(f"{package}.{name}") for name in names]


def _claim(path: str) -> Claim:
    module = importlib.import_module(path)
    assert module.__file__ is not None
    return Claim(
        name=path.rpartition(".")[2],
        text=module.CLAIM,
        said=module.SAID,
        verdict=module.VERDICT,
        expected=getattr(module, "EXPECTED", {}),
        not_run=getattr(module, "NOT_RUN", ""),
        experiment=checksum(Path(module.__file__).read_text(encoding="utf-8")),
    )


def checksum(source: str) -> str:
    """Of a claim's code: what is said about the experiment may change without a new run of it."""
    told = {"CLAIM", "SAID", "NOT_RUN", "VERDICT", "EXPECTED"}
    code = [
        ast.get_source_segment(source, node) or ""
        for node in ast.parse(source).body
        if not (isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) in told)
    ]
    return sha256("\n".join(code).encode()).hexdigest()[:12]


@dataclass(frozen=True)
class Column:
    """What one environment said: its versions, and what each claim's experiment returned there."""

    name: str
    versions: Versions
    seen: Mapping[str, Any]
    missing: str = ""  # the Python that this machine has not got; then nothing was seen of what was wanted


def differences(book: Iterable[Claim], column: Column) -> list[str]:
    """One line for each experiment that returned what its claim does not expect there."""
    lines = []
    for claim in book if not column.missing else ():
        if claim.name in column.seen and claim.word(column.versions, column.seen[claim.name]) == DIFFERS:
            answer = claim.answer(column.versions)
            expected = "nothing" if answer is None else json.dumps(answer.value)
            seen = json.dumps(column.seen[claim.name])
            lines.append(f"{claim.name} in {column.name}: expected {expected}, saw {seen}")
    return lines


def recorded(book: Iterable[Claim], columns: Iterable[Column], date: str) -> Results:
    """What is written down of a run. A column without a Python is named, and empty."""
    columns = list(columns)
    return {
        "date": date,
        "environments": {
            column.name: {"missing": column.missing} if column.missing else {"date": date, **column.versions}
            for column in columns
        },
        "claims": [_entry(claim, columns) for claim in book],
    }


def _entry(claim: Claim, columns: list[Column]) -> Results:
    number = claim.said.get("post") or claim.said.get("roadmap", "")
    entry = {"name": claim.name, "said": [*claim.said], "number": number}
    entry |= {"claim": claim.text, "verdict": claim.verdict}
    if claim.not_run:
        return entry | {"not run": claim.not_run}
    runs: list[dict[str, Any]] = []
    for column in columns:
        if claim.name not in column.seen:
            continue
        value = column.seen[claim.name]
        word = NO_PYTHON if column.missing else claim.word(column.versions, value)
        for run in runs:
            if (run["word"], run["value"]) == (word, value):
                run["in"].append(column.name)
                break
        else:
            runs.append({"word": word, "value": value, "in": [column.name]})
    return entry | {"experiment": claim.experiment, "seen": runs}
