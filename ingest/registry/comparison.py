"""What applying a registry would change in the database; nothing is written here.

The files speak for the compounds they list: what stands in one of those compounds in the
database and not in the files is closed or retired. Everything outside them, and every place
above a compound, stays unless the files say otherwise.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Final

from gateway.catalogue import Text
from gateway.topic import GatewayId
from ingest.platform_event import placeholder_code
from ingest.registry.model import Asset, Gateway, Level, Organisation, Place, Registry, Span
from ingest.registry.parse import RESERVED_MARK
from ingest.registry.recorded import (
    RecordedAsset,
    RecordedGateway,
    RecordedPlace,
    RecordedRegistry,
    TimelineKey,
    Timelines,
    TimelineValue,
)
from ingest.registry.span import Move, Recorded, SpanChange, Wanted, reconcile

Entity = Place | Organisation | Gateway | Asset


class Action(StrEnum):
    """What happens to a thing of the registry, in the order in which it is done."""

    CREATE = "create"
    MOVE = "move"
    REOPEN = "reopen"
    CHANGE = "change"
    RETIRE = "retire"


class TableName(StrEnum):
    """The tables of the registry."""

    PLACES = "places"
    ORGANISATIONS = "organisations"
    GATEWAYS = "gateways"
    ASSETS = "assets"
    MANAGEMENTS = "managements"
    RESPONSIBLE_PERSONS = "responsible_persons"
    BINDINGS = "bindings"


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """One field of a thing, before and after."""

    name: str
    before: object
    after: object


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that is created, changed, moved, opened again or retired.

    Attributes:
        path: Path of a place after the step.
        before: Path of a place before the step.
    """

    table: TableName
    action: Action
    code: str
    value: Entity | None = None
    changes: tuple[FieldChange, ...] = ()
    path: str = ""
    before: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One change of an effective-dated timeline."""

    table: TableName
    key: TimelineKey
    change: SpanChange[TimelineValue]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What applying a registry at a time would do.

    Attributes:
        at: When changes of bindings and managements take effect.
        steps: In the order in which they are carried out.
        turns: Changes of timelines; ends come before beginnings.
        notes: What the files say and the recorded history does not admit; it stays as recorded.
        refusals: Why the plan cannot be applied; empty when it can.
    """

    registry: Registry
    at: datetime
    steps: tuple[Step, ...]
    turns: tuple[Turn, ...]
    notes: tuple[Text, ...] = ()
    refusals: tuple[Text, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether the database already says what the files say."""
        return not self.steps and not self.turns


def compare(registry: Registry, recorded: RecordedRegistry, at: datetime) -> Plan:
    """The plan that brings what is recorded to what the files say.

    Args:
        registry: The checked files.
        recorded: What the database has.
        at: When changed bindings, managements and persons take effect.
    """
    compounds = {place.code for place in registry.places if place.level is Level.COMPOUND}
    scope = _Scope(
        registry=registry,
        recorded=recorded,
        at=at,
        compounds=compounds,
        paths=registry.paths(),
    )
    retired = _retired_assets(scope)
    bindings, displaced = _binding_turns(scope, {step.code for step in retired})
    managements = _management_turns(scope)
    persons = _person_turns(scope)
    closed = list(_closed_places(scope))
    turns = _in_order([*managements.turns, *persons.turns, *bindings.turns])
    return Plan(
        registry=registry,
        at=at,
        steps=(
            *_place_steps(scope),
            *_organisation_steps(scope),
            *_gateway_steps(scope),
            *_asset_steps(scope),
            *retired,
            *displaced,
            *closed,
        ),
        turns=turns,
        notes=(*managements.notes, *persons.notes, *bindings.notes),
        refusals=(*_refusals(scope, turns), *_left_behind(scope, [*retired, *displaced], closed)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scope:
    registry: Registry
    recorded: RecordedRegistry
    at: datetime
    compounds: set[str]
    paths: Mapping[str, str]

    def has(self, place: str) -> bool:
        """Whether the files speak for a recorded place."""
        found = self.recorded.places.get(place)
        labels = found.path.split(".") if found is not None else []
        return not self.compounds.isdisjoint(labels)

    def listed_assets(self) -> dict[str, Asset]:
        return {asset.code: asset for asset in self.registry.assets}


@dataclass(slots=True)
class _Turned:
    turns: list[Turn]
    notes: list[Text]


# A place's parent is its path, which a step of its own moves.
_OWN_FIELDS: Final[dict[type[Entity], tuple[str, ...]]] = {
    kind: tuple(
        field.name
        for field in fields(kind)
        if field.name not in ("line", "code", "parent", "level", "gateway", "gateway_code")
    )
    for kind in (Place, Organisation, Gateway, Asset)
}


def _differences(before: Entity, after: Entity) -> tuple[FieldChange, ...]:
    return tuple(
        FieldChange(name=name, before=getattr(before, name), after=getattr(after, name))
        for name in _OWN_FIELDS[type(after)]
        if getattr(before, name) != getattr(after, name)
        and not (name == "commissioned_at" and getattr(after, name) is None)
    )


def _place_steps(scope: _Scope) -> Iterator[Step]:
    """Creations, then moves, each from the top of the tree down."""
    steps = _steps_of_places(scope)
    order = tuple(Action)
    return iter(sorted(steps, key=lambda step: (order.index(step.action), step.path.count("."))))


def _steps_of_places(scope: _Scope) -> Iterator[Step]:
    for place in scope.registry.places:
        path = scope.paths[place.code]
        found = scope.recorded.places.get(place.code)
        if found is None:
            yield _step(Action.CREATE, place, path=path)
            continue
        if found.place.parent != place.parent:
            yield _step(Action.MOVE, place, path=path, before=found.path)
        if found.closed_at is not None and found.successor is None:
            yield _step(Action.REOPEN, place, path=path)
        if changes := _differences(found.place, place):
            yield _step(Action.CHANGE, place, changes=changes, path=path)


def _step(
    action: Action,
    place: Place,
    *,
    path: str,
    before: str = "",
    changes: tuple[FieldChange, ...] = (),
) -> Step:
    return Step(
        table=TableName.PLACES,
        action=action,
        code=place.code,
        value=place,
        changes=changes,
        path=path,
        before=before,
    )


def _closed_places(scope: _Scope) -> Iterator[Step]:
    """Places of the listed compounds that the files no longer have, from the bottom up."""
    listed = set(scope.paths)
    gone = [
        found
        for code, found in scope.recorded.places.items()
        if code not in listed and found.closed_at is None and scope.has(code)
    ]
    for found in sorted(gone, key=lambda found: -found.place.level.depth):
        yield _step(Action.RETIRE, found.place, path=found.path, before=found.path)


def _organisation_steps(scope: _Scope) -> Iterator[Step]:
    for organisation in scope.registry.organisations:
        found = scope.recorded.organisations.get(organisation.code)
        action = Action.CREATE if found is None else Action.CHANGE
        changes = _differences(found, organisation) if found is not None else ()
        if found is None or changes:
            yield Step(
                table=TableName.ORGANISATIONS,
                action=action,
                code=organisation.code,
                value=organisation,
                changes=changes,
            )


def _gateway_steps(scope: _Scope) -> Iterator[Step]:
    listed = {gateway.gateway for gateway in scope.registry.gateways}
    for gateway in scope.registry.gateways:
        step = _gateway_step(gateway, scope.recorded.gateways.get(gateway.gateway))
        if step is not None:
            yield step
    for code, found in scope.recorded.gateways.items():
        is_gone = code not in listed and found.revoked_at is None
        if is_gone and "gateways" in scope.registry.tables and scope.has(found.gateway.place):
            yield Step(table=TableName.GATEWAYS, action=Action.RETIRE, code=code)


def _gateway_step(gateway: Gateway, found: RecordedGateway | None) -> Step | None:
    changes: tuple[FieldChange, ...] = ()
    action = Action.CREATE
    if found is not None:
        changes = _differences(found.gateway, gateway)
        action = Action.CHANGE if found.revoked_at is None else Action.REOPEN
        if action is Action.CHANGE and not changes:
            return None
    return Step(
        table=TableName.GATEWAYS,
        action=action,
        code=gateway.gateway,
        value=gateway,
        changes=changes,
    )


def _asset_steps(scope: _Scope) -> Iterator[Step]:
    for asset in scope.registry.assets:
        step = _asset_step(asset, scope.recorded.assets.get(asset.code))
        if step is not None:
            yield step


def _asset_step(asset: Asset, found: RecordedAsset | None) -> Step | None:
    changes: tuple[FieldChange, ...] = ()
    action = Action.CREATE
    if found is not None:
        changes = _differences(found.asset, asset)
        if found.is_placeholder:
            changes += (FieldChange(name="is_placeholder", before=True, after=False),)
        if found.retired_at is not None:
            action = Action.REOPEN
        elif not changes:
            return None
        else:
            is_moved = any(change.name == "place" for change in changes)
            action = Action.MOVE if is_moved else Action.CHANGE
    return Step(
        table=TableName.ASSETS, action=action, code=asset.code, value=asset, changes=changes
    )


def _is_own(code: str) -> bool:
    """Whether the platform made the asset itself; such ones follow their gateway."""
    return code.startswith(RESERVED_MARK)


def _retired_assets(scope: _Scope) -> list[Step]:
    listed = scope.listed_assets()
    return [
        Step(table=TableName.ASSETS, action=Action.RETIRE, code=code)
        for code, found in scope.recorded.assets.items()
        if code not in listed
        and not _is_own(code)
        and found.retired_at is None
        and "assets" in scope.registry.tables
        and scope.has(found.asset.place)
    ]


def _binding_turns(scope: _Scope, retired: set[str]) -> tuple[_Turned, list[Step]]:
    """Changes of bindings, and the placeholders whose codes now mean something."""
    recorded = scope.recorded.bindings
    wanted: dict[TimelineKey, list[Wanted[TimelineValue]]] = {}
    for asset in scope.registry.assets:
        if asset.gateway is not None and asset.gateway_code is not None:
            key = (asset.gateway, asset.gateway_code)
            begin = scope.at if key in recorded else None
            wanted[key] = [Wanted(value=(asset.code,), during=Span(begin=begin))]
    ours = scope.listed_assets().keys() | retired
    touched = [key for key, spans in recorded.items() if _runs_for(spans, ours, scope.at)]
    turned = _reconcile_all(scope, TableName.BINDINGS, recorded, wanted, touched)
    displaced = [
        Step(table=TableName.ASSETS, action=Action.RETIRE, code=code)
        for code in _displaced(scope, wanted)
    ]
    return turned, displaced


def _runs_for(spans: Sequence[Recorded[TimelineValue]], assets: set[str], at: datetime) -> bool:
    return any(not span.during.has_ended(at) and span.value[0] in assets for span in spans)


def _displaced(
    scope: _Scope, wanted: Mapping[TimelineKey, Sequence[Wanted[TimelineValue]]]
) -> Iterator[str]:
    """Placeholders of a (gateway, code) that the files now give to a registered asset."""
    for gateway, code in wanted:
        placeholder = placeholder_code(GatewayId(gateway), code)
        found = scope.recorded.assets.get(placeholder)
        if found is not None and found.retired_at is None:
            yield placeholder


def _management_turns(scope: _Scope) -> _Turned:
    wanted: dict[TimelineKey, list[Wanted[TimelineValue]]] = {}
    for row in scope.registry.managements:
        value = (str(row.kind), row.organisation)
        wanted.setdefault((row.compound,), []).append(Wanted(value=value, during=row.during))
    return _reconcile_all(
        scope, TableName.MANAGEMENTS, scope.recorded.managements, wanted, touched=()
    )


def _person_turns(scope: _Scope) -> _Turned:
    """Persons of the listed compounds end when the files no longer name them."""
    wanted: dict[TimelineKey, list[Wanted[TimelineValue]]] = {}
    for row in scope.registry.responsible_persons:
        value = (row.name, row.phone)
        wanted.setdefault((row.place, row.role), []).append(Wanted(value=value, during=row.during))
    recorded = scope.recorded.responsible_persons
    is_listed = "responsible_persons" in scope.registry.tables
    touched = [key for key in recorded if is_listed and scope.has(key[0])]
    return _reconcile_all(scope, TableName.RESPONSIBLE_PERSONS, recorded, wanted, touched)


def _reconcile_all(
    scope: _Scope,
    table: TableName,
    recorded: Timelines,
    wanted: Mapping[TimelineKey, Sequence[Wanted[TimelineValue]]],
    touched: Sequence[TimelineKey],
) -> _Turned:
    turned = _Turned(turns=[], notes=[])
    for key in sorted({*wanted, *touched}):
        result = reconcile(recorded.get(key, ()), wanted.get(key, ()), scope.at)
        turned.turns += [Turn(table=table, key=key, change=change) for change in result.changes]
        turned.notes += [_kept_note(table, key, wish) for wish in result.refused]
    return turned


def _kept_note(table: TableName, key: TimelineKey, wish: Wanted[TimelineValue]) -> Text:
    name, value = " ".join(key), " ".join(part for part in wish.value if part)
    return Text(
        zh=f"{table} {name}:“{value}”与已记录的历史重叠,历史不改写,未写入",
        en=f"{table} {name}: {value!r} overlaps recorded history, which stays; not written",
    )


def _in_order(turns: list[Turn]) -> tuple[Turn, ...]:
    """Cancellations, ends, beginnings: the database admits no overlap even for a moment."""
    order = (Move.CANCEL, Move.CLOSE, Move.OPEN)
    return tuple(
        sorted(turns, key=lambda turn: (order.index(turn.change.move), turn.table, turn.key))
    )


def _refusals(scope: _Scope, turns: Sequence[Turn]) -> Iterator[Text]:
    for place in scope.registry.places:
        found = scope.recorded.places.get(place.code)
        if found is not None:
            yield from _place_refusals(place, found)
    late = _begun_later(scope, turns)
    if late is not None:
        yield Text(
            zh=f"生效时间早于 {late.isoformat()} 已生效的变更,历史不改写;请取更晚的时间",
            en=f"changes took effect at {late.isoformat()}, after the given time: choose a later"
            " one, history is not rewritten",
        )


def _place_refusals(place: Place, found: RecordedPlace) -> Iterator[Text]:
    if found.successor is not None:
        yield Text(
            zh=f"地点“{place.code}”已并入“{found.successor}”,请从文件中删去",
            en=f"the place {place.code!r} was merged into {found.successor!r}: take it out",
        )
    if found.place.level is not place.level:
        yield Text(
            zh=f"地点“{place.code}”的级别不能从 {found.place.level} 改为 {place.level}",
            en=f"the place {place.code!r} cannot turn from {found.place.level} to {place.level}",
        )


def _begun_later(scope: _Scope, turns: Sequence[Turn]) -> datetime | None:
    """The latest beginning between the given time and now that a change would undo."""
    recorded = scope.recorded
    timelines = {
        TableName.BINDINGS: recorded.bindings,
        TableName.MANAGEMENTS: recorded.managements,
        TableName.RESPONSIBLE_PERSONS: recorded.responsible_persons,
    }
    begins = (
        span.during.begin for turn in turns for span in timelines[turn.table].get(turn.key, ())
    )
    return max(
        (begin for begin in begins if begin and scope.at < begin <= recorded.read_at), default=None
    )


def _left_behind(scope: _Scope, retired: Sequence[Step], closed: Sequence[Step]) -> Iterator[Text]:
    """Assets in service at a place that would be closed under them."""
    settled = scope.listed_assets().keys() | {step.code for step in retired}
    places = {step.code for step in closed}
    for code, found in scope.recorded.assets.items():
        is_in_service = found.retired_at is None and code not in settled and not _is_own(code)
        if is_in_service and found.asset.place in places:
            yield Text(
                zh=f"地点“{found.asset.place}”不在文件中,但设备“{code}”仍在该处",
                en=f"the place {found.asset.place!r} is not in the files, but the asset {code!r}"
                " still stands there",
            )
