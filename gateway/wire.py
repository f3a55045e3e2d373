"""The messages of protocol version 1: JSON, times in ms UTC, decoded and checked in one pass.

A message is known by (gateway, lane, stream, seq). `low` promises that nothing below it will
come (again) on this stream. Unknown fields are ignored, so that a newer gateway can add some.
"""

from collections.abc import Iterator, Sequence
from typing import Annotated, Final, Literal, TypeVar

import msgspec
from msgspec import Meta, Struct

from gateway.errors import BadMessage, Fault

VERSION = 1
MAX_DATA_BYTES = 256 * 1024
"""Largest data message accepted [B]; a gateway ends a batch at 64 KiB."""
MAX_ALARM_BYTES = 64 * 1024
"""Largest alarm-lane or state message accepted [B]."""
MOST_EVENTS = 200
"""Events of one alarm-lane message."""
_MESSAGE_BYTES = 48 * 1024
"""A message of several events ends before it grows beyond this [B]."""
MAX_MS = 253_402_300_799_999
"""31 December 9999 [ms since 1970]: anything later cannot be a time in the database."""

Stream = Annotated[int, Meta(ge=0, lt=2**53)]
Seq = Annotated[int, Meta(ge=1, lt=2**53)]
Low = Annotated[int, Meta(ge=1, lt=2**53)]
Ms = Annotated[int, Meta(ge=-(2**53), le=2**53)]
Code = Annotated[str, Meta(min_length=1, max_length=64)]
RaiseOrClear = Literal["raise", "clear"]


class Frame(Struct, frozen=True, gc=False):
    """Values of one asset at one or more times.

    Attributes:
        asset: Code of the asset, unique within its gateway.
        t: Times [ms UTC], as many as every list in `m` is long.
        m: Metric name to values [unit of the catalogue]; null means the sensor is absent.
    """

    asset: Code
    t: list[int]
    m: dict[str, list[float | None]]


class DataMessage(Struct, frozen=True, gc=False):
    """A batch of samples; `sent` is the gateway's clock when the batch was closed [ms UTC]."""

    stream: Stream
    seq: Seq
    low: Low
    sent: Ms
    frames: list[Frame]


class WireEvent(Struct, frozen=True, gc=False, omit_defaults=True):
    """Something a device, or the edge, says happened.

    Attributes:
        at: When, by the gateway's clock [ms UTC]; set once and never again.
        event: Canonical name of the catalogue; an unknown one is still an alarm.
        code_system: Whose code it was, for example `gbt26875` or `gbt24476`.
        code: The device's own code, as text.
        raw: The device's bytes in hexadecimal, as evidence.
        text: What the device or its file says about the place or the cause.
    """

    asset: Code
    at: Ms
    event: Code
    state: RaiseOrClear
    code_system: Annotated[str, Meta(max_length=40)] = ""
    code: Annotated[str, Meta(max_length=80)] = ""
    text: Annotated[str, Meta(max_length=1000)] = ""
    raw: Annotated[str, Meta(max_length=4000)] = ""


