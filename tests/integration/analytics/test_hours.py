"""The watch of hours on the real database: learned from the past, warned, settled, survived."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from analytics.duties.responsibility import ensure_matrix
from analytics.models.model import Hourly
from analytics.models.store import SIMULATED
from analytics.warnings.day_loop import DayWatch
from analytics.warnings.hour import step_end
from analytics.warnings.hour_loop import LATE, HourWatch
from analytics.warnings.hour_store import fetch_through, fetch_watched
from ingest.database import Connection, connect
from tests.integration.analytics.site import NOW, Site, rows
from tests.integration.analytics.test_models import FEATURE_COUNT, a_model, keep, put_in_force

LIFTS = 10
DAYS = 18
HOURLY = Hourly(
    edge=np.tile([4.0, 3.6, 3.1, 2.4], (FEATURE_COUNT, 1)),
    threshold=1.05,
    soonest_hours=3.0,
    latest_hours=40.0,
)
WARNED = "SELECT asset_id, detector, metric, settlement FROM warnings ORDER BY id"


@pytest.fixture
def shaking(site: Site, ingest: Connection, analytics: Connection) -> int:
    """Ten lifts with hours of 18 days; the first one shakes more and more in the last 15 hours."""
    ensure_matrix(analytics, NOW)
    with connect(site.urls.owner_url, application="test") as owner:
        owner.execute(
            "INSERT INTO assets (code, class, place_id, name_zh)"
            " SELECT 'H-' || n, 'lift', (SELECT id FROM places WHERE code = 'g1'), n || '号梯'"
            f" FROM generate_series(1, {LIFTS}) AS n"
        )
        found = rows(owner, "SELECT id FROM assets WHERE code LIKE 'H-%' ORDER BY id")
    first = int(str(found[0][0]))
    ingest.execute(
        "INSERT INTO lift_samples (at, asset_id, speed, vibration)"
        " SELECT at, asset.id, 1, (0.1 + 0.005 * random()) * CASE"
        "   WHEN asset.id = %(first)s AND at > %(onset)s"
        "   THEN 1 + extract(epoch FROM at - %(onset)s) / 60000 ELSE 1 END"
        " FROM generate_series(%(since)s::timestamptz, %(now)s, interval '30 minutes') AS at,"
        "   (SELECT unnest(%(ids)s::int[]) AS id) AS asset",
        {
            "first": first,
            "onset": NOW - timedelta(hours=15),
            "since": NOW - timedelta(days=DAYS),
            "now": NOW,
            "ids": [row[0] for row in found],
        },
    )
    return first


def test_what_grows_within_hours_is_warned_of_once(shaking: int, analytics: Connection) -> None:
    put_in_force(analytics, keep(analytics, replace(a_model(), hourly=HOURLY), SIMULATED))
    watch = HourWatch()
    assert watch.turn(analytics, NOW) == 1
    assert rows(analytics, WARNED) == [(shaking, "surge", "vibration", None)]
    ((zh, hours),) = rows(
        analytics,
        "SELECT reason_zh, extract(epoch FROM expected_until - raised_at)::int / 3600 FROM warnings",
    )
    assert "数小时内的变化" in str(zh)
    assert 30 < int(str(hours)) <= 40
    assert watch.turn(analytics, NOW) == 0, "the step is taken"
    assert DayWatch().turn(analytics, NOW) == 0
    told = fetch_watched(analytics, "lift")
    assert told is not None
    assert told.through == step_end(NOW, LATE) == fetch_through(analytics, "lift")
    assert HourWatch().turn(analytics, NOW + timedelta(hours=3)) == 0
    assert len(rows(analytics, WARNED)) == 1


def test_a_state_that_is_damaged_is_learned_anew(shaking: int, analytics: Connection) -> None:
    put_in_force(analytics, keep(analytics, replace(a_model(), hourly=HOURLY)))
    HourWatch().turn(analytics, NOW - timedelta(hours=24))
    for damage in (b"", b"PK\x03\x04 no state", b"\x80\x04\x95pickle"):
        analytics.execute("UPDATE surge_states SET state = %s", (damage,))
        assert fetch_watched(analytics, "lift") is None
    assert HourWatch().turn(analytics, NOW) == 1
    assert fetch_watched(analytics, "lift") is not None


def test_what_is_long_past_is_learned_from_and_not_warned_of(
    shaking: int, analytics: Connection
) -> None:
    put_in_force(analytics, keep(analytics, replace(a_model(), hourly=HOURLY)))
    ticking = iter(np.arange(0.0, 1e6, 5.0).tolist())
    slow = HourWatch(stopwatch=lambda: next(ticking))
    assert slow.turn(analytics, NOW) == 0
    through = fetch_through(analytics, "lift")
    assert through is not None
    assert through < NOW - timedelta(days=10), "it took some steps and left the rest for later"
    assert rows(analytics, WARNED) == []


def test_a_clock_that_was_ahead_for_days_leaves_no_blind_days(
    shaking: int, analytics: Connection
) -> None:
    put_in_force(analytics, keep(analytics, replace(a_model(), hourly=HOURLY)))
    watch = HourWatch()
    watch.turn(analytics, NOW - timedelta(hours=24))
    assert watch.turn(analytics, NOW + timedelta(days=3)) == 0
    assert watch.turn(analytics, NOW + timedelta(days=400)) == 0, "nothing was read then"
    watch.turn(analytics, NOW)
    assert fetch_through(analytics, "lift") == step_end(NOW, LATE)
    assert [row[0] for row in rows(analytics, WARNED)] in ([], [shaking])
