"""Exercise 9.10: how many threads a profile needs, or whether threads are no help."""

from __future__ import annotations

import random
from collections.abc import Callable
from math import ceil
from typing import Any, NamedTuple

from ..theory import expected
from ..words import shorten
from .declare import Evidence, Exercise, Wrong
from .trying import said, unawaited

ROUNDS = 8  # of profiles of each kind


class Profile(NamedTuple):
    """So many clients at once, and what they may take; times in milliseconds."""

    clients: int
    wait: int
    cost: int
    within: int

    def takes(self, threads: int) -> float:
        """After how long the last one has its answer."""
        return expected(self.clients, self.clients, self.wait, self.cost, threads=threads).seconds

    @property
    def left(self) -> int:
        """What the work leaves for waiting."""
        return self.within - self.clients * self.cost

    @property
    def needed(self) -> int | None:
        return self.first(lambda threads: self.takes(threads) <= self.within)

    @property
    def rounds(self) -> int:
        """How many rounds of waiting fit."""
        return self.left // self.wait

    def first(self, enough: Callable[[int], bool]) -> int | None:
        """The smallest number of threads that some rule calls enough."""
        return next((threads for threads in range(1, self.clients + 1) if enough(threads)), None)

    @property
    def told(self) -> str:
        return f"{self.clients} clients, wait {self.wait}, cost {self.cost}, within {self.within}"


