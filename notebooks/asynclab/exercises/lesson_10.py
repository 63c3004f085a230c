"""Lesson 10: the upgrade checklist of 2019, worked through on a site of 2019, with evidence for each line.

Its exercises stand in modules of their own: `lesson_10_holds_since` and `lesson_10_new_findings`.
"""

from __future__ import annotations

from typing import Any

from .declare import Lesson, Prediction
from .lesson_10_holds_since import HOLDS_SINCE
from .lesson_10_new_findings import NEW_FINDINGS


def how_long_a_visitor_waits(loads: Any) -> str:
    """Whether a lone visitor by ASGI had the page sooner than its waits take one after another.

    No machine is so slow that waits in a row end early: only that decides for a. What is much slower than
    by WSGI decides nothing, for a busy machine does that, too.
    """
    wsgi, asgi, *_ = loads.loads
    if wsgi.threads is None or asgi.threads is not None or not wsgi.lone or not asgi.lone:
        raise ValueError("these are not a visitor by WSGI and one by ASGI")
    if asgi.lone < asgi.waits:
        return "a"
    if asgi.lone >= 2 * wsgi.lone:
        raise ValueError("the machine was too busy to tell")
    return "b"


def who_notices(look: Any) -> str:
    """Whether the tests, the audit, both or neither object."""
    if look.trouble:
        raise ValueError("the tests did not run")
    return {(True, False): "a", (True, True): "b", (False, True): "c", (False, False): "d"}[
        bool(look.failed), bool(look.wrong)
    ]


LESSON = Lesson(
    number="10",
    slug="10_upgrade",
    title="An upgrade, line by line",
    objectives=(
        "run the audit on a project, and read it",
        "work through the upgrade checklist, with evidence for each line",
        "decide for WSGI or ASGI by a measured profile",
        "look up in the ledger what holds since when",
    ),
    know_first="lessons 00 and 03 (layers of middleware: 05; loads: 09)",
    docs=(
        ("Upgrading Django to a newer version", "howto/upgrade-version/"),
        ("How to deploy with ASGI", "howto/deployment/asgi/"),
        ("Asynchronous support", "topics/async/"),
    ),
    predictions=(
        Prediction(
            number="10.4",
            question=(
                "The stock page asks three suppliers, one after another, and each takes 30 ms. Nobody has "
                "changed the page. You serve it by Uvicorn, which speaks ASGI, instead of Gunicorn. How long "
                "does a lone visitor wait?"
            ),
            options={
                "a": "30 ms or a little more: under ASGI the three waits overlap",
                "b": "90 ms or a little more, as before",
                "c": "180 ms or more: a sync page is twice as slow there",
            },
            settle=how_long_a_visitor_waits,
            replies={
                "a": "The page calls one supplier, waits, and calls the next. Who could call all three?",
                "b": "Here it was not so. Did you change the page, or is the machine busy? Run it again.",
                "c": "The page runs in a thread, and waits there as it always did.",
            },
        ),
        Prediction(
            number="10.6",
            question=(
                "An `async def __acall__` is there, so a colleague adds the two flags to `Sign`: "
                "`sync_capable = True` and `async_capable = True`. The tests and the audit are run. Which "
                "of them object?"
            ),
            options={
                "a": "the tests",
                "b": "both",
                "c": "the audit",
                "d": "neither: now the layer serves both modes",
            },
            settle=who_notices,
            replies={
                "a": "The tests use Django's client, which speaks WSGI. In which mode is `Sign` there?",
                "b": "The tests use Django's client, which speaks WSGI. In which mode is `Sign` there?",
                "c": "Here they did otherwise. Did you change the cell?",
                "d": "Who calls `__acall__`? Neither Python nor Django.",
            },
        ),
    ),
    exercises=(HOLDS_SINCE, NEW_FINDINGS),
    previous="09_real_servers",
    next="11_capstone",
    errors={"'coroutine' object does not support item assignment": "10.7"},
)
