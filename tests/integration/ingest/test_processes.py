"""Every process of ingest, started for real and stopped."""

import os
import subprocess
import sys

import pytest

from gateway.topic import Lane
from ingest.__main__ import DATA_NICENESS
from tests.integration.ingest.parts import Site, alarm_bytes, one, process_of, register, wait_for
from tests.services import TestBroker
from towerwatch.services.database import DatabaseUrls


def environment(database: DatabaseUrls, broker: TestBroker, user: str) -> dict[str, str]:
    return {
        "TOWERWATCH_DATABASE_URL": database.ingest_url,
        "TOWERWATCH_MQTT_URL": broker.user_url(user),
        "TOWERWATCH_LOG_FORMAT": "json",
    }


def test_both_lanes_start_work_and_stop_cleanly(database: DatabaseUrls, broker: TestBroker) -> None:
    register(database, "gw-real", {"P1-1": "fire_panel"})
    site = Site(broker, "gw-real", Lane.ALARM)
    with (
        process_of(["alarm"], environment(database, broker, "tw-ingest-alarm")) as alarm,
        process_of(
            ["data", "--worker", "3"], environment(database, broker, "tw-ingest-data-3")
        ) as data,
    ):
        assert site.send_until_receipted(alarm_bytes(1)).through == 1
        wait_for(lambda: one(database, "SELECT count(*) FROM shard_leases") == 16)
        own = os.getpriority(os.PRIO_PROCESS, 0)
        assert os.getpriority(os.PRIO_PROCESS, data.pid) == min(19, own + DATA_NICENESS)
        assert os.getpriority(os.PRIO_PROCESS, alarm.pid) == own
    assert one(database, "SELECT count(*) FROM shard_leases") == 0
    site.close()


def told(arguments: list[str], **variables: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "ingest", *arguments],
        env=variables,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


@pytest.mark.parametrize("arguments", [["alarm"], ["data", "--worker", "0"]])
def test_wrong_settings_are_one_sentence_and_status_2(arguments: list[str]) -> None:
    found = told(arguments, TOWERWATCH_DATABASE_URL="x", TOWERWATCH_MQTT_URL="http://broker")
    assert found.returncode == 2
    assert "TOWERWATCH_MQTT_URL" in found.stderr
    assert len(found.stderr.strip().splitlines()) == 1


def test_settings_are_shown_with_secrets_as_stars() -> None:
    found = told(
        ["settings"],
        TOWERWATCH_DATABASE_URL="postgresql://tw_ingest:hidden@db/tw",
        TOWERWATCH_MQTT_URL="mqtt://tw-ingest-alarm:hidden@broker:1883",
    )
    assert found.returncode == 0
    assert "hidden" not in found.stdout
    assert "TOWERWATCH_DATABASE_URL=**********" in found.stdout
    assert "TOWERWATCH_TLS_CERT: Field required" in found.stdout
