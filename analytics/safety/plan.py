"""The life-safety plan: who is told and who rescues, in which order and after how long.

It stands beside the responsibility matrix and names kinds of organisation as that does. Every
number of the workflows of fire, entrapment, duty checks and drills is in it and nowhere else.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from importlib.resources import files
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt, PositiveInt, ValidationError

from analytics.duties.matrix import Party
from analytics.errors import BadPlan


class Way(StrEnum):
    """How somebody is told."""

    DESK = "desk"
    CALL = "call"
    BUREAU = "bureau"


class Scope(StrEnum):
    """What a drill is about."""

    PANEL = "panel"
    ZONE = "zone"
    LIFT = "lift"
    COMPOUND = "compound"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """Whom an alarm that nobody confirms reaches next.

    Attributes:
        after: Since the rung before; zero: in the same moment.
    """

    to: Party
    by: Way
    after: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """Who rescues.

    Attributes:
        accept: How long until somebody says that they go.
        arrive: From the tier's dispatch to its arrival; None: the limit of the place.
    """

    to: Party
    accept: timedelta
    arrive: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FirePlan:
    """What a fire alarm does that nobody confirms within `confirm`."""

    confirm: timedelta
    onward: tuple[Rung, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RescuePlan:
    """Who rescues trapped people, and by when.

    Attributes:
        confirm: From the alarm to the call to the car.
        arrive: Arrival by law where no place says otherwise.
        arrive_at: The same by place, with everything below it.
        release: From the arrival to the release.
        check: From the release to the check of the lift.
    """

    confirm: timedelta
    tiers: tuple[Tier, ...]
    arrive: timedelta
    arrive_at: Mapping[str, timedelta]
    release: timedelta
    check: timedelta

    def arrival_at(self, place_path: str) -> timedelta:
        """The limit of a place: that of the nearest place above that has one."""
        labels = place_path.split(".")
        above = (".".join(labels[:count]) for count in range(len(labels), 0, -1))
        return next((self.arrive_at[path] for path in above if path in self.arrive_at), self.arrive)

    def moved(self, heirs: Sequence["Heir"]) -> "RescuePlan":
        """The plan with its limits by place where those places are now.

        A part that was split off has the limit of the whole; a place that others were merged into the
        shortest of theirs and its own.
        """
        named = {heir.named for heir in heirs}
        moved = {path: limit for path, limit in self.arrive_at.items() if path not in named}
        settled = replace(self, arrive_at=dict(moved))
        for heir in sorted(heirs, key=lambda one: one.is_joined):
            limit = self.arrive_at[heir.named]
            if heir.is_joined:
                limit = min(limit, moved.get(heir.path, settled.arrival_at(heir.path)))
            moved[heir.path] = limit
        return replace(self, arrive_at=moved)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heir:
    """A place that has the limit of one that the plan names: itself, a part, or its successor.

    Attributes:
        named: Path as the plan has it.
        path: Path as it is now.
        is_joined: Whether it is another place, into which the named one was merged.
    """

    named: str
    path: str
    is_joined: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PostCheckPlan:
    """How often a desk is checked at random, and how soon it answers."""

    per_day: int
    answer: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class DrillPlan:
    """How long a drill may be, and when what still alarms after it is real."""

    longest: Mapping[Scope, timedelta]
    settle: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class SafetyPlan:
    """One version of the plan; the checksum is SHA-256 of the file's text."""

    name: str
    valid_from: datetime
    checksum: str
    fire: FirePlan
    rescue: RescuePlan
    post_check: PostCheckPlan
    drill: DrillPlan


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Rung(_Section):
    to: Party
    by: Way
    after_s: NonNegativeInt


class _Tier(_Section):
    to: Party
    accept_s: PositiveInt
    arrive_s: PositiveInt | None = None


class _Fire(_Section):
    confirm_s: PositiveInt
    onward: Annotated[tuple[_Rung, ...], Field(min_length=1)]


class _PlaceLimit(_Section):
    place: Annotated[str, Field(pattern=r"^[A-Za-z0-9_]+(\.[A-Za-z0-9_]+)*$")]
    arrive_s: PositiveInt


class _Entrapment(_Section):
    confirm_s: PositiveInt
    tiers: Annotated[tuple[_Tier, ...], Field(min_length=1)]
    arrive_s: PositiveInt
    arrive_at: tuple[_PlaceLimit, ...] = ()
    release_s: PositiveInt
    check_s: PositiveInt


class _PostCheck(_Section):
    per_day: Annotated[int, Field(ge=0, le=96)]
    answer_s: PositiveInt


class _Drill(_Section):
    longest_s: dict[Scope, PositiveInt]
    settle_s: NonNegativeInt


class _File(_Section):
    name: Annotated[str, Field(min_length=1)]
    valid_from: datetime
    fire: _Fire
    entrapment: _Entrapment
    post_check: _PostCheck
    drill: _Drill


def default_plan_source() -> str:
    """The text of the plan that comes with the product."""
    return (files("analytics") / "duties" / "life_safety.yaml").read_text("utf-8")


def parse_plan(source: str) -> SafetyPlan:
    """A plan from the text of its file.

    Raises:
        BadPlan: The text is no YAML, a field is wrong, or the bureau stands on no rung.
    """
    try:
        file = _File.model_validate(yaml.safe_load(source))
    except yaml.YAMLError as error:
        raise BadPlan(f"the plan is no YAML: {error}") from error
    except ValidationError as error:
        faults = (f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        raise BadPlan("; ".join(faults)) from error
    if not any(rung.by is Way.BUREAU for rung in file.fire.onward):
        raise BadPlan("fire.onward: no rung reaches the bureau")
    missing = set(Scope) - set(file.drill.longest_s)
    if missing:
        raise BadPlan(f"drill.longest_s: {', '.join(sorted(missing))} missing")
    zoned = file.valid_from if file.valid_from.tzinfo else file.valid_from.replace(tzinfo=UTC)
    return SafetyPlan(
        name=file.name,
        valid_from=zoned,
        checksum=hashlib.sha256(source.encode()).hexdigest(),
        fire=_fire(file.fire),
        rescue=_rescue(file.entrapment),
        post_check=PostCheckPlan(
            per_day=file.post_check.per_day, answer=_seconds(file.post_check.answer_s)
        ),
        drill=DrillPlan(
            longest={scope: _seconds(length) for scope, length in file.drill.longest_s.items()},
            settle=_seconds(file.drill.settle_s),
        ),
    )


def _fire(found: _Fire) -> FirePlan:
    rungs = (Rung(to=one.to, by=one.by, after=_seconds(one.after_s)) for one in found.onward)
    return FirePlan(confirm=_seconds(found.confirm_s), onward=tuple(rungs))


def _rescue(found: _Entrapment) -> RescuePlan:
    return RescuePlan(
        confirm=_seconds(found.confirm_s),
        tiers=tuple(
            Tier(
                to=one.to,
                accept=_seconds(one.accept_s),
                arrive=None if one.arrive_s is None else _seconds(one.arrive_s),
            )
            for one in found.tiers
        ),
        arrive=_seconds(found.arrive_s),
        arrive_at={one.place: _seconds(one.arrive_s) for one in found.arrive_at},
        release=_seconds(found.release_s),
        check=_seconds(found.check_s),
    )


def _seconds(length: int) -> timedelta:
    return timedelta(seconds=length)
