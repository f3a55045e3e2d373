"""Frames in a stream of bytes: joined, split, and with noise between them.

TCP cuts where it likes, so a frame may come in pieces and several at once. What begins like a
frame and is none must not cost the frame behind it: after a mistake the search goes on one byte
further, and a frame that is still incomplete does not hide a whole one that follows it (a device
waits for its confirmation and sends nothing that would complete the broken one).
"""

import re
from itertools import accumulate
from operator import xor
from typing import Final

from msgspec import Struct

from gateway.drivers.gbt26875.frame import (
    COMMANDS,
    END,
    HEAD_BYTES,
    MAX_FRAME_BYTES,
    OVERHEAD_BYTES,
    START,
    SUM_FROM,
    Flaw,
    flaw_of,
    form_of,
    length_at,
)

_COMMAND_AT: Final = 26
_POSSIBLE: Final = re.compile(
    rb"@@(?=.{22}(?:.[\x00-\x03]|\x00\x04|..[\x01-\x06]))",
    re.DOTALL,
)
"""A start whose length may be, or whose command is known: all others are nobody's frame."""


class Piece(Struct, frozen=True, gc=False):
    """Bytes that are a frame, or that should have been one.

    Attributes:
        data: The frame; what there is of it when its length cannot be.
    """

    data: bytes
    flaw: Flaw | None = None


class Splitter:
    """Finds the frames of one connection. Never holds more than a frame's length of bytes.

    Attributes:
        noise_bytes: Bytes that belonged to no frame, since the beginning.
    """

    __slots__ = ("_buffer", "_denied_to", "_due", "noise_bytes")

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._denied_to = 0
        self._due = 0
        self.noise_bytes = 0

    def feed(self, data: bytes) -> list[Piece]:
        """The frames that are whole now, in order, with what should have been one."""
        if not self._buffer and data.find(START, 1) < 0 and flaw_of(data) is None:
            return [Piece(data)]
        self._buffer += data
        # Bytes that come singly must not have all that waits searched each time.
        return self._search() if len(self._buffer) >= self._due else []

    def _search(self) -> list[Piece]:
        scan = _Scan(self._buffer)
        size = len(self._buffer)
        pieces, at = self._clean()
        held, taken = -1, at
        due = size - 1 + HEAD_BYTES
        while (start := scan.next_start(at)) >= 0:
            stop = scan.stop_of(start)
            if stop > size and stop - start <= MAX_FRAME_BYTES:
                held = start if held < 0 else held
                due = min(due, stop)
                at = start + 1
                continue
            piece = scan.judged(start, stop, is_denied=held < 0 and start >= self._denied_to)
            if piece is not None:
                pieces.append(piece)
                if piece.flaw in (None, Flaw.COMMAND):
                    taken += stop - start
                    at, held = stop, -1
                    continue
                # What overlaps a denied piece is denied with it: noise is not answered by the byte.
                self._denied_to = start + len(piece.data)
            at = start + 1
        keep = held if held >= 0 else max(at, size - self._buffer.endswith(START[:1]))
        self.noise_bytes += keep - taken
        self._denied_to = max(self._denied_to - keep, 0)
        self._due = due - keep if held >= 0 else 0
        del self._buffer[:keep]
        return pieces

    def _clean(self) -> tuple[list[Piece], int]:
        """The whole frames that stand one behind another from the beginning, and where they end."""
        buffer, at = self._buffer, 0
        pieces: list[Piece] = []
        while len(buffer) - at >= OVERHEAD_BYTES:
            data = bytes(buffer[at : at + length_at(buffer, at)])
            if data.find(START, 1) >= 0 or flaw_of(data) is not None:
                break
            pieces.append(Piece(data))
            at += len(data)
        return pieces, at


class _Scan:
    """One search through what waits; it costs as much as there are bytes, whatever they are.

    Frames that overlap are judged by running sums, so that crafted bytes in which a frame seems to
    begin everywhere are not added up again for each of them.
    """

    __slots__ = ("_buffer", "_summed_to", "_sums", "_xors")

    def __init__(self, buffer: bytearray) -> None:
        self._buffer = buffer
        self._summed_to = 0
        self._sums: list[int] = []
        self._xors: list[int] = []

    def next_start(self, at: int) -> int:
        """Where a frame may begin, whole or not; -1: nowhere."""
        found = _POSSIBLE.search(self._buffer, at)
        if found is not None:
            return found.start()
        return self._buffer.find(START, max(at, len(self._buffer) - HEAD_BYTES + 1))

    def stop_of(self, start: int) -> int:
        """Where the frame ends by its own word; where its head would, while that is not whole."""
        if len(self._buffer) - start < HEAD_BYTES:
            return start + HEAD_BYTES
        return start + length_at(self._buffer, start)

    def judged(self, start: int, stop: int, *, is_denied: bool) -> Piece | None:
        """What a whole frame is, or its flaw; None when nobody can have meant it as a frame.

        Args:
            is_denied: Whether what is broken is told.
        """
        buffer = self._buffer
        is_command = buffer[start + _COMMAND_AT] in COMMANDS
        if stop - start > MAX_FRAME_BYTES:
            head = bytes(buffer[start : start + OVERHEAD_BYTES])
            return Piece(head, Flaw.LENGTH) if is_command and is_denied else None
        flaw = self._flaw(start, stop)
        if flaw is Flaw.END and not is_command:
            return None
        if flaw not in (None, Flaw.COMMAND) and not is_denied:
            return None
        if flaw is None and self._meets_another(start, stop):
            return None
        return Piece(bytes(buffer[start:stop]), flaw)

    def _meets_another(self, start: int, stop: int) -> bool:
        """Whether a whole frame begins within: then noise before it only happened to look like one."""
        at = start + 1
        while 0 <= (at := self.next_start(at)) < stop - 1:
            end = self.stop_of(at)
            if (
                OVERHEAD_BYTES <= end - at <= MAX_FRAME_BYTES
                and end <= len(self._buffer)
                and self._flaw(at, end) is None
            ):
                return True
            at += 1
        return False

    def _flaw(self, start: int, stop: int) -> Flaw | None:
        buffer = self._buffer
        if buffer[stop - 2] != END[0] or buffer[stop - 1] != END[1]:
            return Flaw.END
        if start >= self._summed_to:
            self._summed_to = stop
            holds = form_of(buffer[start:stop]) is not None
        else:
            holds = self._holds(start, stop)
        if not holds:
            return Flaw.CHECKSUM
        return None if buffer[start + _COMMAND_AT] in COMMANDS else Flaw.COMMAND

    def _holds(self, start: int, stop: int) -> bool:
        """Whether the sum holds in a known form, as `form_of` says."""
        if not self._sums:
            self._sums = list(accumulate(self._buffer, initial=0))
            self._xors = list(accumulate(self._buffer, xor, initial=0))
        sums, last = self._sums, stop - 3
        return self._buffer[last] in (
            (sums[last] - sums[start + SUM_FROM]) & 0xFF,
            (sums[last] - sums[start + _COMMAND_AT]) & 0xFF,
            self._xors[last] ^ self._xors[start + SUM_FROM],
        )
