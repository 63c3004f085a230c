"""What the audit can find: one entry a kind, with why it matters, what to do, and the lesson that explains
it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Weight = Literal["wrong", "look", "note"]
SIGNS: dict[str, str] = {"wrong": "✗", "look": "?", "note": "·"}


@dataclass(frozen=True)
class Finding:
    """One thing found. `where` is "file:line" below the project's folder, or empty.

    `weight`: "wrong" was tried, or fails by Django's own rules; "look" depends on what reading cannot see;
    "note" is a fact to know. Only "wrong" makes the exit code 1.
    """

    code: str
    weight: Weight
    what: str
    where: str
    why: str
    do: str
    lesson: str


# code: (weight, why, what to do, lesson)
KINDS: dict[str, tuple[Weight, str, str, str]] = {
    "mark": (
        "wrong",
        "Django asks the object, not the flags, and takes it for sync: what it raises escapes, and a"
        " MiddlewareMixin above gets a coroutine instead of an answer.",
        "In __init__, when get_response is a coroutine function: asgiref.sync.markcoroutinefunction(self).",
        "05, 5.8",
    ),
    "legacy-mark": (
        "wrong",
        "It marks itself with _is_coroutine, which this Django and Python no longer ask for, so it"
        " is taken for sync.",
        "Put asgiref.sync.markcoroutinefunction(self) in its place.",
        "05, 5.8",
    ),
    "async-flag": (
        "wrong",
        "It says async_capable = True, so under ASGI Django gives it an async get_response and"
        " awaits its answer.",
        "Await get_response in async mode, or say async_capable = False: then Django adapts it.",
        "05, 5.5",
    ),
    "sync-flag": (
        "wrong",
        "sync_capable is True unless said otherwise, so under WSGI, or around a sync layer, Django"
        " calls it as sync.",
        "Say sync_capable = False: then Django adapts it. Or serve both modes.",
        "05, 5.5",
    ),
    "acall": (
        "look",
        "Python and Django know no __acall__: only code that calls it does, as MiddlewareMixin and"
        " few others.",
        "Delete it. Or, in async mode, hand over to it from __call__: that needs the flags and"
        " asgiref.sync.markcoroutinefunction(self).",
        "05, 5.8",
    ),
    "no-flags": (
        "wrong",
        "Django refuses a middleware that is capable of neither mode.",
        "Set one flag.",
        "05, 5.5",
    ),
    "missing": (
        "wrong",
        "Django imports every layer before it serves its first request, so no request is served.",
        "Correct the path in MIDDLEWARE, or install what it needs.",
        "05, 5.1",
    ),
    "construct": (
        "look",
        "Django builds every layer before the first request. In the audit it may lack a database, a"
        " network or a"
        " variable that it has elsewhere.",
        "Try it where it is deployed; the rest of the chain was tried without it.",
        "05, 5.1",
    ),
    "none": (
        "wrong",
        "A factory that returns None gives Django nothing to call.",
        "Return the layer.",
        "05, 5.1",
    ),
    "hangs": (
        "look",
        "Django waits for it before it serves the first request. In the audit it may wait for what"
        " it cannot reach.",
        "Try it where it is deployed; the rest was audited without it.",
        "05, 5.1",
    ),
    "sync-only": (
        "note",
        "Under ASGI Django carries it, and all layers inside of it that can, into a thread. That may"
        " even be faster.",
        "Nothing, unless your measurements say so; see the times above.",
        "05, 5.4",
    ),
    "async-only": (
        "note",
        "Under WSGI each request runs it in an event loop of its own.",
        "Nothing under ASGI.",
        "05, 5.5",
    ),
    "hidden": (
        "wrong",
        "A decorator returns a plain function around it, so Django does not await it and answers"
        " with status 500.",
        "Let the decorator ask inspect.iscoroutinefunction(view) and return an async wrapper.",
        "03b, 3b.5",
    ),
    "hidden-look": (
        "look",
        "A plain function stands around it: Django sees a sync view. If that function awaits it, all"
        " is well.",
        "Look whether the decorator hands on a coroutine that nobody awaits.",
        "03b, 3b.5",
    ),
    "object": (
        "wrong",
        "Django asks the object whether it is a coroutine function, does not await it, and answers with"
        " status 500.",
        "In __init__: asgiref.sync.markcoroutinefunction(self).",
        "05, 5.8",
    ),
    "dispatch": (
        "wrong",
        "Django awaits what an async class-based view returns, and its dispatch answers an anonymous"
        " visitor itself:"
        " TypeError, status 500.",
        "Do what dispatch does in an async dispatch, or in an async decorator around as_view().",
        "03b, 3b.8",
    ),
    "ask": (
        "wrong",
        "In a thread with a running event loop Django refuses to ask the database: SynchronousOnlyOperation.",
        "Use the twin with an `a` and await it, or one sync function under sync_to_async.",
        "06, 6.1",
    ),
    "loop": (
        "wrong",
        "The loop asks the database from async code: SynchronousOnlyOperation.",
        "Write `async for`, or [each async for each in queryset].",
        "06, 6.1",
    ),
    "shortcut": (
        "wrong",
        "It asks the database from async code: SynchronousOnlyOperation.",
        "Await aget_object_or_404 or aget_list_or_404 (Django 5.0).",
        "06, 6.3",
    ),
    "save": (
        "wrong",
        "It asks the database from async code: SynchronousOnlyOperation.",
        "Await asave, adelete or arefresh_from_db (Django 4.2).",
        "06, 6.3",
    ),
    "atomic": (
        "wrong",
        "A transaction cannot be opened from async code: SynchronousOnlyOperation.",
        "Put the transaction into one sync function and call it through sync_to_async.",
        "06b, 6b.2",
    ),
    "relation": (
        "wrong",
        "The relation was not fetched with the object. Reading it asks the database from async code:"
        " SynchronousOnlyOperation.",
        "Add select_related to the query.",
        "06, 6.7",
    ),
    "user": (
        "wrong",
        "request.user is lazy: reading it asks the database from async code as soon as a visitor is logged in"
        " (SynchronousOnlyOperation), and awaiting auser() beforehand does not change that.",
        "user = await request.auser(), then use that (Django 5.0).",
        "06, 6.10",
    ),
    "session": (
        "wrong",
        "The session is loaded when it is first read: for each visitor who brings a session's cookie that"
        " asks the database from async code (SynchronousOnlyOperation).",
        "Await request.session.aget(), aset(), apop() … (Django 5.1), or one of them first.",
        "06, 6.10",
    ),
    "blocking": (
        "wrong",
        "While it waits the event loop stands still, for every request that this process serves.",
        "Use an async library, or asyncio.to_thread or sync_to_async around it.",
        "02, 2.5",
    ),
    "atomic-requests": (
        "wrong",
        "Django refuses it at each request: RuntimeError, “You cannot use ATOMIC_REQUESTS with async views.”",
        "Decorate the view with transaction.non_atomic_requests, or open transactions where you need them.",
        "06b, 6b.1",
    ),
    "atomic-note": (
        "note",
        "It works with sync views, under ASGI too. An async view would be refused at its first request.",
        "Decorate a view with transaction.non_atomic_requests before you make it async.",
        "06b, 6b.1",
    ),
    "conn-max-age": (
        "look",
        "A connection belongs to a thread. Under ASGI each request may have a thread of its own, so"
        " a kept connection"
        " is often not used again, only held open.",
        "Under ASGI: CONN_MAX_AGE = 0, and a pool (PostgreSQL with psycopg 3, Django 5.1) or PgBouncer.",
        "06b, 6b.9",
    ),
    "pool-age": (
        "wrong",
        "Django refuses both at the first query: “Pooling doesn't support persistent connections.”",
        "CONN_MAX_AGE = 0 beside a pool.",
        "06b, 6b.11",
    ),
    "unsafe": (
        "look",
        "Any value that is not empty switches off Django's guard: async code may then share a"
        " connection and keep"
        " rows that a transaction should have taken back.",
        "Unset it where the project serves requests.",
        "06b, 6b.4",
    ),
    "no-asgi": (
        "look",
        "An ASGI server needs an application to load; `startproject` writes asgi.py since Django 3.0.",
        "Write asgi.py: application = django.core.asgi.get_asgi_application(). Not needed under WSGI.",
        "01, 1.1",
    ),
    "asgi-import": (
        "wrong",
        "An ASGI server loads this before its first request; runserver of Daphne, too.",
        "Correct ASGI_APPLICATION or what it imports.",
        "01, 1.1",
    ),
    "runserver": (
        "note",
        "Under WSGI each async view gets an event loop of its own: what you see while developing is"
        " not what ASGI does.",
        'Put "daphne" first in INSTALLED_APPS, or develop with an ASGI server (uvicorn --reload).',
        "09",
    ),
    "static": (
        "note",
        "An ASGI server does not serve files; what runserver does for them with DEBUG it does not do either.",
        "A web server or a storage in front; or WhiteNoise, or ASGIStaticFilesHandler while developing.",
        "09",
    ),
    "setup": (
        "look",
        "Django does not start without it, so middleware, views and models could not be tried.",
        "Set what it needs (a made-up value will do) and run the audit again.",
        "10",
    ),
    "urls": (
        "look",
        "Views could not be listed. Django imports the URLconf at its first request.",
        "Run `manage.py check`; it may need what the audit does not give: a network, a database, a command.",
        "10",
    ),
}


def finding(
    code: str, what: str, where: str = "", *, weight: Weight | None = None, why: str = "", do: str = ""
) -> Finding:
    """One finding of a kind, with that kind's own words unless others fit better."""
    usual, reason, advice, lesson = KINDS[code]
    return Finding(code, weight or usual, what, where, why or reason, do or advice, lesson)


def sentence(words: str) -> str:
    """Somebody else's words, with one full stop at their end."""
    return words if words.endswith((".", "!", "?")) else f"{words}."
