"""Changes of bindings, managements and responsible persons, timeline by timeline."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.catalogue import Text
from gateway.topic import GatewayId
from ingest.platform_event import placeholder_code
from ingest.registry.model import Span
from ingest.registry.recorded import TimelineKey, Timelines, TimelineValue
from ingest.registry.scope import Scope
from ingest.registry.span import Move, Recorded, Wanted, reconcile
from ingest.registry.step import Action, Step, TableName, Turn


@dataclass(slots=True)
class Turned:
    """Changes of timelines, and what recorded history does not admit."""

    turns: list[Turn]
    notes: list[Text]


def binding_turns(scope: Scope, retired: set[str]) -> tuple[Turned, list[Step]]:
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
    scope: Scope, wanted: Mapping[TimelineKey, Sequence[Wanted[TimelineValue]]]
) -> Iterator[str]:
    """Placeholders of a (gateway, code) that the files now give to a registered asset."""
    for gateway, code in wanted:
        placeholder = placeholder_code(GatewayId(gateway), code)
        found = scope.recorded.assets.get(placeholder)
        if found is not None and found.retired_at is None:
            yield placeholder


def management_turns(scope: Scope) -> Turned:
    """Changes of who runs the compounds; one that the files do not mention stays as it is."""
    wanted: dict[TimelineKey, list[Wanted[TimelineValue]]] = {}
    for row in scope.registry.managements:
        value = (str(row.kind), row.organisation)
        wanted.setdefault((row.compound,), []).append(Wanted(value=value, during=row.during))
    return _reconcile_all(
        scope, TableName.MANAGEMENTS, scope.recorded.managements, wanted, touched=()
    )


def person_turns(scope: Scope) -> Turned:
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
    scope: Scope,
    table: TableName,
    recorded: Timelines,
    wanted: Mapping[TimelineKey, Sequence[Wanted[TimelineValue]]],
    touched: Sequence[TimelineKey],
) -> Turned:
    turned = Turned(turns=[], notes=[])
    for key in sorted({*wanted, *touched}):
        result = reconcile(recorded.get(key, ()), wanted.get(key, ()), scope.at)
        turned.turns += [Turn(table=table, key=key, change=change) for change in result.changes]
        turned.notes += [_kept_note(table, key, wish) for wish in result.refused]
    return turned


def _kept_note(table: TableName, key: TimelineKey, wish: Wanted[TimelineValue]) -> Text:
    name, value = " ".join(key), " ".join(part for part in wish.value if part)
    return Text(
        zh=f"{table} {name}：“{value}”与已记录的历史重叠，历史不改写，未写入",
        en=f"{table} {name}: {value!r} overlaps recorded history, which stays; not written",
    )


def in_order(turns: list[Turn]) -> tuple[Turn, ...]:
    """Cancellations, ends, beginnings: the database admits no overlap even for a moment."""
    order = (Move.CANCEL, Move.CLOSE, Move.OPEN)
    return tuple(
        sorted(turns, key=lambda turn: (order.index(turn.change.move), turn.table, turn.key))
    )


def begun_later(scope: Scope, turns: Sequence[Turn]) -> datetime | None:
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
