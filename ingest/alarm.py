"""Alarm-lane messages as events: whatever can be understood becomes one, nothing is turned away.

An unknown event keeps its code in its condition, an impossible time is flagged and replaced by
the time of receipt, a damaged message is read as far as it goes. Only bytes in which no event can
be found at all are quarantined, and that is an event of its own.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from gateway import wire
from gateway.catalogue import event_kind
from gateway.catalogue.platform import UNKNOWN_EVENT
from gateway.errors import BadMessage
from gateway.wire import MAX_MS, WireEvent
from ingest import lenient
from ingest.batch import Inbound, Path, Quarantined, Reason, Refusal, clean
from ingest.column import EARLIEST_MS, FUTURE_MS
from ingest.lenient import Json

SKEW_MS: Final = 5_000
"""A device's time this far ahead of ours is flagged (cumulative clock error of GB 50440, 5 s)."""
LATE_MS: Final = 60_000
"""An event this old on receipt is flagged."""
ANONYMOUS_STREAM: Final = 0
"""Stream of messages whose identity cannot be read; no gateway ever uses it."""
MAX_EVENTS: Final = 2_000
"""Events taken from one damaged message; a sound one has 200 at most."""
NO_ASSET: Final = "?"
_WHOLE: Final = re.compile(r"\s*-?[0-9]{1,19}\s*")
"""A whole number and nothing that merely looks like one: `²` is a digit, and no number."""


