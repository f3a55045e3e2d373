"""A building in section: storeys, lift shafts with their cars, and every device where it hangs.

Pure: what the registry and the line say goes in, a drawing with coordinates [px] comes out. The
page draws it as SVG; what moves (the cars) is asked for again and again and placed by the same
functions, so that the first paint and every later one agree.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from dashboards.console.words import shape_of, tone_of

FLOOR_H: Final = 26
LABEL_W: Final = 58
SHAFT_W: Final = 30
MARK_W: Final = 22
CAR_H: Final = 20
TEXT_W: Final = 132
HEAD_H: Final = 12
FOOT_H: Final = 24
"""Room below the lowest storey for the shapes of lifts."""
_MOST_MARKS: Final = 8
"""Devices of one storey that are drawn; alarmed ones first, the rest is counted."""
REPORTING: Final = timedelta(minutes=10)
"""Heard within this time counts as reporting, on every page."""
_BELOW: Final = re.compile(r"(?:地下|负|-|B|Basement )\s*(\d+)", re.IGNORECASE)
_ABOVE: Final = re.compile(r"(\d+)\s*(?:层|楼|F\b)|(?:Floor|Level)\s*(\d+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """A building or one of its floors, as the registry has it."""

    code: str
    parent: str
    level: str
    name_zh: str
    name_en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """An asset with what is known of it now.

    Attributes:
        lowest: Lowest storey that a lift serves; None: not a lift, or not written down.
        gateway_heard_at: Last heartbeat of the alarm lane of a gateway that it is bound to.
        event: Its most urgent open alarm; None: none.
        alarms: How many are open.
        is_held: That alarm is shelved, suppressed or out of service.
        is_drill: It is of a drill, and nothing real is open.
    """

    id: int
    code: str
    asset_class: str
    name_zh: str
    name_en: str
    place_code: str
    lowest: int | None
    highest: int | None
    commissioned_at: datetime | None
    heard_at: datetime | None
    silent_since: datetime | None
    gateway_heard_at: datetime | None
    alarm_id: int | None
    event: str | None
    alarm_group: str | None
    severity: str | None
    is_unacknowledged: bool | None
    is_held: bool | None
    alarms: int
    is_drill: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How a device's state is drawn: by colour, by shape and by a word.

    Attributes:
        tone: Colour class; `unseen` is hatched: nothing is known, which is not normal.
        shape: Symbol of `shapes.svg`; empty: the plain outline of a normal device.
        rank: Smaller is more urgent.
        is_loud: Nobody has acknowledged it.
    """

    tone: str
    shape: str
    rank: int
    is_loud: bool = False


NORMAL: Final = Look(tone="normal", shape="", rank=9)
_UNSEEN: Final = Look(tone="unseen", shape="", rank=6)
_SILENT: Final = Look(tone="contact", shape="ring", rank=5)
_HELD: Final = Look(tone="disabled", shape="struck", rank=7)
_RANKS: Final = {"fire": 1, "serious": 2, "warning": 3, "contact": 4, "disabled": 7}


def look_of(thing: Thing, now: datetime, *, speaks_always: bool) -> Look:
    """How a device stands: alarmed, silent, held, unseen or normal, the most urgent first.

    Args:
        thing: The device.
        now: The time.
        speaks_always: Whether the class sends values all the time, so that silence means something;
            of the others the heartbeat of the gateway has to do.
    """
    if thing.event is not None and not thing.is_held:
        group, severity = thing.alarm_group or "", thing.severity or ""
        tone = tone_of(group, severity)
        rank = 0 if tone == "fire" and thing.is_unacknowledged else _RANKS[tone]
        return Look(
            tone=tone, shape=shape_of(group), rank=rank, is_loud=bool(thing.is_unacknowledged)
        )
    if thing.event is not None:
        return _HELD
    if thing.silent_since is not None:
        return _SILENT
    return NORMAL if is_reporting(thing, now, speaks_always=speaks_always) else _UNSEEN


