"""What Prometheus sees of the alarm process and of the warnings."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from prometheus_client import Counter, Gauge, Histogram

from analytics.alarms.report import Report
from analytics.notices.delivery import Position

_PREFIX: Final = "towerwatch_analytics_"
_SECONDS: Final = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 60.0)

DECIDED: Final = Counter(f"{_PREFIX}events_decided_total", "Events decided", ["life_safety"])
UNDECIDED: Final = Counter(
    f"{_PREFIX}events_undecided_total", "Events that could only be shown, not decided"
)
HELPED: Final = Counter(
    f"{_PREFIX}helped_total",
    "Looks at which events of another worker's places were taken over late",
)
DECISION_LAG: Final = Histogram(
    f"{_PREFIX}decision_lag_seconds",
    "From the receipt of an event to its decision",
    buckets=_SECONDS,
)
BACKLOG: Final = Gauge(f"{_PREFIX}backlog_events", "Events that wait for a decision")
PROGRESS: Final = Gauge(
    f"{_PREFIX}progress_timestamp_seconds",
    "When the loop last went round without a failure",
    ["process"],
)
ROUND: Final = Gauge(
    f"{_PREFIX}round_timestamp_seconds",
    "When the alarm loop last went round, well or not; it stands still when the process hangs",
)
CANARY_AGE: Final = Gauge(
    f"{_PREFIX}canary_age_seconds", "Age of the newest event of the path's self-test"
)
NUMBERED: Final = Counter(f"{_PREFIX}live_changes_total", "Changes put on the live stream")
ACTS: Final = Counter(f"{_PREFIX}acts_total", "Acts of persons carried out or refused", ["state"])
CLOCKS_MISSED: Final = Counter(f"{_PREFIX}clocks_missed_total", "Deadlines missed", ["kind"])
FAILURES: Final = Counter(
    f"{_PREFIX}failures_total", "Rounds that ended with a failure", ["process"]
)
PART_FAILING: Final = Gauge(
    f"{_PREFIX}part_failing",
    "1 while a part of the alarm process's round fails and rests by itself",
    ["part"],
)
NOTICES: Final = Counter(f"{_PREFIX}notices_total", "Attempts to deliver notices", ["outcome"])
NOTICES_WAITING: Final = Gauge(f"{_PREFIX}notices_waiting", "Notices that are not delivered yet")
BREAKER_OPEN: Final = Gauge(
    f"{_PREFIX}breaker_open", "1 while a target of notices is left alone", ["target"]
)
BREAKER_POSITION: Final = Gauge(
    f"{_PREFIX}breaker_position",
    "Breaker of a target of notices: 0 closed, 1 half open (one is tried), 2 open",
    ["target"],
)
MESSAGES: Final = Counter(
    f"{_PREFIX}messages_total", "Attempts to tell a contact", ["channel", "outcome"]
)
MESSAGES_WAITING: Final = Gauge(
    f"{_PREFIX}messages_waiting", "What waits to be told to people, up to 100,000 each", ["what"]
)
LIFE_SAFETY_LATE: Final = Gauge(
    f"{_PREFIX}life_safety_message_late_seconds",
    "How long the message about life safety that waits longest is overdue",
)
ROSTER_HOLES: Final = Counter(
    f"{_PREFIX}roster_holes_total",
    "Notices to organisations of whose persons none was on the roster: all contacts were told",
)
UNREACHED: Final = Counter(
    f"{_PREFIX}unreached_total",
    "Organisations of which nobody could be told about life safety: the desk was told instead",
)
ABANDONED: Final = Gauge(
    f"{_PREFIX}messages_abandoned", "Attempts that were given up and whose thread has not ended"
)
SEALED: Final = Counter(f"{_PREFIX}sealed_rows_total", "Rows of the history that were sealed")
UNSEALED: Final = Gauge(
    f"{_PREFIX}unsealed_rows", "Rows of the history that wait for a seal, up to 100,000"
)
CYCLE_SECONDS: Final = Histogram(
    f"{_PREFIX}cycle_seconds", "One cycle of early warning", buckets=_SECONDS
)
WARNINGS: Final = Counter(f"{_PREFIX}warnings_total", "Early warnings", ["change"])
MODEL_FIT: Final = Gauge(
    f"{_PREFIX}model_fit", "1 while a model of the class is in force and fit", ["asset_class"]
)
MODEL_DRIFT: Final = Gauge(
    f"{_PREFIX}model_drift", "Middle score of the day over that of the training", ["asset_class"]
)
MODELS_REJECTED: Final = Counter(
    f"{_PREFIX}models_rejected_total", "Models that the platform told unfit", ["asset_class"]
)


def note_decided(reports: Sequence[Report], now: datetime) -> None:
    """Count decided events and how long they waited."""
    for report in reports:
        DECIDED.labels(str(report.kind.is_life_safety).lower()).inc()
        DECISION_LAG.observe(max(0.0, (now - report.word.received_at).total_seconds()))


def note_breaker(target: str, position: Position) -> None:
    """Show where a target's breaker stands."""
    BREAKER_POSITION.labels(target).set(list(Position).index(position))
    BREAKER_OPEN.labels(target).set(position is Position.OPEN)
