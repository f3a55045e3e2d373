"""Cutting messages out of a byte stream by their marks, core.

TCP joins and splits what was sent: a message may come in many pieces, and many in one. What stands
outside of marks is noise; a message that is cut by the next one's start is given out as broken, so
that nothing a terminal said goes by unseen.
"""

from dataclasses import dataclass, field
from typing import Final

MOST_BYTES: Final = 64 * 1024
"""Longest message that is waited for [B]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """A piece of the stream.

    Attributes:
        content: What stands between the marks, without them.
        problem: Why it is no whole message; empty when it is one.
    """

    content: bytes
    problem: str = ""


@dataclass(slots=True)
class Cutter:
    """Holds the beginning of the message that is still coming; one for each connection."""

    start: bytes
    end: bytes
    noise: int = 0
    _held: bytearray = field(default_factory=bytearray)
    _is_inside: bool = False

    def __post_init__(self) -> None:
        if not self.start or not self.end or self.start == self.end:
            raise ValueError("start and end are two different marks")

    def feed(self, piece: bytes) -> list[Cut]:
        """The messages that end with this piece, in order; `noise` counts bytes outside of them."""
        self._held += piece
        found: list[Cut] = []
        while True:
            cut = self._inside() if self._is_inside else self._outside()
            if cut is None:
                return found
            found.extend(cut)

    def end_of_stream(self) -> Cut | None:
        """The message that had begun when the stream ended; None when none had."""
        content, is_inside = bytes(self._held), self._is_inside
        self._held.clear()
        self._is_inside = False
        if not is_inside or not content:
            return None
        return Cut(content=content, problem="the connection ended before the message did")

    def _outside(self) -> list[Cut] | None:
        at = self._held.find(self.start)
        if at < 0:
            kept = _tail(self._held, self.start)
            self.noise += len(self._held) - kept
            del self._held[: len(self._held) - kept]
            return None
        self.noise += at
        del self._held[: at + len(self.start)]
        self._is_inside = True
        return []

    def _inside(self) -> list[Cut] | None:
        # The end is looked for as far as the next start only: many starts cost no more than one.
        again = self._held.find(self.start)
        end = self._held.find(self.end, 0, again + len(self.end) - 1 if again >= 0 else None)
        if again >= 0 and (end < 0 or again < end):
            content = bytes(self._held[:again])
            del self._held[: again + len(self.start)]
            if not content:
                self.noise += len(self.start)
                return []
            return [Cut(content=content, problem="the next message begins before this one ends")]
        if end >= 0:
            content = bytes(self._held[:end])
            del self._held[: end + len(self.end)]
            self._is_inside = False
            is_long = len(content) > MOST_BYTES
            return [Cut(content=content, problem="the message is too long" if is_long else "")]
        if len(self._held) <= MOST_BYTES:
            return None
        content = bytes(self._held)
        kept = _tail(self._held, self.start)
        del self._held[: len(self._held) - kept]
        self._is_inside = False
        return [Cut(content=content, problem=f"no end after {MOST_BYTES} bytes")]


def _tail(held: bytearray, mark: bytes) -> int:
    """How many of the last bytes may be the beginning of a mark [B]."""
    most = min(len(mark) - 1, len(held))
    return next((n for n in range(most, 0, -1) if held.endswith(mark[:n])), 0)
