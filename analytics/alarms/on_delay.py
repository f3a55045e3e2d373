"""On-delays: a raise becomes an alarm only after it stood for its delay; never for life safety."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, cast

from analytics.alarms import store
from analytics.alarms.decision import Slate
from analytics.alarms.report import Report
from analytics.clocks.clock import ClockId
from analytics.holds.hold import HoldId
from analytics.rows import rows_of
from ingest.database import Connection, load_queries

_QUERIES: Final = load_queries("analytics", "on_delay.sql")


def run_on_delays(connection: Connection, slate: Slate, now: datetime) -> None:
    """Start and stop the clocks of conditions that are not yet alarms."""
    ended = sorted(slate.ends_on_delay | set(slate.waits_on_delay))
    if not ended:
        return
    over = [key for key in ended if key not in slate.waits_on_delay]
    if over:
        connection.execute(
            _QUERIES["stop_on_delays"],
            {
                "assets": [key.asset_id for key in over],
                "conditions": [key.condition for key in over],
                "now": now,
            },
        )
    waiting = [_waiting(report, now) for report in slate.waits_on_delay.values()]
    if waiting:
        connection.execute(_QUERIES["start_on_delays"], rows_of(waiting))


def _waiting(report: Report, now: datetime) -> dict[str, object]:
    return {
        "event_id": report.word.event_id,
        "asset_id": report.key.asset_id,
        "condition": report.key.condition,
        "due_at": now + timedelta(seconds=report.kind.on_delay_s),
        "started_at": now,
    }


def report_that_stood(connection: Connection, clock: ClockId) -> Report | None:
    """The raise whose on-delay is over, to be heard once more."""
    row = connection.execute(_QUERIES["event_that_waits"], {"clock_id": clock}).fetchone()
    if row is None:
        return None
    report = store.report_of(row)
    return replace(report, word=replace(report.word, has_stood=True))


def hold_of_clock(connection: Connection, clock: ClockId) -> HoldId | None:
    """The hold that a clock ends."""
    row = connection.execute(_QUERIES["hold_of_clock"], {"clock_id": clock}).fetchone()
    return None if row is None or row[0] is None else HoldId(cast("int", row[0]))
