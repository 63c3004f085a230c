"""What several exercises need in order to try a learner's code and to say what they saw."""

from __future__ import annotations

import asyncio
import gc
import inspect
import threading
import warnings
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager, suppress

from ..errors import StackError
from ..run import Run
from .declare import Evidence


def said(error: BaseException | None) -> str:
    """The error in one line; nothing if there is none."""
    return f"{type(error).__name__}: {error}".removesuffix(": ") if error is not None else ""


async def behind(error: BaseException | None, again: AsyncIterator[object]) -> BaseException | None:
    """The error that Django took for another one: found by going through a stream without Django.

    At a TypeError in an async generator Django concludes that it is a plain iterator, and tries that.
    """
    if isinstance(error, TypeError) and "'async_generator' object is not iterable" in str(error):
        with suppress(TimeoutError):
            try:
                async with asyncio.timeout(1.5):  # a feed waits for ever at its end, and is cancelled there
                    async for _ in again:
                        pass
            except TypeError as found:
                return found
    return error


def given_up(run: Run) -> str:
    """What the lab says of requests that it had to give up; nothing if there are none."""
    return " ".join(run.notes).rstrip(".")


@contextmanager
def as_a_view(name: str) -> Iterator[None]:
    """What no handler can call is a TypeError of the answer's, told under its name."""
    try:
        yield
    except StackError as error:
        raise TypeError(f"{name} is no view. {error}") from None


class UnderWay:
    """`with under_way:` around each call counts how many go on at the same moment, in whatever threads."""

    def __init__(self) -> None:
        self.most = self._now = 0
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)

    def __exit__(self, *exc_info: object) -> None:
        with self._lock:
            self._now -= 1


def unawaited(result: object) -> bool:
    """Whether something to await came back, alone or among others. No coroutine of these will complain."""
    waiting = [
        each
        for each in (result if isinstance(result, list | tuple) else [result])
        if inspect.isawaitable(each)
    ]
    for each in waiting:
        if inspect.iscoroutine(each):
            each.close()
    return bool(waiting)


@contextmanager
def never_awaited() -> Iterator[list[str]]:
    """Collect what Python says of coroutines that nobody awaited. Read the list after the block."""
    gc.collect()  # what an earlier answer dropped must complain now, not inside
    told = list[str]()
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        try:
            yield told
        finally:
            messages = [str(warning.message) for warning in heard]
            told += [message for message in messages if "never awaited" in message]


def failed_with(*words: str) -> Callable[[Evidence], bool]:
    """Whether the text of one of the errors (the fact "errors") holds all of these words."""
    return lambda seen: any(all(word in error for word in words) for error in seen["errors"])
