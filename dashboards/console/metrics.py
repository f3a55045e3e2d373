"""What the console counts; served on the metrics port of the process."""

from typing import Final

from prometheus_client import Counter, Gauge

STREAMS: Final = Gauge("towerwatch_console_streams", "Live streams that are open now")
MESSAGES: Final = Counter(
    "towerwatch_console_messages", "Changes that were offered to the live streams"
)
RESYNCS: Final = Counter(
    "towerwatch_console_resyncs", "Streams that were told to take a snapshot", ("reason",)
)
UNREADABLE: Final = Counter(
    "towerwatch_console_unreadable",
    "Changes that could not be read and were passed over; pages took a snapshot instead",
)
UNREADABLE_ALARMS: Final = Counter(
    "towerwatch_console_unreadable_alarms",
    "Times that an alarm was shown marked, since not all of its row could be read",
)
ACTS: Final = Counter("towerwatch_console_acts", "Acts that people asked for", ("kind", "state"))
LOG_INS: Final = Counter("towerwatch_console_log_ins", "Log-ins by how they ended", ("result",))
STREAM_READ_AT: Final = Gauge(
    "towerwatch_console_stream_read_timestamp_seconds",
    "When the live stream was last read [s since 1970]",
)
CANARY_AGE: Final = Gauge(
    "towerwatch_console_canary_age_seconds",
    "Age of the newest self-test of the path that came by the live stream",
)
CANARY_AGE.set(float("nan"))
