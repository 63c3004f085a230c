"""What `make load` sends to which server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

CLIENTS, WAIT, LISTENERS = 100, 0.5, 500
ROUNDS = 3  # of each load: the one in the middle is told
SECONDS = 10  # of each round beside wrk

WAITS, WAITS_SYNC = f"/slow/?delay={WAIT}", f"/slow/sync/?delay={WAIT}"


@dataclass(frozen=True)
class Case:
    """A server, and what is asked of it."""

    label: str
    server: str
    path: str
    options: Mapping[str, Any] = field(default_factory=dict)  # of `serve`
    requests: int = CLIENTS
    clients: int = CLIENTS


QUESTIONS: Mapping[str, Sequence[Case]] = {
    "Waiting: every request waits half a second": [
        Case("async view, Uvicorn", "uvicorn", WAITS),
        Case("sync view, Gunicorn, 8 threads", "gunicorn", WAITS_SYNC, {"threads": 8}),
        Case("sync view, Gunicorn, 100 threads", "gunicorn", WAITS_SYNC, {"threads": 100}),
        Case("async view, Gunicorn, 8 threads", "gunicorn", WAITS, {"threads": 8}),
        Case("sync view, Uvicorn", "uvicorn", WAITS_SYNC),
    ],
    "Computing: Python's own work, nothing to wait for": [
        Case("Uvicorn", "uvicorn", "/grind/"),
        Case("Gunicorn, 8 threads", "gunicorn", "/grind/", {"threads": 8}),
        Case("Gunicorn, 1 thread", "gunicorn", "/grind/", {"threads": 1}),
        Case("Gunicorn, 2 workers, 1 thread each", "gunicorn", "/grind/", {"threads": 1, "workers": 2}),
    ],
    "Querying: one quick query (SQLite) and a template": [
        Case("sync view, Gunicorn, 1 thread", "gunicorn", "/", {"threads": 1}, requests=500, clients=10),
        Case("sync view, Gunicorn, 8 threads", "gunicorn", "/", {"threads": 8}, requests=500, clients=10),
        Case("sync view, Uvicorn", "uvicorn", "/", requests=500, clients=10),
        Case("async view, Uvicorn", "uvicorn", "/orders/", requests=500, clients=10),
    ],
    "Hardly anything: an ASGI application of four lines, no Django": [
        Case("Uvicorn", "uvicorn", "/", {"app": "tests.bench.hello:app"}, requests=5_000, clients=10),
    ],
}

BESIDE = [
    Case("async view, Uvicorn", "uvicorn", WAITS, clients=50),
    Case("sync view, Gunicorn, 8 threads", "gunicorn", WAITS_SYNC, {"threads": 8}, clients=8),
]
