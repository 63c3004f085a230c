"""What one `fetch` or `watch` saw: the answers, the messages, and the recording of what ran."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, get_args

from . import ladder, picture, stream, timeline
from .errors import RequestError
from .events import Blocked, Crossing, Recording, Span
from .messages import Exchange, Message, Response
from .picture.ladder import draw_ladder
from .picture.stream import draw_stream
from .shown import show
from .words import said

Show = Literal["lanes", "messages", "stream", "crossings", "layers"]
SHOWS: tuple[Show, ...] = get_args(Show)


class Run:
    """One or many requests, answered and recorded.

    In a notebook a run shows itself: a text timeline, then the picture, then the verdict on the
    prediction that it settles.
    """

    def __init__(
        self, via: Literal["asgi", "wsgi"], show: Sequence[Show] = ("lanes",), heading: str = ""
    ) -> None:
        self.via = via
        self.show = show
        self.heading = heading  # a first line, for a run without requests
        self.exchanges: list[Exchange] = []  # one a request, in the order sent
        self.recording = Recording()
        self.notes: list[str] = []  # what the lab had to stop, in sentences
        self.verdict: str | None = None

    @property
    def response(self) -> Response:
        """The answer to the only request: `.status`, `.text`, `.headers`, `.header(name)`.

        Raises RequestError if there were several requests, or no answer.
        """
        if len(self.exchanges) != 1:
            raise RequestError(f"There are {len(self.exchanges)} answers here: use `.responses`, a list.")
        answer = self.exchanges[0].response
        if answer is None:
            why = self.error
            raise RequestError("No answer came" + ("" if why is None else f": {said(why)}"))
        return answer

    @property
    def responses(self) -> list[Response | None]:
        """The answers in the order in which the requests were sent; None where none came."""
        return [exchange.response for exchange in self.exchanges]

    @property
    def messages(self) -> list[Message]:
        """Every message of the first request, received and sent, in order."""
        return self.exchanges[0].messages if self.exchanges else []

    @property
    def opening(self) -> dict[str, Any]:
        """The `scope` (ASGI) or the `environ` (WSGI) with which the first request began."""
        return self.exchanges[0].opening if self.exchanges else {}

    @property
    def error(self) -> BaseException | None:
        """The first exception that reached the server, or that Django turned into an error page."""
        raised = [failure.error for failure in sorted(self.recording.failures, key=lambda each: each.at)]
        raised += [exchange.error for exchange in self.exchanges if exchange.error is not None]
        return raised[0] if raised else None

    @property
    def views(self) -> list[Span]:
        """Each call of a view: `.thread`, `.loop`, `.start` and `.end` in seconds."""
        return self.recording.views

    @property
    def layers(self) -> list[Span]:
        """Each pass through a layer of middleware, outermost first."""
        return self.recording.layers

    @property
    def threads(self) -> tuple[str, ...]:
        """The threads in which views ran: "loop", "thread 1" …"""
        return self.recording.threads

    @property
    def crossings(self) -> list[Crossing]:
        """Each passage between sync and async code, yours and Django's own (`.owner`)."""
        return self.recording.crossings

    @property
    def blocked(self) -> list[Blocked]:
        """Each time your code held the event loop: `.function`, `.line`, `.code`, `.seconds`."""
        return [row for row in self.recording.blocked if row.yours]

    @property
    def most_at_once(self) -> int:
        """The most views that were under way at the same moment."""
        return self.recording.most_at_once

    @property
    def seconds(self) -> float:
        """From the first request sent to the last byte received, in seconds."""
        starts = [exchange.started for exchange in self.exchanges]
        ends = [exchange.ended for exchange in self.exchanges if exchange.ended is not None]
        return max(ends) - min(starts) if ends else self.recording.seconds

    def text(self) -> str:
        """The timeline as text, at most 60 columns wide."""
        parts = [timeline.text(self.recording, heading=self.heading, show=self.show)]
        if "stream" in self.show and self.exchanges:
            told = stream.text(stream.flows(self.exchanges, self.recording))
            if len(self.show) == 1:
                troubles = timeline.written(timeline.troubles(self.recording))
                parts = [*timeline.headline(self.recording), told, *troubles]
            else:
                parts.append(told)
        if "messages" in self.show and self.exchanges:
            if len(self.show) == 1 and not timeline.troubles(self.recording):  # then nothing else
                parts = timeline.headline(self.recording)
            parts.append(ladder.text(self.exchanges[0]))
        return "\n".join([*parts, *self.notes])

    def svg(self) -> str:
        """The timeline as a picture, an SVG document."""
        if "messages" in self.show and self.exchanges:
            return draw_ladder(self.exchanges[0])
        if "stream" in self.show and self.exchanges:
            found = stream.flows(self.exchanges, self.recording)
            return draw_stream(found, timeline.headline(self.recording))
        return picture.picture(self.recording, show=self.show)

    def __repr__(self) -> str:
        return self.text()

    def _ipython_display_(self) -> None:
        show(self.text(), self.svg(), self.verdict)
