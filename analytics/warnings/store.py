"""Rows of early warning: windows of samples in, warnings and their work out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, cast

from psycopg import sql

from analytics.alarms.alarm import AssetId, Number, Word
from analytics.alarms.report import ConditionKey, PlacePath, Report
from analytics.alarms.store import PLATFORM
from analytics.live import Announcement, Change, Channel, notify
from analytics.warnings.cycle import CROSSED, Finding
from analytics.warnings.warning import OpenWarning, Settlement, WarningId, evidence_of, reason_of
from analytics.warnings.window import BinRow, Span
from gateway.catalogue import AssetClass, event_kind
from ingest.database import Connection, load_queries

_QUERIES: Final = load_queries("analytics", "warning.sql")
_HOUR_S: Final = 3600.0
_CAME_TRUE: Final = (Settlement.HIT, Settlement.EARLY, Settlement.LATE)
RAISE: Final = "raise"
CLEAR: Final = "clear"


def arrived_classes(connection: Connection, since: datetime) -> dict[str, datetime]:
    """Asset classes of which something arrived since, with their newest sample time."""
    rows = connection.execute(_QUERIES["arrived_classes"], {"since": since}).fetchall()
    return {str(name): cast("datetime", newest) for name, newest in rows}


def read_bins(
    connection: Connection, kind: AssetClass, metrics: Sequence[str], span: Span
) -> list[BinRow]:
    """Means per asset and bin; from the hours where bins are longer than an hour."""
    is_long = span.bin_s > _HOUR_S
    if kind.table is None:
        return []
    table = kind.table.replace("_samples", "_hours") if is_long else kind.table
    columns = [f"{metric}_mean" if is_long else metric for metric in metrics]
    means = sql.SQL(", ").join(
        sql.SQL("avg({})::float8").format(sql.Identifier(column)) for column in columns
    )
    statement = _QUERIES["read_hours" if is_long else "read_samples"].format(
        means=means, table=sql.Identifier(table)
    )
    rows = connection.execute(
        statement, {"start": span.start, "until": span.end, "bin_s": span.bin_s}
    ).fetchall()
    return [
        BinRow(
            asset=AssetId(cast("int", row[0])),
            bin=min(cast("int", row[1]), span.bins - 1),
            means=cast("tuple[float | None, ...]", row[2:]),
        )
        for row in rows
    ]


def open_warnings(connection: Connection, of_class: str) -> list[OpenWarning]:
    """Warnings of a class that are not settled."""
    rows = connection.execute(
        _QUERIES["open_warnings"], {"class": of_class, "crossed": CROSSED}
    ).fetchall()
    return [_open_warning(row) for row in rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCrossing:
    """An open warning of a value beyond a limit that an administrator set."""

    of_class: str
    warning: OpenWarning


def open_crossings(connection: Connection) -> list[OpenCrossing]:
    """Values that lay beyond a set limit when they were last looked at."""
    rows = connection.execute(_QUERIES["open_crossings"], {"detector": CROSSED}).fetchall()
    return [OpenCrossing(of_class=str(row[0]), warning=_open_warning(row[1:])) for row in rows]


def _open_warning(row: tuple[object, ...]) -> OpenWarning:
    warning_id, asset, metric, detector, refreshed_at, expected_from, expected_until = row[:7]
    limit, is_floor, place_path = row[7:]
    return OpenWarning(
        id=WarningId(cast("int", warning_id)),
        asset=AssetId(cast("int", asset)),
        detector=str(detector),
        metric=str(metric),
        refreshed_at=cast("datetime", refreshed_at),
        expected_from=cast("datetime", expected_from),
        expected_until=cast("datetime", expected_until),
        limit=cast("float", limit),
        is_floor=bool(is_floor),
        place_path=str(place_path),
    )


def places_of(connection: Connection, assets: Sequence[AssetId]) -> dict[AssetId, PlacePath]:
    """Where assets stand now; one that is not in the registry is absent."""
    rows = connection.execute(_QUERIES["places_of"], {"assets": list(assets)}).fetchall()
    return {AssetId(cast("int", asset)): PlacePath(str(path)) for asset, path in rows}


@dataclass(frozen=True, slots=True, kw_only=True)
class Raised:
    """A finding with where it is."""

    finding: Finding
    of_class: str
    place_path: PlacePath


def raise_warning(connection: Connection, raised: Raised, now: datetime) -> WarningId | None:
    """Store a new warning and its work; None when one stands already."""
    row = connection.execute(
        _QUERIES["raise_warning"],
        _said(raised.finding, raised.of_class, now)
        | {
            "asset_id": raised.finding.asset,
            "place_path": raised.place_path,
            "detector": raised.finding.detector,
            "metric": raised.finding.metric,
        },
    ).fetchone()
    if row is None:
        return None
    warning = WarningId(cast("int", row[0]))
    pass_on(connection, warning, RAISE, raised.place_path, now)
    return warning


def refresh_warning(
    connection: Connection, warning: OpenWarning, finding: Finding, of_class: str, now: datetime
) -> None:
    """Say anew what an open warning says."""
    connection.execute(
        _QUERIES["refresh_warning"], _said(finding, of_class, now) | {"id": warning.id}
    )


def _said(finding: Finding, of_class: str, now: datetime) -> dict[str, object]:
    reason = reason_of(finding, of_class)
    return {
        "now": now,
        "expected_from": finding.expected_from,
        "expected_until": finding.expected_until,
        "score": finding.score,
        "reason_zh": reason.zh,
        "reason_en": reason.en,
        "evidence": evidence_of(finding, of_class).decode(),
    }


def settle_warning(
    connection: Connection, warning: OpenWarning, settlement: Settlement, now: datetime
) -> None:
    """Store how a warning turned out, and have its alarm cleared."""
    connection.execute(
        _QUERIES["settle_warning"],
        {
            "id": warning.id,
            "settlement": settlement,
            "now": now,
            "failed_at": now if settlement in _CAME_TRUE else None,
        },
    )
    pass_on(connection, warning.id, CLEAR, PlacePath(warning.place_path), now)


def pass_on(
    connection: Connection, warning: WarningId, state: str, place: PlacePath, now: datetime
) -> None:
    """Have the alarm process open or clear the warning's alarm, and tell the live stream."""
    connection.execute(_QUERIES["add_work"], {"warning_id": warning, "state": state})
    told = Announcement()
    told.add(Change.WARNING, warning, place)
    told.write(connection, now)
    notify(connection, Channel.WARNINGS)


