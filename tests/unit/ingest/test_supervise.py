"""What is raised and cleared about a gateway."""

import pytest

from gateway.topic import gateway_id
from ingest.state_lane import agreed
from ingest.supervise import MISSING_WAIT_MS, Facts, judge

NOW = 1_763_766_000_000
GATEWAY = gateway_id("gw-a")


def facts(**changes: object) -> Facts:
    values: dict[str, object] = {
        "gateway": GATEWAY,
        "lane": "alarm",
        "heard_ms": NOW - 1000,
        "skew_ms": 0,
        "missing": 0,
        "shed": 0,
        "is_quarantine_full": False,
        "unreadable": 0,
        "is_revoked": False,
    }
    return Facts(**(values | changes))  # type: ignore[arg-type]  # values of any field


def told(one: Facts, *standing: str, since: int | None = NOW - 900_000) -> dict[str, bool]:
    found = judge(
        [one],
        {(GATEWAY, name) for name in standing},
        now_ms=NOW,
        listening_since_ms=since,
        missing_since_ms={GATEWAY: NOW - MISSING_WAIT_MS},
    )
    return {finding.kind.name: finding.holds for finding in found}


def test_a_healthy_gateway_is_not_talked_about() -> None:
    assert told(facts()) == {}


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"heard_ms": NOW - 30_001}, "gateway_silent"),
        ({"skew_ms": 5001}, "clock_skew"),
        ({"skew_ms": -5001}, "clock_skew"),
        ({"missing": 2}, "messages_missing"),
        ({"shed": 9}, "outbox_full"),
        ({"is_quarantine_full": True}, "quarantine_full"),
    ],
)
def test_a_finding_is_raised_once_and_cleared_once(changes: dict[str, object], name: str) -> None:
    assert told(facts(**changes)) == {name: True}
    assert told(facts(**changes), name) == {}
    assert told(facts(), name) == {name: False}


def test_nobody_is_silent_while_we_are_deaf_or_have_just_begun_to_listen() -> None:
    old = facts(heard_ms=NOW - 3_600_000)
    assert told(old, since=None) == {}
    assert told(old, since=NOW - 20_000) == {}
    assert told(old, "gateway_silent", since=NOW - 20_000) == {}
    assert told(old, since=NOW - 31_000) == {"gateway_silent": True}


def test_a_clock_does_not_flicker_between_four_and_five_seconds() -> None:
    assert told(facts(skew_ms=4500)) == {}
    assert told(facts(skew_ms=4500), "clock_skew") == {}


def test_missing_messages_wait_for_a_heartbeat_that_may_explain_them() -> None:
    since: dict[object, int] = {}
    for at, expected in ((NOW, 0), (NOW + MISSING_WAIT_MS - 1, 0), (NOW + MISSING_WAIT_MS, 1)):
        found = judge(
            [facts(missing=1, heard_ms=at)],
            frozenset(),
            now_ms=at,
            listening_since_ms=NOW,
            missing_since_ms=since,  # type: ignore[arg-type]  # ids are strings
        )
        assert len(found) == expected


def test_an_unreadable_alarm_stands_until_somebody_has_looked() -> None:
    assert told(facts(unreadable=1), "alarm_unreadable") == {}
    assert told(facts(unreadable=0), "alarm_unreadable") == {"alarm_unreadable": False}


def test_a_revoked_gateway_is_cleared_of_everything() -> None:
    gone = facts(is_revoked=True, heard_ms=0, missing=5)
    assert told(gone, "gateway_silent") == {"gateway_silent": False}


@pytest.mark.parametrize(
    ("before", "newest", "agreed_on"),
    [(None, 9000, 0), (9000, 7000, 7000), (-9000, -6000, -6000), (9000, -9000, 0), (10, 9000, 10)],
)
def test_one_heartbeat_alone_proves_no_wrong_clock(
    before: int | None, newest: int, agreed_on: int
) -> None:
    assert agreed(before, newest) == agreed_on


def test_a_platform_clock_set_forward_makes_nobody_silent_until_they_could_be_heard() -> None:
    before = facts(heard_ms=NOW - 3_600_000)
    assert told(before, since=NOW - 29_000) == {}
    assert told(before, since=NOW - 31_000) == {"gateway_silent": True}


def test_a_platform_clock_set_back_hides_no_silence_for_longer_than_two_beats() -> None:
    ahead = facts(heard_ms=NOW + 3_600_000)
    assert told(ahead, since=NOW - 29_000) == {}
    assert told(ahead, since=NOW - 31_000) == {"gateway_silent": True}
    assert told(ahead, "gateway_silent", since=NOW - 1000) == {}
    assert told(facts(), "gateway_silent", since=NOW - 1000) == {"gateway_silent": False}
