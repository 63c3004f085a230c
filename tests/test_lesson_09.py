"""What lesson 09's loads decide, and answers to its exercises that nobody foresaw."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from asynclab.exercises import Prediction, find
from asynclab.exercises.lesson_09_last_answer import cases
from asynclab.exercises.lesson_09_threads_needed import (
    ROUNDS,
    by_round,
    by_thread,
    profiles,
    without_work,
)
from asynclab.loads import Load, Loads
from asynclab.trial import Judge
from tests import practice

FORTY = Load(
    "gunicorn /slow/sync/?delay=0.2",
    40,
    40,
    40,
    2.1,
    1.1,
    2.0,
    2.1,
    2.1,
    78_000,
    lone=0.205,
    waits=0.2,
    threads=4,
)


def settled(number: str, result: object) -> str:
    asked = find(number)
    assert isinstance(asked, Prediction)
    return asked.settle(result)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("seconds", "letter"), [(0.2, "a"), (0.4, "a"), (1.6, "b"), (2.1, "b"), (3.5, "b"), (8.3, "c"), (20, "c")]
)
def test_the_time_says_how_forty_waited(seconds: float, letter: str) -> None:
    assert settled("9.2", replace(FORTY, seconds=seconds)) == letter


@pytest.mark.parametrize("changed", [{"answered": 39}, {"threads": None}, {"waits": 0.0}])
def test_a_load_without_such_rounds_decides_nothing(changed: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="no such rounds"):
        settled("9.2", replace(FORTY, **changed))


@pytest.mark.parametrize(("seconds", "letter"), [(0.6, "a"), (0.8, "c"), (2.1, "c"), (6.0, "c"), (6.5, "b")])
def test_who_answers_more_than_three_times_as_many_is_ahead(seconds: float, letter: str) -> None:
    loop = replace(FORTY, threads=None, seconds=seconds)
    assert settled("9.5", Loads([FORTY, loop])) == letter
    assert settled("9.5", Loads([FORTY, loop, replace(FORTY, workers=2)])) == letter


def test_two_servers_of_one_kind_decide_nothing() -> None:
    with pytest.raises(ValueError, match="not threads and a loop"):
        settled("9.5", Loads([FORTY, FORTY]))


# What the checks bring


def test_the_cases_have_full_rounds_and_others_and_more_threads_than_clients() -> None:
    for _ in range(20):
        pools = [case for case in cases() if case.threads]
        assert {case.clients % case.threads == 0 for case in pools if case.threads} == {True, False}
        assert min(case.rounds for case in pools) == 1
        assert max(case.rounds for case in pools) > 2


def test_the_profiles_have_what_fits_just_so_what_never_fits_and_what_never_waits() -> None:
    for _ in range(20):
        found = profiles()
        needed = [each.needed for each in found]
        assert needed[-2:] == [1, None]
        assert sum(number is None for number in needed) > 2 * ROUNDS
        just = [
            each
            for each, number in zip(found, needed, strict=True)
            if number and each.takes(number) == each.within
        ]
        assert len(just) > ROUNDS


def test_whatever_numbers_are_drawn_the_wrong_rules_do_not_answer_alike() -> None:
    for _ in range(200):
        fits = [each for each in profiles() if each.needed is not None and each.wait]
        rules = (lambda each: each.needed, without_work, by_round, by_thread)
        right, no_work, rounds, threads = ([rule(each) for each in fits] for rule in rules)
        assert no_work not in (right, rounds, threads)
        assert right not in (rounds, threads)


# Right answers that are written in an unusual way

LAST = {
    "without a branch": """\
def last_answer(clients, wait, cost, threads=None):
    at_once = min(clients, threads or clients)
    return len(range(0, clients, at_once)) * wait + clients * cost
""",
    "a simulation": """\
import heapq


def last_answer(clients, wait, cost, threads=None):
    free = [0] * (threads or clients)
    for _ in range(clients):
        heapq.heapreplace(free, free[0] + wait)
    return max(free) + clients * cost
""",
    "by another order of the same sum": """\
import math


def last_answer(clients, wait, cost, threads=None):
    per_client = cost + wait / clients
    if threads is None:
        return clients * per_client
    return math.fsum([clients * cost, math.ceil(clients / threads) * wait])
""",
    "a fraction": """\
from fractions import Fraction


