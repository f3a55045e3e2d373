"""Who of an organisation's contacts is on the roster now, and so is told first.

A contact may name a person of the roster. Whoever is on duty takes the earliest place that persons
have on a channel; colleagues off duty come a minute behind. Where nobody named is on duty the
roster has a hole: everybody is told as if there were no roster, and the hole is written down.
Nobody is ever left out, whatever the roster says.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from analytics.alarms.report import PlacePath
from analytics.duties.matrix import OrganisationId
from analytics.notices.contact import Channel, Contact
from analytics.orders.technician import Shift

BEHIND: Final = timedelta(seconds=60)
"""How long colleagues off duty wait for who is on duty (site rule, unverified)."""


class Duty(StrEnum):
    """How a message stands to the roster."""

    EVERYBODY = "everybody"
    """The contact is nobody's own: a desk, a robot, a number of the house."""
    ON = "on"
    OFF = "off"
    HOLE = "hole"
    """The contact is a person's, and nobody of the organisation's persons is on duty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterLine:
    """A shift of somebody, at a desk or for a firm.

    Attributes:
        place_path: Where the desk is; None: the person is a technician.
        organisation: Firm of the technician; None: the person is at a desk.
    """

    person: str
    shift: Shift
    place_path: PlacePath | None = None
    organisation: OrganisationId | None = None

    def is_for(self, place_path: PlacePath, organisation: OrganisationId | None) -> bool:
        """Whether who has this shift answers for something there, or for that firm."""
        if self.place_path is not None:
            return f"{place_path}.".startswith(f"{self.place_path}.")
        return self.organisation is not None and self.organisation == organisation


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """When a contact is told.

    Attributes:
        after: How long after the notice.
    """

    duty: Duty
    after: timedelta


def persons_on_duty(
    lines: Iterable[RosterLine],
    place_path: PlacePath,
    organisation: OrganisationId | None,
    now: datetime,
) -> frozenset[str]:
    """Who is on the roster now for a place and a firm."""
    return frozenset(
        line.person
        for line in lines
        if line.is_for(place_path, organisation) and line.shift.covers(now)
    )


def turns_of(contacts: Sequence[Contact], on_duty: frozenset[str]) -> list[Turn]:
    """When each of one organisation's contacts is told, in the order given.

    Args:
        contacts: Those that hear the notice.
        on_duty: Persons on the roster now.
    """
    persons = {one.person for one in contacts if one.person}
    is_hole = bool(persons) and persons.isdisjoint(on_duty)
    present = {one.channel for one in contacts if one.person in on_duty}
    return [_turn(one, contacts, on_duty, present, is_hole=is_hole) for one in contacts]


def _turn(
    contact: Contact,
    contacts: Sequence[Contact],
    on_duty: frozenset[str],
    present: set[Channel],
    *,
    is_hole: bool,
) -> Turn:
    if not contact.person:
        return Turn(duty=Duty.EVERYBODY, after=contact.after)
    if is_hole:
        return Turn(duty=Duty.HOLE, after=contact.after)
    first = min(one.after for one in contacts if one.person and one.channel is contact.channel)
    if contact.person in on_duty:
        return Turn(duty=Duty.ON, after=first)
    # Off duty, and nobody on duty has this channel: nothing is gained by waiting.
    wait = BEHIND if contact.channel in present else timedelta(0)
    return Turn(duty=Duty.OFF, after=contact.after + wait)
