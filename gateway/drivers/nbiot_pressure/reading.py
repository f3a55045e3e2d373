"""What an upload says, core: back-dated samples, and the conditions of its status bits.

One upload is many rows. The current value is one interval after the last record (it is the last
record where there is no interval), but never after the upload arrived. Records whose terminal has
no clock that can be believed are not placed anywhere: the current value alone is kept.

After a restart nobody knows what a terminal said last. Until an upload is of now, by its clock or by its
pace, what uploads raise stands and nothing is over: one that was held up could end a younger alarm.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Final

import msgspec

from gateway.code_systems import UNKNOWN
from gateway.drivers.nbiot_pressure.codec import Upload
from gateway.sample import Sample
from gateway.wire import WireEvent

SYSTEM: Final = "nbiot_pressure"
UNREAD: Final = "unreadable"
"""Stands for the bits of an upload that nobody can read."""
OLDEST_MS: Final = 31 * 86_400_000
"""Records older than this are not believed [ms]: such terminals keep days, not months."""
AHEAD_MS: Final = 600_000
"""A terminal's clock may be ahead of ours by this [ms]."""
SET_BACK_MS: Final = 30_000
"""Two old uploads as far apart as they came, and by more than this, are no history [ms]."""
_LATE_MS: Final = 600_000
"""How much longer than another an upload may be on its way over NB-IoT at most [ms]."""
_MOST_DEVICES: Final = 20_000
_FIRE_WATER = ("pressure_low", "pressure_high", "low_battery", "sensor_fault", "fault")
_HYDRANT = ("impact", "tilt", "water_release")
BITS: Final = {
    "fire_water": (*_FIRE_WATER, *_HYDRANT),
    "supply_main": ("supply_pressure_low", UNKNOWN, *_FIRE_WATER[2:], UNKNOWN, UNKNOWN, UNKNOWN),
}
"""Asset class -> the event of each status bit."""


class Age(Enum):
    """What an upload that is older by its clock than one before is taken for."""

    OLD = auto()
    DOUBTFUL = auto()
    """It may be of now: what it raises stands, what it does not name is not over."""
    NOW = auto()
    """The terminal's clock was set back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What an upload says of its asset.

    Attributes:
        samples: In the order of time, the current value last.
        conditions: How each status bit stands; empty for an upload that is older than one before.
        passed: Raises of an older upload, each followed by its clear: they were and are over.
        old: When an older upload was, by its clock and by ours [ms UTC].
        age: NOW for every upload that is not older than one before.
        is_set_back: Whether the terminal's clock was set back: what it says is of now.
    """

    samples: tuple[Sample, ...]
    conditions: tuple[WireEvent, ...] = ()
    passed: tuple[WireEvent, ...] = ()
    problems: tuple[str, ...] = ()
    is_repeated: bool = False
    old: tuple[int, int] | None = None
    age: Age = Age.NOW
    is_set_back: bool = False


@dataclass(slots=True)
class _Known:
    is_of_now: bool = False
    newest_ms: int = 0
    old: tuple[int, int] | None = None
    standing: frozenset[str] = frozenset()
    strange: tuple[WireEvent, ...] = ()
    unread: tuple[WireEvent, ...] = ()
    recent: tuple[bytes, ...] = ()


@dataclass(slots=True)
class Memory:
    """What is known of each terminal, bounded; for one driver."""

    _known: OrderedDict[str, _Known] = field(default_factory=OrderedDict)

    def read(
        self, frame: bytes, upload: Upload, asset: str, asset_class: str, now_ms: int
    ) -> Reading:
        """What an upload says; pure but for what it remembers when `stored` is called."""
        known = self._known.get(upload.device, _Known())
        problems = [] if upload.current_kpa is not None else [f"unit {upload.unit} is not known"]
        is_timed = -AHEAD_MS <= now_ms - upload.last_at_ms <= OLDEST_MS
        if not is_timed:
            problems.append(f"its clock says {upload.last_at_ms} ms: records are not kept")
        at_ms = _current_at_ms(upload, now_ms) if is_timed else now_ms
        read = _conditions(upload, asset, asset_class, at_ms, frame)
        is_behind = is_timed and at_ms < known.newest_ms
        is_stale = not known.is_of_now and now_ms - at_ms > _LATE_MS
        age = Age.NOW
        if is_behind or is_stale:
            age = _age(known.old, (at_ms, now_ms), upload.interval_s * 1000)
        if age is Age.OLD and not known.is_of_now:
            age = Age.DOUBTFUL
        is_set_back = is_behind and age is Age.NOW
        if is_set_back:
            problems.append(f"its clock was set back, to {upload.last_at_ms} ms")
        is_old = age is not Age.NOW
        raises = tuple(one for one in read if one.state == "raise")
        raised = frozenset(one.event for one in raises)
        # The same bytes may be said anew: between two records nothing but the state may change.
        if frame in known.recent and (is_old or raised == known.standing):
            return Reading(samples=(), is_repeated=True)
        # A look at bits without a meaning ends those that it does not show, unless they stand in it;
        # an upload that nobody could read may be younger than one that was held up.
        stands = (*raises, *known.strange, *known.unread)
        conditions = {Age.NOW: tuple(read), Age.DOUBTFUL: stands, Age.OLD: ()}
        samples = (*(_records(upload, asset) if is_timed else ()), _current(upload, asset, at_ms))
        return Reading(
            samples=samples,
            conditions=conditions[age],
            passed=tuple(_passed(read, known)) if age is Age.OLD else (),
            problems=tuple(problems),
            old=(at_ms, now_ms) if is_old else None,
            age=age,
            is_set_back=is_set_back,
        )

    def stored(self, frame: bytes, upload: Upload, reading: Reading) -> None:
        """Note that everything of a reading is stored."""
        known = self._known.setdefault(upload.device, _Known())
        self._known.move_to_end(upload.device)
        known.recent = (*known.recent[-7:], frame)
        if not reading.is_repeated and (reading.age is not Age.DOUBTFUL or not known.is_of_now):
            known.old = reading.old  # One between two records is no measure for the next.
        known.is_of_now = known.is_of_now or reading.age is Age.NOW
        if reading.samples:
            at_ms = reading.samples[-1].at_ms
            known.newest_ms = at_ms if reading.is_set_back else max(known.newest_ms, at_ms)
        if reading.conditions:
            raises = [one for one in reading.conditions if one.state == "raise"]
            before = known.standing if reading.age is Age.DOUBTFUL else frozenset()
            known.standing = before | {one.event for one in raises}
            strange = tuple(one for one in raises if one.event == UNKNOWN and one.code != UNREAD)
            known.strange = strange or (known.strange if before else ())
            if reading.age is Age.NOW:
                known.unread = ()
        self._forget_oldest()

    def unreadable(self, device: str, said: WireEvent) -> tuple[WireEvent, ...]:
        """What stands when an upload cannot be read: it, and the bits without a meaning shown last."""
        known = self._known.setdefault(device, _Known())
        self._known.move_to_end(device)
        self._forget_oldest()
        known.unread = (said,)
        return (*known.strange, said)

    def _forget_oldest(self) -> None:
        while len(self._known) > _MOST_DEVICES:
            self._known.popitem(last=False)


