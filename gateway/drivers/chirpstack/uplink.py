"""ChirpStack's events, core: what they hold, which came before, and how many are missing.

References:
    ChirpStack v4 documentation, event types (JSON marshaler). An uplink's deduplicationId is its
    identity, however often the broker brings it; its fCnt counts the device's own uplinks.
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

import msgspec
from msgspec import Struct

from gateway.errors import BadFrame

_MOST_DEVICES: Final = 50_000
_MOST_RECENT: Final = 16
_MOST_LOST: Final = 1000
"""A larger jump is no loss but a device that was changed."""


class DeviceInfo(Struct, frozen=True, rename="camel"):
    """Which device it is."""

    dev_eui: str
    device_name: str = ""
    device_profile_name: str = ""


class Reception(Struct, frozen=True, rename="camel"):
    """How one of the gateways heard it."""

    rssi: float | None = None
    snr: float | None = None


class Uplink(Struct, frozen=True, rename="camel"):
    """An `up` event; `data` is base64, `object` what ChirpStack's own codec made of it."""

    device_info: DeviceInfo
    deduplication_id: str = ""
    time: str = ""
    f_cnt: int = 0
    f_port: int = 0
    data: str = ""
    object: msgspec.Raw = msgspec.Raw(b"null")
    rx_info: list[Reception] = []


class Status(Struct, frozen=True, rename="camel"):
    """A `status` event: what the device says of its battery [%]."""

    device_info: DeviceInfo
    time: str = ""
    battery_level: float | None = None
    battery_level_unavailable: bool = False
    external_power_source: bool = False


class Joined(Struct, frozen=True, rename="camel"):
    """A `join` event: the device counts from 0 again."""

    device_info: DeviceInfo


class Logged(Struct, frozen=True, rename="camel"):
    """A `log` event: something went wrong at the network's side."""

    device_info: DeviceInfo
    level: str = ""
    code: str = ""
    description: str = ""


class Kind(StrEnum):
    """Events that are read; the others concern what is sent down, which is never done."""

    UP = "up"
    STATUS = "status"
    JOIN = "join"
    LOG = "log"


Event = Uplink | Status | Joined | Logged
_TYPES: Final[dict[Kind, msgspec.json.Decoder[Event]]] = {
    Kind.UP: msgspec.json.Decoder(Uplink),
    Kind.STATUS: msgspec.json.Decoder(Status),
    Kind.JOIN: msgspec.json.Decoder(Joined),
    Kind.LOG: msgspec.json.Decoder(Logged),
}


def kind_of(topic: str) -> Kind | None:
    """The kind of `application/{id}/device/{devEui}/event/{kind}`; None for one that is not read."""
    levels = topic.split("/")
    is_event = len(levels) == 6 and (levels[0], levels[2], levels[4]) == (
        "application",
        "device",
        "event",
    )
    return Kind(levels[5]) if is_event and levels[5] in set(Kind) else None


def device_of(topic: str) -> str:
    """The device's EUI in the topic; empty when there is none."""
    levels = topic.split("/")
    return levels[3][:64] if len(levels) > 3 else ""


def decode(kind: Kind, payload: bytes) -> Event:
    """The event. Raises BadFrame."""
    try:
        return _TYPES[kind].decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadFrame(f"no {kind} event: {error}", payload) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an uplink stands among those of its device.

    Attributes:
        lost: Uplinks between the last one and this one that never came.
    """

    is_repeated: bool
    lost: int


@dataclass(slots=True)
class _Known:
    newest: int | None = None
    recent: tuple[str, ...] = ()


@dataclass(slots=True)
class Memory:
    """The last uplinks of each device, bounded; for one driver."""

    _known: OrderedDict[str, _Known] = field(default_factory=OrderedDict)

    def place(self, uplink: Uplink) -> Place:
        """Whether it was stored before, and what is missing before it."""
        known = self._known.get(uplink.device_info.dev_eui)
        if known is None:
            return Place(is_repeated=False, lost=0)
        if _identity(uplink) in known.recent:
            return Place(is_repeated=True, lost=0)
        gap = 0 if known.newest is None else uplink.f_cnt - known.newest - 1
        return Place(is_repeated=False, lost=gap if 0 < gap <= _MOST_LOST else 0)

    def stored(self, uplink: Uplink) -> None:
        """Note that everything it says is stored."""
        known = self._of(uplink.device_info.dev_eui)
        known.newest = uplink.f_cnt
        known.recent = (*known.recent[1 - _MOST_RECENT :], _identity(uplink))

    def joined(self, device: str) -> None:
        """The device counts anew: what had its number and content before is another uplink now."""
        known = self._of(device)
        known.newest = None
        known.recent = tuple(one for one in known.recent if ":" not in one)

    def _of(self, device: str) -> _Known:
        known = self._known.setdefault(device, _Known())
        self._known.move_to_end(device)
        while len(self._known) > _MOST_DEVICES:
            self._known.popitem(last=False)
        return known


def _identity(uplink: Uplink) -> str:
    return uplink.deduplication_id or f"{uplink.f_cnt}:{uplink.f_port}:{uplink.data}"
