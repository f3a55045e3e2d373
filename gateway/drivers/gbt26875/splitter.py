"""Frames in a stream of bytes: joined, split, and with noise between them.

TCP cuts where it likes, so a frame may come in pieces and several at once. What begins like a
frame and is none must not cost the frame behind it: after a mistake the search goes on one byte
further, and a frame that is still incomplete does not hide a whole one that follows it (a device
waits for its confirmation and sends nothing that would complete the broken one).
"""

from typing import Final

from msgspec import Struct

from gateway.drivers.gbt26875.frame import (
    COMMANDS,
    END,
    HEAD_BYTES,
    MAX_FRAME_BYTES,
    OVERHEAD_BYTES,
    START,
    Flaw,
    flaw_of,
    length_at,
)

_COMMAND_AT: Final = 26


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

    __slots__ = ("_buffer", "noise_bytes")

    def __init__(self) -> None:
        self._buffer = bytearray()
        self.noise_bytes = 0

    @property
    def waiting_bytes(self) -> int:
        """How much is kept until more comes [B]."""
        return len(self._buffer)

    def feed(self, data: bytes) -> list[Piece]:
        """The frames that are whole now, in order, with what should have been one."""
        if not self._buffer and data.find(START, 1) < 0 and flaw_of(data) is None:
            return [Piece(data)]
        self._buffer += data
        return self._search()

    def _search(self) -> list[Piece]:
        buffer = self._buffer
        pieces: list[Piece] = []
        at, held, taken = 0, -1, 0
        while (start := buffer.find(START, at)) >= 0:
            length = length_at(buffer, start) if len(buffer) - start >= HEAD_BYTES else 0
            stop = start + length
            if length == 0 or (stop > len(buffer) and length <= MAX_FRAME_BYTES):
                held = start if held < 0 else held
                at = start + 1
                continue
            piece = _judged(buffer, start, length)
            if piece is not None and piece.flaw in (None, Flaw.COMMAND):
                pieces.append(piece)
                taken += length
                at, held = stop, -1
                continue
            if piece is not None and held < 0:
                pieces.append(piece)
            at = start + 1
        keep = held if held >= 0 else max(at, len(buffer) - buffer.endswith(START[:1]))
        self.noise_bytes += keep - taken
        del buffer[:keep]
        return pieces


def _judged(buffer: bytearray, start: int, length: int) -> Piece | None:
    """What a whole frame is, or its flaw; None when nobody can have meant it as a frame."""
    is_command = buffer[start + _COMMAND_AT] in COMMANDS
    if length > MAX_FRAME_BYTES:
        head = bytes(buffer[start : start + OVERHEAD_BYTES])
        return Piece(head, Flaw.LENGTH) if is_command else None
    stop = start + length
    if buffer[stop - 2 : stop] != END and not is_command:
        return None
    data = bytes(buffer[start:stop])
    flaw = flaw_of(data)
    return None if flaw is None and _meets_another(buffer, start, stop) else Piece(data, flaw)


def _meets_another(buffer: bytearray, start: int, stop: int) -> bool:
    """Whether a whole frame begins within: then noise before it only happened to look like one."""
    at = start + 1
    while (at := buffer.find(START, at, stop)) >= 0 and len(buffer) - at >= OVERHEAD_BYTES:
        end = at + length_at(buffer, at)
        if end <= len(buffer) and flaw_of(bytes(buffer[at:end])) is None:
            return True
        at += 1
    return False
