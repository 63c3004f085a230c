"""Errors that say in one sentence what to do next, and show nothing but that sentence."""

from __future__ import annotations


class LabError(Exception):
    """Base of the lab's own errors. A notebook shows the sentence, without a traceback."""

    def _render_traceback_(self) -> list[str]:  # IPython asks for this
        return [str(self)]


class ProtocolError(LabError, RuntimeError):
    """An application broke the rules of ASGI or WSGI; the sentence says which one."""


class StackError(LabError, TypeError):
    """What was plugged in does not fit; the sentence says what to write instead."""


class RequestError(LabError, ValueError):
    """A request cannot be sent as it was written; the sentence says why."""


class NotSent(LabError, AttributeError):
    """A `fetch` without `await` was asked for its answer."""


class ServerError(LabError, RuntimeError):
    """A server cannot be started as asked, or runs no more; the sentence says what to do, or why."""


class NoServer(ServerError):
    """Its program is not installed here; the sentence says how to get it."""


class Interrupted(BaseException):
    """Raised inside code that had to be stopped.

    No `Exception`, so that no `except Exception` in a view swallows it; and no `KeyboardInterrupt`,
    which would end the kernel's own loop.
    """


class Stopped(LabError):
    """The learner interrupted the cell; the sentence says what had been done until then."""
