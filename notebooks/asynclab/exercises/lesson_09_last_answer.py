"""Exercise 9.9: after how long the last of N clients has its answer."""

from __future__ import annotations

import random
from math import isclose
from numbers import Real
from typing import Any, NamedTuple

from ..theory import expected
from ..words import shorten
from .declare import Evidence, Exercise, Wrong
from .trying import said, unawaited

CASES = 24


class Case(NamedTuple):
    """So many clients at once; times in milliseconds; threads=None is a loop."""

    clients: int
    wait: int
    cost: int
    threads: int | None

    @property
    def right(self) -> float:
        return expected(self.clients, self.clients, self.wait, self.cost, threads=self.threads).seconds

    @property
    def rounds(self) -> int:
        return 1 if self.threads is None else -(-self.clients // self.threads)

    @property
    def told(self) -> str:
        served = "on a loop" if self.threads is None else f"on {self.threads} threads"
        return f"{self.clients} clients {served}, wait {self.wait}, cost {self.cost}"


def cases() -> list[Case]:
    """Loops, full rounds, rounds that are not full, more threads than clients; other numbers each time."""
    found: list[Case] = []
    for _ in range(CASES // 4):
        threads, rounds = random.randint(3, 12), random.randint(2, 9)
        over = random.randint(1, threads - 1)
        for clients, given in (
            (threads * rounds, None),
            (threads * rounds, threads),
            (threads * rounds + over, threads),
            (over, threads),
        ):
            found.append(Case(clients, random.randint(100, 400), random.randint(2, 9), given))
    return found


def like(seen: list[tuple[Case, object]], seconds: Any) -> bool:
    """Whether every answer is what this formula gives."""
    return all(same(got, seconds(case)) for case, got in seen)


def same(got: object, number: float) -> bool:
    return isinstance(got, Real) and isclose(float(got), number, rel_tol=1e-9, abs_tol=1e-6)


def answer(got: object) -> str:
    return "your function returned None" if got is None else f"you say {shorten(repr(got), 40)} ms"


async def try_last_answer(last_answer: Any) -> Evidence:
    """What it says of all the cases."""
    error, loops, pools = None, list[tuple[Case, object]](), list[tuple[Case, object]]()
    at, *_ = asked = cases()
    for at in asked:
        try:
            got = last_answer(at.clients, at.wait, at.cost, at.threads)
        except Exception as raised:
            error = raised
            break
        if unawaited(got):
            got = "a coroutine"
        (loops if at.threads is None else pools).append((at, got))
    wrong = [(case, got) for case, got in loops + pools if not same(got, case.right)]
    case, got = wrong[0] if wrong else (at, None)
    if error is not None:
        case = at
    full = [(each, got) for each, got in pools if each.clients == each.rounds * (each.threads or 1)]
    part = [(each, got) for each, got in pools if (each, got) not in full]
    pools_right, full_right, part_right = (
        like(some, lambda each: each.right) for some in (pools, full, part)
    )
    loops_add_up = like(loops, lambda each: each.clients * (each.wait + each.cost))
    # (The error goes with the numbers at which it was raised: alone it would say less.)
    return Evidence(
        facts={
            "right": not wrong and error is None,
            "told": case.told,
            "clients": case.clients,
            "threads": case.threads,
            "wait": case.wait,
            "got": shorten(got if isinstance(got, str) else repr(got), 40),
            "asked": f"{case.told}: " + (f"your function raised {said(error)}" if error else answer(got)),
            "waits add up": error is None and bool(loops) and loops_add_up,
            "part round": error is None
            and full_right
            and bool(part)
            and all(isinstance(got, int | float) and got < each.right for each, got in part),
            "round too many": error is None
            and part_right
            and like(full, lambda each: each.right + each.wait),
            "all at once": error is None
            and not pools_right
            and like(pools, lambda each: each.wait + each.clients * each.cost),
            "in turns": error is None
            and not pools_right
            and like(pools, lambda each: each.clients * (each.wait + each.cost)),
            "work shared": error is None
            and not pools_right
            and (
                like(pools, lambda each: each.rounds * (each.wait + each.cost))
                or like(pools, lambda each: each.rounds * each.wait + each.clients * each.cost / each.threads)
            ),
        },
    )


def filled(loop: str, threads: str, work: str = "clients * cost", head: str = "") -> str:
    """The stub with its two lines filled in."""
    return (
        f"{head}def last_answer(clients, wait, cost, threads=None):\n"
        f"    work = {work}\n"
        f"    if threads is None:  # a loop\n        return work + {loop}\n"
        f"    return work + {threads}\n"
    )


MATH = "from math import ceil\n\n\n"
ROUNDS = "ceil(clients / threads)"
RIGHT = f"{ROUNDS} * wait"

LAST_ANSWER = Exercise(
    number="9.9",
    name="last_answer",
    kind="modify",
    minutes=4,
    task=(
        "`last_answer` shall return after how long the last of so many `clients` has its answer. All ask at "
        "the same moment, on one worker. `wait` (d) and `cost` (c) are milliseconds of one request. "
        "`threads` is their number, or `None` for a loop.\n\n"
        "Put the waiting in place of the two `...`. `check` compares with theory, for numbers of its own."
    ),
    stub=filled("...", "..."),
    solutions=(
        filled("wait", RIGHT, head=MATH),
        filled("wait", "-(-clients // threads) * wait"),
        "def last_answer(clients, wait, cost, threads=None):\n"
        "    at_once = threads or clients\n"
        "    rounds = 0\n"
        "    while rounds * at_once < clients:\n"
        "        rounds += 1\n"
        "    return rounds * wait + clients * cost\n",
    ),
    wrong=(
        Wrong(
            "waits_add_up_on_a_loop",
            (
                filled("clients * wait", RIGHT, head=MATH),
                filled("sum(wait for _ in range(clients))", "(clients + threads - 1) // threads * wait"),
            ),
            lambda seen: seen["waits add up"],
            "{told}: you let the waits add up, {got} ms in all. In 9.3 forty waits went on side "
            "by side. How often does d pass on a loop?",
        ),
        Wrong(
            "no_whole_rounds",
            (
                filled("wait", "clients / threads * wait"),
                filled("wait", "clients // threads * wait"),
            ),
            lambda seen: seen["part round"],
            "{told}: {got} ms is too soon. The last round is not full, and still it waits as long as the "
            "others. How many rounds are there?",
        ),
        Wrong(
            "a_round_too_many",
            (
                filled("wait", "(clients // threads + 1) * wait"),
                filled("wait", "(int(clients / threads) + 1) * wait"),
            ),
            lambda seen: seen["round too many"],
            "{told}: {got} ms is one wait too many. Here every round is full, and nobody is left for one "
            "more. Which rounding adds nothing to a whole number?",
        ),
        Wrong(
            "a_thread_for_everybody",
            (
                filled("wait", "wait"),
                "def last_answer(clients, wait, cost, threads=None):\n    return wait + clients * cost\n",
            ),
            lambda seen: seen["all at once"],
            "{told}: you say {got} ms, as if all waited at once. So many threads let so many wait. What do "
            "the other clients do meanwhile?",
        ),
        Wrong(
            "threads_wait_in_turns",
            (
                filled("wait", "clients * wait"),
                filled("wait", "sum([wait] * clients)"),
            ),
            lambda seen: seen["in turns"],
            "{told}: you say {got} ms, one wait after another, as with a single thread. In 9.2 four waited "
            "at a time. How many rounds does that make?",
        ),
        Wrong(
            "threads_share_the_work",
            (
                filled("wait", RIGHT, "clients * cost / (threads or 1)", MATH),
                "def last_answer(clients, wait, cost, threads=None):\n"
                "    if threads is None:\n"
                "        return wait + clients * cost\n"
                "    return -(-clients // threads) * (wait + cost)\n",
            ),
            lambda seen: seen["work shared"],
            "{told}: {got} ms is too soon. You let the threads work at the same time. In 9.5 four threads "
            "computed no faster. How often does c pass in one process?",
        ),
    ),
    hints=(
        "The work is there already: `clients * cost`. Each line lacks only the waiting.",
        "On a loop all wait at once: d passes one time. With threads it passes once for each round.",
        "`ceil(clients / threads)` counts the rounds, and a last one that is not full.",
    ),
    attempt=try_last_answer,
    passed=lambda seen: bool(seen["right"]),
    done="Right for a loop, for full rounds, for a last one that is not full, and for idle threads.",
    otherwise="Not yet. {asked}. What waits beside the others, and what adds up?",
)
