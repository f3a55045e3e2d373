"""Registers as numbers, core: types, the order of bytes and words, and what stands for no value."""

import math
import struct
from collections.abc import Mapping, Sequence
from enum import StrEnum

from gateway.drivers.modbus.frame import Function

Registers = Mapping[tuple[Function, int], int]
"""What was answered: the value at each function and address."""


class Kind(StrEnum):
    """How registers hold a number."""

    U16 = "u16"
    I16 = "i16"
    U32 = "u32"
    I32 = "i32"
    U64 = "u64"
    I64 = "i64"
    F32 = "f32"
    F64 = "f64"
    BCD16 = "bcd16"
    BCD32 = "bcd32"
    BIT = "bit"
    """One coil or discrete input."""

    @property
    def words(self) -> int:
        """How many registers it takes."""
        return _WORDS[self]


class Order(StrEnum):
    """Where the bytes of a number stand, A the most significant (the trade's own names).

    The specification fixes the bytes of a register alone (high byte first); vendors differ in
    everything wider, and some in the register too.
    """

    ABCD = "ABCD"
    """High word first, high byte first."""
    CDAB = "CDAB"
    """Low word first, high byte first."""
    BADC = "BADC"
    """High word first, low byte first."""
    DCBA = "DCBA"
    """Low word first, low byte first."""


_WORDS = {
    Kind.U16: 1,
    Kind.I16: 1,
    Kind.U32: 2,
    Kind.I32: 2,
    Kind.U64: 4,
    Kind.I64: 4,
    Kind.F32: 2,
    Kind.F64: 4,
    Kind.BCD16: 1,
    Kind.BCD32: 2,
    Kind.BIT: 1,
}
_FLOATS = {Kind.F32: ">f", Kind.F64: ">d"}
_SIGNED = (Kind.I16, Kind.I32, Kind.I64)


def number(words: Sequence[int], kind: Kind, order: Order) -> float | int | None:
    """The number in as many registers as its kind takes; None when they hold none.

    NaN, infinities and digits above 9 (BCD) are no numbers.
    """
    if kind is Kind.BIT:
        return words[0]
    content = _in_order(words, order)
    if kind in _FLOATS:
        value: float = struct.unpack(_FLOATS[kind], content)[0]
        return value if math.isfinite(value) else None
    if kind in (Kind.BCD16, Kind.BCD32):
        digits = content.hex()
        return int(digits) if digits.isdecimal() else None
    return int.from_bytes(content, "big", signed=kind in _SIGNED)


def _in_order(words: Sequence[int], order: Order) -> bytes:
    """The bytes with the most significant one first."""
    swaps_words = order in (Order.CDAB, Order.DCBA)
    swaps_bytes = order in (Order.BADC, Order.DCBA)
    return b"".join(
        word.to_bytes(2, "little" if swaps_bytes else "big")
        for word in (reversed(words) if swaps_words else words)
    )
