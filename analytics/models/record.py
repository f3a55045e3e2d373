"""The record of models: what each did day by day, and how often its warnings were right."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from analytics.models.store import ModelId
from ingest.database import Connection, load_queries

_QUERIES: Final = load_queries("analytics", "model.sql")
_MOST: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What a model did on a day.

    Attributes:
        assets: Of which it could say something.
        raised: New warnings.
        standing: Warnings that stand after it.
        took_s: [s].
        why: What was wrong, when it was unfit.
    """

    asset_class: str
    model: ModelId
    day: date
    is_fit: bool
    assets: int = 0
    raised: int = 0
    standing: int = 0
    middle: float | None = None
    drift: float | None = None
    took_s: float = 0.0
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """How often a model was right, as far as its warnings are settled; `model` None: trends.

    Attributes:
        precision: Share of settled warnings that something came of; withdrawn ones count against.
        median_lead_days: From the warning to what it warned of [days].
        false_per_100_days: False and withdrawn warnings per 100 asset-days.
    """

    model: ModelId | None
    asset_class: str
    detector: str
    raised: int
    open: int
    hit: int
    early: int
    late: int
    false: int
    withdrawn: int
    precision: float | None
    median_lead_days: float | None
    asset_days: float | None
    false_per_100_days: float | None


def note_run(connection: Connection, run: Run, now: datetime) -> None:
    """Keep what a model did on a day."""
    named = {field: getattr(run, field) for field in Run.__slots__}
    named |= {"class": run.asset_class, "model_id": run.model, "now": now}
    connection.execute(_QUERIES["note_run"], named)


def has_run(connection: Connection, model: ModelId, day: date) -> bool:
    """Whether a model has judged a day."""
    row = connection.execute(_QUERIES["has_run"], {"model_id": model, "day": day}).fetchone()
    return row is not None and bool(row[0])


def fetch_records(connection: Connection) -> list[Record]:
    """How often each model was right."""
    rows = connection.execute(_QUERIES["records"], {"limit": _MOST}).fetchall()
    names = Record.__slots__
    return [Record(**dict(zip(names, row, strict=True))) for row in rows]  # type: ignore[arg-type]
