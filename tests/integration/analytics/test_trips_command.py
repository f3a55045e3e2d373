"""`towerwatch trips` on readings in the database."""

import csv
import json
from pathlib import Path

import pytest

from ingest.database import connect
from tests.integration.analytics.site import Site, rows
from towerwatch.cli import run

LIFT = "L-1"
FIRST = "2026-03-02T08:00:00+08:00"
"""Each minute the car goes 20 s at 1.5 m/s, then the doors are open for 8 s."""
READINGS = f"""
INSERT INTO lift_samples
    (at, asset_id, speed, motor_current, vibration, levelling_error, door_closed, load)
SELECT
    '{FIRST}'::timestamptz + second * interval '1 second',
    id,
    CASE WHEN second % 60 BETWEEN 10 AND 29 THEN 1.5 ELSE 0 END,
    CASE WHEN second % 60 BETWEEN 10 AND 29 THEN 14 ELSE 0.4 END,
    0.05,
    2.5,
    CASE WHEN second % 60 BETWEEN 32 AND 39 THEN 0 ELSE 1 END,
    80
FROM assets, generate_series(0, 599) AS second
WHERE code = '{LIFT}'
RETURNING asset_id
"""


def test_the_trips_of_a_day_are_told_and_written(
    site: Site,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("TOWERWATCH_DATABASE_URL", site.urls.owner_url)
    monkeypatch.setenv("TOWERWATCH_MQTT_URL", "mqtt://nobody@127.0.0.1:9")
    with connect(site.urls.owner_url, application="test readings") as connection:
        assert len(rows(connection, READINGS)) == 600
    out = tmp_path / "trips.csv"
    assert run(["trips", LIFT, "--day", "2026-03-02", "--out", str(out), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["trips"], said["unusual"]) == (10, [])
    assert said["middle"]["open_s"] == pytest.approx(8)
    assert said["middle"]["opening_s"] == pytest.approx(2)
    assert said["middle"]["level_mm"] == pytest.approx(2.5)
    with out.open(encoding="utf-8", newline="") as file:
        trips = list(csv.DictReader(file))
    assert [float(one["distance_m"]) for one in trips] == pytest.approx([30.0] * 10)
    assert run(["trips", LIFT, "--day", "2026-03-01"]) == 0
    assert "0 次运行" in capsys.readouterr().out
    assert run(["trips", "L-9-9"]) == 2
    assert run(["trips", LIFT, "--day", "yesterday"]) == 2
