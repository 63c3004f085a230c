"""Lesson 06b: transactions and connections; its exercise stands in `lesson_06b_order_round`."""

from __future__ import annotations

from ..run import Run
from .declare import Lesson, Prediction
from .lesson_06b_order_round import ORDER_ROUND


def how_many(run: Run) -> str:
    """In how many threads, so on how many connections, the requests asked the database."""
    threads = {each.thread for each in run.recording.yours if "count" in each.what}
    return {1: "a", 4: "b", len(run.exchanges): "c"}[len(threads)]


LESSON = Lesson(
    number="06b",
    slug="06b_transactions_and_connections",
    title="Transactions and connections",
    objectives=(
        "write a transaction that holds in async code, and say why the others do not",
        "say what switching the guard off breaks",
        "count the connections of a burst, and choose between age 0, an age and a pool",
    ),
    know_first="lesson 06",
    docs=(
        ("Database transactions", "topics/db/transactions/"),
        ("Persistent connections", "ref/databases/#persistent-connections"),
        ("PostgreSQL connection pool", "ref/databases/#connection-pool"),
        ("DJANGO_ALLOW_ASYNC_UNSAFE", "topics/async/#envvar-DJANGO_ALLOW_ASYNC_UNSAFE"),
    ),
    errors={
        "'Atomic' object does not support the asynchronous context manager protocol": "6b.1",
        "You cannot use ATOMIC_REQUESTS with async views": "6b.1",
        "DatabaseWrapper objects created in a thread can only be used in that same thread": "6b.6",
        "sorry, too many clients already": "6b.10",
        "Pooling doesn't support persistent connections": "6b.11",
    },
    predictions=(
        Prediction(
            number="6b.7",
            question=(
                "`CONN_MAX_AGE` is 600: a connection is kept for ten minutes, for whoever comes next. Eight "
                "visitors come to an async page with one query. How many connections does Django open?"
            ),
            options={
                "a": "one: it is kept, and used again",
                "b": "four, as under WSGI with four threads",
                "c": "eight",
            },
            settle=how_many,
            replies={
                "a": "It is kept for its thread, and each request had another thread.",
                "b": "Under WSGI the threads are few, and stay. Here each request brings its own.",
                "c": "Here they shared threads. Did you change the cell?",
            },
        ),
    ),
    exercises=(ORDER_ROUND,),
    previous="06_orm",
    next="07_streaming",
)
