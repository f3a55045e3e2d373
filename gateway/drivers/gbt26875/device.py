"""One transmission device as the centre knows it: what it said, what it was asked, its clock.

Core: takes the time and gives back turns; opens nothing.
"""

from collections import OrderedDict, deque
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Final

import msgspec

from gateway.catalogue import event_kind
from gateway.code_systems import UNKNOWN
from gateway.driver import Counted
from gateway.drivers.gbt26875.calendar_time import write_time
from gateway.drivers.gbt26875.dialogue import Dialogue, Manner, Outcome, Patience
from gateway.drivers.gbt26875.event import (
    DUTY_CHECK_ANSWER,
    SYSTEM,
    Reader,
    Reading,
    evidence_of,
)
from gateway.drivers.gbt26875.frame import Address, Command, Frame, Head, encode_frame
from gateway.drivers.gbt26875.naming import DeviceKey, Naming
from gateway.drivers.gbt26875.profile import Profile
from gateway.drivers.gbt26875.record import AskDevice, DeviceTime, DutyCheck
from gateway.drivers.gbt26875.turn import Now, Turn
from gateway.drivers.gbt26875.type_flag import TypeFlag
from gateway.drivers.gbt26875.unit import decode_unit, unit_of
from gateway.wire import RaiseOrClear, WireEvent

