"""What stands where in the bytes of an uplink, as data: for devices without a codec at the network."""

import math
import struct
from collections.abc import Iterator
from enum import StrEnum
from typing import Literal, Self

from pydantic import Field, model_validator

from gateway.catalogue import EVENT_KINDS
from gateway.drivers.options import Options, require_metrics
from gateway.wire import WireEvent

_EVENTS = frozenset(kind.name for kind in EVENT_KINDS)


class Kind(StrEnum):
    """How bytes hold a number."""

    U8 = "u8"
    I8 = "i8"
    U16 = "u16"
    I16 = "i16"
    U32 = "u32"
    I32 = "i32"
    F32 = "f32"


_FORMATS = {
    Kind.U8: "B",
    Kind.I8: "b",
    Kind.U16: "H",
    Kind.I16: "h",
    Kind.U32: "I",
    Kind.I32: "i",
    Kind.F32: "f",
}


class MetricBytes(Options):
    """A metric: `(number + offset) x scale`, in the unit of the catalogue."""

    at: int = Field(ge=0, le=241, description="first byte, counted from 0")
    type: Kind
    order: Literal["big", "little"] = "big"
    scale: float = 1.0
    offset: float = 0.0
    unit: str
    absent: tuple[float, ...] = ()

    def value(self, data: bytes) -> float | None:
        """The value; None when it is absent or the uplink is too short."""
        form = (">" if self.order == "big" else "<") + _FORMATS[self.type]
        if self.at + struct.calcsize(form) > len(data):
            return None
        count: float = struct.unpack_from(form, data, self.at)[0]
        if not math.isfinite(count) or count in self.absent:
            return None
        return (count + self.offset) * self.scale


class FlagBits(Options):
    """A status bit, bit 0 the least significant of its byte."""

    at: int = Field(ge=0, le=241)
    bit: int = Field(ge=0, le=7)
    event: str
    raised_at: int = Field(default=1, ge=0, le=1)

    @model_validator(mode="after")
    def _is_known(self) -> Self:
        if self.event not in _EVENTS:
            raise ValueError(f"the catalogue has no event {self.event!r}")
        return self


class Layout(Options):
    """The uplinks of one device profile, or of one port of it."""

    profile: str = Field(description="deviceProfileName")
    port: int | None = Field(default=None, ge=1, le=223, description="fPort; absent: any")
    least_bytes: int = Field(default=1, ge=1, le=242, description="a shorter uplink is none of it")
    asset_class: str = Field(alias="class")
    metrics: dict[str, MetricBytes] = Field(default={})
    flags: tuple[FlagBits, ...] = ()

    @model_validator(mode="after")
    def _fits_the_catalogue(self) -> Self:
        units = {name: place.unit for name, place in self.metrics.items()}
        require_metrics(self.asset_class, units)
        if not self.metrics and not self.flags:
            raise ValueError("the layout reads nothing")
        return self

    def is_for(self, profile: str, port: int, data: bytes) -> bool:
        """Whether an uplink is of this layout."""
        is_its = profile == self.profile and self.port in (None, port)
        return is_its and len(data) >= self.least_bytes

    def values(self, data: bytes) -> dict[str, float | None]:
        """The metrics of an uplink."""
        return {name: place.value(data) for name, place in self.metrics.items()}

    def conditions(self, data: bytes, asset: str, at_ms: int) -> Iterator[WireEvent]:
        """How each condition stands whose bytes the uplink has."""
        unread = {flag.event for flag in self.flags if flag.at >= len(data)}
        for flag in self.flags:
            if flag.at < len(data):
                bit = data[flag.at] >> flag.bit & 1
                if bit != flag.raised_at and flag.event in unread:
                    continue  # Another bit of the same event may stand.
                yield WireEvent(
                    asset=asset,
                    at=at_ms,
                    event=flag.event,
                    state="raise" if bit == flag.raised_at else "clear",
                    code_system=f"lorawan:{self.profile}"[:40],
                    code=f"{flag.at}:{flag.bit}",
                )