class AlarmMessage(Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """One or more events that belong together; their order is their order in time.

    Attributes:
        origin: The first stream of the line that this one belongs to: streams of one origin are
            in order by their numbers. Another line begins when the outbox is new (a new disk) or
            the clock lies behind the last opening. 0 when unknown.
    """

    stream: Stream
    origin: Stream = 0
    seq: Seq
    low: Low
    sent: Ms
    events: Annotated[list[WireEvent], Meta(min_length=1, max_length=MOST_EVENTS)]


class StateMessage(Struct, frozen=True, gc=False, omit_defaults=True):
    """A gateway's heartbeat on one lane, every 15 s, retained; also its will (online false).

    Attributes:
        sent: The gateway's clock [ms UTC]; 0 in the will, whose time nobody knows.
        origin: As in the messages of the alarm lane; 0 when unknown, and on the data lane.
        next_seq: The number the next message of this stream will get.
        shed: Ranges [a, b] of this stream that were given up, counted, oldest first.
        depth: Messages in the outbox without a receipt, all streams.
        oldest_ms: Age of the oldest of them [ms].
        offset_ms: Gateway clock minus reference clock, where the gateway knows one [ms].
    """

    online: bool
    sent: Ms = 0
    software: Annotated[str, Meta(max_length=80)] = ""
    configuration: Annotated[str, Meta(max_length=80)] = ""
    stream: Stream = 0
    origin: Stream = 0
    next_seq: Seq = 1
    low: Low = 1
    shed: Annotated[list[tuple[int, int]], Meta(max_length=1000)] = []
    depth: int = 0
    oldest_ms: int = 0
    offset_ms: int | None = None


class Receipt(Struct, frozen=True, gc=False, omit_defaults=True):
    """What the platform has committed: everything of `stream` up to `through`, and `also`."""

    stream: Stream
    through: Annotated[int, Meta(ge=0, lt=2**53)]
    also: list[tuple[int, int]] = []


class Command(Struct, frozen=True, gc=False, omit_defaults=True):
    """A request to a gateway; never one that moves equipment.

    Attributes:
        command: `resend` (from `seq` of `stream`), `duty_check` 查岗, `rebirth` (state at once).
        until: Not to be carried out later than this [ms UTC].
    """

    id: Annotated[str, Meta(min_length=1, max_length=64)]
    command: Literal["resend", "duty_check", "rebirth"]
    until: Ms
    lane: Literal["alarm", "data"] = "alarm"
    stream: Stream = 0
    seq: Seq = 1
    minutes: int = 0


AnyMessage = DataMessage | AlarmMessage | StateMessage | Receipt | Command
M = TypeVar("M", DataMessage, AlarmMessage, StateMessage, Receipt, Command)

_ENCODER: Final = msgspec.json.Encoder()
_DATA: Final = msgspec.json.Decoder(DataMessage)
_ALARM: Final = msgspec.json.Decoder(AlarmMessage)
_STATE: Final = msgspec.json.Decoder(StateMessage)
_RECEIPT: Final = msgspec.json.Decoder(Receipt)
_COMMAND: Final = msgspec.json.Decoder(Command)


def encode(message: AnyMessage) -> bytes:
    """The message as it goes over the wire."""
    return _ENCODER.encode(message)


def fitted(event: WireEvent) -> WireEvent:
    """The event within the limits of the protocol: texts are cut, never the event refused.

    What a device sends as text may be too long, or no Unicode; an alarm must not fail for that.
    """
    return WireEvent(
        asset=fitted_asset(event.asset),
        at=max(min(event.at, 2**53), -(2**53)),
        event=_cut(event.event, 64) or "unknown_event",
        state=event.state,
        code_system=_cut(event.code_system, 40),
        code=_cut(event.code, 80),
        text=_cut(event.text, 1000),
        raw=_cut(event.raw, 4000),
    )


def fitted_asset(code: str) -> str:
    """The asset's code within the limits of the protocol."""
    return _cut(code, 64) or "unknown"


def messages_of(events: Sequence[WireEvent]) -> Iterator[list[WireEvent]]:
    """The events, each fitted, in lists that are within the limits of a message."""
    message: list[WireEvent] = []
    size = 0
    for event in events:
        fit = fitted(event)
        length = len(_ENCODER.encode(fit))
        if message and (len(message) == MOST_EVENTS or size + length > _MESSAGE_BYTES):
            yield message
            message, size = [], 0
        message.append(fit)
        size += length
    if message:
        yield message


def _cut(text: str, length: int) -> str:
    return text[:length].encode("utf-8", "replace").decode("utf-8")


def decode_data(payload: bytes) -> DataMessage:
    """A data-lane payload. Raises BadMessage with the reason."""
    return _decode(_DATA, payload, MAX_DATA_BYTES)


def decode_alarm(payload: bytes) -> AlarmMessage:
    """An alarm-lane payload. Raises BadMessage with the reason."""
    return _decode(_ALARM, payload, MAX_ALARM_BYTES)


def decode_state(payload: bytes) -> StateMessage:
    """A heartbeat. Raises BadMessage with the reason."""
    return _decode(_STATE, payload, MAX_ALARM_BYTES)


def decode_receipt(payload: bytes) -> Receipt:
    """A receipt. Raises BadMessage with the reason."""
    return _decode(_RECEIPT, payload, MAX_ALARM_BYTES)


def decode_command(payload: bytes) -> Command:
    """A command. Raises BadMessage with the reason."""
    return _decode(_COMMAND, payload, MAX_ALARM_BYTES)


def _decode(decoder: "msgspec.json.Decoder[M]", payload: bytes, limit: int) -> M:
    if len(payload) > limit:
        raise BadMessage(Fault.OVERSIZE, f"{len(payload)} bytes, at most {limit} are accepted")
    try:
        return decoder.decode(payload)
    except msgspec.ValidationError as error:
        raise BadMessage(Fault.BAD_SHAPE, str(error)) from error
    except msgspec.DecodeError as error:
        raise BadMessage(_fault_of(payload), str(error)) from error
    except (UnicodeDecodeError, RecursionError) as error:
        raise BadMessage(_fault_of(payload), str(error)) from error


def _fault_of(payload: bytes) -> Fault:
    try:
        payload.decode()
    except UnicodeDecodeError:
        return Fault.BAD_UTF8
    return Fault.BAD_JSON
