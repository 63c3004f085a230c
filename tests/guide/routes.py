"""README's three routes through the course, with the minutes of the lessons that exist."""

from __future__ import annotations

from dataclasses import dataclass

from asynclab.exercises import Lesson, lessons

from ..reading.cells import minutes
from . import NOTEBOOKS, seen


@dataclass(frozen=True)
class Route:
    """Some of the lessons, in order; `lessons=()` means all of them."""

    name: str
    who: str
    lessons: tuple[str, ...] = ()


ROUTES = (
    Route("Deciding", "You want to know whether async is worth it for your project.", ("00", "03", "10")),
    Route(
        "Learning",
        "You write Django and will write async views. It fills a day; of 01 take 1.1 to 1.5.",
        ("00", "01", "02", "03", "04", "05", "06", "08", "10"),
    ),
    Route("Everything", "You run async Django, or teach it. Deep dives (02b, 03b …) follow their lesson."),
)


def routes() -> str:
    """The table, in Markdown."""
    rows = [_row(route, _taken(route)) for route in ROUTES]
    return "\n".join(["| route | for whom | lessons | minutes |", "|---|---|---|---|", *rows])


def _taken(route: Route) -> list[Lesson]:
    """Its lessons that are written."""
    there = [lesson for lesson in lessons() if (NOTEBOOKS / f"{lesson.slug}.ipynb").exists()]
    return [lesson for lesson in there if not route.lessons or lesson.number in route.lessons]


def _row(route: Route, taken: list[Lesson]) -> str:
    links = [f"[{lesson.number}](notebooks/{lesson.slug}.ipynb)" for lesson in taken]
    told = ", ".join(links) if route.lessons else f"all, from {links[0]} on"
    needed = sum(minutes(seen.read(lesson), lesson) for lesson in taken)
    return f"| **{route.name}** | {route.who} | {told} | {needed} |"
