"""Exercise 10.13: what an audit finds that an earlier one did not."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from ..audit.findings import Finding, finding
from ..words import shorten
from .declare import Evidence, Exercise, Wrong
from .trying import said, unawaited

KINDS = (
    ("blocking", "{name} waits: time.sleep(1) (ASYNC251)"),
    ("loop", "{name} runs a queryset: for … in Drink.objects.all()"),
    ("user", "{name} reads request.user: request.user.is_staff"),
    ("relation", "{name} reads a lazy relation: order.drink"),
)
NOTES = (
    ("sync-only", "shop.middleware.{name} is sync-only by its flags."),
    ("conn-max-age", "Database {name!r} keeps connections 600 s."),
)
FILES = ("shop/views.py", "shop/orders.py", "shop/cart.py", "shop/board.py")
NAMES = ("basket", "checkout", "profile", "invoice", "search", "tray", "refund", "parcel")

Pair = tuple[str, list[Finding], list[Finding], set[Finding]]  # what it is, before, after, what is new


def made(count: int, kinds: Sequence[tuple[str, str]] = KINDS) -> list[Finding]:
    """So many findings, no two alike."""
    names = random.sample([(name, file) for name in NAMES for file in FILES], count)
    found = []
    for number, (name, file) in enumerate(names):
        code, what = kinds[number % len(kinds)]
        found.append(finding(code, what.format(name=name), f"{file}:{random.randint(90, 99)}"))
    return found


def moved(findings: Sequence[Finding], lines: int) -> list[Finding]:
    """The same, further down in their files."""
    some = []
    for each in findings:
        file, _, line = each.where.rpartition(":")
        where = f"{file}:{int(line) + lines}" if file else each.where
        some.append(Finding(each.code, each.weight, each.what, where, each.why, each.do, each.lesson))
    return some


def elsewhere(each: Finding, file: str) -> Finding:
    return Finding(each.code, each.weight, each.what, f"{file}:7", each.why, each.do, each.lesson)


def pairs() -> list[Pair]:
    """Audits of a project before and after a change."""
    found: list[Pair] = []
    for _ in range(3):
        one, two, three, four, five, six = made(6)
        place = finding("no-asgi", "No ASGI application: no asgi.py was found.", "")
        note, other = made(2, NOTES)
        down = 12  # so that the numbers of the lines get longer
        file = next(each for each in FILES if not one.where.startswith(each))
        same_kind = finding(one.code, one.what.replace(one.what.split()[0], "greeting"), one.where)
        found += [
            ("nothing has changed", [one, two, place], [one, two, place], set()),
            ("twelve lines came in above", [one, two, place], [*moved([one, two], down), place], set()),
            ("one was mended", [one, two, three], moved([two, three], down), set()),
            ("one was mended, and one came", [one, two], [two, three], {three}),
            ("one came that is only to know", [one, note], [one, note, other], {other}),
            ("a second one of its kind came", [one, two], [one, same_kind, two], {same_kind}),
            (
                "the same came in another file",
                [one, four],
                [one, elsewhere(one, file), four],
                {elsewhere(one, file)},
            ),
            ("there was nothing before", [], [five, six, place], {five, six, place}),
            ("all were mended", [five, six, place], [], set()),
        ]
    return found


def key(each: Finding) -> tuple[str, str, str]:
    return each.code, each.what, each.where.rpartition(":")[0]


def rule(same: Callable[[Finding], object]) -> Callable[[Pair], set[Finding]]:
    """New is whatever nothing before is the same as."""

    def new(pair: Pair) -> set[Finding]:
        known = {same(each) for each in pair[1]}
        return {each for each in pair[2] if same(each) not in known}

    return new


def fewer(pair: Pair) -> int:
    return max(0, len(pair[2]) - len(pair[1]))


async def try_new_findings(new_findings: Any) -> Evidence:
    """What it says of all the pairs."""
    error: Exception | None = None
    seen: list[tuple[Pair, object]] = []
    at, *_ = asked = pairs()
    for at in asked:
        try:
            got = new_findings(list(at[1]), list(at[2]))
            unknown = unawaited(got)
            if not unknown and not isinstance(got, str | dict | int | None):
                got = list(got)
        except Exception as raised:
            error = raised
            break
        seen.append((at, "a coroutine" if unknown else got))
    wrong = [(pair, got) for pair, got in seen if not agrees(got, pair[3])]
    pair, got = wrong[0] if wrong else (at, None)
    if error is not None:
        pair = at
    some = error is None and bool(wrong)
    moved_ones = [each for each in wrong if each[0][0] == "twelve lines came in above"]
    shown = got if isinstance(got, str) else _listed(got)
    return Evidence(
        facts={
            "right": error is None and not wrong,
            "told": pair[0],
            "got": shown,
            "new": _listed(list(pair[3])),
            "asked": f"{pair[0]}: "
            + (f"your function raised {said(error)}" if error else f"you say {shown}"),
            "next": "Mend that first."
            if error
            else "When are two findings the same?"
            if isinstance(got, list) and all(isinstance(each, Finding) for each in got)
            else "It shall return a list of findings, as they stand in `after`.",
            "with lines": some
            and bool(moved_ones)
            and all(agrees(got, rule(_whole)(each)) for each, got in seen),
            "by kind": some and all(agrees(got, rule(lambda f: f.code)(each)) for each, got in seen),
            "no file": some
            and all(agrees(got, rule(lambda f: (f.code, f.what))(each)) for each, got in seen),
            "counted": some
            and all(isinstance(got, int | list) and _count(got) == fewer(each) for each, got in seen),
            "wrong only": some
            and all(agrees(got, {f for f in each[3] if f.weight == "wrong"}) for each, got in seen),
            "gone": some and all(agrees(got, gone(each)) for each, got in seen),
        },
    )


def _whole(each: Finding) -> object:
    return each


def gone(pair: Pair) -> set[Finding]:
    return rule(key)((pair[0], pair[2], pair[1], set()))


def agrees(got: object, wanted: set[Finding]) -> bool:
    """Whether these findings came back, in whatever order, each once."""
    if not isinstance(got, list) or not all(isinstance(each, Finding) for each in got):
        return False
    return Counter(got) == Counter(wanted)


def _count(got: object) -> int:
    return len(got) if isinstance(got, list) else int(got)  # type: ignore[call-overload]


def _listed(got: object) -> str:
    """A few findings, by their kind and place."""
    if got is None:
        return "None"
    if not isinstance(got, list):
        return shorten(repr(got), 40)
    told = [_named(each) if isinstance(each, Finding) else shorten(repr(each), 30) for each in got]
    return shorten(", ".join(told), 90) if told else "nothing"


def _named(each: Finding) -> str:
    return f"{each.code} at {each.where}" if each.where else each.code


def written(same: str, condition: str = "") -> str:
    """With a set of what was known before."""
    return (
        "def new_findings(before, after):\n"
        f"    known = {{{same} for each in before}}\n"
        f"    return [each for each in after if {same} not in known{condition}]\n"
    )


def looped(same: str, more: str = "") -> str:
    """With two loops."""
    return (
        "def same(one, other):\n"
        f"    return {same}\n\n\n"
        "def new_findings(before, after):\n"
        "    new = []\n"
        "    for each in after:\n"
        f"        if not any(same(each, old) for old in before){more}:\n"
        "            new.append(each)\n"
        "    return new\n"
    )


FILE = 'each.where.rpartition(":")[0]'
NEW_FINDINGS = Exercise(
    number="10.13",
    name="new_findings",
    kind="make",
    minutes=7,
    task=(
        "A project has forty findings, and nobody can mend them today. What its CI can do: refuse any "
        "**new** one. Write `new_findings(before, after)`. It gets `report.findings` of two audits and "
        "returns a list of those in `after` that were not there before, of whatever weight.\n\n"
        "A finding has `.code` (its kind, such as `loop`), `.what` (a sentence) and `.where`: "
        '`"cafe/views.py:31"`, or `""`. Two are the same if kind, sentence and *file* are the same: '
        "the line moves whenever somebody writes above it.\n\n"
        "`check` brings audits of a shop before and after a change."
    ),
    stub="def new_findings(before, after):\n    ...\n",
    solutions=(
        "def new_findings(before, after):\n"
        "    def same(each):\n"
        '        file, _, line = each.where.rpartition(":")\n'
        "        return each.code, each.what, file\n\n"
        "    known = {same(each) for each in before}\n"
        "    return [each for each in after if same(each) not in known]\n",
        looped(
            "(one.code, one.what) == (other.code, other.what) and "
            'one.where.split(":")[0] == other.where.split(":")[0]'
        ),
        "import re\n\n\n"
        "def new_findings(before, after):\n"
        "    left = {}\n"
        "    for each in after:\n"
        '        left[each.code, each.what, re.sub(r":\\d+$", "", each.where)] = each\n'
        "    for each in before:\n"
        '        left.pop((each.code, each.what, re.sub(r":\\d+$", "", each.where)), None)\n'
        "    return list(left.values())\n",
    ),
    wrong=(
        Wrong(
            "lines_count",
            (
                "def new_findings(before, after):\n"
                "    return [each for each in after if each not in before]\n",
                "def new_findings(before, after):\n    return list(set(after) - set(before))\n",
            ),
            lambda seen: seen["with lines"],
            "{told}: you say {got}, and it should be {new}. The line is a part of `.where`, and you compare "
            "it, too. How do you get the file alone?",
        ),
        Wrong(
            "kinds_alone",
            (written("each.code"), looped("one.code == other.code")),
            lambda seen: seen["by kind"],
            "{told}: you say {got}, and it should be {new}. For you, one of a kind excuses all others of it. "
            "What else must be the same?",
        ),
        Wrong(
            "no_file",
            (written("(each.code, each.what)"), looped("one.what == other.what and one.code == other.code")),
            lambda seen: seen["no file"],
            "{told}: you say {got}, and it should be {new}. You compare kind and sentence. In which file "
            "does each stand?",
        ),
        Wrong(
            "a_number",
            (
                "def new_findings(before, after):\n    return max(0, len(after) - len(before))\n",
                "def new_findings(before, after):\n    return after[len(before) :]\n",
            ),
            lambda seen: seen["counted"],
            "{told}: you count {got}, and it should be {new}. Where one was mended and one came, the number "
            "is the same. Which one is new?",
        ),
        Wrong(
            "wrong_only",
            (
                written(f"(each.code, each.what, {FILE})", ' and each.weight == "wrong"'),
                looped(
                    "(one.code, one.what) == (other.code, other.what) and "
                    'one.where.split(":")[0] == other.where.split(":")[0]',
                    ' and each.weight == "wrong"',
                ),
            ),
            lambda seen: seen["wrong only"],
            "{told}: you say {got}, and it should be {new}. You leave out what is not `wrong`. The task "
            "says: of whatever weight.",
        ),
        Wrong(
            "what_was_mended",
            (
                "def new_findings(before, after):\n"
                "    def same(each):\n"
                '        return each.code, each.what, each.where.rpartition(":")[0]\n\n'
                "    there = {same(each) for each in after}\n"
                "    return [each for each in before if same(each) not in there]\n",
                "def new_findings(before, after):\n"
                "    left = {\n"
                '        (each.code, each.what, each.where.split(":")[0]): each for each in before\n'
                "    }\n"
                "    for each in after:\n"
                '        left.pop((each.code, each.what, each.where.split(":")[0]), None)\n'
                "    return [*left.values()]\n",
            ),
            lambda seen: seen["gone"],
            "{told}: you say {got}, and it should be {new}. Those are the ones that were mended. Which of "
            "the two lists do you go through, and which do you ask?",
        ),
    ),
    hints=(
        "Make one thing of each finding that is equal whenever two findings are the same: a tuple.",
        '`each.where.rpartition(":")[0]` is the file.',
        "Put those tuples of `before` into a set, and go through `after`.",
    ),
    attempt=try_new_findings,
    passed=lambda seen: bool(seen["right"]),
    done="What moved is known, what came is new, in each pair of audits.",
    otherwise="Not yet. {asked}, and it should be {new}. {next}",
)
