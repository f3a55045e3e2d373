"""The alarm engine's rules as a file: YAML in, values out, with an error that names the place."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Annotated, Final

import yaml
from pydantic import BaseModel, ConfigDict, Field, PositiveInt, ValidationError, model_validator

from analytics.errors import BadRules
from gateway.catalogue import ASSET_CLASSES, EVENT_KINDS, Group, Severity, Text

_EVENTS: Final = {kind.name for kind in EVENT_KINDS}
_CLASSES: Final = {item.name for item in ASSET_CLASSES}
_LIFE_SAFETY: Final = {Group.FIRE, Group.ENTRAPMENT}
Sentence = Annotated[str, Field(min_length=1)]
Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{2,40}$")]


class Relation(StrEnum):
    """What one asset has to do with another."""

    SELF = "self"
    OF_GATEWAY = "of_gateway"
    """It reports through the gateway that the cause is about."""
    SAME_GATEWAY = "same_gateway"
    """It reports through a gateway of the cause, or is that gateway."""
    SAME_BUILDING = "same_building"
    SAME_ZONE = "same_zone"
    """The same fire zone of the same building."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """Which alarms are meant; an empty part means any, all empty parts mean none.

    Attributes:
        events: Wire names; one of them or one of the groups must fit.
        classes: Asset classes; empty: any.
    """

    events: frozenset[str] = frozenset()
    groups: frozenset[Group] = frozenset()
    classes: frozenset[str] = frozenset()

    def fits(self, event: str, group: Group, asset_class: str) -> bool:
        """Whether such an alarm is meant."""
        is_named = event in self.events or group in self.groups
        return is_named and (not self.classes or asset_class in self.classes)


@dataclass(frozen=True, slots=True, kw_only=True)
class SuppressionRule:
    """Alarms that a known cause explains, and that it keeps from the desk.

    Attributes:
        event: The cause is this condition being active; None: it is a work order.
        asset_class: Class of the asset with the condition; None: any.
        ended_by: A newer word of one of these ends it too.
        limit: Longest time; after it the alarms come back though the cause stands.
    """

    key: str
    event: str | None
    asset_class: str | None
    ended_by: tuple[str, ...]
    order_sources: tuple[str, ...]
    order_states: tuple[str, ...]
    relation: Relation
    groups: frozenset[Group]
    classes: frozenset[str]
    limit: timedelta
    note: Text
    basis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentRule:
    """Which alarms have one cause.

    Attributes:
        at_least: So many assets must have an alarm of the cause within the window.
        window: How far apart, and how long before the incident a member may have been raised.
        folds: Whether members stand behind the cause.
        derives: Event that the incident itself is, with a line of its own in the matrix; empty: none.
    """

    key: str
    relation: Relation
    cause: Pattern
    at_least: int
    members: Pattern
    window: timedelta
    folds: bool
    label: Text
    derives: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chatter:
    """When a condition chatters: so many raises within so long; over after it was quiet."""

    raises: int
    within: timedelta
    quiet: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmRules:
    """Everything that the file says.

    Attributes:
        unseen: Life safety that nobody has acknowledged is told again so long after the last word.
    """

    longest_shelving: timedelta
    longest_out_of_service: timedelta
    proposal: timedelta
    re_alarm: Mapping[Severity, timedelta]
    unseen: timedelta
    chatter: Chatter
    fleeting: timedelta
    stale: timedelta
    suppression: tuple[SuppressionRule, ...]
    incidents: tuple[IncidentRule, ...]


_OF_SUPPRESSION: Final = (Relation.SELF, Relation.OF_GATEWAY, Relation.SAME_GATEWAY)


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Text(_Section):
    zh: Sentence
    en: Sentence


class _Cause(_Section):
    event: str | None = None
    asset_class: str | None = None
    ended_by: tuple[str, ...] = ()
    order_sources: tuple[str, ...] = ()
    order_states: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _is_one_cause(self) -> "_Cause":
        is_order = bool(self.order_sources and self.order_states)
        if is_order is (self.event is not None):
            raise ValueError("a cause is an event, or an order with its sources and states")
        known = {self.event} - {None} | set(self.ended_by)
        if known - _EVENTS or {self.asset_class} - {None} - _CLASSES:
            raise ValueError("the catalogue has no such event or class")
        return self


class _Covers(_Section):
    relation: Relation
    groups: Annotated[tuple[Group, ...], Field(min_length=1)]
    classes: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _spares_life_safety(self) -> "_Covers":
        if set(self.groups) & _LIFE_SAFETY:
            raise ValueError("fire and entrapment are never suppressed")
        if set(self.classes) - _CLASSES:
            raise ValueError("the catalogue has no such class")
        if self.relation not in _OF_SUPPRESSION:
            raise ValueError(f"a suppression knows no relation {self.relation}")
        if self.relation is Relation.SAME_GATEWAY and not self.classes:
            raise ValueError("same_gateway names the classes that it covers")
        return self


class _Suppression(_Section):
    key: Key
    cause: _Cause
    covers: _Covers
    limit_min: PositiveInt
    note: _Text
    basis: Sentence


class _Pattern(_Section):
    events: tuple[str, ...] = ()
    groups: tuple[Group, ...] = ()
    classes: tuple[str, ...] = ()
    at_least: PositiveInt = 1

    @model_validator(mode="after")
    def _is_known(self) -> "_Pattern":
        if not (self.events or self.groups):
            raise ValueError("events or groups must be named")
        if set(self.events) - _EVENTS or set(self.classes) - _CLASSES:
            raise ValueError("the catalogue has no such event or class")
        return self

    def value(self) -> Pattern:
        return Pattern(
            events=frozenset(self.events),
            groups=frozenset(self.groups),
            classes=frozenset(self.classes),
        )


class _Incident(_Section):
    key: Key
    relation: Relation
    cause: _Pattern
    members: _Pattern
    window_s: PositiveInt
    folds: bool
    label: _Text
    derives: str = ""


class _Chatter(_Section):
    raises: Annotated[int, Field(ge=2)]
    within_s: PositiveInt
    quiet_s: PositiveInt


class _File(_Section):
    longest_shelving_min: PositiveInt
    longest_out_of_service_min: PositiveInt
    proposal_min: PositiveInt
    re_alarm_s: dict[Severity, PositiveInt]
    unseen_life_safety_s: PositiveInt
    chatter: _Chatter
    fleeting_s: PositiveInt
    stale_s: PositiveInt
    suppression: tuple[_Suppression, ...] = ()
    incidents: tuple[_Incident, ...] = ()

    @model_validator(mode="after")
    def _has_unique_keys(self) -> "_File":
        for keys in ([r.key for r in self.suppression], [r.key for r in self.incidents]):
            if len(set(keys)) < len(keys):
                raise ValueError(f"each rule has a key of its own, found {keys}")
        return self


@cache
def default_rules() -> AlarmRules:
    """The rules that come with the product."""
    return parse_rules((files("analytics") / "rules" / "alarm.yaml").read_text("utf-8"))


def parse_rules(source: str) -> AlarmRules:
    """Rules from the text of their file.

    Raises:
        BadRules: It is no YAML, or breaks a rule; the message says where.
    """
    try:
        read = _File.model_validate(yaml.safe_load(source))
    except yaml.YAMLError as error:
        raise BadRules(f"the rules are no YAML: {error}") from error
    except ValidationError as error:
        wrong = "; ".join(
            f"{'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}"
            for fault in error.errors()
        )
        raise BadRules(f"the rules are wrong: {wrong}") from error
    return _rules(read)


def _rules(read: _File) -> AlarmRules:
    return AlarmRules(
        longest_shelving=timedelta(minutes=read.longest_shelving_min),
        longest_out_of_service=timedelta(minutes=read.longest_out_of_service_min),
        proposal=timedelta(minutes=read.proposal_min),
        re_alarm={name: timedelta(seconds=s) for name, s in read.re_alarm_s.items()},
        unseen=timedelta(seconds=read.unseen_life_safety_s),
        chatter=Chatter(
            raises=read.chatter.raises,
            within=timedelta(seconds=read.chatter.within_s),
            quiet=timedelta(seconds=read.chatter.quiet_s),
        ),
        fleeting=timedelta(seconds=read.fleeting_s),
        stale=timedelta(seconds=read.stale_s),
        suppression=tuple(map(_suppression, read.suppression)),
        incidents=tuple(map(_incident, read.incidents)),
    )


def _suppression(rule: _Suppression) -> SuppressionRule:
    return SuppressionRule(
        key=rule.key,
        event=rule.cause.event,
        asset_class=rule.cause.asset_class,
        ended_by=rule.cause.ended_by,
        order_sources=rule.cause.order_sources,
        order_states=rule.cause.order_states,
        relation=rule.covers.relation,
        groups=frozenset(rule.covers.groups),
        classes=frozenset(rule.covers.classes),
        limit=timedelta(minutes=rule.limit_min),
        note=Text(zh=rule.note.zh, en=rule.note.en),
        basis=rule.basis,
    )


def _incident(rule: _Incident) -> IncidentRule:
    return IncidentRule(
        key=rule.key,
        relation=rule.relation,
        cause=rule.cause.value(),
        at_least=rule.cause.at_least,
        members=rule.members.value(),
        window=timedelta(seconds=rule.window_s),
        folds=rule.folds,
        label=Text(zh=rule.label.zh, en=rule.label.en),
        derives=rule.derives,
    )
