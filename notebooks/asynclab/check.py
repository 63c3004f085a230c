"""Judge an exercise by how it behaves, and say what was seen.

`check` never runs your code in the kernel: it goes to a process of its own, which is ended at the
deadline (see trial.py). So code that blocks, spins or deadlocks costs seconds, not your session.
"""

from __future__ import annotations

from collections.abc import Coroutine

from . import work
from .bar import bar
from .cells import last_cell, notebook
from .exercises import Exercise, Lesson, find, lesson
from .progress import LONGEST, Answer, Progress, line, load, note
from .submission import MISSING, CannotTravel, files, stub_of, untouched
from .ticks import lesson_of
from .trial import Judge, Verdict
from .words import clean

_MARKS = {"passed": "✓", "ours": "!", "interrupted": "○"}


def check(number: str, obj: object = MISSING, *, hint: int = 0, output: bool = False) -> None:
    """Judge what you wrote for an exercise, and print one verdict and your ticks.

    check("0.4", nap_well)                 # the function or class itself, not a call of it
    check("0.4", hint=1)                   # the first hint; nothing is judged
    check("0.4", nap_well, output=True)    # with the end of what your code printed
    """
    try:
        home, exercise = _exercise(number)
    except LookupError as error:
        print(error.args[0])
        return
    if hint:
        print(_hint(exercise, hint))
        return
    verdict = _judge(exercise, obj)
    if isinstance(verdict, str):
        print(f"{exercise.number} {verdict}")
    else:
        _keep(exercise, obj, verdict)
        print(f"{exercise.number} {_MARKS.get(verdict.state, '✗')} {clean(verdict.message)}")
        if output:
            print(_printed(verdict))
    print(line(home))
    if not isinstance(verdict, str) and all(e.number in load().answers for e in home.exercises):
        work.offer()


def _exercise(number: str) -> tuple[Lesson, Exercise]:
    found = find(number)
    if not isinstance(found, Exercise):
        raise LookupError(f'{found.number} is a prediction: predict("{found.number}", "a").')
    return lesson(lesson_of(found.number)), found


def _hint(exercise: Exercise, stage: int) -> str:
    hints, number = exercise.hints, exercise.number
    if type(stage) is not int or stage < 1:
        return f"{number}: hints are numbered 1 to {len(hints)}."
    if stage > len(hints):
        return f"{number} has {len(hints)} hints, and you have seen them all: a wrong try tells you more."
    more = f' Then: check("{number}", hint={stage + 1}).' if stage < len(hints) else ""
    return f"{number} hint {stage} of {len(hints)}: {hints[stage - 1]}{more}"


def _judge(exercise: Exercise, obj: object) -> Verdict | str:
    """The verdict, or a sentence that says why there is none."""
    name = exercise.name
    if obj is MISSING:
        obj = notebook().get(name, MISSING)
        if obj is MISSING:
            return f"○ `{name}` is not defined yet. Run the cell that defines it, then this one."
    if obstacle := _obstacle(exercise, obj):
        return f"✗ {obstacle}"
    if untouched(exercise, obj):
        return "○ not attempted"
    with bar(f"Judging {name}, for {exercise.deadline:g} s at most"), Judge() as judge:
        try:
            return judge(exercise, obj)
        except CannotTravel as error:
            return Verdict("failed", str(error))
        except KeyboardInterrupt:
            return Verdict("interrupted", "interrupted before it was judged.")


def _obstacle(exercise: Exercise, obj: object) -> str | None:
    """What is wrong with handing in this object, if anything."""
    name, number = exercise.name, exercise.number
    if type(obj).__name__ in ("coroutine", "generator", "async_generator"):
        if isinstance(obj, Coroutine):
            obj.close()  # or Python complains that it was never awaited
        return f'That is a call of a function. Hand in the function itself: check("{number}", {name}).'
    try:
        last_cell(name)
    except SyntaxError as error:
        where = f"line {error.lineno}: {error.msg}" if error.lineno else error.msg
        return f"Your last cell with `{name}` does not compile ({where}). Mend it and run it first."
    given = getattr(obj, "__name__", None)
    if obj is not notebook().get(name, MISSING) and isinstance(given, str) and given != name:
        return f'This exercise is about `{name}`; you handed in `{clean(given)}`: check("{number}", {name}).'
    if callable(stub_of(exercise)[0]) and not callable(obj):
        return f"`{name}` must be a function or a class; what you handed in is of type {type(obj).__name__}."
    return None


def _keep(exercise: Exercise, obj: object, verdict: Verdict) -> None:
    """Note the answer's text, and the tick if it passed."""
    passed = verdict.state == "passed"
    if verdict.state in ("ours", "interrupted"):
        return
    text = last_cell(exercise.name) or next(iter(files(obj).values()), "")
    answers = {exercise.number: Answer(text, passed)} if 0 < len(text) <= LONGEST else {}
    note(Progress({}, frozenset([exercise.number] if passed else []), answers))


def _printed(verdict: Verdict) -> str:
    """The end of what the code printed, as plain text: no terminal codes, no tricks."""
    lines = [clean(text) for text in verdict.printed.splitlines()]
    return "\n".join(["Your code printed:", *lines]) if lines else "Your code printed nothing."
