"""What is raised and cleared about a gateway."""

import pytest

from gateway.topic import GatewayId, gateway_id
from ingest.state_lane import agreed
from ingest.supervise import MISSING_WAIT_MS, Facts, Hearing, judge

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
        Hearing(since_ms=since),
        now_ms=NOW,
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
            Hearing(since_ms=NOW),
            now_ms=at,
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


def clocks(*skews_ms: int, heard_ms: int = NOW - 1000) -> list[Facts]:
    return [
        facts(gateway=gateway_id(f"gw-{n}"), skew_ms=skew, heard_ms=heard_ms)
        for n, skew in enumerate(skews_ms, start=100)
    ]


def clock_words(
    known: list[Facts], *standing: tuple[str, str], clock_set_ms: int | None = None
) -> set[tuple[str, str, bool]]:
    found = judge(
        known,
        {(GatewayId(gateway), name) for gateway, name in standing},
        Hearing(since_ms=NOW - 900_000, clock_set_ms=clock_set_ms),
        now_ms=NOW,
        missing_since_ms={},
    )
    return {(one.gateway, one.kind.name, one.holds) for one in found}


def test_clocks_that_are_all_wrong_alike_are_the_platforms_own() -> None:
    told_once = {("platform", "platform_clock", True)}
    assert clock_words(clocks(3_600_000, 3_600_400, 3_599_000)) == told_once
    assert clock_words(clocks(-9000, -9100, -8900, 0)) == told_once


def test_two_gateways_or_clocks_that_disagree_say_nothing_about_the_platform() -> None:
    assert clock_words(clocks(60_000, 60_000)) == {
        ("gw-100", "clock_skew", True),
        ("gw-101", "clock_skew", True),
    }
    scattered = clock_words(clocks(60_000, -30_000, 9_000, 0))
    assert ("platform", "platform_clock", True) not in scattered
    assert len(scattered) == 3
    assert clock_words(clocks(60_000, 60_000, 60_000, heard_ms=NOW - 60_000)) >= {
        ("gw-100", "clock_skew", True)
    }


def test_the_one_clock_that_differs_from_the_others_too_is_called_wrong() -> None:
    found = clock_words(clocks(60_000, 60_000, 60_000, -60_000))
    assert found == {("platform", "platform_clock", True), ("gw-103", "clock_skew", True)}


def test_gateways_called_wrong_before_the_platform_was_known_to_be_are_cleared() -> None:
    found = clock_words(clocks(60_000, 60_000, 60_000), ("gw-100", "clock_skew"))
    assert found == {("platform", "platform_clock", True), ("gw-100", "clock_skew", False)}


def test_a_platform_clock_that_is_right_again_is_taken_back_without_flicker() -> None:
    stands = ("platform", "platform_clock")
    assert clock_words(clocks(0, 100, -100), stands) == {(*stands, False)}
    assert clock_words(clocks(4500, 4500, 4500), stands) == set()
    assert clock_words(clocks(4500, 4500, 4500)) == set()


def test_nothing_is_said_of_clocks_until_all_are_heard_by_one_that_was_just_set() -> None:
    known = clocks(60_000, 60_000, 60_000)
    assert clock_words(known, clock_set_ms=NOW - 34_999) == set()
    assert clock_words(known, clock_set_ms=NOW - 35_000) == {("platform", "platform_clock", True)}


def test_nothing_is_said_of_clocks_while_we_are_deaf() -> None:
    found = judge(
        clocks(60_000, 60_000, 60_000),
        frozenset(),
        Hearing(since_ms=None),
        now_ms=NOW,
        missing_since_ms={},
    )
    assert found == []


def test_a_platform_clock_is_not_right_because_gateways_are_not_heard() -> None:
    stands = ("platform", "platform_clock")
    quiet = clocks(60_000, 60_000, 60_000, heard_ms=NOW - 60_000)
    of_clocks = {word for word in clock_words(quiet, stands) if "clock" in word[1]}
    assert of_clocks == set()
    assert clock_words([*clocks(100), *quiet[1:]], stands) >= {(*stands, False)}