@dataclass(frozen=True, slots=True, kw_only=True)
class WarningWork:
    """A warning for the alarm desk."""

    id: int
    report: Report


def claim_work(
    connection: Connection, now: datetime, *, limit: int, set_aside: Iterable[int] = ()
) -> list[WarningWork]:
    """Lock warnings that the alarm process has not taken up, in order."""
    rows = connection.execute(
        _QUERIES["claim_work"], {"limit": limit, "set_aside": list(set_aside)}
    ).fetchall()
    return [_work(row, now) for row in rows]


def _work(row: tuple[object, ...], now: datetime) -> WarningWork:
    work_id, state, asset, path, detector, metric, raised_at, settled_at, reason, of_class = row
    number = cast("int", work_id)
    is_raise = state == RAISE
    return WarningWork(
        id=number,
        report=Report(
            key=ConditionKey(AssetId(cast("int", asset)), f"early_warning:{detector}:{metric}"),
            asset_class=str(of_class),
            place_path=PlacePath(str(path)),
            kind=event_kind("early_warning"),
            word=Word(
                number=Number(age=number, seq=0, position=0, gateway=PLATFORM),
                is_raise=is_raise,
                at=cast("datetime", raised_at if is_raise or settled_at is None else settled_at),
                received_at=now,
                text=str(reason) if is_raise else "",
            ),
        ),
    )


def drop_work(connection: Connection, works: Sequence[WarningWork]) -> None:
    """Taken up."""
    connection.execute(_QUERIES["drop_work"], {"works": [work.id for work in works]})


MARGIN: Final = timedelta(seconds=60)
"""A batch that commits late is seen by the next cycle that looks back so far."""
