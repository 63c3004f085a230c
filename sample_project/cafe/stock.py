"""Asks every supplier at once what is left, and lives with the ones that fail."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

import httpx
from django.conf import settings

from cafe.suppliers import suppliers


@dataclass(frozen=True)
class Answer:
    """What one supplier said, or the problem with it. Exactly one of `left` and `problem` is filled."""

    supplier: str
    seconds: float
    left: str = ""
    problem: str = ""


def client() -> httpx.AsyncClient:
    """An HTTP client for one visit to the suppliers.

    Its connections belong to the event loop that opened them. Under WSGI, Django runs each async view in a
    new loop, so a client kept for the next request would meet a loop that is closed. Hence one a request.
    """
    if settings.SUPPLIERS_URL:
        return httpx.AsyncClient(base_url=settings.SUPPLIERS_URL, verify=tls(), trust_env=False)
    # No server and no network: httpx calls the application as a server would, in this very loop.
    transport = httpx.ASGITransport(app=suppliers)
    return httpx.AsyncClient(transport=transport, base_url="http://suppliers.invalid", trust_env=False)


@cache
def tls() -> ssl.SSLContext:
    """What it takes to trust a server. Reading every root certificate holds the loop for tens of
    milliseconds, so it is done once: unlike a connection, it belongs to no loop."""
    return httpx.create_ssl_context(trust_env=False)


async def ask_all(asked: Iterable[tuple[str, str, Mapping[str, str]]]) -> list[Answer]:
    """Ask every (name, slug, query) at the same time; the answers come in the order of the questions.

    It takes as long as the slowest supplier, at most `settings.SUPPLIERS_PATIENCE` seconds.
    """
    async with client() as http, asyncio.TaskGroup() as group:
        tasks = [group.create_task(ask(http, name, slug, query)) for name, slug, query in asked]
    return [task.result() for task in tasks]


async def ask(http: httpx.AsyncClient, name: str, slug: str, query: Mapping[str, str]) -> Answer:
    """Ask one supplier. Every failure becomes a sentence: raised, it would cancel the other questions."""
    began = time.monotonic()
    left = problem = ""
    try:
        # httpx has timeouts of its own, but its ASGITransport ignores them, and they count each read anew.
        # This one is for the whole question.
        async with asyncio.timeout(settings.SUPPLIERS_PATIENCE):
            response = await http.get(f"/{slug}", params=query)
        if response.status_code == 200:
            found = response.json()
            left = f"{found['left']:d} {found['unit']}"
        else:
            problem = f"answered with an error, {response.status_code}"
    except TimeoutError:
        problem = f"gave no answer within {settings.SUPPLIERS_PATIENCE:g} s"
    except (httpx.HTTPError, OSError):
        problem = "broke the connection"
    except (ValueError, KeyError, TypeError):  # no JSON, or not the JSON that was agreed on
        problem = "said something nobody understands"
    return Answer(name, time.monotonic() - began, left, problem)
