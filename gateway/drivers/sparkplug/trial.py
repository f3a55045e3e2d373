"""A payload of Sparkplug B, as `towerwatch gateway try sparkplug` shows it."""

from typing import Final

from msgspec import Struct

from gateway.catalogue import Text
from gateway.drivers.protocol import Protocol
from gateway.drivers.sparkplug.payload import decode
from gateway.errors import BadFrame


class ShownMetric(Struct, frozen=True, omit_defaults=True):
    """A metric; a payload that is no birth may say the alias alone."""

    name: str
    value: float | int | bool | str | None
    alias: int | None = None
    at: int | None = None
    datatype: int = 0
    is_historical: bool = False
    is_null: bool = False
    is_good: bool = True


class ShownPayload(Struct, frozen=True):
    """A payload."""

    at: int | None
    seq: int | None
    metrics: list[ShownMetric]


def read(data: bytes, _now_ms: int) -> list[ShownPayload]:
    """The payload. Raises BadFrame."""
    found = decode(data)
    if not found.metrics and found.at_ms is None and found.seq is None:
        raise BadFrame("no payload of Sparkplug: it has no time, no number and no metric", data)
    metrics = [
        ShownMetric(
            name=one.name,
            value=one.value(one.datatype),
            alias=one.alias,
            at=one.at_ms,
            datatype=one.datatype,
            is_historical=one.is_historical,
            is_null=one.is_null,
            is_good=one.is_good,
        )
        for one in found.metrics
    ]
    return [ShownPayload(at=found.at_ms, seq=found.seq, metrics=metrics)]


PROTOCOL: Final = Protocol(
    name="sparkplug",
    label=Text(zh="Sparkplug B 3.0 载荷", en="Sparkplug B 3.0, payloads"),
    example=bytes.fromhex("08c0843d12110a0562645365711880a8d6b907200458001800"),
    read=read,
)