SILENT: Final = "asset_silent"
UNANSWERED: Final = "duty_check_unanswered"
_CLOCK_AGAIN_S: Final = 3600.0
"""A device that does not keep the time it was given is not told it all the while [s]."""
_MOST_TAKEN: Final = 64
_DUE: Final = "duty_check_due:"
_MISSED: Final = "duty_check_missed"
_LONGEST_CHECK_MS: Final = 255 * 60_000
TWO_HOSTS: Final = "two_hosts"
_CHANGES: Final = 4
_CHANGES_WITHIN_S: Final = 120.0
"""A device that came from another host so often within it is two devices: beats are 30 s apart [s]."""
_TWO_AGAIN_S: Final = 3600.0
_ANSWERS: Final = frozenset({Command.CONFIRM, Command.ANSWER, Command.DENY})


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What the centre does by itself.

    Attributes:
        address: The centre's own address, until a device calls it otherwise.
        silence_s: A device that is not heard for so long is silent [s]: three beats of 30 s.
        clock_tolerance_s: A device's clock that is off by more is set [s]; None: never.
        asks_state: Whether a device is asked for its own state when it is first heard.
    """

    address: Address
    patience: Patience = field(default_factory=Patience)
    silence_s: float = 90.0
    clock_tolerance_s: float | None = 5.0
    asks_state: bool = False


class Recent:
    """Which bytes the newest messages had and when they came, bounded."""

    __slots__ = ("_limit", "_seen", "_within_s")

    def __init__(self, limit: int, within_s: float) -> None:
        self._limit = limit
        self._within_s = within_s
        self._seen: OrderedDict[bytes, float] = OrderedDict()

    def add(self, data: bytes, now_s: float) -> None:
        """Remember these bytes; the oldest are forgotten for them."""
        digest = _digest(data)
        self._seen[digest] = now_s
        self._seen.move_to_end(digest)
        while len(self._seen) > self._limit:
            self._seen.popitem(last=False)

    def forget(self) -> None:
        """Remember nothing."""
        self._seen.clear()

    def knows(self, data: bytes, now_s: float) -> bool:
        """Whether these very bytes came not long ago."""
        at_s = self._seen.get(_digest(data))
        return at_s is not None and now_s - at_s <= self._within_s


def _digest(data: bytes) -> bytes:
    return blake2b(data, digest_size=16).digest()


REPEATED_WITHIN_S: Final = 40.0
"""Three resends of 10 s and some way: the same bytes within it are the same message [s]."""


class Device:
    """One device."""

    def __init__(
        self, key: DeviceKey, naming: Naming, reader: Reader, profile: Profile, rules: Rules
    ) -> None:
        self.key = key
        self.naming = naming
        self.heard_s: float | None = None
        self.losses = 0
        self._reader = reader
        self._profile = profile
        self._rules = rules
        self._dialogue = Dialogue(rules.patience)
        address = Address(int(key) if key.isdecimal() else 0)
        self._manner = Manner(rules.address, address)
        self._watched_since_s: float | None = None
        self._is_silent = self._may_be_silent = False
        self._clock_due_s = 0.0
        self._check_due_s: float | None = None
        self._check_word = ""
        self._is_check_missed = False
        self._notes: list[tuple[str, bool]] = []
        self._taken = Recent(_MOST_TAKEN, REPEATED_WITHIN_S)
        self._host = ""
        self._moves_s: deque[float] = deque(maxlen=_CHANGES)
        self._two_due_s = 0.0

    def expect(self) -> None:
        """It should be heard: when it is, a silence from before a restart is over."""
        self._may_be_silent = True

    def come_from(self, host: str, now: Now) -> list[WireEvent]:
        """Note where it speaks from; said now and then when two devices speak under one address.

        Their alarms would be taken for those of one: a fire would be told of another building.
        """
        before, self._host = self._host, host
        if before in ("", host):
            return []
        self._moves_s.append(now.steady_s)
        is_two = (
            len(self._moves_s) == _CHANGES
            and now.steady_s - self._moves_s[0] <= _CHANGES_WITHIN_S
            and now.steady_s >= self._two_due_s
        )
        if not is_two:
            return []
        self._two_due_s = now.steady_s + _TWO_AGAIN_S
        event = self._own_event(UNKNOWN, "raise", now)
        text = f"两台设备使用同一地址 {self.key}: {before} 与 {host}, 其报警会混在一起"
        return [msgspec.structs.replace(event, code=TWO_HOSTS, text=text)]

    def silence(self, now: Now) -> WireEvent:
        """That it is not heard, said at once: nobody listens."""
        return self._own_event(SILENT, "raise", now)

    def hear(self, frame: Frame, data: bytes, now: Now) -> Turn:
        """Take a frame."""
        turn = Turn(self.key, data=data, is_from=True, losses=self.losses, counted=[Counted.FRAMES])
        if self.heard_s is None and self._rules.asks_state:
            self._dialogue.ask(Command.REQUEST, unit_of(TypeFlag.ASK_DEVICE_STATE, AskDevice()))
        self.heard_s = now.steady_s
        if self._is_silent or self._may_be_silent:
            self._is_silent = self._may_be_silent = False
            turn.events.append(self._own_event(SILENT, "clear", now))
        self._learn(frame)
        match frame.command:
            case Command.SEND | Command.ANSWER:
                self._take(frame, turn, now)
            case Command.CONFIRM | Command.DENY:
                self._settle(self._dialogue.hear(frame, now.steady_s), turn)
            case _:
                turn.answer = self.reply(frame, Command.DENY, b"", now)
                if frame.unit and not self._taken.knows(data, now.steady_s):
                    # Only a centre says this; what it carries may be an alarm all the same.
                    reason = f"command {frame.command} from a device"
                    turn.events.append(evidence_of(self.naming, frame.unit, reason, now.ms))
        return turn

    def reply(self, to: Frame | Head, command: Command, unit: bytes, now: Now) -> bytes:
        """A frame with the serial that it answers, to whom and from whom as the device said."""
        manner = self._manner
        return encode_frame(
            Frame(
                to.serial,
                manner.main_version,
                manner.user_version,
                write_time(now.ms, self._profile.time),
                to.destination,
                to.source,
                command,
                unit,
                manner.checksum,
            )
        )

    def mishear(self, head: Head, now: Now) -> Turn | None:
        """Take a broken answer: the question is asked again; None when it answers nothing of ours."""
        if head.command not in _ANSWERS or not self._dialogue.is_asked(head.serial):
            return None
        problem = f"{self.key}: the answer to question {head.serial} came broken"
        turn = Turn(self.key, counted=[Counted.REFUSED], problems=[problem])
        self._settle(self._dialogue.ask_again(now.steady_s), turn)
        return turn

    def tick(self, now: Now) -> Turn:
        """Let time pass: what is due to be asked, whether it is silent, who missed a check."""
        turn = Turn(self.key, notes=self._notes)
        self._notes = []
        self._settle(self._dialogue.give_up(now.steady_s), turn)
        if not self._dialogue.is_idle:
            sent = write_time(now.ms, self._profile.time)
            question = self._dialogue.due(self._manner, sent, now.steady_s)
            turn.answer = b"" if question is None else encode_frame(question)
        self._judge_silence(turn, now)
        if self._check_due_s is not None and now.steady_s > self._check_due_s:
            self._check_due_s, self._is_check_missed = None, True
            turn.events.append(self._own_event(UNANSWERED, "raise", now))
            turn.notes += [(self._check_word, False), (_MISSED, True)]
        return turn

    def check(self, minutes: int, now: Now) -> None:
        """Ask whether anybody is there 查岗; so many minutes to answer."""
        minutes = min(max(minutes, 1), 255)
        self._ask_check(minutes)
        self._check_due_s = now.steady_s + minutes * 60.0
        if self._check_word:
            self._notes.append((self._check_word, False))
        self._check_word = f"{_DUE}{now.ms + minutes * 60_000}"
        self._notes.append((self._check_word, True))

    def remember(self, word: str, now: Now) -> None:
        """Take up a word from before a restart: a check that runs still, or was missed.

        What is left of its time is asked for again, for the question may have been lost.
        """
        if word == _MISSED:
            self._is_check_missed = True
        elif word.startswith(_DUE):
            left_ms = int(word.removeprefix(_DUE)) - now.ms
            left_ms = min(max(left_ms, 0), _LONGEST_CHECK_MS)
            if left_ms > 0:
                self._ask_check(-(-left_ms // 60_000))
            # Its end stays as it was: a gateway that starts again and again must not put it off.
            self._check_due_s, self._check_word = now.steady_s + left_ms / 1000, word

    def _ask_check(self, minutes: int) -> None:
        self._dialogue.ask(Command.CONTROL, unit_of(TypeFlag.DUTY_CHECK, DutyCheck(minutes)))

    def stored(self, data: bytes, now: Now) -> None:
        """Note that what these bytes said is on disk: soon after they are a repetition."""
        self._taken.add(data, now.steady_s)

    @property
    def kept(self) -> int:
        """How many things are remembered of it, each of some hundred bytes."""
        return self._reader.kept

    def forget(self) -> None:
        """Know nothing of its assets, as after a start; what it is asked goes on."""
        self._reader.forget_all()

    def lost(self, events: list[WireEvent]) -> None:
        """Note that these events could not be stored: nothing of them was said."""
        self.losses += 1
        self._reader.forget()
        for event in events:
            is_raised = event.state == "raise"
            if event.event == SILENT:
                self._is_silent = not is_raised
            elif event.code == TWO_HOSTS:
                self._two_due_s = 0.0
            elif event.event == UNANSWERED:
                self._is_check_missed = not is_raised
                self._check_due_s = 0.0 if is_raised else None

    def _take(self, frame: Frame, turn: Turn, now: Now) -> None:
        beat = self._profile.heartbeat_answers.get(frame.unit.hex()) if frame.unit else ""
        if beat is not None and frame.command == Command.SEND:
            turn.data = b""
            turn.answer = self.reply(frame, Command.CONFIRM, bytes.fromhex(beat), now)
            return
        reading = self._reader.read(frame, decode_unit(frame.unit), now.ms)
        turn.problems += reading.problems
        if self._taken.knows(turn.data, now.steady_s):
            turn.counted.append(Counted.REPEATED)
            turn.events += [event for event in reading.events if not _is_record(event)]
        else:
            turn.events += reading.events
            turn.samples += reading.samples
            self._watch_clock(reading, now)
            self._watch_check(reading, turn, now)
        if frame.command == Command.ANSWER:
            self._settle(self._dialogue.hear(frame, now.steady_s), turn)
        else:
            turn.answer = self.reply(frame, Command.CONFIRM, b"", now)

    def _watch_clock(self, reading: Reading, now: Now) -> None:
        tolerance_s = self._rules.clock_tolerance_s
        if tolerance_s is None or now.steady_s < self._clock_due_s:
            return
        if reading.device_ms is None or abs(reading.device_ms - now.ms) > tolerance_s * 1000:
            self._clock_due_s = now.steady_s + _CLOCK_AGAIN_S
            time = write_time(now.ms, self._profile.time)
            self._dialogue.ask(Command.CONTROL, unit_of(TypeFlag.SET_CLOCK, DeviceTime(time)))

    def _watch_check(self, reading: Reading, turn: Turn, now: Now) -> None:
        if not any(event.event == DUTY_CHECK_ANSWER for event in reading.events):
            return
        self._check_due_s = None
        if self._check_word:
            turn.notes.append((self._check_word, False))
        if self._is_check_missed:
            self._is_check_missed = False
            turn.events.append(self._own_event(UNANSWERED, "clear", now))
            turn.notes.append((_MISSED, False))

    def _judge_silence(self, turn: Turn, now: Now) -> None:
        if self._watched_since_s is None:
            self._watched_since_s = now.steady_s
        heard_s = self._watched_since_s if self.heard_s is None else self.heard_s
        if not self._is_silent and now.steady_s - heard_s > self._rules.silence_s:
            self._is_silent = True
            turn.events.append(self._own_event(SILENT, "raise", now))

    def _settle(self, outcome: Outcome | None, turn: Turn) -> None:
        if outcome is Outcome.GIVEN_UP:
            turn.counted.append(Counted.UNANSWERED)
            turn.problems.append(f"{self.key}: gives no answer to what it was asked")

    def _learn(self, frame: Frame) -> None:
        """Write to a device as it writes to us, unless its profile knows better."""
        profile = self._profile
        main, user = profile.main_version, profile.user_version
        self._manner = Manner(
            frame.destination,
            frame.source,
            frame.main_version if main is None else main,
            frame.user_version if user is None else user,
            profile.checksum or frame.checksum,
        )

    def _own_event(self, event: str, state: RaiseOrClear, now: Now) -> WireEvent:
        return WireEvent(
            asset=self.naming.device.code,
            at=now.ms,
            event=event,
            state=state,
            code_system=SYSTEM,
            code=event,
            text=f"用户信息传输装置 {self.key}",
        )


def _is_record(event: WireEvent) -> bool:
    """Whether it is a fact that would be counted twice, and not a condition."""
    return event.state == "raise" and not event_kind(event.event).opens_alarm
