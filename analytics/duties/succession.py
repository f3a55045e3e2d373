"""Lines of the matrix after a merger or a split: what a place had, its heirs have.

A part that was split off has the lines of the whole, word for word. Where places became one, their
lines may disagree; then each line of the place that they became asks for all that any of them asked
for: the shortest limits, everybody who was told, an order and the bureau where one had them. So
nothing that would have been done for a fire the day before is left undone the day after.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from analytics.duties.calendar import LocalMoment, atoms
from analytics.duties.check import every_event
from analytics.duties.matrix import (
    Duty,
    DutyId,
    Limit,
    Matrix,
    Party,
    PlaceZone,
    Times,
    first_holding,
    ranked,
)

_Slot = tuple[str, str, str]
"""What lines of one place are rivals by: event, asset class, calendar."""


class ChangeKind(StrEnum):
    """What happened to places."""

    MERGE = "merge"
    SPLIT = "split"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceChange:
    """A merger or a split, with paths as they are now.

    Attributes:
        origins: The places that were merged, or the one that was split.
        heirs: The place that they became, or the parts; what is left of a split place is none.
    """

    id: int
    kind: ChangeKind
    at: datetime
    origins: tuple[str, ...]
    heirs: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Inherited:
    """A line that an heir has from now on.

    Attributes:
        replaces: The line of the heir in whose place it stands.
        is_stricter: Whether somebody has to do more than before: the places disagreed.
    """

    duty: Duty
    replaces: DutyId | None = None
    is_stricter: bool = False


def inherited(matrix: Matrix, change: PlaceChange) -> list[Inherited]:
    """The lines that come with a change; each has a key that its version does not know yet."""
    origins = [duty for duty in matrix.duties if duty.place_path in change.origins]
    if not origins and change.kind is ChangeKind.SPLIT:
        return []
    match change.kind:
        case ChangeKind.SPLIT:
            found = [
                Inherited(duty=replace(duty, place_path=heir))
                for heir in change.heirs
                for duty in origins
            ]
        case ChangeKind.MERGE:
            found = [one for heir in change.heirs for one in _joined(matrix, change, heir)]
    return [
        replace(one, duty=replace(one.duty, id=None, key=_key(one.duty.key, change, number)))
        for number, one in enumerate(found, start=1)
    ]


def _key(former: str, change: PlaceChange, number: int) -> str:
    return f"{former.partition('@')[0]}@{change.id}.{number}"


def inherited_zones(times: Times, change: PlaceChange) -> list[PlaceZone]:
    """The clock on the wall of a split place hangs in its parts too; a merger moves no clock."""
    if change.kind is ChangeKind.MERGE:
        return []
    zones = [one for one in times.zones if one.place_path in change.origins]
    return [replace(one, place_path=heir) for heir in change.heirs for one in zones]


def _joined(matrix: Matrix, change: PlaceChange, heir: str) -> Iterator[Inherited]:
    """Lines of the place that others became: one for each slot that any of them had a line in."""
    sites = (heir, *change.origins)
    slots: dict[_Slot, list[Duty]] = {}
    for site in sites:
        for duty in matrix.duties:
            if duty.place_path == site:
                slots.setdefault(_slot(duty), []).append(duty)
    for duty in _outranking(matrix, sites, slots):
        slots.setdefault(_slot(duty), []).append(duty)
    held = _held(matrix, sites, slots)
    for slot, own in slots.items():
        first = own[0]
        claims = [*own, *held.get(slot, ())]
        union = united(replace(first, place_path=heir), claims)
        is_stricter = any(not _asks_alike(union, one) for one in claims)
        if first.place_path != heir:
            yield Inherited(duty=union, is_stricter=is_stricter)
        elif not _asks_alike(union, first):
            yield Inherited(duty=union, replaces=first.id, is_stricter=is_stricter)


def _slot(duty: Duty) -> _Slot:
    return duty.event, duty.asset_class, duty.calendar


def _held(
    matrix: Matrix, sites: Sequence[str], slots: Mapping[_Slot, Sequence[Duty]]
) -> dict[_Slot, tuple[Duty, ...]]:
    """For each slot, the lines that held at any of the places for what the slot answers for now."""
    held: dict[_Slot, dict[str, Duty]] = {}
    for winner, claims in _answers(matrix, sites, slots):
        if winner.place_path == sites[0]:
            held.setdefault(_slot(winner), {}).update((duty.key, duty) for duty in claims)
    return {slot: tuple(claims.values()) for slot, claims in held.items()}


def _outranking(
    matrix: Matrix, sites: Sequence[str], slots: Mapping[_Slot, Sequence[Duty]]
) -> list[Duty]:
    """Lines of places above the heir that would silence a line of one of the places by their rank."""
    found = {
        winner.key: winner
        for winner, claims in _answers(matrix, sites, slots)
        if winner.place_path not in sites
        for duty in claims
        if duty.place_path in sites and not _asks_alike(united(winner, [duty]), winner)
    }
    return list(found.values())


def _answers(
    matrix: Matrix, sites: Sequence[str], slots: Mapping[_Slot, Sequence[Duty]]
) -> Iterator[tuple[Duty, tuple[Duty, ...]]]:
    """For each event at each kind of moment: the line at the heir now, and what held at the sites."""
    heir = sites[0]
    here = [replace(own[0], place_path=heir) for own in slots.values()]
    beside = [duty for duty in matrix.duties if duty.place_path not in sites]
    moments = tuple(atoms(matrix.times.calendars, matrix.times.holidays))
    for kind, asset_class in every_event():
        if not any(duty.is_for(kind, asset_class.name) for duty in here):
            continue
        before = ranked(matrix.duties, kind, asset_class.name)
        after = ranked([*beside, *here], kind, asset_class.name)
        for moment in moments:
            winner = first_holding(after, heir, matrix.times, moment)
            if winner is not None:
                yield winner, tuple(_claims(before, sites, matrix.times, moment))


def _claims(
    lines: Sequence[Duty], sites: Iterable[str], times: Times, moment: LocalMoment
) -> Iterator[Duty]:
    for site in sites:
        duty = first_holding(lines, site, times, moment)
        if duty is not None:
            yield duty


def united(own: Duty, others: Sequence[Duty]) -> Duty:
    """A line that asks for all that it and others ask for; who answers and who works stay its own.

    Whoever answered or worked by another line takes part, and is told as early as it would have been.
    """
    orders = [one for one in others if one.opens_order]
    worker = orders[0].order_to if orders and not own.opens_order else own.order_to
    parties = [party for one in others for party in (one.responsible, *one.joint)]
    parties += [one.order_to for one in orders]
    joint = [party for party in dict.fromkeys((*own.joint, *parties)) if party != own.responsible]
    limits = {
        limit: min(one.limits[limit] for one in (own, *others) if limit in one.limits)
        for limit in Limit
        if any(limit in one.limits for one in (own, *others))
    }
    return replace(
        own,
        order_to=worker,
        joint=tuple(party for party in joint if party in own.joint or party != worker),
        chain=_chain(own, others),
        limits=limits,
        opens_order=own.opens_order or bool(orders),
        tells_bureau=own.tells_bureau or any(one.tells_bureau for one in others),
        basis="; ".join(dict.fromkeys((own.basis, *(one.basis for one in others)))),
    )


def _chain(own: Duty, others: Sequence[Duty]) -> tuple[Party, ...]:
    """Everybody of every chain, each at the earliest of its places."""
    places: dict[Party, int] = {}
    for one in (own, *others):
        for place, party in enumerate(one.chain):
            places[party] = min(place, places.get(party, place))
    return tuple(sorted(places, key=lambda party: places[party]))


def _asks_alike(one: Duty, other: Duty) -> bool:
    return _asked(one) == _asked(other)


def _asked(duty: Duty) -> tuple[object, ...]:
    return (
        duty.responsible,
        duty.order_to,
        frozenset(duty.joint),
        duty.chain,
        dict(duty.limits),
        duty.opens_order,
        duty.tells_bureau,
    )