class Flag(StrEnum):
    """What is unusual about an event."""

    PLACEHOLDER = "placeholder"
    UNKNOWN_EVENT = "unknown_event"
    IMPOSSIBLE_TIME = "impossible_time"
    SKEWED = "skewed"
    LATE = "late"
    SECOND_PATH = "second_path"
    DEGRADED = "degraded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """An event ready to be stored, its asset still a code of its gateway.

    Attributes:
        position: Its place in the message, from 0.
        condition: Key of the alarm on the asset.
        at_ms: When it happened; the time of receipt where the device's is impossible [ms UTC].
        device_ms: The time as the device said it [ms UTC]; None when it said none.
    """

    position: int
    asset: str
    event: str
    condition: str
    state: str
    at_ms: int
    device_ms: int | None
    code_system: str
    code: str
    text: str
    raw: str
    flags: tuple[Flag, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AdmittedAlarm:
    """An alarm-lane message as events.

    Attributes:
        low: 1 when unknown; a stream of 0 has no ledger and no receipt.
        origin: First stream of the outbox that sent it; 0 when unknown.
        digest: SHA-256 of the payload: one identity, one content.
        damage: What of it could not be read as the protocol says; None when it is sound.
    """

    message: Inbound
    stream: int
    seq: int
    low: int
    digest: bytes
    events: tuple[Event, ...]
    origin: int = 0
    damage: Quarantined | None = None


def admit_alarm(inbound: Inbound) -> AdmittedAlarm | Quarantined:
    """The events of an alarm-lane message, or the message as unreadable."""
    digest = hashlib.sha256(inbound.payload).digest()
    try:
        message = wire.decode_alarm(inbound.payload)
    except BadMessage as error:
        return _understood(inbound, digest, error)
    return AdmittedAlarm(
        message=inbound,
        stream=message.stream,
        seq=message.seq,
        low=message.low,
        digest=digest,
        origin=message.origin,
        events=tuple(
            _event(n, event, event.at, inbound, ()) for n, event in enumerate(message.events)
        ),
    )


def condition_of(event: str, code_system: str, code: str) -> str:
    """Key of the alarm: the event, or for one nobody declared its code or else its name."""
    if event_kind(event) is not UNKNOWN_EVENT:
        return event
    return f"{UNKNOWN_EVENT.name}:{code_system}:{code or event}"


def _event(
    position: int, event: WireEvent, device_ms: int | None, inbound: Inbound, flags: Sequence[Flag]
) -> Event:
    received = inbound.received_ms
    is_known = event_kind(event.event) is not UNKNOWN_EVENT
    is_possible = device_ms is not None and EARLIEST_MS <= device_ms <= min(
        received + FUTURE_MS, MAX_MS
    )
    at_ms = device_ms if is_possible and device_ms is not None else received
    found = [
        *flags,
        *([] if is_known else [Flag.UNKNOWN_EVENT]),
        *([] if is_possible else [Flag.IMPOSSIBLE_TIME]),
        *([Flag.SKEWED] if at_ms > received + SKEW_MS else []),
        *([Flag.LATE] if at_ms < received - LATE_MS else []),
        *([Flag.SECOND_PATH] if inbound.path is Path.HTTPS else []),
    ]
    system, code = clean(event.code_system), clean(event.code)
    return Event(
        position=position,
        asset=clean(event.asset),
        event=event.event if is_known else UNKNOWN_EVENT.name,
        condition=clean(condition_of(event.event, system, code)),
        state=event.state,
        at_ms=at_ms,
        device_ms=device_ms,
        code_system=system,
        code=code if is_known or code else clean(event.event),
        text=clean(event.text),
        raw=clean(event.raw),
        flags=tuple(found),
    )


def _understood(inbound: Inbound, digest: bytes, error: BadMessage) -> AdmittedAlarm | Quarantined:
    """What can be made of it; a message that trips us must not keep the next ones waiting."""
    try:
        return _mended(inbound, digest, error)
    except Exception as surprise:  # noqa: BLE001 - the edge of the lane's loop
        found = lenient.identity(inbound.payload)
        return Quarantined(
            message=inbound,
            reason=lenient.REASONS[error.fault],
            detail=clean(f"{error.detail}; not understood: {surprise!r}")[:1000],
            stream=found[0] if found else None,
            seq=found[1] if found else None,
        )


def _mended(inbound: Inbound, digest: bytes, error: BadMessage) -> AdmittedAlarm | Quarantined:
    found = lenient.identity(inbound.payload)
    reason = lenient.REASONS[error.fault]
    try:
        value = lenient.loads(inbound.payload, may_mend=True)
    except ValueError:
        value = lenient.pieces(inbound.payload)
    events = _events_in(value)
    if not events:
        return Quarantined(
            message=inbound,
            reason=reason,
            detail=error.detail,
            stream=found[0] if found else None,
            seq=found[1] if found else None,
        )
    stream, seq, low = found or (ANONYMOUS_STREAM, 1 + int.from_bytes(digest[:6]), 1)
    return AdmittedAlarm(
        message=inbound,
        stream=stream,
        seq=seq,
        low=low,
        digest=digest,
        origin=lenient.origin(inbound.payload),
        events=tuple(_salvaged(n, item, inbound) for n, item in enumerate(events)),
        damage=Quarantined(
            message=inbound,
            reason=reason,
            detail=f"{error.detail}; {len(events)} events were made of it",
            stream=stream,
            seq=seq,
            refused=(Refusal(reason=reason, asset="", sent=error.detail[:80], values=0),),
        ),
    )


def _events_in(value: Json) -> list[Json]:
    """What looks like the events of a message, whatever stands around them."""
    if isinstance(value, dict) and isinstance(value.get("events"), list | dict):
        value = value["events"]
    if isinstance(value, dict):
        return [value] if {"asset", "event", "code"} & value.keys() else []
    if isinstance(value, list):
        found: list[Json] = [item for item in value if item not in (None, "", [], {})]
        return found[:MAX_EVENTS]
    return []


def _salvaged(position: int, item: Json, inbound: Inbound) -> Event:
    fields = item if isinstance(item, dict) else {"text": item}
    device_ms = lenient.integer(_number(fields.get("at")), -(2**53), 2**53)
    event = WireEvent(
        asset=lenient.text_of(fields.get("asset"), 64) or NO_ASSET,
        at=0,
        event=lenient.text_of(fields.get("event"), 64) or UNKNOWN_EVENT.name,
        state="clear" if fields.get("state") == "clear" else "raise",
        code_system=lenient.text_of(fields.get("code_system"), 40),
        code=lenient.text_of(fields.get("code"), 80),
        text=lenient.text_of(fields.get("text"), 1000),
        raw=lenient.text_of(fields.get("raw"), 4000),
    )
    return _event(position, event, device_ms, inbound, (Flag.DEGRADED,))


def _number(value: Json) -> Json:
    """A time as people write it into JSON: a number, or a number in quotes."""
    if isinstance(value, str) and _WHOLE.fullmatch(value):
        return int(value)
    return value


def is_unreadable(found: Quarantined) -> bool:
    """Whether the message itself is an alarm: nothing of it could be understood."""
    return not found.refused and found.reason is not Reason.IDENTITY_CONFLICT
