"""When the pieces of an answer reached the client: from the first byte to the last, or until it left.

Data in, lines of text out. `picture/stream.py` draws the same flows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from .events import Recording
from .messages import Exchange
from .words import COLUMNS, shorten, typical


@dataclass(frozen=True)
class Flow:
    """One answer as it arrived. Moments are seconds since the first request was sent."""

    asked: str  # "GET /board/"
    pieces: list[tuple[float, bytes]] = field(default_factory=list)  # those with a byte in them
    ended: float | None = None  # the answer was complete, or broke off
    left: float | None = None  # the client left before that
    failed: bool = False

    @property
    def close(self) -> float | None:
        """When the last byte was there; if the client did not wait for it, when it left."""
        return self.left if self.left is not None else (self.pieces[-1][0] if self.pieces else self.ended)


def flows(exchanges: Sequence[Exchange], recording: Recording) -> list[Flow]:
    """Each request of one `fetch`, in the order sent."""
    zero = recording.began + min((visit.start for visit in recording.visits), default=0.0)
    asked = [visit.path.rpartition(" · ")[0] for visit in recording.visits]

    def since(moment: float | None) -> float | None:
        return None if moment is None else moment - zero

    return [
        Flow(
            path,
            [
                (message.at - zero, message.data["body"])
                for message in exchange.messages
                if _holds(message.data)
            ],
            since(exchange.ended),
            since(exchange.left),
            exchange.error is not None,
        )
        for path, exchange in zip(asked, exchanges, strict=True)
    ]


def _holds(data: dict[str, object]) -> bool:
    return str(data.get("type")).endswith("response.body") and bool(data.get("body"))


def text(found: Sequence[Flow]) -> str:
    """Two lines for each kind of answer: how many pieces, and when."""
    kinds = dict[tuple[str, int, bool, bool], list[Flow]]()
    for flow in found:
        key = flow.asked, len(flow.pieces), flow.left is not None, flow.failed
        kinds.setdefault(key, []).append(flow)
    return "\n".join(line for same in kinds.values() for line in _told(same))


def _told(same: Sequence[Flow]) -> list[str]:
    one, many = same[0], len(same) > 1
    count = len(one.pieces)
    pieces = f"{count or 'no'} piece{'s' if count > 1 else ''}" + (" each" if many and count else "")
    ending = ", then the client left" if one.left is not None else ", then it failed" if one.failed else ""
    moments = []
    if one.pieces:
        moments.append(f"first byte after {typical(flow.pieces[0][0] for flow in same)}")
    closes = [flow.close for flow in same if flow.close is not None]
    if closes:
        what = "it left" if one.left is not None else "last byte" if one.pieces else "over"
        moments.append(f"{what} after {typical(closes)}")
    head = shorten(f"{len(same)} × {one.asked}" if many else one.asked, COLUMNS - len(pieces + ending) - 2)
    return [f"{head}: {pieces}{ending}", f"  {', '.join(moments)}"]


def label(pieces: Sequence[tuple[float, bytes]], room: int) -> str:
    """What stands beside pieces that arrived at about the same moment."""
    if len(pieces) > 1:
        return shorten(f"{len(pieces)} pieces at once", room) if room > 15 else f"{len(pieces)} at once"
    words = " ".join(pieces[0][1].decode(errors="replace").split())
    if not words.isprintable() or "\ufffd" in words:
        words = f"{len(pieces[0][1])} bytes"
    return "" if len(words) > room < 8 else shorten(words, room)  # two letters of it say nothing
