"""Cause folding: which alarms have one cause. Pure: alarms, rules and open incidents in, a plan out.

Life safety joins an incident so that its places are seen together, and never stands behind
another alarm. A loose alarm that fits only as a member waits until its cause is there.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, NewType, assert_never

from analytics.alarms.alarm import AlarmId, AssetId
from analytics.alarms.rule import IncidentRule, Pattern, Relation
from gateway.catalogue import Group

IncidentId = NewType("IncidentId", int)


class IncidentKey(NamedTuple):
    """What can be one open incident at a time."""

    rule: str
    scope: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An open alarm that belongs to no incident.

    Attributes:
        gateways: Gateways that its asset reports through, or is.
        building: Path of its building; None: it stands in none.
        zone: Its fire zone; empty: none.
    """

    alarm_id: AlarmId
    asset_id: AssetId
    asset_class: str
    event: str
    group: Group
    is_life_safety: bool
    opened_at: datetime
    gateways: frozenset[str] = frozenset()
    building: str | None = None
    zone: str = ""

    def fits(self, pattern: Pattern) -> bool:
        """Whether the pattern means it."""
        return pattern.fits(self.event, self.group, self.asset_class)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewIncident:
    """An incident that begins.

    Attributes:
        head: The alarm that stands for all.
        members: Every alarm of it, the head included.
    """

    rule: IncidentRule
    scope: str
    head: AlarmId
    members: tuple[AlarmId, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What the alarms lead to.

    Attributes:
        joins: Alarms that join incidents that are open.
    """

    begins: tuple[NewIncident, ...]
    joins: Mapping[IncidentId, tuple[AlarmId, ...]]


@dataclass(slots=True)
class _Folding:
    loose: dict[AlarmId, Candidate]
    known: dict[IncidentKey, IncidentId]
    begins: list[NewIncident] = field(default_factory=list)
    joins: dict[IncidentId, list[AlarmId]] = field(default_factory=dict)

    def place(self, alarm: Candidate, rules: Sequence[IncidentRule]) -> None:
        """Let an alarm join or begin an incident, by the first rule that has a place for it."""
        for rule in rules:
            if rule.folds and alarm.is_life_safety:
                continue
            for scope in scopes(rule.relation, alarm):
                if self._joins(alarm, rule, scope) or self._begins(alarm, rule, scope):
                    return

    def _joins(self, alarm: Candidate, rule: IncidentRule, scope: str) -> bool:
        incident = self.known.get(IncidentKey(rule.key, scope))
        if incident is None or not (alarm.fits(rule.members) or alarm.fits(rule.cause)):
            return False
        self.joins.setdefault(incident, []).append(alarm.alarm_id)
        del self.loose[alarm.alarm_id]
        return True

    def _begins(self, alarm: Candidate, rule: IncidentRule, scope: str) -> bool:
        if not alarm.fits(rule.cause) or IncidentKey(rule.key, scope) in self.known:
            return False
        near = [item for item in self.loose.values() if scope in scopes(rule.relation, item)]
        near = [item for item in near if not (rule.folds and item.is_life_safety)]
        causes = [
            item
            for item in near
            if item.fits(rule.cause) and abs(item.opened_at - alarm.opened_at) <= rule.window
        ]
        if len({item.asset_id for item in causes}) < rule.at_least:
            return False
        head = min(causes, key=lambda item: (item.opened_at, item.alarm_id))
        members = [
            item.alarm_id
            for item in near
            if item in causes
            or (item.fits(rule.members) and item.opened_at >= head.opened_at - rule.window)
        ]
        self.begins.append(
            NewIncident(rule=rule, scope=scope, head=head.alarm_id, members=tuple(sorted(members)))
        )
        for member in members:
            del self.loose[member]
        return True


def fold(
    alarms: Iterable[AlarmId],
    loose: Iterable[Candidate],
    known: Mapping[IncidentKey, IncidentId],
    rules: Sequence[IncidentRule],
) -> Plan:
    """Which incidents begin, and which alarms join those that are open.

    An incident begins once in a plan: what fits it later joins with the next.

    Args:
        alarms: Those to be placed now, each of them among the loose.
        loose: Open alarms without an incident, near the alarms.
        known: Open incidents near the alarms.
        rules: The first that fits has the alarm.
    """
    folding = _Folding(
        loose={item.alarm_id: item for item in sorted(loose, key=lambda item: item.alarm_id)},
        known=dict(known),
    )
    for alarm_id in sorted(set(alarms)):
        alarm = folding.loose.get(alarm_id)
        if alarm is not None:
            folding.place(alarm, rules)
    return Plan(
        begins=_merged(folding.begins),
        joins={incident: tuple(found) for incident, found in folding.joins.items()},
    )


def _merged(begins: Sequence[NewIncident]) -> tuple[NewIncident, ...]:
    """One incident for each rule and scope; the earliest head stands for all."""
    found: dict[IncidentKey, NewIncident] = {}
    for new in begins:
        key = IncidentKey(new.rule.key, new.scope)
        first = found.get(key)
        members = new.members if first is None else (*first.members, *new.members)
        found[key] = NewIncident(
            rule=new.rule,
            scope=new.scope,
            head=new.head if first is None else first.head,
            members=tuple(sorted(members)),
        )
    return tuple(found.values())


def scopes(relation: Relation, alarm: Candidate) -> list[str]:
    """What the alarm shares with others under a relation; none, where it has nothing to share."""
    match relation:
        case Relation.SELF:
            return [f"asset:{alarm.asset_id}"]
        case Relation.OF_GATEWAY | Relation.SAME_GATEWAY:
            return sorted(f"gateway:{gateway}" for gateway in alarm.gateways)
        case Relation.SAME_BUILDING:
            return [] if alarm.building is None else [f"building:{alarm.building}"]
        case Relation.SAME_ZONE:
            is_known = alarm.building is not None and alarm.zone
            return [f"zone:{alarm.building}/{alarm.zone}"] if is_known else []
        case _:
            assert_never(relation)
