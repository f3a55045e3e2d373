"""Carry out steps and turns in the database, inside the caller's transaction."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Final

from psycopg.types.json import Jsonb

from ingest.database import Connection
from ingest.registry.model import Asset, Gateway, Organisation, Place
from ingest.registry.span import Move
from ingest.registry.step import Action, Entity, Plan, Step, TableName, Turn
from ingest.registry.store import QUERIES

_LOCK: Final = 0x74775F726567
"""Key of the advisory lock: `tw_reg` in ASCII."""

Parameters = dict[str, object]


def take_lock(connection: Connection) -> None:
    """Wait until nobody else changes the registry; the lock ends with the transaction."""
    connection.execute(QUERIES["lock"], {"key": _LOCK})


def follow(connection: Connection, steps: Iterable[Step]) -> None:
    """Take what is open at places and assets along, and who may see it, where steps moved them.

    The last act of a transaction: alarms that are being born are waited for, and wait themselves.
    """
    for step in steps:
        if step.table is TableName.PLACES and step.action is Action.MOVE:
            moved = {"former": step.before, "latter": step.path}
            connection.execute(QUERIES["follow_place"], moved)
    connection.execute(QUERIES["follow_assets"])


def share(connection: Connection, origin: str, parts: Iterable[str]) -> None:
    """Let whoever may see a place see the parts that were split off it."""
    for part in parts:
        connection.execute(QUERIES["share_place"], {"origin": origin, "part": part})


def wake_readers(connection: Connection) -> None:
    """Tell the processes that keep the registry in memory, once this transaction is committed."""
    connection.execute(QUERIES["notify"])


def write_plan(connection: Connection, plan: Plan, *, actor: str, reason: str) -> None:
    """Carry out a plan inside the caller's transaction."""
    write_steps(connection, plan.steps, at=plan.at)
    write_turns(connection, plan.turns)
    for change in _place_changes(plan):
        record_place_change(connection, change | {"at": plan.at, "actor": actor}, reason)


def write_steps(connection: Connection, steps: Iterable[Step], *, at: datetime) -> None:
    """Write steps in their order, each kind of statement in one go."""
    for query, group in groupby(steps, key=_query_of):
        rows = [_step_parameters(step, at) for step in group]
        with connection.cursor() as cursor:
            cursor.executemany(QUERIES[query], rows)
            if query.endswith(TableName.GATEWAYS):
                cursor.executemany(QUERIES["settle_gateways"], rows)


def _query_of(step: Step) -> str:
    action = step.action
    if step.table is not TableName.PLACES and action in (Action.MOVE, Action.REOPEN):
        action = Action.CHANGE
    return f"{action}_{step.table}"


def _step_parameters(step: Step, at: datetime) -> Parameters:
    parent_path = step.path.rpartition(".")[0]
    own: Parameters = {"code": step.code, "at": at, "path": step.path, "parent_path": parent_path}
    return own | _columns(step.value)


def _columns(value: Entity | None) -> Parameters:
    match value:
        case Place():
            return {
                "level": value.level,
                "name_zh": value.name_zh,
                "name_en": value.name_en,
                "address": value.address,
                "latitude": value.latitude,
                "longitude": value.longitude,
                "access_note": value.access_note,
            }
        case Organisation():
            return {
                "kind": value.kind,
                "name_zh": value.name_zh,
                "name_en": value.name_en,
                "phone": value.phone,
                "place": value.place,
            }
        case Gateway():
            return {
                "gateway": value.gateway,
                "place": value.place,
                "note": value.note,
                "operator": value.operator,
            }
        case Asset():
            return {
                "class_name": value.class_name,
                "place": value.place,
                "name_zh": value.name_zh,
                "name_en": value.name_en,
                "zone": value.zone,
                "maintainer": value.maintainer,
                "contract_until": value.contract_until,
                "attributes": Jsonb(dict(value.attributes)),
                "commissioned_at": value.commissioned_at,
            }
        case None:
            return {}


_TIMELINE_COLUMNS: Final[Mapping[TableName, tuple[str, ...]]] = {
    TableName.MANAGEMENTS: ("compound", "kind", "organisation"),
    TableName.RESPONSIBLE_PERSONS: ("place", "role", "name", "phone"),
    TableName.BINDINGS: ("gateway", "gateway_code", "asset"),
}
_VERBS: Final = {Move.OPEN: "open", Move.CLOSE: "end", Move.CANCEL: "cancel"}


def write_turns(connection: Connection, turns: Sequence[Turn]) -> None:
    """Write changes of timelines in their order."""
    for query, group in groupby(turns, key=lambda turn: f"{_VERBS[turn.change.move]}_{turn.table}"):
        rows = [_turn_parameters(turn) for turn in group]
        with connection.cursor() as cursor:
            cursor.executemany(QUERIES[query], rows)


def _turn_parameters(turn: Turn) -> Parameters:
    columns = _TIMELINE_COLUMNS[turn.table]
    values = (*turn.key, *turn.change.value)
    during = turn.change.during
    own: Parameters = {"row": turn.change.row, "begin": during.begin, "end": during.end}
    return own | dict(zip(columns, values, strict=True))


def _place_changes(plan: Plan) -> list[Parameters]:
    steps = [step for step in plan.steps if step.table is TableName.PLACES]
    found: list[Parameters] = []
    if created := [step.path for step in steps if step.action is Action.CREATE]:
        found.append({"kind": "create", "from_paths": [], "to_paths": created})
    if closed := [step.path for step in steps if step.action is Action.RETIRE]:
        found.append({"kind": "close", "from_paths": closed, "to_paths": []})
    for step in steps:
        if step.action is Action.REOPEN:
            found.append({"kind": "create", "from_paths": [], "to_paths": [step.path]})
        elif step.action is Action.MOVE:
            found.append({"kind": "move", "from_paths": [step.before], "to_paths": [step.path]})
        elif any(change.name == "name_zh" for change in step.changes):
            found.append({"kind": "rename", "from_paths": [step.path], "to_paths": [step.path]})
    return found


def record_place_change(connection: Connection, change: Parameters, reason: str) -> None:
    """Write one line of the history of the tree."""
    connection.execute(QUERIES["record_place_change"], change | {"reason": reason})
