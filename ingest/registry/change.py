"""Apply a plan; merge, split and move places. Each is one transaction that wakes the readers.

What is open goes with its place in the same transaction; what is over keeps the path of its birth.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.catalogue import Text
from ingest.database import Connection, in_transaction
from ingest.errors import RefusedByDatabase
from ingest.registry import store, writing
from ingest.registry.comparison import compare
from ingest.registry.errors import PlanOutdated, RegistryRefused
from ingest.registry.model import Place, Registry, Span
from ingest.registry.recorded import RecordedPlace, TimelineKey, Timelines
from ingest.registry.span import Move, SpanChange
from ingest.registry.step import Action, Plan, Step, TableName, Turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Who changes the tree, why and from when on."""

    actor: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A place that is split off: its words, and which places below go with it."""

    code: str
    name_zh: str
    name_en: str = ""
    takes: tuple[str, ...] = ()


def plan(connection: Connection, registry: Registry, at: datetime) -> Plan:
    """What applying a checked registry at a time would change; nothing is written.

    Args:
        connection: Of a role that reads the registry.
        registry: From `check`.
        at: When changed bindings, managements and persons take effect.
    """
    return compare(registry, store.fetch_registry(connection), at)


def apply(connection: Connection, plan: Plan, actor: str, *, reason: str = "registry") -> int:
    """Carry out a plan in one transaction and wake the processes that know the registry.

    Args:
        connection: Of the role tw_ingest, in autocommit.
        plan: From `plan`; it is made again inside the transaction and must still hold.
        actor: Who is to be recorded.
        reason: Why, for the history of the tree.

    Returns:
        How many things were written; 0 when the database already said so.

    Raises:
        RegistryRefused: The plan has refusals.
        PlanOutdated: The database changed since the plan was made.
        StoreUnavailable: The database is away or too busy; nothing was written.
    """
    if plan.refusals:
        raise RegistryRefused(plan.refusals[0])
    if plan.is_empty:
        return 0

    def work(inside: Connection) -> int:
        writing.take_lock(inside)
        again = compare(plan.registry, store.fetch_registry(inside), plan.at)
        if (again.steps, again.turns) != (plan.steps, plan.turns) or again.refusals:
            raise PlanOutdated
        writing.write_plan(inside, plan, actor=actor, reason=reason)
        writing.follow(inside, plan.steps)
        writing.wake_readers(inside)
        return len(plan.steps) + len(plan.turns)

    try:
        return in_transaction(connection, work)
    except RefusedByDatabase as error:
        raise PlanOutdated from error


def merge_places(connection: Connection, sources: Sequence[str], into: str, act: Act) -> None:
    """Merge places into another of their level: all below them moves, they are closed.

    What stood at a merged place itself (assets, gateways) goes along. Its management and its
    responsible persons end; the successor's stand.

    Raises:
        RegistryRefused: A place is unknown, closed, of another level, or contains the other.
    """

    def work(inside: Connection) -> None:
        writing.take_lock(inside)
        places = store.fetch_places(inside)
        target = _open_place(places, into)
        merged = [_open_place(places, code) for code in dict.fromkeys(sources)]
        _require_siblings(merged, target)
        moves = [step for source in merged for step in _merge(inside, places, source, target, act)]
        paths = [source.path for source in merged]
        _record(inside, "merge", paths, [target.path], act)
        writing.follow(inside, moves)
        writing.wake_readers(inside)

    in_transaction(connection, work)


def _require_siblings(merged: Sequence[RecordedPlace], target: RecordedPlace) -> None:
    if not merged:
        raise _refused("没有要合并的地点", "there is nothing to merge")
    for source in merged:
        code, into = source.place.code, target.place.code
        if code == into:
            raise _refused(f"“{code}”不能并入自己", f"{code!r} cannot be merged into itself")
        if source.place.level is not target.place.level:
            raise _refused(
                f"“{code}”与“{into}”级别不同",
                f"{code!r} and {into!r} are of different levels",
            )


def _merge(
    connection: Connection,
    places: dict[str, RecordedPlace],
    source: RecordedPlace,
    target: RecordedPlace,
    act: Act,
) -> list[Step]:
    """Merge one place; the moves of those below it."""
    code = source.place.code
    moves = _move_below(connection, _children(places, code), target.path, act)
    _run(connection, "succeed_place", code=code, successor=target.place.code, at=act.at)
    for query in ("give_assets", "give_gateways", "give_organisations"):
        _run(connection, query, code=code, successor=target.place.code)
    _run(connection, "join_place", former=source.path, latter=target.path)
    recorded = store.fetch_registry(connection)
    writing.write_turns(
        connection,
        [
            *_endings(TableName.MANAGEMENTS, recorded.managements, code, act.at),
            *_endings(TableName.RESPONSIBLE_PERSONS, recorded.responsible_persons, code, act.at),
        ],
    )
    return moves


def _endings(table: TableName, timelines: Timelines, place: str, at: datetime) -> list[Turn]:
    """Running spans of a place end at a time, planned ones are cancelled."""
    turns = []
    for key, spans in timelines.items():
        for span in spans:
            if key[0] != place or span.during.has_ended(at):
                continue
            begin = span.during.begin
            has_run = begin is None or begin < at
            during = Span(begin=begin, end=at) if has_run else span.during
            move = Move.CLOSE if has_run else Move.CANCEL
            change = SpanChange(move=move, value=span.value, during=during, row=span.row)
            turns.append(Turn(table=table, key=key, change=change))
    return turns


def split_place(connection: Connection, source: str, parts: Sequence[Part], act: Act) -> None:
    """Split parts off a place: new places of its level beside it, which take what they name.

    Each part begins with the management and the responsible persons of the place it comes
    from, so that nobody stops being responsible. The place itself stays while something is
    left below it; else it is closed, and the first part succeeds it.

    Raises:
        RegistryRefused: A place is unknown or closed, a code is taken, or what a part takes
            does not stand directly below the place.
    """

    def work(inside: Connection) -> None:
        writing.take_lock(inside)
        places = store.fetch_places(inside)
        origin = _open_place(places, source)
        children = {place.place.code for place in _children(places, source)}
        _require_parts(places, children, source, parts)
        taken = [_split_off(inside, places, origin, part, act) for part in parts]
        paths, moves = [path for path, _ in taken], [step for _, some in taken for step in some]
        writing.share(inside, origin.path, paths)
        _share_duties(inside, source, parts, act.at)
        left = children - {code for part in parts for code in part.takes}
        if left:
            paths.append(origin.path)
        else:
            moves += _merge_remains(inside, source, parts[0].code, act)
        _record(inside, "split", [origin.path], paths, act)
        writing.follow(inside, moves)
        writing.wake_readers(inside)

    in_transaction(connection, work)


def _require_parts(
    places: dict[str, RecordedPlace], children: set[str], source: str, parts: Sequence[Part]
) -> None:
    if not parts:
        raise _refused("没有要拆分出的部分", "there is no part to split off")
    taken: set[str] = set()
    codes = [part.code for part in parts]
    for part in parts:
        if part.code in places or codes.count(part.code) > 1:
            raise _refused(f"编码“{part.code}”已被使用", f"the code {part.code!r} is taken")
        for code in part.takes:
            if code not in children or code in taken:
                raise _refused(
                    f"“{code}”不在“{source}”的直接下级中,或被拆分了两次",
                    f"{code!r} does not stand directly below {source!r}, or is taken twice",
                )
            taken.add(code)


def _split_off(
    connection: Connection,
    places: dict[str, RecordedPlace],
    origin: RecordedPlace,
    part: Part,
    act: Act,
) -> tuple[str, list[Step]]:
    """Split one part off; its path, and the moves of those that it takes."""
    above = origin.path.rpartition(".")[0]
    path = f"{above}.{part.code}" if above else part.code
    place = Place(
        code=part.code,
        level=origin.place.level,
        parent=origin.place.parent,
        name_zh=part.name_zh,
        name_en=part.name_en,
        address=origin.place.address,
    )
    create = Step(
        table=TableName.PLACES, action=Action.CREATE, code=part.code, value=place, path=path
    )
    writing.write_steps(connection, [create], at=act.at)
    return path, _move_below(connection, [places[code] for code in part.takes], path, act)


def _share_duties(connection: Connection, source: str, parts: Sequence[Part], at: datetime) -> None:
    recorded = store.fetch_registry(connection)
    for part in parts:
        writing.write_turns(
            connection,
            [
                *_copies(TableName.MANAGEMENTS, recorded.managements, source, part.code, at),
                *_copies(
                    TableName.RESPONSIBLE_PERSONS,
                    recorded.responsible_persons,
                    source,
                    part.code,
                    at,
                ),
            ],
        )


def _copies(
    table: TableName, timelines: Timelines, source: str, to: str, at: datetime
) -> list[Turn]:
    """What runs for a place at a time, or is planned, runs for another one too."""
    turns = []
    for key, spans in timelines.items():
        for span in spans:
            if key[0] != source or span.during.has_ended(at):
                continue
            begin = at if span.during.has_begun(at) else span.during.begin
            during = Span(begin=begin, end=span.during.end)
            change = SpanChange(move=Move.OPEN, value=span.value, during=during)
            new_key: TimelineKey = (to, *key[1:])
            turns.append(Turn(table=table, key=new_key, change=change))
    return turns


def _merge_remains(connection: Connection, source: str, successor: str, act: Act) -> list[Step]:
    """Nothing is left below a split place: what stood at it goes to the first part."""
    places = store.fetch_places(connection)
    return _merge(connection, places, places[source], places[successor], act)


def move_place(connection: Connection, code: str, parent: str, act: Act) -> None:
    """Put a place and all below it under another parent.

    Raises:
        RegistryRefused: A place is unknown or closed, or the parent's level is not above it.
    """

    def work(inside: Connection) -> None:
        writing.take_lock(inside)
        places = store.fetch_places(inside)
        place, above = _open_place(places, code), _open_place(places, parent)
        if above.place.level.depth >= place.place.level.depth:
            raise _refused(
                f"{place.place.level.zh}“{code}”不能放在{above.place.level.zh}“{parent}”之下",
                f"the {place.place.level} {code!r} cannot stand under the"
                f" {above.place.level} {parent!r}",
            )
        if place.place.parent == parent:
            return
        moves = _move_below(inside, [place], above.path, act)
        _record(inside, "move", [place.path], [f"{above.path}.{code}"], act)
        writing.follow(inside, moves)
        writing.wake_readers(inside)

    in_transaction(connection, work)


def _open_place(places: dict[str, RecordedPlace], code: str) -> RecordedPlace:
    found = places.get(code)
    if found is None:
        raise _refused(f"没有地点“{code}”", f"there is no place {code!r}")
    if found.closed_at is not None:
        raise _refused(f"地点“{code}”已关闭", f"the place {code!r} is closed")
    return found


def _children(places: dict[str, RecordedPlace], code: str) -> list[RecordedPlace]:
    return [place for place in places.values() if place.place.parent == code]


def _move_below(
    connection: Connection, moved: Sequence[RecordedPlace], parent_path: str, act: Act
) -> list[Step]:
    steps = [
        Step(
            table=TableName.PLACES,
            action=Action.MOVE,
            code=place.place.code,
            value=place.place,
            path=f"{parent_path}.{place.place.code}",
            before=place.path,
        )
        for place in moved
    ]
    writing.write_steps(connection, steps, at=act.at)
    return steps


def _record(
    connection: Connection, kind: str, from_paths: list[str], to_paths: list[str], act: Act
) -> None:
    change: writing.Parameters = {
        "kind": kind,
        "from_paths": from_paths,
        "to_paths": to_paths,
        "at": act.at,
        "actor": act.actor,
    }
    writing.record_place_change(connection, change, act.reason)


def _run(connection: Connection, query: str, **parameters: object) -> None:
    connection.execute(store.QUERIES[query], parameters)


def _refused(zh: str, en: str) -> RegistryRefused:
    return RegistryRefused(Text(zh=zh, en=en))
