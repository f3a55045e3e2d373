"""BACnet/IP messages, core: the three questions that are asked, and what comes back.

There is no encoder for WriteProperty, DeviceCommunicationControl or any other service that changes a
device: ReadPropertyMultiple, ReadProperty and SubscribeCOV are all that can be said.

References:
    ANSI/ASHRAE 135-2020 clauses 6.2 (NPDU), 13.14 (SubscribeCOV), 15.5 and 15.7 (ReadProperty,
    ReadPropertyMultiple), 20.1 (APDU), annex J (BACnet/IP).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from gateway.drivers.bacnet.tag import Tag, Value, closing, context, opening, shortest, tags
from gateway.errors import BadFrame

_BVLC: Final = 0x81
_UNICAST: Final = 0x0A
_FORWARDED: Final = 0x04
_BROADCAST: Final = 0x0B
_READ: Final = 12
_READ_MULTIPLE: Final = 14
_SUBSCRIBE_COV: Final = 5
_CONFIRMED_COV: Final = 1
_UNCONFIRMED_COV: Final = 2
_MOST_APDU: Final = 5
"""Code of the longest answer taken: 1,476 bytes, unsegmented."""


@dataclass(frozen=True, slots=True)
class ObjectId:
    """An object of a device."""

    kind: int
    instance: int

    def encode(self) -> bytes:
        """As it goes over the wire."""
        return (self.kind << 22 | self.instance).to_bytes(4, "big")


Properties = dict[int, tuple[Value, ...]]
"""Property -> its value, or the elements of its list; what the object does not have is not there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Values:
    """An answer with values; `of` is the object that they are of."""

    invoke: int
    of: ObjectId
    properties: Properties


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """A question without values was carried out."""

    invoke: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A question was not carried out; the reason is for people."""

    invoke: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """A notification that an object changed.

    Attributes:
        invoke: Number to confirm; None for one that wants no confirmation.
    """

    invoke: int | None
    of: ObjectId
    properties: Properties


Incoming = Values | Done | Refused | Changed


def read_multiple(invoke: int, of: ObjectId, wanted: Sequence[int]) -> bytes:
    """Ask for several properties of an object."""
    listed = b"".join(context(0, shortest(one)) for one in wanted)
    body = context(0, of.encode()) + opening(1) + listed + closing(1)
    return _confirmed(invoke, _READ_MULTIPLE, body)


def read_one(invoke: int, of: ObjectId, wanted: int) -> bytes:
    """Ask for one property, where a device cannot take several at once."""
    return _confirmed(invoke, _READ, context(0, of.encode()) + context(1, shortest(wanted)))


def subscribe(invoke: int, of: ObjectId, process: int, lifetime_s: int) -> bytes:
    """Ask to be told of changes, each to be confirmed, for some time."""
    body = (
        context(0, shortest(process))
        + context(1, of.encode())
        + context(2, b"\1")
        + context(3, shortest(lifetime_s))
    )
    return _confirmed(invoke, _SUBSCRIBE_COV, body)


def confirm(invoke: int) -> bytes:
    """Confirm a notification."""
    return _wrapped(bytes((0x20, invoke, _CONFIRMED_COV)), wants_answer=False)


def decode(datagram: bytes) -> Incoming | None:
    """What a datagram says; None for what concerns others. Raises BadFrame."""
    apdu = _apdu(datagram)
    if apdu is None:
        return None
    if len(apdu) < (2 if apdu[:1] == b"\x10" else 3):
        raise BadFrame("the message is too short", datagram)
    match apdu[0] >> 4:
        case 0 if len(apdu) > 4 and apdu[3] == _CONFIRMED_COV and not apdu[0] & 8:
            return _changed(apdu[4:], apdu[2])
        case 1 if apdu[1] == _UNCONFIRMED_COV:
            return _changed(apdu[2:], None)
        case 2 | 3 | 5 | 6 | 7:
            return _answer(apdu)
    return None


def _answer(apdu: bytes) -> Incoming | None:
    """What comes back to a question."""
    kind, invoke, service = apdu[0] >> 4, apdu[1], apdu[2]
    if kind == 2:
        return Done(invoke=invoke)
    if kind != 3:
        return Refused(invoke=invoke, reason=_reason(apdu))
    if apdu[0] & 8:
        return Refused(invoke=invoke, reason="the answer comes in segments")
    if service == _READ_MULTIPLE:
        of, properties = _read_access(list(tags(apdu[3:])))
    elif service == _READ:
        of, properties = _read_ack(list(tags(apdu[3:])))
    else:
        return None
    return Values(invoke=invoke, of=of, properties=properties)


def _reason(apdu: bytes) -> str:
    kind = apdu[0] >> 4
    if kind == 5:
        return f"error {' '.join(str(tag.value) for tag in tags(apdu[3:]))}"
    return f"{'rejected' if kind == 6 else 'aborted'}, reason {apdu[2]}"


def _confirmed(invoke: int, service: int, body: bytes) -> bytes:
    return _wrapped(bytes((0x00, _MOST_APDU, invoke, service)) + body, wants_answer=True)


def _wrapped(apdu: bytes, *, wants_answer: bool) -> bytes:
    npdu = bytes((1, 4 if wants_answer else 0)) + apdu
    return bytes((_BVLC, _UNICAST)) + (len(npdu) + 4).to_bytes(2, "big") + npdu


def _apdu(datagram: bytes) -> bytes | None:
    """The application's part; None for messages of the network layer."""
    if len(datagram) < 6 or datagram[0] != _BVLC:
        raise BadFrame("it is no message of BACnet/IP", datagram)
    if int.from_bytes(datagram[2:4], "big") != len(datagram):
        raise BadFrame("its length is not what it says", datagram)
    if datagram[1] not in (_UNICAST, _BROADCAST, _FORWARDED):
        return None
    at = 10 if datagram[1] == _FORWARDED else 4
    if len(datagram) < at + 2 or datagram[at] != 1:
        raise BadFrame("it is no network message of version 1", datagram)
    control = datagram[at + 1]
    at += 2
    has_target = bool(control & 0x20)
    for is_there in (has_target, bool(control & 0x08)):
        if is_there:
            if len(datagram) < at + 3:
                raise BadFrame("the message ends within an address", datagram)
            at += 3 + datagram[at + 2]
    at += 1 if has_target else 0
    return None if control & 0x80 else datagram[at:]


