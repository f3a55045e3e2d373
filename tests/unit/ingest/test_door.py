"""Which doors a setting names, and when their certificates are an alarm or none."""

from datetime import UTC, datetime, timedelta

import pytest

from gateway.certificate import WARN_BEFORE, Certificate
from ingest.door import Door, doors_of, findings_of, judge_doors
from ingest.errors import BadSettings
from ingest.platform_event import PLATFORM

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def shown(days: int) -> Certificate:
    ends_at = NOW + timedelta(days=days)
    return Certificate(name=f"door-{days}", ends_at=ends_at, warn_at=ends_at - WARN_BEFORE)


def test_doors_have_an_address_and_perhaps_a_name() -> None:
    plain, named, six = doors_of("broker:8883  tower.example.org@proxy:443 [::1]:8444")
    assert plain == Door(host="broker", port=8883, server_name="broker")
    assert (named.host, named.server_name) == ("proxy", "tower.example.org")
    assert [str(door) for door in (plain, named, six)] == [
        "broker:8883",
        "tower.example.org (proxy:443)",
        "[::1]:8444",
    ]
    assert doors_of(" ") == ()


def test_a_door_that_is_named_twice_is_one() -> None:
    # The table has a row a door; two rows for one in a statement would be refused for ever.
    assert len(doors_of("127.0.0.1:8443 127.0.0.1:8443 127.0.0.1@127.0.0.1:8443")) == 1


@pytest.mark.parametrize("word", ["broker", "broker:", ":8883", "broker:0", "broker:65536", "a@b"])
def test_a_door_that_nobody_could_knock_at_is_refused(word: str) -> None:
    with pytest.raises(BadSettings, match="TOWERWATCH_TLS_DOORS"):
        doors_of(f"broker:8883 {word}")


def test_one_that_ends_soon_is_an_alarm_of_the_platform_by_name() -> None:
    found = judge_doors([shown(397), shown(13)], 2, NOW)
    assert found is not None
    assert (found.gateway, found.kind.name, found.holds) == (PLATFORM, "certificate_ending", True)
    assert found.detail == "door-13: 2026-12-05 12:00 UTC 到期"


def test_it_is_over_only_when_every_door_was_seen_to_last() -> None:
    over = judge_doors([shown(397), shown(30)], 2, NOW)
    assert over is not None
    assert not over.holds
    assert judge_doors([shown(397)], 2, NOW) is None, "one was never seen"
    assert judge_doors([], 0, NOW) is not None


def test_a_door_more_begins_the_alarm_anew() -> None:
    known = [shown(3), shown(13), shown(397)]
    again = findings_of(known, 3, {"door-3"}, NOW)
    assert [one.holds for one in again] == [False, True]
    assert "door-13" in again[1].detail
    [stands] = findings_of(known, 3, {"door-3", "door-13"}, NOW)
    assert stands.holds
    [over] = findings_of([shown(397)], 1, {"door-3"}, NOW)
    assert not over.holds
    assert findings_of([shown(397)], 2, set(), NOW) == []
