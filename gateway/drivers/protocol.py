"""The protocols of devices that the gateway reads, by name: for `towerwatch gateway try`.

A protocol shows what its pure codec makes of bytes; it opens nothing and remembers nothing. A new
one is a `Protocol` in its own module and a line in PROTOCOLS; a package of somebody else names
its own in the entry-point group `towerwatch.protocols`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import entry_points
from typing import Final, cast

from msgspec import Struct

from gateway.catalogue import Text
from gateway.errors import BadSettings

GROUP: Final = "towerwatch.protocols"
PROTOCOLS: Final = {
    "gbt26875": "gateway.drivers.gbt26875.trial:PROTOCOL",
    "modbus": "gateway.drivers.modbus.trial:PROTOCOL",
    "tcp_push": "gateway.drivers.tcp_push.trial:PROTOCOL",
    "mqtt_terminal": "gateway.drivers.tcp_push.trial:PLAIN",
    "nbiot_pressure": "gateway.drivers.nbiot_pressure.trial:PROTOCOL",
    "chirpstack": "gateway.drivers.chirpstack.trial:PROTOCOL",
    "bacnet": "gateway.drivers.bacnet.trial:PROTOCOL",
    "sparkplug": "gateway.drivers.sparkplug.trial:PROTOCOL",
}
"""Name -> module:attribute, imported when it is asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Protocol:
    """A protocol whose frames can be tried.

    Attributes:
        name: What it is called on the command line and in the gateway's file.
        label: What it is, for people.
        example: A frame that it reads.
        is_text: Whether its messages are text, which people type as it stands.
        read: Takes bytes and the time of arrival [ms UTC] and answers each frame in them, with
            every field by name; raises BadFrame.
    """

    name: str
    label: Text
    example: bytes
    is_text: bool = False
    read: Callable[[bytes, int], Sequence[Struct]]


def protocol_names() -> list[str]:
    """The names of all protocols."""
    return sorted({*PROTOCOLS, *entry_points(group=GROUP).names})


def load_protocol(name: str) -> Protocol:
    """The protocol of that name.

    Raises:
        BadSettings: There is none.
    """
    place = PROTOCOLS.get(name)
    if place is not None:
        module, attribute = place.split(":")
        return cast("Protocol", getattr(import_module(module), attribute))
    for entry in entry_points(group=GROUP, name=name):
        return cast("Protocol", entry.load())
    raise BadSettings(f"there is no protocol {name!r}; there are {', '.join(protocol_names())}")