def last_answer(clients, wait, cost, threads=None):
    rounds = 1 if threads is None else -(-clients // threads)
    return Fraction(rounds * wait + clients * cost)
""",
    "a lambda": "last_answer = lambda n, d, c, t=None: n * c + d * (1 if t is None else (n + t - 1) // t)\n",
    "a class": """\
class last_answer(float):
    def __new__(cls, clients, wait, cost, threads=None):
        rounds = 1 if threads is None else divmod(clients - 1, threads)[0] + 1
        return super().__new__(cls, rounds * wait + clients * cost)
""",
}
NEEDED = {
    "from many to few": """\
def threads_needed(clients, wait, cost, within):
    found = None
    for threads in range(clients, 0, -1):
        if -(-clients // threads) * wait + clients * cost > within:
            break
        found = threads
    return found
""",
    "bisection": """\
from bisect import bisect_left


def threads_needed(clients, wait, cost, within):
    def fits(threads):
        return -(-clients // threads) * wait + clients * cost <= within

    found = bisect_left(range(1, clients + 1), True, key=fits) + 1
    return found if found <= clients else None
""",
    "by the rounds that fit": """\
def threads_needed(clients, wait, cost, within):
    left = within - clients * cost
    if left < 0:
        return
    rounds = left // wait if wait else clients
    if rounds:
        return max(1, (clients + rounds - 1) // rounds)
""",
    "a set": """\
def threads_needed(clients, wait, cost, within):
    enough = {n for n in range(1, clients + 1) if within - clients * cost >= wait * ((clients + n - 1) // n)}
    return min(enough, default=None)
""",
    "a float that is whole": """\
import math


def threads_needed(clients, wait, cost, within):
    left = within - clients * cost
    if left < wait or left < 0:
        return None
    return float(math.ceil(clients / (left // wait))) if wait else 1
""",
}
RIGHT = [("9.9", name, source) for name, source in LAST.items()]
RIGHT += [("9.10", name, source) for name, source in NEEDED.items()]


@pytest.mark.parametrize(("number", "source"), [pytest.param(n, s, id=name) for n, name, s in RIGHT])
def test_an_unusual_right_answer_passes(judge: Judge, number: str, source: str) -> None:
    said = practice.judged(judge, number, source)
    assert said.state == "passed", said.message


# Wrong ones, and what is said of them

WRONG = [
    ("9.9", "def last_answer(*given):\n    return 1000\n", "you say 1000 ms"),
    ("9.9", "def last_answer(clients, wait, cost, threads=None):\n    return ...\n", "you say Ellipsis ms"),
    (
        "9.9",
        "def last_answer(clients, wait, cost, threads=None):\n    print(clients * cost)\n",
        "your function returned None",
    ),
    ("9.9", "async def last_answer(clients, wait, cost, threads=None):\n    return wait\n", "a coroutine"),
    ("9.9", "def last_answer(clients, wait, cost):\n    return wait\n", "TypeError"),
    (
        "9.9",
        "def last_answer(clients, wait, cost, threads=None):\n    return clients / 0\n",
        "ZeroDivisionError",
    ),
    ("9.9", "def last_answer(n, d, c, t=None):\n    return -(-n // (t or n)) * d\n", "adds up"),
    ("9.9", "def last_answer(n, d, c, t=None):\n    return True\n", "adds up"),
    ("9.10", "def threads_needed(clients, wait, cost, within):\n    return 10\n", "you say 10"),
    ("9.10", "def threads_needed(clients, wait, cost, within):\n    return None\n", "you say None"),
    ("9.10", "def threads_needed(clients, wait, cost, within):\n    return True\n", "you say True"),
    ("9.10", "def threads_needed(clients, wait, cost, within):\n    return wait // 0\n", "ZeroDivisionError"),
    ("9.10", "async def threads_needed(clients, wait, cost, within):\n    return 1\n", "a coroutine"),
    (
        "9.10",
        "def threads_needed(clients, wait, cost, within):\n"
        "    left = within - clients * cost\n"
        "    return (-(-clients // (left // wait or 1)) if wait else 1)\n",
        "even a thread for each is too late, after",
    ),
    (
        "9.10",
        "def threads_needed(clients, wait, cost, within):\n"
        "    rounds = (within - clients * cost) // wait\n"
        "    return -(-clients // rounds) if rounds > 0 else None\n",
        "wait 0",
    ),
]


@pytest.mark.parametrize(("number", "source", "words"), WRONG)
def test_a_wrong_answer_is_told_what_was_seen(judge: Judge, number: str, source: str, words: str) -> None:
    said = practice.judged(judge, number, source)
    assert said.state != "passed"
    assert words in said.message, said.message
