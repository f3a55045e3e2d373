"""A fire panel behind its transmission device, core: what it says, answers, and says again.

It keeps what was not confirmed, as real ones do: a message that was sent in vain is sent again
from the beginning, before anything that came later.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from msgspec.structs import replace

from gateway.drivers.gbt26875.calendar_time import TimeCoding, read_time, write_time
from gateway.drivers.gbt26875.dialogue import Dialogue, Manner, Outcome, Patience
from gateway.drivers.gbt26875.frame import Address, Checksum, Command, Frame, encode_frame
from gateway.drivers.gbt26875.record import (
    AskPart,
    AskSystem,
    DeviceOperation,
    DeviceState,
    DeviceText,
    DeviceTime,
    DeviceVersion,
    DutyCheck,
    PartReading,
    PartState,
    PartText,
    Record,
    SystemOperation,
    SystemState,
    SystemText,
    SystemTime,
    SystemVersion,
)
from gateway.drivers.gbt26875.text import write_text
from gateway.drivers.gbt26875.type_flag import TypeFlag
from gateway.drivers.gbt26875.unit import Unit, decode_unit, encode_unit, unit_of

NORMAL: Final = 0b01
FIRE: Final = 0b11
FAULT: Final = 0b101
MOST_IN_FRAME: Final = 22
"""Parts in one frame: 22 of 46 bytes are the most that 1,024 bytes hold."""
_SMOKE_DETECTOR: Final = 42
_POINTS_OF_ZONE: Final = 200
_SILENCED: Final = 0x02
_ANSWERED: Final = 0x20
_VERSION: Final = (2, 6)


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelPlan:
    """A panel and its habits.

    Attributes:
        points: Detectors, numbered from 1; 200 to a zone.
        clock_off_ms: How far its clock is wrong until the centre sets it [ms].
        answers_check_after_s: How long the desk takes to answer a duty check [s]; None: never.
    """

    address: int
    centre: int = 1
    points: int = 100
    clock_off_ms: int = 0
    answers_check_after_s: float | None = 1.0
    time: TimeCoding = TimeCoding.BINARY
    checksum: Checksum = Checksum.SUM
    patience: Patience = field(default_factory=Patience)


class PanelDevice:
    """One panel. Takes the time and gives back bytes to send.

    Attributes:
        clock_off_ms: How far its clock is wrong [ms].
    """

    def __init__(self, plan: PanelPlan) -> None:
        self.plan = plan
        self._dialogue = Dialogue(plan.patience, most_waiting=None)
        self._states: dict[int, int] = {}
        self._manner = Manner(Address(plan.address), Address(plan.centre), checksum=plan.checksum)
        self._said: deque[Unit] = deque()
        self.clock_off_ms = plan.clock_off_ms
        self._check_answer_s: float | None = None

    @property
    def is_done(self) -> bool:
        """Whether everything that it said is confirmed."""
        return self._dialogue.is_idle and not self._said

    def report(self, points: Iterable[int], status: int, now_ms: int, at_once: int = 1) -> None:
        """Say how points stand, so many in a frame."""
        states = [self._part_state(point, status, now_ms) for point in points]
        for first in range(0, len(states), min(at_once, MOST_IN_FRAME)):
            some = states[first : first + min(at_once, MOST_IN_FRAME)]
            self.say(unit_of(TypeFlag.PART_STATE, *some))

    def say(self, unit: Unit) -> None:
        """Say something, after all that was said before."""
        self._said.append(unit)

    def beat(self) -> None:
        """Say that it is there: data without data."""
        if self.is_done:
            self.say(Unit(None))

    def hear(self, frame: Frame, now_ms: int, now_s: float) -> bytes:
        """Take a frame of the centre; the answer, if it wants one."""
        unit = decode_unit(frame.unit)
        match frame.command:
            case Command.CONFIRM | Command.DENY:
                outcome = self._dialogue.hear(frame, now_s)
                if outcome is Outcome.ANSWERED and self._said:
                    self._said.popleft()
                return b""
            case Command.CONTROL:
                self._obey(unit, now_ms, now_s)
                return self._reply(frame, Command.CONFIRM, None, now_ms)
            case Command.REQUEST:
                records = [self._answer(unit.type_flag, one, now_ms) for one in unit.records]
                known = [one for one in records if one is not None]
                if not known:
                    return self._reply(frame, Command.DENY, None, now_ms)
                flag = TypeFlag(known[0][0])
                said = unit_of(flag, *[one for _, one in known])
                return self._reply(frame, Command.ANSWER, said, now_ms)
            case _:
                return b""

    def due(self, now_ms: int, now_s: float) -> bytes:
        """What is to be sent now; empty: nothing."""
        if self._check_answer_s is not None and now_s >= self._check_answer_s:
            self._check_answer_s = None
            answer = DeviceOperation(_ANSWERED, 1, self._time(now_ms))
            self.say(unit_of(TypeFlag.DEVICE_OPERATION, answer))
        self._dialogue.give_up(now_s)
        if self._dialogue.is_idle and self._said:
            self._dialogue.ask(Command.SEND, self._said[0])
        frame = self._dialogue.due(self._manner, self._time(now_ms), now_s)
        return b"" if frame is None else encode_frame(frame)

    def cut(self) -> None:
        """The connection is gone: what was not confirmed is sent first on the next one."""
        self._dialogue = Dialogue(self.plan.patience, most_waiting=None)

    def _obey(self, unit: Unit, now_ms: int, now_s: float) -> None:
        for one in unit.records:
            match one:
                case DutyCheck() if self.plan.answers_check_after_s is not None:
                    self._check_answer_s = now_s + self.plan.answers_check_after_s
                case DeviceTime():
                    told_ms = read_time(one.time, self.plan.time)
                    self.clock_off_ms = 0 if told_ms is None else told_ms - now_ms
                case _:
                    pass

    def _answer(self, flag: int | None, one: Record, now_ms: int) -> tuple[int, Record] | None:
        """What it answers to being asked for one thing; None: it does not know such a thing."""
        time = self._time(now_ms)
        match one:
            case AskPart():
                return self._answer_part(flag, one, time)
            case AskSystem():
                return self._answer_system(flag, one, time)
            case _:
                return self._answer_device(flag, time)

    def _answer_system(
        self, flag: int | None, one: AskSystem, time: bytes
    ) -> tuple[int, Record] | None:
        kind = (one.system_type, one.system_addr)
        match flag:
            case TypeFlag.ASK_SYSTEM_STATE:
                status = FIRE if FIRE in self._states.values() else NORMAL
                return TypeFlag.SYSTEM_STATE, SystemState(*kind, status, time)
            case TypeFlag.ASK_SYSTEM_VERSION:
                return TypeFlag.SYSTEM_VERSION, SystemVersion(*kind, *_VERSION)
            case TypeFlag.ASK_SYSTEM_TEXT:
                text = f"{self.plan.points}点".encode("gb18030")
                return TypeFlag.SYSTEM_TEXT, SystemText(*kind, text)
            case TypeFlag.ASK_SYSTEM_TIME:
                return TypeFlag.SYSTEM_TIME, SystemTime(*kind, time)
            case _:
                return None

    def _answer_part(
        self, flag: int | None, one: AskPart, time: bytes
    ) -> tuple[int, Record] | None:
        kind = (one.system_type, one.system_addr, _SMOKE_DETECTOR, one.part_addr)
        point = self._point_at(one.part_addr)
        match flag:
            case TypeFlag.ASK_PART_STATE:
                state = PartState(*kind, self._states.get(point, NORMAL), _text(point), time)
                return TypeFlag.PART_STATE, state
            case TypeFlag.ASK_PART_READING:
                return TypeFlag.PART_READING, PartReading(*kind, 3, 215, time)
            case TypeFlag.ASK_PART_TEXT:
                return TypeFlag.PART_TEXT, PartText(*kind, _text(point))
            case _:
                return None

    @staticmethod
    def _answer_device(flag: int | None, time: bytes) -> tuple[int, Record] | None:
        answers: dict[int, tuple[int, Record]] = {
            TypeFlag.ASK_SYSTEM_OPERATIONS: (
                TypeFlag.SYSTEM_OPERATION,
                SystemOperation(1, 1, _SILENCED, 1, time),
            ),
            TypeFlag.ASK_DEVICE_STATE: (TypeFlag.DEVICE_STATE, DeviceState(NORMAL, time)),
            TypeFlag.ASK_DEVICE_OPERATIONS: (
                TypeFlag.DEVICE_OPERATION,
                DeviceOperation(_SILENCED, 1, time),
            ),
            TypeFlag.ASK_DEVICE_VERSION: (TypeFlag.DEVICE_VERSION, DeviceVersion(*_VERSION)),
            TypeFlag.ASK_DEVICE_TEXT: (
                TypeFlag.DEVICE_TEXT,
                DeviceText("模拟装置".encode("gb18030")),
            ),
            TypeFlag.ASK_DEVICE_TIME: (TypeFlag.DEVICE_TIME, DeviceTime(time)),
        }
        return None if flag is None else answers.get(flag)

    def _part_state(self, point: int, status: int, now_ms: int) -> PartState:
        self._states[point] = status
        zone, number = divmod(point - 1, _POINTS_OF_ZONE)
        address = (zone + 1) | (number + 1) << 16
        time = self._time(now_ms)
        return PartState(1, 1, _SMOKE_DETECTOR, address, status, _text(point), time)

    @staticmethod
    def _point_at(part_addr: int) -> int:
        return ((part_addr & 0xFFFF) - 1) * _POINTS_OF_ZONE + (part_addr >> 16)

    def _reply(self, to: Frame, command: Command, unit: Unit | None, now_ms: int) -> bytes:
        body = b"" if unit is None else encode_unit(unit)
        turned = replace(to, source=to.destination, destination=to.source, command=command)
        return encode_frame(
            replace(turned, unit=body, sent=self._time(now_ms), checksum=self.plan.checksum)
        )

    def _time(self, now_ms: int) -> bytes:
        return write_time(now_ms + self.clock_off_ms, self.plan.time)


def _text(point: int) -> bytes:
    zone, number = divmod(point - 1, _POINTS_OF_ZONE)
    return write_text(f"{zone + 1}区{number + 1}号感烟")
