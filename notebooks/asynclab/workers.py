"""A WSGI server's worker threads, in one page: they take requests from a queue, one at a time each."""

from __future__ import annotations

import asyncio
import contextvars
import queue
import threading
from collections.abc import Sequence
from contextlib import suppress

from .messages import Exchange
from .wire import WSGIApp, call_wsgi, request_number


def serve_wsgi(
    app: WSGIApp,
    exchanges: Sequence[Exchange],
    numbers: Sequence[int],
    threads: int,
    leave_after: int | None = None,
) -> list[asyncio.Future[None]]:
    """Serve every exchange, under its number, with that many worker threads; one future a request.

    The threads end with the last request. They are daemons: one that hangs does not keep the kernel
    from ending.
    """
    loop = asyncio.get_running_loop()
    futures = [loop.create_future() for _ in exchanges]
    waiting: queue.SimpleQueue[int] = queue.SimpleQueue()
    for index in range(len(exchanges)):
        waiting.put(index)

    def finish(future: asyncio.Future[None]) -> None:
        if not future.done():  # it may have been given up
            future.set_result(None)

    def serve(index: int) -> None:
        request_number.set(numbers[index])
        call_wsgi(app, exchanges[index].opening, leave_after=leave_after, into=exchanges[index])

    def work() -> None:
        while True:
            try:
                index = waiting.get_nowait()
            except queue.Empty:
                return
            try:
                if not futures[index].cancelled():
                    contextvars.Context().run(serve, index)
            except BaseException as error:  # Interrupted, say: this worker has other requests to serve
                exchanges[index].error = error
            with suppress(RuntimeError):  # given up long ago, it may outlive the loop
                loop.call_soon_threadsafe(finish, futures[index])

    for number in range(1, min(threads, len(exchanges)) + 1):
        threading.Thread(target=work, name=f"wsgi worker {number}", daemon=True).start()
    return futures
