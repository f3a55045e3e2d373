"""Suppression by design: alarms that a known cause explains leave the desk while it stands."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, cast

import structlog

from analytics.alarms.alarm import AssetId
from analytics.alarms.report import PlacePath
from analytics.alarms.rule import AlarmRules, Relation, SuppressionRule
from analytics.alarms.store import PLATFORM
from analytics.holds import store as hold_store
from analytics.holds.hold import HoldId, HoldKind
from analytics.holds.store import Ending, NewHold
from ingest.database import Connection, load_queries

_QUERIES: Final = load_queries("analytics", "hold.sql")
_log = structlog.get_logger("analytics.suppression")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """A cause that stands now.

    Attributes:
        key: What it is, for its rule: an asset or an order.
        asset: The asset that it is about.
    """

    rule: SuppressionRule
    key: str
    asset: AssetId
    place_path: PlacePath


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A cause that is held, or was until its limit.

    Attributes:
        is_running: Whether its hold still runs.
    """

    hold: HoldId
    rule: str
    key: str
    is_running: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What must begin and what is over."""

    begins: tuple[Cause, ...]
    over: tuple[Known, ...]


def difference(standing: Iterable[Cause], known: Iterable[Known]) -> Difference:
    """Compare the causes that stand with those that are known.

    A cause whose hold was ended by its limit or by a person stays known until it ends, so that
    the rule does not hide the same alarms again at once.
    """
    by_key = {(cause.rule.key, cause.key): cause for cause in standing}
    seen = {(item.rule, item.key): item for item in known}
    return Difference(
        begins=tuple(cause for key, cause in by_key.items() if key not in seen),
        over=tuple(item for key, item in seen.items() if key not in by_key),
    )


def is_cause(rules: AlarmRules, event: str) -> bool:
    """Whether a word of that event may begin or end a suppression."""
    return any(event == rule.event or event in rule.ended_by for rule in rules.suppression)


def reconcile(connection: Connection, rules: AlarmRules, now: datetime) -> int:
    """Begin and end suppressions as their causes do; how many changed.

    Alarms that are on the desk follow with the next sweep.
    """
    standing = [cause for rule in rules.suppression for cause in _standing(connection, rule)]
    found = difference(standing, _known(connection))
    for cause in found.begins:
        _begin(connection, cause, now)
    free = _free(connection, [item.hold for item in found.over])
    for hold in free:
        hold_store.end_hold(connection, hold, Ending(by=PLATFORM, at=now))
        connection.execute(_QUERIES["end_cause"], {"hold_id": hold, "now": now})
    return len(found.begins) + len(free)


def _free(connection: Connection, holds: Iterable[HoldId]) -> list[HoldId]:
    """Those that nobody else holds, locked: one that is in use is ended a moment later."""
    rows = connection.execute(_QUERIES["free_holds"], {"holds": sorted(holds)}).fetchall()
    return [HoldId(cast("int", row[0])) for row in rows]


def _standing(connection: Connection, rule: SuppressionRule) -> list[Cause]:
    if rule.event is None:
        rows = connection.execute(
            _QUERIES["active_orders"],
            {"sources": list(rule.order_sources), "states": list(rule.order_states)},
        ).fetchall()
        found = [(f"order:{order}", asset, path) for order, asset, path in rows]
    else:
        rows = connection.execute(
            _QUERIES["active_causes"],
            {
                "event": rule.event,
                "asset_class": rule.asset_class,
                "ended_by": list(rule.ended_by),
            },
        ).fetchall()
        found = [(f"asset:{asset}", asset, path) for asset, path in rows]
    return [
        Cause(
            rule=rule,
            key=key,
            asset=AssetId(cast("int", asset)),
            place_path=PlacePath(str(path)),
        )
        for key, asset, path in found
    ]


def _known(connection: Connection) -> list[Known]:
    rows = connection.execute(_QUERIES["known_suppressions"]).fetchall()
    return [
        Known(
            hold=HoldId(cast("int", hold)),
            rule=str(rule),
            key=str(key),
            is_running=bool(is_running),
        )
        for hold, rule, key, is_running in rows
    ]


def _begin(connection: Connection, cause: Cause, now: datetime) -> None:
    rule = cause.rule
    new = NewHold(
        kind=HoldKind.SUPPRESSED,
        place_path=cause.place_path,
        assets=tuple(_covered(connection, cause, now)),
        reason=f"{rule.note.zh} ({rule.note.en})",
        by=PLATFORM,
        length=rule.limit,
        rule=rule.key,
        cause=cause.key,
        groups=tuple(sorted(group.value for group in rule.groups)),
    )
    hold = hold_store.begin_hold(connection, new, now)
    _log.info("suppression_begins", rule=rule.key, cause=cause.key, hold_id=hold)


def _covered(connection: Connection, cause: Cause, now: datetime) -> list[AssetId]:
    rule, values = cause.rule, {"asset_id": cause.asset, "now": now}
    match rule.relation:
        case Relation.SELF:
            return [cause.asset]
        case Relation.OF_GATEWAY:
            rows = connection.execute(_QUERIES["assets_of_gateway"], values).fetchall()
        case Relation.SAME_GATEWAY:
            values["classes"] = sorted(rule.classes)
            rows = connection.execute(_QUERIES["assets_beside"], values).fetchall()
        case _:
            raise ValueError(f"rule {rule.key}: a suppression knows no relation {rule.relation}")
    return [AssetId(cast("int", row[0])) for row in rows]