def profiles() -> list[Profile]:
    """What fits just so, what fits with some time over, what never fits; what only computes."""
    found = [tells_the_rules_apart()]
    for _ in range(ROUNDS):
        clients, wait = random.randint(30, 90), random.randint(150, 300)
        cost, threads = random.randint(2, 9), random.randint(3, 12)
        just = -(-clients // threads) * wait + clients * cost
        found += [
            Profile(clients, wait, cost, just),
            Profile(clients, wait, cost, just + random.randint(1, wait - 1)),
            Profile(clients, wait, cost, just - 1),
            Profile(clients, wait, cost, wait + clients * cost - random.randint(1, wait)),
            Profile(clients, wait, cost, clients * cost - random.randint(1, clients)),
        ]
    clients, cost = random.randint(30, 90), random.randint(2, 9)
    found += [Profile(clients, 0, cost, clients * cost), Profile(clients, 0, cost, clients * cost - 1)]
    return found


def tells_the_rules_apart() -> Profile:
    """Whoever forgets the work counts one round more here than whoever lets the threads share it."""
    rounds, cost = random.randint(4, 6), random.randint(2, 3)
    clients, wait = random.randint(30, 50), random.randint(150, 300)  # (the work takes a round or less)
    return Profile(clients, wait, cost, rounds * wait + random.randint(0, cost * (rounds - 1)))


Told = tuple[Profile, object]


def number(got: object) -> bool:
    return isinstance(got, int) and not isinstance(got, bool)


def like(seen: list[Told], rule: Callable[[Profile], object]) -> bool:
    """Whether this rule gives every answer."""
    return all(got == rule(profile) for profile, got in seen)


async def try_threads_needed(threads_needed: Any) -> Evidence:
    """What it says of all the profiles."""
    error: Exception | None = None
    seen = list[Told]()
    at, *_ = asked = profiles()
    for at in asked:
        try:
            got = threads_needed(at.clients, at.wait, at.cost, at.within)
        except Exception as raised:
            error = raised
            break
        seen.append((at, "a coroutine" if unawaited(got) else got))
    fits = [(each, got) for each, got in seen if each.needed is not None and each.wait]
    never = [(each, got) for each, got in seen if each.needed is None]
    wrong = [(each, got) for each, got in seen if got != each.needed or isinstance(got, bool)]
    told_wrong = bool([each for each, got in fits if got != each.needed])
    profile, got = wrong[0] if wrong else (at, None)
    if error is not None:
        profile, got = at, None
    takes = profile.takes(got) if isinstance(got, int) and got > 0 else 0
    # (The error goes with the numbers at which it was raised: alone it would say less.)
    return Evidence(
        facts={
            "right": error is None and not wrong,
            "told": profile.told,
            "clients": profile.clients,
            "cost": profile.cost,
            "got": shorten(got if isinstance(got, str) else repr(got), 40),
            "needed": profile.needed,
            "takes": f"{takes:g}",
            "at best": f"{profile.takes(profile.clients):g}",
            "work": profile.clients * profile.cost,
            "asked": f"{profile.told}: "
            + (
                f"your function raised {said(error)}"
                if error
                else f"you say {shorten(repr(got), 40)}, and it is {profile.needed}"
            ),
            "one for each": told_wrong and like(fits, lambda each: each.clients),
            "no work": told_wrong and like(fits, without_work),
            "work shared": told_wrong and (like(fits, by_round) or like(fits, by_thread)),
            "part rounds": told_wrong and like(fits, lambda each: ceil(each.clients * each.wait / each.left)),
            "rounds down": told_wrong and like(fits, lambda each: max(1, each.clients // each.rounds)),
            "a number": not told_wrong
            and len(never) > 1
            and all(number(got) for each, got in never if each.wait),
        },
    )


def without_work(profile: Profile) -> int | None:
    """As if nothing but the waiting took time."""
    return profile.first(lambda n: ceil(profile.clients / n) * profile.wait <= profile.within)


def by_round(profile: Profile) -> int | None:
    """With work that all threads do at the same time, each round of it."""
    total = profile.wait + profile.cost
    return profile.first(lambda n: ceil(profile.clients / n) * total <= profile.within)


def by_thread(profile: Profile) -> int | None:
    """With work that the threads divide among them."""
    clients, wait, cost, within = profile
    return profile.first(lambda n: ceil(clients / n) * wait + clients * cost / n <= within)


def searched(condition: str, otherwise: str = "None") -> str:
    """One way to write it: try one number after the other."""
    return (
        "from math import ceil\n\n\n"
        "def threads_needed(clients, wait, cost, within):\n"
        "    for threads in range(1, clients + 1):\n"
        f"        if {condition}:\n"
        "            return threads\n"
        f"    return {otherwise}\n"
    )


def computed(result: str, left: str = "within - clients * cost", unless: str = "left < wait") -> str:
    """Another: from what the work leaves."""
    return (
        "from math import ceil\n\n\n"
        "def threads_needed(clients, wait, cost, within):\n"
        f"    left = {left}\n"
        f"    if {unless}:\n"
        "        return None\n"
        "    if wait == 0:\n"
        "        return 1\n"
        f"    return {result}\n"
    )


THREADS_NEEDED = Exercise(
    number="9.10",
    name="threads_needed",
    kind="make",
    minutes=7,
    task=(
        "Write `threads_needed`: the smallest number of threads with which one worker answers all "
        "`clients` within `within` milliseconds. All ask at the same moment; `wait` and `cost` are "
        "milliseconds of one request, as before. Return `None` if no number of threads can do it.\n\n"
        "For example, 40 clients with wait 200 and cost 5 need 10 threads for 1000 ms: four rounds "
        "of 200, and 200 of work.\n\n"
        "`check` tries your answers on profiles that you have not seen. One of them never waits."
    ),
    stub="def threads_needed(clients, wait, cost, within):\n    ...\n",
    solutions=(
        "from math import ceil\n\n\n"
        "def threads_needed(clients, wait, cost, within):\n"
        "    left = within - clients * cost\n"
        "    for threads in range(1, clients + 1):\n"
        "        if ceil(clients / threads) * wait <= left:\n"
        "            return threads\n"
        "    return None\n",
        computed("ceil(clients / (left // wait))"),
        "def threads_needed(clients, wait, cost, within):\n"
        "    def fits(threads):\n"
        "        return -(-clients // threads) * wait + clients * cost <= within\n\n"
        "    return next(filter(fits, range(1, clients + 1)), None)\n",
    ),
    wrong=(
        Wrong(
            "a_thread_for_each",
            (
                "def threads_needed(clients, wait, cost, within):\n"
                "    return clients if wait + clients * cost <= within else None\n",
                "def threads_needed(clients, *times):\n    return clients\n",
            ),
            lambda seen: seen["one for each"],
            "{told}: a thread for each client is more than it takes. {needed} would do. There is time for "
            "several rounds: how many?",
        ),
        Wrong(
            "forgets_the_work",
            (
                searched("ceil(clients / threads) * wait <= within"),
                computed("ceil(clients / (left // wait))", left="within"),
            ),
            lambda seen: seen["no work"],
            "{told}: with {got} the last answer comes after {takes} ms. You counted the rounds of waiting "
            "alone. What else takes time, and how often?",
        ),
        Wrong(
            "threads_share_the_work",
            (
                searched("ceil(clients / threads) * (wait + cost) <= within"),
                searched("ceil(clients / threads) * wait + clients * cost / threads <= within"),
            ),
            lambda seen: seen["work shared"],
            "{told}: with {got} the last answer comes after {takes} ms. You let the threads share the work. "
            "In 9.5 four threads computed no faster. How much work is it for one worker?",
        ),
        Wrong(
            "no_whole_rounds",
            (
                searched("clients / threads * wait + clients * cost <= within"),
                computed("ceil(clients * wait / left)"),
            ),
            lambda seen: seen["part rounds"],
            "{told}: with {got} the last answer comes after {takes} ms. You divided the waiting smoothly. "
            "A round waits to its end, and only whole rounds fit: how many?",
        ),
        Wrong(
            "too_few_by_rounding",
            (
                computed("max(1, clients // (left // wait))"),
                computed("int(clients / (left // wait)) or 1"),
            ),
            lambda seen: seen["rounds down"],
            "{told}: with {got} the last answer comes after {takes} ms. So many rounds fit, and your "
            "threads need one more for those who are left over. Which way must you round?",
        ),
        Wrong(
            "threads_always_help",
            (
                searched("ceil(clients / threads) * wait + clients * cost <= within", "clients"),
                "def threads_needed(clients, wait, cost, within):\n"
                "    threads = 1\n"
                "    while -(-clients // threads) * wait > within - clients * cost and threads < clients:\n"
                "        threads += 1\n"
                "    return threads\n",
            ),
            lambda seen: seen["a number"],
            "{told}: you say {got}, and even a thread for each is too late, after {at best} ms. Here "
            "no number helps. When do you return `None`?",
        ),
    ),
    hints=(
        "You know how long the last of them waits with so many threads: 9.9. Try one number after another.",
        "The smallest number comes first in `range(1, clients + 1)`. More threads than clients are no help.",
        "If none was enough, the loop ends, and what stands after it returns `None`.",
    ),
    attempt=try_threads_needed,
    passed=lambda seen: bool(seen["right"]),
    done="The smallest number on each profile, and None where threads are no help.",
    otherwise="Not yet. {asked}. How long does the last of them wait, and how much work is there?",
)
