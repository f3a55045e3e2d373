"""A datagram of BACnet/IP, as `towerwatch gateway try bacnet` shows it."""

from typing import Final

from msgspec import Struct

from gateway.catalogue import Text
from gateway.drivers.bacnet.apdu import Changed, Done, Refused, Values, decode
from gateway.drivers.bacnet.lift import Machine, ObjectKind, Property
from gateway.drivers.bacnet.tag import Value
from gateway.drivers.protocol import Protocol
from gateway.drivers.shown import ShownReading, shown
from gateway.errors import BadFrame


class ShownMessage(Struct, frozen=True, omit_defaults=True):
    """A message; what a Lift or Escalator object says is shown as values and events too."""

    kind: str
    invoke: int | None = None
    object_type: int | None = None
    instance: int | None = None
    reason: str = ""
    properties: dict[str, list[Value]] = {}
    reading: ShownReading | None = None


def read(data: bytes, now_ms: int) -> list[ShownMessage]:
    """The message. Raises BadFrame."""
    found = decode(data)
    match found:
        case None:
            raise BadFrame("a message that concerns others", data)
        case Done(invoke=invoke):
            return [ShownMessage("done", invoke)]
        case Refused(invoke=invoke, reason=reason):
            return [ShownMessage("refused", invoke, reason=reason)]
        case Values() | Changed():
            return [_with_values(found, now_ms)]


def _with_values(found: Values | Changed, now_ms: int) -> ShownMessage:
    reading = None
    if found.of.kind in set(ObjectKind):
        machine = Machine(asset=f"object {found.of.instance}", kind=ObjectKind(found.of.kind))
        look = machine.read(found.properties, now_ms)
        raised = [one for one in look.conditions if one.state == "raise"]
        reading = shown([look.sample], raised)
    return ShownMessage(
        "changed" if isinstance(found, Changed) else "values",
        found.invoke,
        object_type=found.of.kind,
        instance=found.of.instance,
        properties={_name(one): list(values) for one, values in found.properties.items()},
        reading=reading,
    )


def _name(number: int) -> str:
    return Property(number).name.lower() if number in set(Property) else str(number)


PROTOCOL: Final = Protocol(
    name="bacnet",
    label=Text(zh="BACnet/IP 电梯与扶梯对象", en="BACnet/IP, Lift and Escalator objects"),
    example=bytes.fromhex("810a0017010030070e0c0ec000011e2a01ca4e21074f1f"),
    read=read,
)
