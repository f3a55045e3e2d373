"""Rows of holds and proposals: one function for each named query."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, cast

from analytics import loop_store
from analytics.alarms.alarm import AlarmId, AssetId
from analytics.alarms.report import PlacePath
from analytics.holds.hold import Hold, HoldId, HoldKind, ProposalId
from gateway.catalogue import Severity
from ingest.database import Connection, load_queries

_QUERIES: Final = load_queries("analytics", "hold.sql")
LIMIT: Final = "limit"
"""Who ended a hold whose time was over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewHold:
    """A hold that begins.

    Attributes:
        approved_by: The second person; out of service has one.
        rule: Suppression: its rule, with the `cause` that it holds for.
    """

    kind: HoldKind
    place_path: PlacePath
    assets: tuple[AssetId, ...]
    reason: str
    by: str
    length: timedelta
    condition: str | None = None
    approved_by: str | None = None
    rule: str = ""
    cause: str = ""
    groups: tuple[str, ...] = ()


def begin_hold(connection: Connection, new: NewHold, now: datetime) -> HoldId | None:
    """Begin a hold and its clock; None when its rule holds that cause already."""
    row = connection.execute(
        _QUERIES["begin_hold"],
        {
            "kind": new.kind,
            "place_path": new.place_path,
            "condition": new.condition,
            "rule": new.rule,
            "cause": new.cause,
            "groups": list(new.groups) or None,
            "reason": new.reason,
            "now": now,
            "begun_by": new.by,
            "approved_by": new.approved_by,
            "due_at": now + new.length,
        },
    ).fetchone()
    if row is None:
        return None
    hold = HoldId(cast("int", row[0]))
    add_assets(connection, hold, new.assets)
    connection.execute(
        _QUERIES["start_clock"], {"hold_id": hold, "due_at": now + new.length, "now": now}
    )
    return hold


