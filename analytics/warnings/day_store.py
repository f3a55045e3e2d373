"""Rows of the warnings that models raise: open cases in, warnings, verdicts and their work out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, cast

from analytics.alarms.alarm import AssetId
from analytics.alarms.report import PlacePath
from analytics.models.errors import NoModel
from analytics.warnings.day import SCAN, DayFinding, PastCase, evidence_of
from analytics.warnings.day_words import reason_of
from analytics.warnings.store import CLEAR, RAISE, pass_on
from analytics.warnings.verdict import OpenCase, Verdict, Word, failures_of
from analytics.warnings.warning import Settlement, WarningId
from ingest.database import Connection, load_queries

_QUERIES: Final = load_queries("analytics", "warning_day.sql")
REFUTED_REST: Final = timedelta(days=30)
"""After somebody said that nothing was wrong, a model leaves the asset alone for so long."""
SETTLED_REST: Final = timedelta(days=7)
"""After a failure or repair its traces leave the newest means within so many days."""
_CASES: Final = 10


def open_cases(connection: Connection, of_class: str, detector: str = SCAN) -> list[OpenCase]:
    """Warnings of models that have not turned out, with what is known since."""
    named = {"class": of_class, "detector": detector, "events": sorted(failures_of(of_class))}
    rows = connection.execute(_QUERIES["open_cases"], named).fetchall()
    return [_case(row) for row in rows]


def _case(row: tuple[object, ...]) -> OpenCase:
    number, asset, metric, raised_at, expected_from, expected_until, path = row[:7]
    failed_at, failed_by, trigger, word_at, word_by = row[7:]
    return OpenCase(
        id=WarningId(cast("int", number)),
        asset=AssetId(cast("int", asset)),
        metric=str(metric),
        raised_at=cast("datetime", raised_at),
        expected_from=cast("datetime", expected_from),
        expected_until=cast("datetime", expected_until),
        place_path=str(path),
        failed_at=cast("datetime | None", failed_at),
        failed_by=cast("str | None", failed_by),
        word=None if trigger is None else Word(str(trigger)),
        word_at=cast("datetime | None", word_at),
        word_by=cast("str | None", word_by),
    )


def warned_assets(connection: Connection, of_class: str) -> set[AssetId]:
    """Assets of which a model warns already: what another detector finds of them is no news."""
    rows = connection.execute(_QUERIES["warned_assets"], {"class": of_class}).fetchall()
    return {AssetId(cast("int", row[0])) for row in rows}


def resting_assets(
    connection: Connection, of_class: str, now: datetime, detector: str = SCAN
) -> set[AssetId]:
    """Assets that models leave alone for a while."""
    rows = connection.execute(
        _QUERIES["resting_assets"],
        {
            "class": of_class,
            "detector": detector,
            "refuted_since": now - REFUTED_REST,
            "settled_since": now - SETTLED_REST,
        },
    ).fetchall()
    return {AssetId(cast("int", row[0])) for row in rows}


def past_cases(
    connection: Connection, of_class: str, metric: str, detector: str = SCAN
) -> list[PastCase]:
    """How the newest settled warnings of the same kind turned out."""
    named = {"class": of_class, "detector": detector, "metric": metric, "limit": _CASES}
    return [
        PastCase(
            id=cast("int", number),
            settlement=Settlement(str(settlement)),
            lead_days=cast("float | None", lead),
        )
        for number, settlement, lead in connection.execute(_QUERIES["past_cases"], named).fetchall()
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class ToRaise:
    """A finding with where it is and what came of such warnings before."""

    finding: DayFinding
    place_path: PlacePath
    cases: Sequence[PastCase]
    is_held: bool = False
    """Whether it opens no alarm and no order yet, since its model has drifted."""


def raise_finding(connection: Connection, new: ToRaise, now: datetime) -> WarningId | None:
    """Store a new warning and its work; None when one stands already."""
    finding = new.finding
    reason = reason_of(finding, new.cases)
    row = connection.execute(
        _QUERIES["raise_of_model"],
        {
            "asset_id": finding.asset,
            "place_path": new.place_path,
            "detector": finding.detector,
            "metric": finding.metric,
            "now": now,
            "expected_from": finding.expected_from,
            "expected_until": finding.expected_until,
            "score": finding.strength,
            "reason_zh": reason.zh,
            "reason_en": reason.en,
            "evidence": evidence_of(finding, new.cases).decode(),
            "model_id": finding.model,
            "confidence": finding.confidence,
            "held_since": now if new.is_held else None,
        },
    ).fetchone()
    if row is None:
        return None
    warning = WarningId(cast("int", row[0]))
    if not new.is_held:
        pass_on(connection, warning, RAISE, new.place_path, now)
    return warning


def release(connection: Connection, warning: WarningId, place: PlacePath, now: datetime) -> bool:
    """Have a warning that was held open its alarm and its order; False: it was not held."""
    row = connection.execute(_QUERIES["release"], {"id": warning}).fetchone()
    if row is None:
        return False
    pass_on(connection, warning, RAISE, place, now)
    return True


def refresh(connection: Connection, warning: WarningId, strength: float, now: datetime) -> None:
    """Say how strong an open warning is now."""
    connection.execute(_QUERIES["refresh_of_model"], {"id": warning, "score": strength, "now": now})


def settle(
    connection: Connection, warning: WarningId, place: PlacePath, told: Verdict, now: datetime
) -> bool:
    """Store how a warning turned out, and have its alarm cleared; False: it was settled before."""
    row = connection.execute(
        _QUERIES["settle_of_model"],
        {
            "id": warning,
            "now": now,
            "settlement": told.settlement,
            "failed_at": told.failed_at,
            "by": told.by,
            "why": told.why,
        },
    ).fetchone()
    if row is None:
        return False
    pass_on(connection, warning, CLEAR, place, now)
    return True


def settle_by_word(
    connection: Connection, warning: WarningId, told: Verdict, now: datetime
) -> None:
    """Settle an open warning by a person's word. In a transaction.

    Raises:
        NoModel: There is no open warning of this number.
    """
    row = connection.execute(_QUERIES["open_warning"], {"id": warning}).fetchone()
    if row is None:
        raise NoModel(f"There is no open warning {warning}.")
    settle(connection, warning, PlacePath(str(row[1])), told, now)