def _changed(body: bytes, invoke: int | None) -> Changed:
    found = list(tags(body))
    of = next((tag for tag in found if tag.is_of(2)), None)
    start = next((place for place, tag in enumerate(found) if tag.opens(4)), None)
    if of is None or start is None:
        raise BadFrame("a notification without object or values", body)
    return Changed(
        invoke=invoke, of=_object(of), properties=_listed(found[start + 1 :], name=0, value=2)
    )


def _read_access(found: list[Tag]) -> tuple[ObjectId, Properties]:
    if not found or not found[0].is_of(0):
        raise BadFrame("an answer without its object")
    return _object(found[0]), _listed(found[1:], name=2, value=4)


def _read_ack(found: list[Tag]) -> tuple[ObjectId, Properties]:
    if len(found) < 2 or not found[0].is_of(0):
        raise BadFrame("an answer without its object")
    return _object(found[0]), _listed(found[1:], name=1, value=3)


def _listed(found: list[Tag], *, name: int, value: int) -> Properties:
    """The properties of a list; those that came with an error are left out."""
    properties: Properties = {}
    current: int | None = None
    place = 0
    while place < len(found):
        tag = found[place]
        place += 1
        if tag.is_of(name):
            current = tag.unsigned
        elif tag.opens(value) and current is not None:
            length, values = _inside(found[place:])
            place += length
            properties[current] = values
    return properties


def _inside(found: list[Tag]) -> tuple[int, tuple[Value, ...]]:
    """The plain values up to the closing that belongs here, and how many tags they took."""
    depth, values = 0, list[Value]()
    for place, tag in enumerate(found):
        if tag.is_opening:
            depth += 1
        elif tag.is_closing and depth == 0:
            return place + 1, tuple(values)
        elif tag.is_closing:
            depth -= 1
        elif depth == 0 and not tag.is_context:
            values.append(tag.value)
    raise BadFrame("a list of values has no end")


def _object(tag: Tag) -> ObjectId:
    if len(tag.content) != 4:
        raise BadFrame("an object's name is of four bytes")
    return ObjectId(tag.unsigned >> 22, tag.unsigned & 0x3FFFFF)


def invoke_numbers() -> Iterator[int]:
    """Numbers for questions, 1 to 255 and again."""
    while True:
        yield from range(1, 256)
