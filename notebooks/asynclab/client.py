"""`fetch` sends requests through Django, or through an application of yours."""

from __future__ import annotations

import asyncio
import inspect
import io
from collections.abc import Generator, Mapping, Sequence
from functools import partial
from textwrap import wrap
from time import perf_counter
from typing import Any, Literal, NoReturn

from . import seams, stack
from .bar import bar
from .errors import Interrupted, LabError, NotSent, StackError, Stopped
from .events import Visit
from .giveup import give_up
from .messages import Exchange
from .mistakes import advice, briefly, uncaught
from .openings import Arriving, http_scope, wsgi_environ
from .record import recording
from .request import LONGEST_WAIT, chosen, request, seconds, targets, whole
from .rescue import guard
from .run import SHOWS, Run, Show
from .wire import call_asgi, request_number, take_numbers
from .workers import serve_wsgi

DEADLINE = 15.0  # seconds
MOST_PAUSE = 10  # seconds


class _Own:
    """Stands for the project's own views: None is what a decorator returns that has forgotten to."""

    def __repr__(self) -> str:
        return "the project's own"


OWN: Any = _Own()


class fetch:
    """Send requests to the running project, or to a view or application of yours: `await fetch("/")`.

    `path` is what follows the host, with its query; a list of paths is asked for at once, and all
    of it `times` times. `view` plugs in a view of yours (and then no middleware, unless `middleware`
    names some: classes, factories, dotted paths). `app` calls a bare ASGI or WSGI application
    instead of Django. `via` is "asgi" or "wsgi"; under WSGI, `threads` workers share the work.
    `method`, `headers`, `data` (a form) and `body` (bytes, or a list of pieces) say what is sent; with
    `pause=0.1` a piece comes every 0.1 s; with `leave_after=2` the client disconnects after two messages
    (with 0, `pause` seconds after its request).
    What is not answered after `deadline` seconds is given up. `settles` names the prediction that this run
    decides. `show` is what the run tells in detail: "lanes" (or "messages", for an application of yours),
    "stream" (when each piece of the answer came), "crossings", "layers".

    Returns a `Run`. Raises LabError with one sentence if something cannot be sent or plugged in.
    """

    def __init__(
        self,
        path: str | Sequence[str] = "/",
        *,
        view: Any = OWN,
        app: Any = None,
        via: Literal["asgi", "wsgi"] = "asgi",
        middleware: Sequence[stack.Middleware] | None = None,
        times: int = 1,
        threads: int = 4,
        method: str = "",
        headers: Mapping[str, str] | Sequence[tuple[str, str]] = (),
        data: Mapping[str, str] | None = None,
        body: bytes | Sequence[bytes] = b"",
        pause: float = 0.0,
        leave_after: int | None = None,
        deadline: float = DEADLINE,
        settles: str = "",
        show: Show | Sequence[Show] = (),
    ) -> None:
        if view is None:
            raise StackError("`view` is None. Has a decorator forgotten to return its function?")
        view = None if view is OWN else view
        if not show:  # a bare application has no view, so no lane that could be drawn
            show = "lanes" if app is None else "messages"
        if via not in ("asgi", "wsgi"):
            raise StackError(f'`via` is "asgi" or "wsgi", not {via!r}.')
        if app is not None and not (view is None and middleware is None):
            raise StackError("`app` is called in Django's place: leave `view` and `middleware` out.")
        whole("times", times, 1, 100_000)
        whole("threads", threads, 1, 500)
        seconds("deadline", deadline, 0.001, LONGEST_WAIT)
        seconds("pause", pause, 0, MOST_PAUSE)
        if leave_after is not None:
            whole("leave_after", leave_after, 0, 100_000)
        self.view, self.app, self.via, self.middleware = view, app, via, middleware
        self.paths, self.times, self.threads, self.leave_after = targets(path), times, threads, leave_after
        self.deadline, self.pause, self.settles = deadline, pause, settles
        self.show: Sequence[Show] = chosen("show", show, SHOWS)
        self.method, self.headers, self.pieces = request(method, headers, data, body)

    def __await__(self) -> Generator[Any, None, Run]:
        return self._send().__await__()

    def __repr__(self) -> str:
        return "Nothing was sent yet. Put `await` in front."

    def __getattr__(self, name: str) -> NoReturn:
        raise NotSent(f"Nothing was sent yet, so there is no .{name}. Put `await` in front of `fetch`.")

    async def _send(self) -> Run:
        paths = self.paths * self.times
        run = Run(self.via, self.show)
        if self.app is None:
            stack.ready()
        numbers = take_numbers(len(paths))
        with recording(numbers) as run.recording:
            app = self._application()
            sent = perf_counter()
            send = self._send_asgi if self.via == "asgi" else self._send_wsgi
            await send(app, run, paths, numbers)
        run.recording.visits = [
            _visit(number, f"{self.method} {path} · {self.via.upper()}", run, sent)
            for number, path in enumerate(paths, 1)
        ]
        if self.app is None or "messages" not in self.show:  # a ladder of messages ends with its error
            run.recording.failures += uncaught(run.exchanges, run.recording.began)
            run.notes += [line for each in advice(run.recording.failures) for line in wrap(each, 60)]
        if self.settles:
            from .predict import settle

            run.verdict = settle(self.settles, run)
        return run

    def _application(self) -> Any:
        if self.app is None:
            try:
                return stack.build(self.via, self.view, self.middleware)
            except LabError:
                raise
            except Exception as error:  # Django's own, or that of a middleware which Django makes
                raise briefly(error) from error.__cause__
        if not callable(self.app):
            raise StackError(
                f"`app` is an ASGI or WSGI application, a callable, not {type(self.app).__name__}."
            )
        known = isinstance(self.app, partial) or inspect.isroutine(self.app)
        is_async = inspect.iscoroutinefunction(self.app if known else type(self.app).__call__)
        if self.via == "wsgi" and is_async:
            raise StackError('This application is an `async` function. If that is meant: via="asgi".')
        if self.via == "asgi" and not is_async and not _takes(self.app, 3):  # it may return an awaitable
            raise StackError('This application is a plain function. If that is meant: via="wsgi".')
        return self.app

    async def _send_asgi(self, app: Any, run: Run, paths: Sequence[str], numbers: range) -> None:
        run.exchanges = [Exchange(http_scope(path, self.method, self.headers)) for path in paths]

        async def one(number: int, exchange: Exchange) -> None:
            request_number.set(number)
            if (recorder := seams.current()) is not None and recorder.stopped(number):
                exchange.error = Interrupted("It had not begun.")
                return
            leaving, pause = self.leave_after, self.pause
            try:
                await call_asgi(
                    app, exchange.opening, self.pieces, pause=pause, leave_after=leaving, into=exchange
                )
            except KeyboardInterrupt as error:  # raised by the application: ours comes as Interrupted
                exchange.error = error

        tasks = [asyncio.create_task(one(*each)) for each in zip(numbers, run.exchanges, strict=True)]
        await self._finish(tasks, run, numbers)

    async def _send_wsgi(self, app: Any, run: Run, paths: Sequence[str], numbers: range) -> None:
        body = b"".join(self.pieces)
        run.exchanges = [Exchange(wsgi_environ(path, self.method, self.headers, body)) for path in paths]
        if self.pause:
            for exchange in run.exchanges:
                exchange.opening["wsgi.input"] = io.BufferedReader(Arriving(self.pieces, self.pause))
        await self._finish(
            serve_wsgi(app, run.exchanges, numbers, self.threads, self.leave_after), run, numbers
        )

    async def _finish(self, tasks: Sequence[asyncio.Future[Any]], run: Run, numbers: range) -> None:
        """Wait for all, but not for ever; then say what had to be given up."""

        others = asyncio.all_tasks() - set(tasks)
        over = asyncio.get_running_loop().create_future()  # all are answered, or an interrupt came
        waiting = set(tasks)

        def stop() -> None:
            if not over.done():
                over.set_result(None)

        def answered(task: asyncio.Future[Any]) -> None:
            waiting.discard(task)
            if not waiting:
                stop()

        for task in tasks:
            task.add_done_callback(answered)
        progress = bar("Answered", len(tasks), lambda: len(tasks) - len(waiting))
        with progress, guard(self.deadline, stop, numbers) as guarded:
            try:
                await asyncio.wait([over], timeout=self.deadline)
            except asyncio.CancelledError:
                await give_up(tasks, others, numbers)
                raise
            guarded.expired = guarded.expired or bool(waiting and not guarded.interrupted)
            left = await give_up(list(waiting), others, numbers)
        if not (guarded.interrupted or guarded.expired):
            return
        count = sum(1 for exchange in run.exchanges if exchange.status is not None)
        why = "Interrupted" if guarded.interrupted else f"Stopped after {self.deadline:g} s"
        said = [f"{why}: {_answered(count, len(tasks))}."]
        if guarded.interrupted and guarded.held_at is not None:  # of a deadline, the recording tells
            said.append(f"The event loop was held at {guarded.held_at}; that was ended.")
        said += left
        run.notes = [line for sentence in said for line in wrap(sentence, 60)]
        if guarded.interrupted:
            raise Stopped("\n".join(run.notes))


def _answered(count: int, of: int) -> str:
    if of == 1:
        return "the request was answered" if count else "the request was not answered"
    return f"{count} of {of} requests were answered"


def _takes(app: Any, count: int) -> bool:
    """Whether `app` can be called with that many arguments; yes if nobody knows."""
    try:
        inspect.signature(app).bind(*range(count))
    except TypeError:
        return False
    except ValueError:
        return True
    return True


def _visit(number: int, asked: str, run: Run, sent: float) -> Visit:
    """What the client of one request saw: it sent it at once, whenever a thread was free to serve it."""
    began, exchange = run.recording.began, run.exchanges[number - 1]

    def since(moment: float | None) -> float | None:
        return None if moment is None else moment - began

    first, end, left = since(exchange.first_byte), since(exchange.ended), since(exchange.left)
    return Visit(number, asked, sent - began, first, end, exchange.status, left)
