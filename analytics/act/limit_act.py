"""Limits that administrators set and take back, inside the caller's transaction."""

from datetime import datetime
from typing import Final

from analytics.act.limit_kind import LimitAct, SetLimit, WithdrawLimit
from analytics.act.result import CARRIED_OUT, ActResult, Refusal, refused
from analytics.alarms.alarm import AssetId
from analytics.limits import store
from analytics.limits.book import Fault, LimitBook, fault_of
from ingest.database import Connection

_REFUSALS: Final = {
    Fault.UNKNOWN: Refusal.NO_LIMIT,
    Fault.OUT_OF_BOUNDS: Refusal.OUT_OF_BOUNDS,
    Fault.NOT_THEN: Refusal.TOO_LATE_A_DAY,
}


def carry_out(connection: Connection, act: LimitAct, now: datetime) -> ActResult:
    """Set a limit or take one back, or say why not."""
    if isinstance(act, WithdrawLimit):
        return _withdraw(connection, act, now)
    named = store.find(connection, act.place, act.asset)
    if named is None:
        return refused(Refusal.NO_PLACE)
    if not act.by.may_see(named.path):
        return refused(Refusal.SCOPE)
    fault = fault_of(act.target, act.value, act.valid_from, now)
    if named.asset_class not in ("", act.asset_class):
        fault = Fault.UNKNOWN
    if fault is not None:
        return refused(_REFUSALS[fault])
    new = store.NewSetting(
        target=act.target,
        named=named,
        value=act.value,
        former=_former(connection, act, named, now),
        valid_from=now if act.valid_from is None else act.valid_from,
        reason=act.text.strip(),
        by=act.by.name,
    )
    store.insert(connection, new, now)
    return CARRIED_OUT


def _former(
    connection: Connection, act: SetLimit, named: store.Named, now: datetime
) -> float | None:
    """What holds now for an asset that stands there and has nothing of its own."""
    asset = AssetId(0) if named.asset is None else named.asset
    settings = store.fetch_in_force(connection, now, act.asset_class)
    book = LimitBook(settings=settings, paths={asset: named.path})
    setting = book.settings_of(act.asset_class, asset).get(act.target)
    return act.standard if setting is None else setting.value


def _withdraw(connection: Connection, act: WithdrawLimit, now: datetime) -> ActResult:
    found = store.lock(connection, act.setting)
    if found is None:
        return refused(Refusal.NO_LIMIT)
    if not act.by.may_see(found.place_path):
        return refused(Refusal.SCOPE)
    if not found.is_standing:
        return refused(Refusal.ALREADY_WITHDRAWN)
    store.withdraw(connection, act.setting, act.by.name, act.text.strip(), now)
    return CARRIED_OUT