def is_reporting(thing: Thing, now: datetime, *, speaks_always: bool) -> bool:
    """Whether the device was commissioned and is heard, itself or by its gateway.

    Where it is bound to a gateway, that gateway's alarm lane has to be heard in any case: telemetry
    that still comes says nothing of whether an alarm would.
    """
    lane = thing.gateway_heard_at
    heard = thing.heard_at if speaks_always else lane
    if thing.commissioned_at is None or heard is None:
        return False
    oldest = heard if lane is None else min(heard, lane)
    return now - oldest <= REPORTING


def storey_of(name_zh: str, name_en: str = "") -> int | None:
    """The number of a storey by its name: 地下1层 is -1, 12层 is 12; None: the name has none.

    There is no storey 0.
    """
    for name in (name_zh, name_en):
        below = _BELOW.search(name)
        if below:
            return -int(below[1])
        above = _ABOVE.search(name)
        if above:
            return int(above[1] or above[2]) or None
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """One storey of the drawing.

    Attributes:
        number: Storey; None: a place whose name has no number, such as a roof.
        top: Upper edge [px].
        marks: Devices from the left.
        more: Devices that did not fit.
        worst: The most urgent device of the storey, when one asks for attention.
    """

    number: int | None
    code: str
    name_zh: str
    name_en: str
    top: int
    marks: "tuple[Mark, ...]"
    more: int
    worst: "Mark | None"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One device in the drawing; x is its left edge [px]."""

    thing: Thing
    look: Look
    x: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Shaft:
    """One lift: its shaft from top to bottom [px], and its state."""

    thing: Thing
    look: Look
    x: int
    top: int
    bottom: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Building:
    """A building as it is drawn; sizes in px."""

    place: Floor
    width: int
    height: int
    bands: tuple[Band, ...]
    shafts: tuple[Shaft, ...]
    tops: Mapping[int, int]
    """Storey to the upper edge of its band [px]."""

    @property
    def worst(self) -> Look:
        """The most urgent state in the building."""
        looks = [mark.look for band in self.bands for mark in band.marks]
        looks += [shaft.look for shaft in self.shafts]
        return min(looks, key=lambda look: look.rank, default=NORMAL)


def draw_building(
    place: Floor, floors: Sequence[Floor], things: Sequence[Thing], looks: Mapping[int, Look]
) -> Building:
    """Lay a building out: storeys from the top, shafts at the left, devices beside them.

    Storeys that only a lift names are drawn too; what hangs at the building itself stands in a
    band of its own at the foot.

    Args:
        place: The building.
        floors: Its floors.
        things: Its assets, and those of its floors.
        looks: Asset to state.
    """
    lifts = [one for one in things if one.lowest is not None and one.highest is not None]
    rest = [one for one in things if one not in lifts]
    rows = _rows(place, floors, lifts, rest)
    beside = LABEL_W + SHAFT_W * len(lifts)
    tops = {row.number: _top(at) for at, row in enumerate(rows) if row.number is not None}
    bands = tuple(_band(row, _top(at), rest, looks, beside) for at, row in enumerate(rows))
    widest = max((len(band.marks) for band in bands), default=0)
    return Building(
        place=place,
        width=beside + max(widest, 2) * MARK_W + TEXT_W,
        height=_top(len(rows)) + FOOT_H,
        bands=bands,
        shafts=tuple(_shaft(one, at, tops, looks) for at, one in enumerate(lifts)),
        tops=tops,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    number: int | None
    code: str
    name_zh: str
    name_en: str


def _rows(
    place: Floor, floors: Sequence[Floor], lifts: Iterable[Thing], rest: Iterable[Thing]
) -> list[_Row]:
    numbered: dict[int, _Row] = {}
    others: list[_Row] = []
    for one in floors:
        number = storey_of(one.name_zh, one.name_en)
        row = _Row(number=number, code=one.code, name_zh=one.name_zh, name_en=one.name_en)
        if number is None or number in numbered:
            others.append(
                _Row(number=None, code=one.code, name_zh=one.name_zh, name_en=one.name_en)
            )
        else:
            numbered[number] = row
    for lift in lifts:
        for number in range(lift.lowest or 0, (lift.highest or 0) + 1):
            if number and number not in numbered:
                numbered[number] = _Row(number=number, code="", name_zh=f"{number}", name_en="")
    rows = [*others, *(numbered[number] for number in sorted(numbered, reverse=True))]
    if any(one.place_code == place.code for one in rest):
        rows.append(_Row(number=None, code=place.code, name_zh="楼栋", name_en="Building"))
    return rows


def _top(at: int) -> int:
    return HEAD_H + at * FLOOR_H


def _band(
    row: _Row, top: int, rest: Iterable[Thing], looks: Mapping[int, Look], beside: int
) -> Band:
    here = [one for one in rest if row.code and one.place_code == row.code]
    here.sort(key=lambda one: (looks[one.id].rank, one.asset_class, one.code))
    shown = here[:_MOST_MARKS]
    marks = tuple(
        Mark(thing=one, look=looks[one.id], x=beside + 4 + at * MARK_W)
        for at, one in enumerate(shown)
    )
    worst = marks[0] if marks and marks[0].look.rank < NORMAL.rank else None
    return Band(
        number=row.number,
        code=row.code,
        name_zh=row.name_zh,
        name_en=row.name_en,
        top=top,
        marks=marks,
        more=len(here) - len(shown),
        worst=worst,
    )


def _shaft(lift: Thing, at: int, tops: Mapping[int, int], looks: Mapping[int, Look]) -> Shaft:
    highest, lowest = lift.highest or 1, lift.lowest or 1
    return Shaft(
        thing=lift,
        look=looks[lift.id],
        x=LABEL_W + at * SHAFT_W,
        top=tops.get(highest, HEAD_H),
        bottom=tops.get(lowest, HEAD_H) + FLOOR_H,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class CarFrame:
    """What a lift said last of its car; a metric without a sensor is None."""

    asset_id: int
    at: datetime
    floor: float | None
    speed: float | None
    direction: float | None
    door_closed: float | None
    person: float | None
    mode: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Car:
    """A car as it is drawn.

    Attributes:
        y: Upper edge of the car [px].
        storey: Where it is; None: it never said.
        direction: -1 down, 0 still, 1 up.
        is_stale: What is drawn is old: the car may be elsewhere.
    """

    asset_id: int
    at: datetime | None
    y: int
    storey: int | None
    direction: int
    is_open: bool
    has_person: bool
    is_inspected: bool
    is_stale: bool


_STANDING_M_S: Final = 0.05
_INSPECTION: Final = 2
"""Service mode of a lift that somebody drives from the roof of its car (see gateway.derive)."""


def place_car(
    shaft: Shaft, tops: Mapping[int, int], frame: CarFrame | None, now: datetime, stale_s: float
) -> Car:
    """Where a car is drawn; without a word from it at the foot of its shaft, as stale.

    Args:
        shaft: The lift's shaft.
        tops: Storey to the upper edge of its band [px].
        frame: What it said last.
        now: The time.
        stale_s: Silence of the class [s].
    """
    if frame is None or frame.floor is None:
        storey, y = None, shaft.bottom - FLOOR_H
    else:
        storey = round(frame.floor)
        y = tops.get(
            storey, shaft.top if storey > (shaft.thing.highest or 0) else shaft.bottom - FLOOR_H
        )
    moves = frame is not None and abs(frame.speed or 0.0) > _STANDING_M_S
    return Car(
        asset_id=shaft.thing.id,
        at=None if frame is None else frame.at,
        y=y + (FLOOR_H - CAR_H) // 2,
        storey=storey,
        direction=_sign(frame) if moves and frame is not None else 0,
        is_open=frame is not None and frame.door_closed == 0,
        has_person=frame is not None and frame.person == 1,
        is_inspected=frame is not None and frame.mode == _INSPECTION,
        is_stale=frame is None or (now - frame.at).total_seconds() > stale_s,
    )


def _sign(frame: CarFrame) -> int:
    value = frame.direction if frame.direction is not None else frame.speed or 0.0
    return (value > 0) - (value < 0)
