"""Rows of limits that administrators set."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, cast

from analytics.alarms.alarm import AssetId
from analytics.limits.book import LimitBook, Setting, SettingId, Target
from ingest.database import Connection, load_queries

_QUERIES: Final = load_queries("analytics", "limit.sql")


def fetch_in_force(
    connection: Connection, now: datetime, of_class: str | None = None
) -> list[Setting]:
    """What was set and holds now, in the reader's scope; of a class, or all."""
    rows = connection.execute(_QUERIES["in_force"], {"now": now, "class": of_class}).fetchall()
    return [_setting(row) for row in rows]


def _setting(row: tuple[object, ...]) -> Setting:
    number, of_class, metric, is_floor, standard, path, asset, value, reason, by, valid_from = row
    return Setting(
        id=SettingId(cast("int", number)),
        target=Target(
            asset_class=str(of_class),
            metric=str(metric),
            is_floor=bool(is_floor),
            standard=cast("float | None", standard),
        ),
        place_path=str(path),
        asset=None if asset is None else AssetId(cast("int", asset)),
        value=cast("float", value),
        reason=str(reason),
        set_by=str(by),
        valid_from=cast("datetime", valid_from),
    )


def load_book(connection: Connection, now: datetime) -> LimitBook:
    """The limits in force, with where the assets stand that they may be about.

    Limits go where their places went, and a part of a place that was split keeps them.
    """
    for name in ("share_with_parts", "follow_places", "follow_assets"):
        connection.execute(_QUERIES[name])
    settings = fetch_in_force(connection, now)
    if not settings:
        return LimitBook()
    classes = sorted({setting.target.asset_class for setting in settings})
    rows = connection.execute(_QUERIES["standing_assets"], {"classes": classes}).fetchall()
    paths = {AssetId(cast("int", asset)): str(path) for asset, path in rows}
    return LimitBook(settings=settings, paths=paths)


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A place or an asset that somebody named.

    Attributes:
        asset_class: Class of the asset; empty for a place.
    """

    path: str
    asset: AssetId | None = None
    asset_class: str = ""


def find(connection: Connection, place: str, asset: str) -> Named | None:
    """The asset of a code, else the place of one."""
    if asset:
        row = connection.execute(_QUERIES["asset"], {"code": asset}).fetchone()
        if row is None:
            return None
        number, of_class, path = row
        return Named(path=str(path), asset=AssetId(cast("int", number)), asset_class=str(of_class))
    row = connection.execute(_QUERIES["place"], {"code": place}).fetchone()
    return None if row is None else Named(path=str(row[0]))


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSetting:
    """A limit that is to be set.

    Attributes:
        former: What holds there now [unit]; None: nothing does.
    """

    target: Target
    named: Named
    value: float
    former: float | None
    valid_from: datetime
    reason: str
    by: str


def insert(connection: Connection, new: NewSetting, now: datetime) -> SettingId:
    """Set a limit."""
    target = new.target
    row = connection.execute(
        _QUERIES["set"],
        {
            "asset_class": target.asset_class,
            "metric": target.metric,
            "is_floor": target.is_floor,
            "standard": target.standard,
            "place_path": new.named.path,
            "asset_id": new.named.asset,
            "value": new.value,
            "former": new.former,
            "reason": new.reason,
            "now": now,
            "by": new.by,
            "valid_from": max(new.valid_from, now),
        },
    ).fetchone()
    assert row is not None
    return SettingId(cast("int", row[0]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Locked:
    """A setting that this transaction has locked."""

    place_path: str
    is_standing: bool


def lock(connection: Connection, setting: SettingId) -> Locked | None:
    """A setting, locked; None when there is none of that number."""
    row = connection.execute(_QUERIES["lock"], {"id": setting}).fetchone()
    return None if row is None else Locked(place_path=str(row[0]), is_standing=bool(row[1]))


def withdraw(connection: Connection, setting: SettingId, by: str, why: str, now: datetime) -> None:
    """Take a setting back: what held before it holds again."""
    connection.execute(_QUERIES["withdraw"], {"id": setting, "by": by, "why": why, "now": now})
