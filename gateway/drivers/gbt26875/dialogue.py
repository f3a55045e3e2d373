"""What the centre asks of one device: one question at a time, asked again until it is answered.

The standard's time-out is at most 10 s, three times over (clause 6); a denial asks for the same
again at once. Takes `now_s` and gives back frames; sends nothing itself.
"""

from collections import deque
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from msgspec import Struct

from gateway.drivers.gbt26875.frame import Address, Checksum, Command, Frame
from gateway.drivers.gbt26875.record import DeviceTime
from gateway.drivers.gbt26875.type_flag import TypeFlag
from gateway.drivers.gbt26875.unit import Unit, encode_unit, unit_of

_MOST_WAITING: Final = 16
_SERIALS: Final = 0x10000


class Outcome(Enum):
    """What became of a question."""

    ANSWERED = auto()
    GIVEN_UP = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How often something is asked.

    Attributes:
        resend_after_s: Time for an answer [s].
        resends: How often it is asked again.
    """

    resend_after_s: float = 10.0
    resends: int = 3


class Manner(Struct, frozen=True, gc=False):
    """How frames to a device are written: its addresses and its peculiarities."""

    source: Address
    destination: Address
    main_version: int = 1
    user_version: int = 1
    checksum: Checksum = Checksum.SUM


@dataclass(slots=True)
class _Asked:
    serial: int
    command: Command
    unit: Unit
    due_s: float
    sent: int = 0


class Dialogue:
    """The questions of one side to the other.

    Args:
        most_waiting: How many may wait; None: any number (a simulated device keeps its alarms).
    """

    def __init__(self, patience: Patience, most_waiting: int | None = _MOST_WAITING) -> None:
        self._patience = patience
        self._waiting: deque[tuple[Command, Unit]] = deque(maxlen=most_waiting)
        self._asked: _Asked | None = None
        self._serial = 0

    @property
    def is_idle(self) -> bool:
        """Whether nothing is asked or waits to be."""
        return self._asked is None and not self._waiting

    def ask(self, command: Command, unit: Unit) -> None:
        """Ask this when what was asked before is settled; the oldest gives way when many wait."""
        self._waiting.append((command, unit))

    def due(self, manner: Manner, time: bytes, now_s: float) -> Frame | None:
        """The frame to send now, if there is one.

        Args:
            time: Now, as the device writes times; a clock is set to it however often it is asked.
        """
        if self._asked is None and self._waiting:
            self._asked = _Asked(self._serial, *self._waiting.popleft(), due_s=now_s)
            self._serial = (self._serial + 1) % _SERIALS
        asked = self._asked
        if asked is None or now_s < asked.due_s or asked.sent > self._patience.resends:
            return None
        asked.sent += 1
        asked.due_s = now_s + self._patience.resend_after_s
        is_clock = asked.unit.type_flag == TypeFlag.SET_CLOCK
        unit = unit_of(TypeFlag.SET_CLOCK, DeviceTime(time)) if is_clock else asked.unit
        return Frame(
            asked.serial,
            manner.main_version,
            manner.user_version,
            time,
            manner.source,
            manner.destination,
            asked.command,
            encode_unit(unit),
            manner.checksum,
        )

    def hear(self, frame: Frame, now_s: float) -> Outcome | None:
        """Take a confirmation, an answer or a denial; None when it settles nothing."""
        if not self.is_asked(frame.serial):
            return None
        if frame.command == Command.DENY:
            return self.ask_again(now_s)
        self._asked = None
        return Outcome.ANSWERED

    def is_asked(self, serial: int) -> bool:
        """Whether an answer with this serial is waited for."""
        return self._asked is not None and self._asked.serial == serial

    def ask_again(self, now_s: float) -> Outcome | None:
        """Ask the same at once: it was denied, or its answer came broken."""
        if self._asked is not None:
            self._asked.due_s = now_s
        return self.give_up(now_s)

    def give_up(self, now_s: float) -> Outcome | None:
        """Whether the last asking was in vain; then the next question is due."""
        asked = self._asked
        if asked is None or asked.sent <= self._patience.resends or now_s < asked.due_s:
            return None
        self._asked = None
        return Outcome.GIVEN_UP
