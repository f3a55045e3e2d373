"""Holds as values: why alarms are kept from the desk for a time, and which alarms that means.

A hold never hides a fact: what it covers is recorded, listed and counted apart.

References:
    ANSI/ISA-18.2-2016 and IEC 62682 on shelving, suppression by design and out of service (read
    through secondary sources, unverified).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final, NewType

from analytics.alarms.alarm import AssetId, State, Trigger
from gateway.catalogue import EventKind

HoldId = NewType("HoldId", int)
ProposalId = NewType("ProposalId", int)


class HoldKind(StrEnum):
    """How alarms are kept from the desk; the value is the state that they take."""

    SHELVED = "shelved"
    """One condition, by a person, with a limit and a reason."""
    SUPPRESSED = "suppressed"
    """By a rule, while its cause stands."""
    OUT_OF_SERVICE = "out_of_service"
    """A whole asset, by two people, with a limit and a reason."""

    @property
    def state(self) -> State:
        """Where its alarms stand."""
        return State(self.value)


TRIGGER_OF: Final[Mapping[HoldKind, Trigger]] = MappingProxyType(
    {
        HoldKind.SHELVED: Trigger.SHELVE,
        HoldKind.SUPPRESSED: Trigger.SUPPRESS,
        HoldKind.OUT_OF_SERVICE: Trigger.TAKE_OUT,
    }
)
_ORDER: Final = (HoldKind.OUT_OF_SERVICE, HoldKind.SUPPRESSED, HoldKind.SHELVED)
"""The one that goes furthest names the state."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Why alarms of some assets are kept from the desk.

    Attributes:
        condition: Shelving: this condition alone; None: every one.
        groups: Suppression: groups of alarms that it covers; empty: every one.
    """

    id: HoldId
    kind: HoldKind
    assets: frozenset[AssetId]
    reason: str
    due_at: datetime
    condition: str | None = None
    groups: frozenset[str] = field(default_factory=frozenset)

    def covers(self, asset: AssetId, condition: str, kind: EventKind) -> bool:
        """Whether it keeps an alarm of that condition from the desk.

        Life safety only leaves the desk with its whole asset, by two people.
        """
        if asset not in self.assets:
            return False
        if kind.is_life_safety and self.kind is not HoldKind.OUT_OF_SERVICE:
            return False
        is_condition = self.condition is None or self.condition == condition
        return is_condition and (not self.groups or kind.group.value in self.groups)


def holding(holds: Iterable[Hold], asset: AssetId, condition: str, kind: EventKind) -> Hold | None:
    """The hold that an alarm is under: out of service before suppressed before shelved."""
    found = [hold for hold in holds if hold.covers(asset, condition, kind)]
    return min(found, key=lambda hold: (_ORDER.index(hold.kind), hold.id), default=None)
