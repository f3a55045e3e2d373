"""What the records of a device mean: events of the catalogue, samples, and its clock.

Nothing is given up for being odd: a type, a bit or a code that nobody knows is an event of its
own with the bytes as evidence; a time that cannot be is replaced by ours; bit 0, which many
devices never set, is a remark beside an alarm and never a reason to drop it.
"""

from hashlib import blake2b
from typing import Final

from msgspec import Struct

from gateway.code_systems import UNKNOWN, CodeSystem
from gateway.drivers.gbt26875.calendar_time import read_time
from gateway.drivers.gbt26875.frame import Frame
from gateway.drivers.gbt26875.measure import measured
from gateway.drivers.gbt26875.moment import Moment, moment_of
from gateway.drivers.gbt26875.naming import Named, Naming
from gateway.drivers.gbt26875.profile import Profile
from gateway.drivers.gbt26875.record import (
    DeviceOperation,
    DeviceState,
    DeviceTime,
    PartReading,
    PartState,
    PartText,
    Record,
    SystemOperation,
    SystemState,
)
from gateway.drivers.gbt26875.standing import Condition, Scope, Standing, condition
from gateway.drivers.gbt26875.text import read_part, read_text
from gateway.drivers.gbt26875.type_flag import TypeFlag
from gateway.drivers.gbt26875.unit import Unit, encode_unit, unit_of
from gateway.drivers.gbt26875.word import word
from gateway.sample import Sample
from gateway.wire import RaiseOrClear, WireEvent

SYSTEM: Final = "gbt26875"
DUTY_CHECK_ANSWER: Final = "duty_check_answer"
_TEST_MARK: Final = "设备标记为测试状态"
_MOST_TEXTS: Final = 50_000
_EVIDENCE_CHARS: Final = 4000
_SAME_MS: Final = 600_000
"""The same bytes after a longer pause may be another alarm [ms]."""
_STATE_BITS: Final = 16
_OPERATION_BITS: Final = 8


class Reading(Struct):
    """What a frame said.

    Attributes:
        events: In the order in which they must be stored.
        samples: Each with its asset's class.
        device_ms: The device's clock when it sent the frame [ms UTC]; None when it is no time.
        problems: What could not be used, a sentence each.
    """

    events: list[WireEvent]
    samples: list[tuple[Sample, str]]
    device_ms: int | None
    problems: list[str]


class Meanings:
    """What the bits of states and operations mean by a code system, looked up once each."""

    def __init__(self, codes: CodeSystem) -> None:
        self._codes = codes
        self._states: dict[tuple[int, int | None], tuple[Condition, ...]] = {}

    def of_state(self, flag: TypeFlag, number: int | None) -> tuple[Condition, ...]:
        """What each bit of a state means, bit 0 first; `number` is the kind of part or system."""
        found = self._states.get((flag, number))
        if found is None:
            kind = "" if number is None else number
            codes = [f"{int(flag)}:{kind}:{bit}" for bit in range(_STATE_BITS)]
            found = tuple(condition(self._codes.event(code), code) for code in codes)
            self._states[flag, number] = found
        return found

    def of_operation(self, flag: TypeFlag, bit: int) -> Condition:
        """What a bit of an operation means."""
        code = f"{int(flag)}::{bit}"
        return condition(self._codes.event(code), code)