def add_assets(connection: Connection, hold: HoldId, assets: Sequence[AssetId]) -> None:
    """Let a hold cover more assets."""
    connection.execute(_QUERIES["add_assets"], {"hold_id": hold, "assets": list(assets)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """Who ends a hold, when and why."""

    by: str
    at: datetime
    reason: str = ""


def end_hold(connection: Connection, hold: HoldId, ending: Ending) -> bool:
    """End a hold and its clock; whether it was still running."""
    row = connection.execute(
        _QUERIES["end_hold"],
        {"hold_id": hold, "now": ending.at, "ended_by": ending.by, "reason": ending.reason},
    ).fetchone()
    connection.execute(_QUERIES["stop_clock"], {"hold_id": hold, "now": ending.at})
    if row is not None:
        connection.execute(_QUERIES["release_assets"], {"hold_id": hold, "now": ending.at})
    return row is not None


def running_holds(connection: Connection, assets: Iterable[AssetId]) -> list[Hold]:
    """The holds of assets that run; nobody ends one before this transaction has ended."""
    rows = connection.execute(_QUERIES["running_holds"], {"assets": sorted(set(assets))}).fetchall()
    covered: dict[int, set[AssetId]] = {}
    for row in rows:
        covered.setdefault(cast("int", row[0]), set()).add(AssetId(cast("int", row[2])))
    firsts = {cast("int", row[0]): row for row in reversed(rows)}
    return [
        Hold(
            id=HoldId(number),
            kind=HoldKind(str(kind)),
            assets=frozenset(covered[number]),
            reason=str(reason),
            due_at=cast("datetime", due_at),
            condition=cast("str | None", condition),
            groups=frozenset(cast("list[str] | None", groups) or ()),
        )
        for number, (_, kind, _, reason, due_at, condition, groups) in sorted(firsts.items())
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unswept:
    """A hold whose alarms may not yet be what it says."""

    id: HoldId
    is_running: bool


def be_the_sweeper(connection: Connection) -> bool:
    """Whether this transaction alone may go over holds."""
    row = connection.execute(_QUERIES["be_the_sweeper"]).fetchone()
    return row is not None and bool(row[0])


def claim_unswept(
    connection: Connection, *, limit: int, set_aside: Iterable[HoldId] = ()
) -> list[Unswept]:
    """Lock holds that have to be gone over."""
    asked = {"limit": limit, "set_aside": list(set_aside)}
    rows = connection.execute(_QUERIES["claim_unswept"], asked).fetchall()
    return [
        Unswept(id=HoldId(cast("int", number)), is_running=bool(is_running))
        for number, is_running in rows
    ]


def set_swept(connection: Connection, hold: HoldId) -> None:
    """Every alarm of the hold is what it says."""
    connection.execute(_QUERIES["set_swept"], {"hold_id": hold})


def alarms_to_hide(connection: Connection, hold: HoldId, *, limit: int) -> list[AlarmId]:
    """Alarms on the desk that a running hold covers."""
    return _numbers(connection, "alarms_to_hide", hold, limit)


def alarms_to_resume(connection: Connection, hold: HoldId, *, limit: int) -> list[AlarmId]:
    """Hidden alarms of a hold that has ended."""
    return _numbers(connection, "alarms_to_resume", hold, limit)


def _numbers(connection: Connection, name: str, hold: HoldId, limit: int) -> list[AlarmId]:
    rows = connection.execute(_QUERIES[name], {"hold_id": hold, "limit": limit}).fetchall()
    return [AlarmId(cast("int", row[0])) for row in rows]


def set_hold(connection: Connection, hold: HoldId, alarms: Sequence[AlarmId]) -> None:
    """Note what hides alarms."""
    connection.execute(_QUERIES["set_hold"], {"hold_id": hold, "alarms": list(alarms)})


def find_forgotten(connection: Connection) -> int:
    """Ask for a sweep of ended holds that still hide an alarm; how many there were."""
    return len(connection.execute(_QUERIES["forgotten"]).fetchall())


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredHold:
    """A hold as its row says."""

    kind: HoldKind
    place_path: PlacePath
    is_running: bool
    reason: str
    begun_by: str
    approved_by: str | None
    due_at: datetime


def lock_hold(connection: Connection, hold: HoldId) -> StoredHold | None:
    """Lock one hold; None when there is none of that number."""
    row = connection.execute(_QUERIES["lock_hold"], {"hold_id": hold}).fetchone()
    if row is None:
        return None
    kind, path, is_running, reason, begun_by, approved_by, due_at = row
    return StoredHold(
        kind=HoldKind(str(kind)),
        place_path=PlacePath(str(path)),
        is_running=bool(is_running),
        reason=str(reason),
        begun_by=str(begun_by),
        approved_by=cast("str | None", approved_by),
        due_at=cast("datetime", due_at),
    )


def shelving_of(connection: Connection, asset: AssetId, condition: str) -> HoldId | None:
    """The running shelving of a condition."""
    values = {"asset_id": asset, "condition": condition}
    row = connection.execute(_QUERIES["hold_of_alarm"], values).fetchone()
    return None if row is None else HoldId(cast("int", row[0]))


def out_of_service_of(connection: Connection, asset: AssetId) -> HoldId | None:
    """The running time out of service of an asset."""
    row = connection.execute(_QUERIES["hold_of_asset"], {"asset_id": asset}).fetchone()
    return None if row is None else HoldId(cast("int", row[0]))


def was_told(connection: Connection, alarm: AlarmId) -> bool:
    """Whether anybody was told of an alarm, or work was given out for it."""
    row = connection.execute(_QUERIES["was_told"], {"alarm_id": alarm}).fetchone()
    return row is not None and bool(row[0])


def look_at_again(connection: Connection, alarm: AlarmId) -> None:
    """Let incidents look at an alarm that is back on the desk, and at its work."""
    connection.execute(_QUERIES["look_at_again"], {"alarm_id": alarm})


def due_re_alarms(
    connection: Connection, severity: Severity, before: datetime, *, limit: int
) -> list[AlarmId]:
    """Lock alarms that were acknowledged before a time and still stand."""
    values = {"severity": severity, "before": before, "limit": limit}
    rows = connection.execute(_QUERIES["due_re_alarms"], values).fetchall()
    return [AlarmId(cast("int", row[0])) for row in rows]


def due_unseen(connection: Connection, before: datetime, *, limit: int) -> list[AlarmId]:
    """Lock life safety that nobody has acknowledged and of which nobody was told since a time."""
    values = {"before": before, "limit": limit}
    rows = connection.execute(_QUERIES["due_unseen"], values).fetchall()
    return loop_store.lock_free(connection, [AlarmId(cast("int", row[0])) for row in rows])


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetPlace:
    """Where an asset stands, and whether it is still there."""

    place_path: PlacePath
    is_retired: bool


def asset_place(connection: Connection, asset: AssetId) -> AssetPlace | None:
    """Where an asset stands; None when there is none of that number."""
    row = connection.execute(_QUERIES["asset_place"], {"asset_id": asset}).fetchone()
    if row is None:
        return None
    return AssetPlace(place_path=PlacePath(str(row[0])), is_retired=bool(row[1]))


class ProposalKind(StrEnum):
    """What needs two people."""

    TAKE_OUT = "take_out"
    """Take an asset out of service for a time."""
    WRITE_OFF = "write_off"
    """End the alarm of an asset that is not there any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What one person proposes and another has to approve.

    Attributes:
        length: Taking out of service: for how long.
    """

    kind: ProposalKind
    asset: AssetId
    place_path: PlacePath
    reason: str
    by: str
    at: datetime
    lapses_at: datetime
    length: timedelta = timedelta(0)
    alarm: AlarmId | None = None
    is_open: bool = True


def propose(connection: Connection, proposal: Proposal) -> ProposalId | None:
    """Store a proposal; None when the same one is open already."""
    connection.execute(_QUERIES["lapse"], {"now": proposal.at})
    row = connection.execute(
        _QUERIES["propose"],
        {
            "kind": proposal.kind,
            "asset_id": proposal.asset,
            "alarm_id": proposal.alarm,
            "place_path": proposal.place_path,
            "minutes": round(proposal.length.total_seconds() / 60),
            "reason": proposal.reason,
            "now": proposal.at,
            "by": proposal.by,
            "lapses_at": proposal.lapses_at,
        },
    ).fetchone()
    return None if row is None else ProposalId(cast("int", row[0]))


def lapse_proposals(connection: Connection, now: datetime) -> int:
    """Void the proposals that nobody approved in time; how many."""
    return len(connection.execute(_QUERIES["lapse"], {"now": now}).fetchall())


def lock_proposal(connection: Connection, number: ProposalId) -> Proposal | None:
    """Lock one proposal; None when there is none of that number."""
    row = connection.execute(_QUERIES["lock_proposal"], {"proposal_id": number}).fetchone()
    if row is None:
        return None
    kind, asset, alarm, path, minutes, reason, by, at, lapses_at, state = row
    return Proposal(
        kind=ProposalKind(str(kind)),
        asset=AssetId(cast("int", asset)),
        alarm=cast("AlarmId | None", alarm),
        place_path=PlacePath(str(path)),
        length=timedelta(minutes=cast("int", minutes)),
        reason=str(reason),
        by=str(by),
        at=cast("datetime", at),
        lapses_at=cast("datetime", lapses_at),
        is_open=state == "open",
    )


def settle_proposal(
    connection: Connection, number: ProposalId, ending: Ending, *, is_approved: bool
) -> None:
    """Store what the second person decided."""
    connection.execute(
        _QUERIES["settle_proposal"],
        {
            "proposal_id": number,
            "state": "approved" if is_approved else "declined",
            "now": ending.at,
            "by": ending.by,
        },
    )
