"""What applying a registry would change in the database; nothing is written here.

The files speak for the compounds they list: what stands in one of those compounds in the
database and not in the files is closed or retired. Everything outside them, and every place
above a compound, stays unless the files say otherwise.
"""

from collections.abc import Iterator, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Final

from gateway.catalogue import Text
from ingest.registry.model import Asset, Gateway, Level, Organisation, Place, Registry
from ingest.registry.parse import LOCAL_ZONE, RESERVED_MARK
from ingest.registry.recorded import (
    RecordedAsset,
    RecordedGateway,
    RecordedPlace,
    RecordedRegistry,
)
from ingest.registry.scope import Scope
from ingest.registry.step import Action, Entity, FieldChange, Plan, Step, TableName, Turn
from ingest.registry.timeline import (
    begun_later,
    binding_turns,
    in_order,
    management_turns,
    person_turns,
)


def compare(registry: Registry, recorded: RecordedRegistry, at: datetime) -> Plan:
    """The plan that brings what is recorded to what the files say.

    Args:
        registry: The checked files.
        recorded: What the database has.
        at: When changed bindings, managements and persons take effect.
    """
    compounds = {place.code for place in registry.places if place.level is Level.COMPOUND}
    scope = Scope(
        registry=registry,
        recorded=recorded,
        at=at,
        compounds=compounds,
        paths=registry.paths(),
    )
    retired = _retired_assets(scope)
    bindings, displaced = binding_turns(scope, {step.code for step in retired})
    managements = management_turns(scope)
    persons = person_turns(scope)
    closed = list(_closed_places(scope))
    turns = in_order([*managements.turns, *persons.turns, *bindings.turns])
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


def _place_steps(scope: Scope) -> Iterator[Step]:
    """Creations, then moves, each from the top of the tree down."""
    steps = _steps_of_places(scope)
    order = tuple(Action)
    return iter(sorted(steps, key=lambda step: (order.index(step.action), step.path.count("."))))


def _steps_of_places(scope: Scope) -> Iterator[Step]:
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


def _closed_places(scope: Scope) -> Iterator[Step]:
    """Places of the listed compounds that the files no longer have, from the bottom up."""
    listed = set(scope.paths)
    gone = [
        found
        for code, found in scope.recorded.places.items()
        if code not in listed and found.closed_at is None and scope.has(code)
    ]
    for found in sorted(gone, key=lambda found: -found.place.level.depth):
        yield _step(Action.RETIRE, found.place, path=found.path, before=found.path)


def _organisation_steps(scope: Scope) -> Iterator[Step]:
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


def _gateway_steps(scope: Scope) -> Iterator[Step]:
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


def _asset_steps(scope: Scope) -> Iterator[Step]:
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


def _retired_assets(scope: Scope) -> list[Step]:
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


def _refusals(scope: Scope, turns: Sequence[Turn]) -> Iterator[Text]:
    for place in scope.registry.places:
        found = scope.recorded.places.get(place.code)
        if found is not None:
            yield from _place_refusals(place, found)
    late = begun_later(scope, turns)
    if late is not None:
        local = late.astimezone(LOCAL_ZONE).isoformat(timespec="seconds")
        yield Text(
            zh=f"生效时间早于 {local} 已生效的变更，历史不改写；请取更晚的时间",
            en=f"changes took effect at {local}, after the given time: choose a later"
            " one, history is not rewritten",
        )


def _place_refusals(place: Place, found: RecordedPlace) -> Iterator[Text]:
    if found.successor is not None:
        yield Text(
            zh=f"地点“{place.code}”已并入“{found.successor}”，请从文件中删去",
            en=f"the place {place.code!r} was merged into {found.successor!r}: take it out",
        )
    if found.place.level is not place.level:
        yield Text(
            zh=f"地点“{place.code}”的级别不能从 {found.place.level} 改为 {place.level}",
            en=f"the place {place.code!r} cannot turn from {found.place.level} to {place.level}",
        )


def _left_behind(scope: Scope, retired: Sequence[Step], closed: Sequence[Step]) -> Iterator[Text]:
    """Assets in service at a place that would be closed under them."""
    settled = scope.listed_assets().keys() | {step.code for step in retired}
    places = {step.code for step in closed}
    for code, found in scope.recorded.assets.items():
        is_in_service = found.retired_at is None and code not in settled and not _is_own(code)
        if is_in_service and found.asset.place in places:
            yield Text(
                zh=f"地点“{found.asset.place}”不在文件中，但设备“{code}”仍在该处",
                en=f"the place {found.asset.place!r} is not in the files, but the asset {code!r}"
                " still stands there",
            )