class Reader:
    """Reads what one device says. Remembers what stands, nothing else that matters.

    Args:
        meanings: Shared by all readers: it grows with the kinds of parts, not with devices.
        tidies: Whether a first state ends what may stand from before; not for a single look.
    """

    def __init__(
        self, naming: Naming, profile: Profile, meanings: Meanings, *, tidies: bool = True
    ) -> None:
        self._naming = naming
        self._profile = profile
        self._meanings = meanings
        self._standing = Standing(tidies=tidies)
        self._texts: dict[str, str] = {}
        self._evidence: dict[int | None, tuple[bytes, int]] = {}

    @property
    def kept(self) -> int:
        """How many things are remembered of the device, each of some hundred bytes."""
        return self._naming.kept + self._standing.kept + len(self._texts) + 2 * len(self._evidence)

    def forget(self) -> None:
        """Know nothing of what was said: it could not be stored."""
        self._standing.forget()
        self._evidence.clear()

    def forget_all(self) -> None:
        """Know nothing of the device, as after a start: there is no room for it."""
        self.forget()
        self._texts.clear()
        self._naming.forget()

    def read(self, frame: Frame, unit: Unit, now_ms: int) -> Reading:
        """What a frame with data says."""
        device_ms = read_time(frame.sent, self._profile.time)
        reading = Reading([], [], device_ms, [])
        for one in unit.records:
            self._read_record(one, reading, now_ms)
        if not unit.is_whole:
            self._keep_evidence(unit, reading, now_ms)
        return reading

    def _read_record(self, one: Record, reading: Reading, now_ms: int) -> None:
        match one:
            case PartState():
                self._read_part_state(one, reading, now_ms)
            case PartReading():
                self._read_value(one, reading, now_ms)
            case SystemState():
                named = self._naming.system(one.system_type, one.system_addr)
                self._read_state(
                    TypeFlag.SYSTEM_STATE, one.system_type, one, named, reading, now_ms
                )
            case DeviceState():
                named = self._naming.device
                self._read_state(TypeFlag.DEVICE_STATE, None, one, named, reading, now_ms)
            case SystemOperation():
                named = self._naming.system(one.system_type, one.system_addr)
                self._read_operation(TypeFlag.SYSTEM_OPERATION, one, named, reading, now_ms)
            case DeviceOperation():
                named = self._naming.device
                self._read_operation(TypeFlag.DEVICE_OPERATION, one, named, reading, now_ms)
            case PartText():
                named = self._naming.part(one.system_type, one.system_addr, one.part_addr)
                if len(self._texts) < _MOST_TEXTS:
                    self._texts[named.code] = read_text(one.text)
            case DeviceTime():
                reading.device_ms = read_time(one.time, self._profile.time)
            case _:
                pass  # Versions and texts of systems: for people who ask with `gateway try`.

    def _read_part_state(self, one: PartState, reading: Reading, now_ms: int) -> None:
        named = self._naming.part(one.system_type, one.system_addr, one.part_addr)
        self._read_state(TypeFlag.PART_STATE, one.part_type, one, named, reading, now_ms)

    def _read_state(  # noqa: PLR0913, PLR0917 - one state, whoever's it is
        self,
        flag: TypeFlag,
        number: int | None,
        one: PartState | SystemState | DeviceState,
        named: Named,
        reading: Reading,
        now_ms: int,
    ) -> None:
        possible = self._meanings.of_state(flag, number)
        inverted = one.status ^ 1 if self._profile.test_bit else one.status & ~1
        raised: dict[str, Condition] = {}
        for bit in range(_STATE_BITS):
            if inverted >> bit & 1:
                raised.setdefault(possible[bit].key, possible[bit])
        scope = Scope(named.code, (int(flag), *_place(one)), named.sources)
        begun, ended = self._standing.changes(scope, raised, possible)
        if not begun and not ended:
            return
        moment = moment_of(one.time, reading.device_ms, now_ms, self._profile.time)
        text = self._text(one, named, moment, is_test=self._profile.test_bit and not one.status & 1)
        for one_begun in begun:
            is_evident = one_begun.is_urgent or one_begun.event == UNKNOWN
            raw = encode_unit(unit_of(flag, one)).hex() if is_evident else ""
            reading.events.append(_event(named, moment, one_begun, "raise", text, raw))
        for one_ended in ended:
            reading.events.append(_event(named, moment, one_ended, "clear", text, ""))

    def _read_operation(
        self,
        flag: TypeFlag,
        one: SystemOperation | DeviceOperation,
        named: Named,
        reading: Reading,
        now_ms: int,
    ) -> None:
        moment = moment_of(one.time, reading.device_ms, now_ms, self._profile.time)
        raw = encode_unit(unit_of(flag, one)).hex()
        text = _joined(f"操作员 {one.operator}", moment.note)
        for bit in range(_OPERATION_BITS):
            if one.bits >> bit & 1:
                known = self._meanings.of_operation(flag, bit)
                reading.events.append(_event(named, moment, known, "raise", text, raw))

    def _read_value(self, one: PartReading, reading: Reading, now_ms: int) -> None:
        named = self._naming.part(one.system_type, one.system_addr, one.part_addr)
        found = measured(named, one, self._profile)
        if isinstance(found, str):
            reading.problems.append(f"{named.code}: {found}")
            return
        kind, metric, value = found
        at_ms = moment_of(one.time, reading.device_ms, now_ms, self._profile.time).at_ms
        sample = Sample(asset=named.code, at_ms=at_ms, values={metric: value})
        reading.samples.append((sample, kind))

    def _keep_evidence(self, unit: Unit, reading: Reading, now_ms: int) -> None:
        """An event for bytes that nobody understands, unless the same were said a short while ago."""
        data = encode_unit(unit)
        flag = unit.type_flag
        reading.problems.append(f"type {flag}: {len(data)} bytes that are not understood in full")
        last, last_ms = self._evidence.get(flag, (b"", 0))
        digest = blake2b(data, digest_size=16).digest()
        self._evidence[flag] = digest, now_ms
        is_known = last == digest and abs(now_ms - last_ms) <= _SAME_MS
        if flag in self._profile.harmless_types or is_known:
            return
        is_all_read = bool(unit.records) and len(unit.records) >= unit.count
        if flag is None or (is_all_read and not unit.may_hold_more):
            return  # Bytes behind objects that were all read, or too few to be anything.
        text = f"类型标志 {flag},设备报文未能完全解析"
        raw = data.hex()
        told = condition(UNKNOWN, f"type:{flag}")
        event = _event(self._naming.device, Moment(now_ms), told, "raise", text, raw)
        reading.events.append(event)

    def _text(
        self,
        one: PartState | SystemState | DeviceState,
        named: Named,
        moment: Moment,
        *,
        is_test: bool,
    ) -> str:
        mark = _TEST_MARK if is_test else ""
        match one:
            case PartState():
                where = read_text(one.text) or self._texts.get(named.code, "")
                part = word("part", one.part_type).zh
                address = read_part(one.part_addr, self._profile.part_address)
                return _joined(where, f"{part} {address}", mark, moment.note)
            case SystemState():
                return _joined(word("system", one.system_type).zh, mark, moment.note)
            case DeviceState():
                return _joined("用户信息传输装置", mark, moment.note)


def _place(one: PartState | SystemState | DeviceState) -> tuple[int, ...]:
    match one:
        case PartState():
            return one.system_type, one.system_addr, one.part_addr
        case SystemState():
            return one.system_type, one.system_addr
        case DeviceState():
            return ()


def _joined(*parts: str) -> str:
    return " ".join(part for part in parts if part)


def _event(  # noqa: PLR0913, PLR0917 - the fields of an event
    named: Named, moment: Moment, said: Condition, state: RaiseOrClear, text: str, raw: str
) -> WireEvent:
    return WireEvent(
        asset=named.code,
        at=moment.at_ms,
        event=said.event,
        state=state,
        code_system=SYSTEM,
        code=said.code,
        text=text,
        raw=raw[:_EVIDENCE_CHARS],
    )


def evidence_of(naming: Naming, data: bytes, reason: str, now_ms: int) -> WireEvent:
    """An event for a frame that cannot be taken at all, with its bytes."""
    told = condition(UNKNOWN, f"frame:{reason}")
    text = f"设备报文无法解析: {reason}"
    return _event(naming.device, Moment(now_ms), told, "raise", text, data.hex())