def unreadable(frame: bytes, asset: str, reason: str, now_ms: int) -> WireEvent:
    """The condition of a terminal whose upload cannot be read: it may have been an alarm."""
    return WireEvent(
        asset=asset,
        at=now_ms,
        event=UNKNOWN,
        state="raise",
        code_system=SYSTEM,
        code=UNREAD,
        text=f"设备报文无法解析: {reason}",
        raw=frame[:2000].hex(),
    )


def _age(before: tuple[int, int] | None, now: tuple[int, int], interval_ms: int) -> Age:
    """Whether two uploads in a row that seem old came as far apart as their clock says.

    A terminal that sends what it kept sends it faster than it happened; one whose clock was set
    back goes on at the pace of the world, and its alarms are of now. An upload because of an alarm,
    between two records, tells the time of the last record: by its clock less time went by, up to
    an interval. That could be a message held up on its way too, which must not end an alarm.
    """
    if before is None:
        return Age.OLD
    by_its_clock, by_ours = now[0] - before[0], now[1] - before[1]
    if by_ours <= SET_BACK_MS or by_its_clock < 0:
        return Age.OLD
    late_ms = by_ours - by_its_clock
    tolerance_ms = SET_BACK_MS + min(by_ours // 20, _LATE_MS)
    if abs(late_ms) <= tolerance_ms:
        return Age.NOW
    return Age.DOUBTFUL if 0 < late_ms <= interval_ms + tolerance_ms else Age.OLD


def _current_at_ms(upload: Upload, now_ms: int) -> int:
    return min(upload.last_at_ms + upload.interval_s * 1000, now_ms)


def _records(upload: Upload, asset: str) -> list[Sample]:
    count = len(upload.records_kpa)
    step_ms = upload.interval_s * 1000
    if not step_ms:
        return []  # Without an interval a record is the current value, and has no time of its own.
    return [
        Sample(
            asset=asset,
            at_ms=upload.last_at_ms - (count - 1 - place) * step_ms,
            values={"pressure": value},
        )
        for place, value in enumerate(upload.records_kpa)
    ]


def _current(upload: Upload, asset: str, at_ms: int) -> Sample:
    return Sample(
        asset=asset,
        at_ms=at_ms,
        values={
            "pressure": upload.current_kpa,
            "battery": float(upload.battery),
            "signal": None if upload.signal is None else float(upload.signal),
        },
    )


def _conditions(
    upload: Upload, asset: str, asset_class: str, at_ms: int, frame: bytes
) -> list[WireEvent]:
    events = BITS[asset_class]
    read = [
        WireEvent(
            asset=asset,
            at=at_ms,
            event=event,
            state="raise" if bit in upload.bits else "clear",
            code_system=SYSTEM,
            code=f"bit{bit}",
            raw=frame[:2000].hex() if event == UNKNOWN and bit in upload.bits else "",
        )
        for bit, event in enumerate(events)
    ]
    is_over = WireEvent(
        asset=asset, at=at_ms, event=UNKNOWN, state="clear", code_system=SYSTEM, code=UNREAD
    )
    return [*read, is_over]


def _passed(read: Sequence[WireEvent], known: _Known) -> list[WireEvent]:
    """Raises that a newer upload knows nothing of, each with its end."""
    over = [one for one in read if one.state == "raise" and one.event not in known.standing]
    return [
        event
        for one in over
        for event in (one, msgspec.structs.replace(one, state="clear", at=known.newest_ms, raw=""))
    ]
