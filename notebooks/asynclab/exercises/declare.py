"""What a lesson declares about itself: its header, its predictions and its exercises.

One module a lesson (`lesson_00.py`, `lesson_01.py` …) holds one `LESSON = Lesson(...)`. Everything
else comes from it: the notebook's header, question, task, stub and solution cells, the messages a
learner gets, and the tests. So a text that stands here stands nowhere else.

    LESSON = Lesson(
        number="03",
        slug="03_views",
        title="Four kinds of view",
        objectives=("predict on which thread a view runs",),
        know_first="lesson 02",
        docs=(("Asynchronous support", "topics/async/"),),
        predictions=(Prediction(number="3.1", ...),),
        exercises=(Exercise(number="3.4", name="nap_well", ...),),
    )
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from ..events import Recording

if TYPE_CHECKING:
    from ..run import Run

Kind = Literal["modify", "make", "parsons"]


@dataclass(frozen=True)
class Evidence:
    """What an exercise's attempt saw when it ran the learner's object.

    `facts` are any further values by name, as a lesson likes. A message is a format string over all
    of it: "{most_at_once}", "{error}", "{recording.blocked[0].code}".
    """

    result: object = None
    recording: Recording = field(default_factory=Recording)
    error: BaseException | None = None
    facts: Mapping[str, object] = field(default_factory=dict)
    source: str = ""  # the learner's code; only for a detector that declares `reads_source`

    def __getitem__(self, fact: str) -> Any:
        """One of the facts, by name: `evidence["most_at_once"]`."""
        return self.facts[fact]

    def fill(self, message: str) -> str:
        """The message, with what was seen in place of its {fields}."""
        return message.format_map(
            {"result": self.result, "recording": self.recording, "error": self.error, **self.facts}
        )


@dataclass(frozen=True)
class Wrong:
    """One known wrong answer: one misconception, how it shows, and what to say to it."""

    name: str
    forms: tuple[str, str]  # the same mistake, written in two different ways
    saw: Callable[[Evidence], bool]  # judges by what happened, not by how the code looks
    message: str  # what we saw, where, then a question or the next step; may hold {fields}
    reads_source: bool = False  # True only where the syntax itself is the mistake

    def __post_init__(self) -> None:
        _require(len(set(self.forms)) == 2, f"wrong answer {self.name!r}: write it in two different forms")


@dataclass(frozen=True)
class Exercise:
    """Something the learner writes, judged by how it behaves."""

    number: str  # "0.5": the section it stands in
    name: str  # what the learner defines, for example "nap_well"
    kind: Kind
    minutes: int
    task: str  # Markdown
    stub: str  # the code cell as the learner finds it; it must run without an error
    solutions: tuple[str, ...]  # the first one is printed; each is right, each written differently
    wrong: tuple[Wrong, ...]  # tried in this order: put the most telling first
    hints: tuple[str, ...]
    attempt: Callable[[Any], Awaitable[Evidence]]  # runs the learner's object and says what it saw
    passed: Callable[[Evidence], bool]
    done: str  # after the ✓; may hold {fields}
    otherwise: str  # not right, and not a mistake that we know; may hold {fields}
    deadline: float = 10.0  # seconds
    title: str = ""  # of its section; empty: "Change it", "Write it", by its kind

    def __post_init__(self) -> None:
        _number(self.number)
        where = f"exercise {self.number}"
        _require(self.name.isidentifier(), f"{where}: {self.name!r} is no Python name")
        _require(len(set(self.solutions)) >= 2, f"{where}: give at least two differently written solutions")
        names = [wrong.name for wrong in self.wrong]
        _require(len(set(names)) == len(names), f"{where}: two wrong answers share one name")
        _require(self.minutes > 0 and self.deadline > 0, f"{where}: minutes and deadline must be positive")


@dataclass(frozen=True)
class Prediction:
    """A question that the next run answers. The right letter is computed, never typed in."""

    number: str  # "0.1"
    question: str  # Markdown
    options: Mapping[str, str]  # "a": its text, and so on
    settle: Callable[[Run], str]  # the letter that this run proves
    replies: Mapping[str, str]  # what to say to whoever chose that wrong letter

    def __post_init__(self) -> None:
        _number(self.number)
        letters = "".join(self.options)
        where = f"prediction {self.number}"
        _require(len(letters) >= 2 and "abcdefgh".startswith(letters), f"{where}: options are a, b, c …")
        _require(set(self.replies) <= set(letters), f"{where}: a reply to a letter that is no option")
        _require(len(self.replies) >= len(letters) - 1, f"{where}: each wrong option needs its reply")


@dataclass(frozen=True)
class Size:
    """What a lesson may ask of a learner; a test keeps a core lesson to it."""

    minutes: int = 30  # at most
    predictions: int = 2  # at most
    exercises: int = 2  # exactly


@dataclass(frozen=True)
class Lesson:
    """One notebook. Its minutes are computed from its prose, predictions and exercises."""

    number: str  # "00", or "02b" for an optional deep dive
    slug: str  # the file's name without .ipynb
    title: str
    objectives: tuple[str, ...]  # each begins with a verb: what you can do afterwards
    know_first: str
    docs: tuple[tuple[str, str], ...]  # (label, path below docs.djangoproject.com/en/<version>/)
    predictions: tuple[Prediction, ...] = ()
    exercises: tuple[Exercise, ...] = ()
    previous: str | None = None  # slugs; a link appears once that notebook exists
    next: str | None = None
    errors: Mapping[str, str] = field(default_factory=dict)  # an error's words: the section that meets it
    newer_words: Mapping[str, str] = field(default_factory=dict)  # of a newer Python: its text has them
    minutes_note: str = ""  # after "about 15 minutes"
    size: Size = Size()
    versions: str = "Django 5.2 LTS and 6.1, Python 3.11 or newer"

    def __post_init__(self) -> None:
        where = f"lesson {self.number}"
        _require(bool(re.fullmatch(r"\d\d[a-z]?", self.number)), f"{where}: number it 00, 01 … or 02b")
        _require(self.slug.startswith(f"{self.number}_"), f"{where}: its slug begins with {self.number}_")
        _require(bool(self.objectives) and bool(self.docs), f"{where}: needs objectives and docs")
        numbers = [part.number for part in self.predictions] + [part.number for part in self.exercises]
        _require(len(set(numbers)) == len(numbers), f"{where}: two parts share one number")
        numbers += [*self.errors.values(), *self.newer_words.values()]
        strays = [number for number in numbers if number.partition(".")[0] != self.chapter]
        _require(not strays, f"{where}: {', '.join(strays)} does not belong here")

    @property
    def core(self) -> bool:
        """Whether every learner takes it; deep dives (02b, 03b …) are optional."""
        return self.number.isdigit()

    @property
    def chapter(self) -> str:
        """What its section numbers begin with: "0" for lesson 00, "2b" for lesson 02b."""
        return self.number.removeprefix("0")


def _number(number: str) -> None:
    _require(bool(re.fullmatch(r"\d+[a-z]?\.\d+", number)), f"{number!r} is no section number like 3.4")


def _require(condition: bool, otherwise: str) -> None:
    if not condition:
        raise ValueError(otherwise)
