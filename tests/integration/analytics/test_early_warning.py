"""A leak told as a timeline: warned of in time, an alarm at the desk, settled at its end."""

from datetime import datetime, timedelta

import numpy as np
import pytest

from analytics.alarms.desk import Desk
from analytics.duties.responsibility import Responsibility, ensure_matrix
from analytics.warnings.loop import Pace, WarningProcess
from analytics.warnings.queue import WarningQueue
from ingest.database import Connection, connect
from tests.integration.analytics.site import NOW, Site, measure, rows

PACE = Pace(
    every=timedelta(seconds=5), window=timedelta(seconds=120), horizon=timedelta(seconds=600)
)
RNG = np.random.default_rng(11)


class Timeline:
    """A gauge that is read every two seconds, and the two processes that follow it."""

    def __init__(self, site: Site, ingest: Connection, analytics: Connection) -> None:
        self._ingest, self._analytics = ingest, analytics
        self._now = NOW
        self._warnings = WarningProcess(
            lambda: connect(site.urls.analytics_url, application="test warnings"),
            PACE,
            lambda: self._now,
        )
        ensure_matrix(analytics, NOW)
        self._queue = WarningQueue(Desk(Responsibility()))

    def run(self, seconds: int, pressures: "list[float] | np.ndarray") -> None:
        """Let time pass; pressures are read evenly over it [kPa]."""
        for place, pressure in enumerate(pressures):
            at = self._now + timedelta(seconds=(place + 1) * seconds / len(pressures))
            measure(self._ingest, at, float(pressure))
        self._now += timedelta(seconds=seconds)

    def look(self) -> datetime:
        """One cycle, and the desk after it."""
        self._warnings.turn(self._analytics)
        self._queue.handle(self._analytics, self._now)
        return self._now


@pytest.fixture
def timeline(site: Site, ingest: Connection, analytics: Connection) -> Timeline:
    return Timeline(site, ingest, analytics)


def steady(count: int) -> "np.ndarray":
    return 260 + RNG.normal(0, 0.3, count)


def leak(count: int, start: float = 260.0, rate: float = 1.6) -> "np.ndarray":
    return start - rate * np.arange(1, count + 1) + RNG.normal(0, 0.3, count)


WARNINGS = "SELECT metric, settlement FROM warnings ORDER BY id"
ALARMS = "SELECT condition, severity, state FROM alarms ORDER BY id"


def test_a_leak_is_warned_of_within_a_minute_and_given_to_the_maintainer(
    timeline: Timeline, analytics: Connection
) -> None:
    timeline.run(60, steady(30))
    timeline.look()
    assert rows(analytics, WARNINGS) == []
    timeline.run(50, leak(25))
    at = timeline.look()
    assert rows(analytics, WARNINGS) == [("pressure", None)]
    ((start, end, zh, en),) = rows(
        analytics, "SELECT expected_from, expected_until, reason_zh, reason_en FROM warnings"
    )
    assert isinstance(start, datetime)
    assert isinstance(end, datetime)
    truth = at + timedelta(seconds=(260 - 40 - 150) / 0.8)
    assert start <= truth <= end
    assert "压力在" in str(zh)
    assert "消火栓压力偏低" in str(zh)
    assert "kPa" in str(en)
    assert rows(analytics, ALARMS) == [
        ("early_warning:trend:pressure", "warning", "unacknowledged")
    ]
    assert rows(
        analytics,
        "SELECT work_orders.state, code FROM work_orders"
        " JOIN organisations ON organisations.id = owner_id",
    ) == [("dispatched", "fire_firm")]


def test_a_warning_is_a_hit_when_the_limit_is_reached_in_time(
    timeline: Timeline, analytics: Connection
) -> None:
    timeline.run(60, steady(30))
    timeline.run(50, leak(25))
    timeline.look()
    timeline.run(90, leak(45, 220.0))
    timeline.look()
    assert rows(analytics, WARNINGS)[0] == ("pressure", "hit")
    timeline.run(4, leak(2, 148.0))
    timeline.look()
    assert rows(analytics, WARNINGS) == [("pressure", "hit"), ("pressure", None)]
    assert rows(analytics, "SELECT (evidence ->> 'limit')::float8 FROM warnings ORDER BY id") == [
        (150,),
        (70,),
    ]


def test_a_warning_is_withdrawn_when_the_trend_ends(
    timeline: Timeline, analytics: Connection
) -> None:
    timeline.run(60, steady(30))
    timeline.run(50, leak(25))
    timeline.look()
    timeline.run(100, steady(50))
    timeline.look()
    assert rows(analytics, WARNINGS) == [("pressure", "withdrawn")]
    assert rows(analytics, ALARMS) == [
        ("early_warning:trend:pressure", "warning", "returned_unacknowledged")
    ]


def test_a_trend_is_judged_by_what_it_said_first(timeline: Timeline, analytics: Connection) -> None:
    timeline.run(60, steady(30))
    timeline.run(50, leak(25))
    timeline.look()
    said = rows(analytics, "SELECT said_from, said_until FROM warnings")
    timeline.run(10, leak(5, 220.0))
    timeline.look()
    now = rows(analytics, "SELECT said_from, said_until, expected_from <> said_from FROM warnings")
    assert now == [(*said[0], True)]


def test_silence_neither_raises_nor_withdraws(timeline: Timeline, analytics: Connection) -> None:
    timeline.run(60, steady(30))
    timeline.run(50, leak(25))
    timeline.look()
    timeline.run(60, [])
    timeline.look()
    assert rows(analytics, WARNINGS) == [("pressure", None)]


def test_back_filled_history_warns_of_nothing(
    timeline: Timeline, analytics: Connection, ingest: Connection
) -> None:
    for place, pressure in enumerate(leak(60)):
        measure(ingest, NOW - timedelta(days=3, seconds=-2 * place), float(pressure))
    timeline.look()
    assert rows(analytics, WARNINGS) == []


def test_a_slow_loss_over_a_week_is_found_in_the_hours(
    site: Site, ingest: Connection, analytics: Connection
) -> None:
    for hour in range(7 * 24):
        at = NOW - timedelta(hours=7 * 24 - hour)
        measure(ingest, at, 300 - 0.6 * hour + float(RNG.normal(0, 1)))
    pace = Pace(every=timedelta(minutes=5), window=timedelta(days=7), horizon=timedelta(days=14))
    process = WarningProcess(
        lambda: connect(site.urls.analytics_url, application="test warnings"), pace, lambda: NOW
    )
    measure(ingest, NOW - timedelta(seconds=10), 199.0)
    assert process.turn(analytics) == 1
    ((zh,),) = rows(analytics, "SELECT reason_zh FROM warnings")
    assert "7天" in str(zh)
