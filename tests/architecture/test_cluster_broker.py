"""What is shipped for EMQX gives each user the rights that the private broker gives, and its limits."""

import re
from pathlib import Path

import pytest

from ingest.consume import RECEIVE_MAXIMUM
from towerwatch.services.access import BrokerUser, gateway_users, platform_users
from towerwatch.services.broker import (
    GATEWAY_CONNECTIONS,
    MAX_PACKET,
    PLATFORM_CONNECTIONS,
    BrokerPorts,
    configuration,
)

BROKERS = Path(__file__).parents[2] / "deploy" / "brokers"
RULES = (BROKERS / "emqx_acl.conf").read_text("utf-8")
CONF = (BROKERS / "emqx.conf").read_text("utf-8")
RULE = re.compile(
    r'^\{allow, \{username, \{re, "(?P<who>[^"]+)"\}\}, (?P<what>\w+), \[(?P<topics>.+)\]\}\.$'
)
USERS = (*gateway_users("gw-sunshine-01"), *gateway_users("tw-canary"), *platform_users())
ACTIONS = {"write": {"publish"}, "read": {"subscribe"}, "readwrite": {"publish", "subscribe"}}


def rights_in_emqx(user: str) -> set[tuple[str, str]]:
    """(action, topic) that the shipped rules allow a user, as EMQX reads them."""
    found = set()
    for line in RULES.splitlines():
        rule = RULE.match(line)
        if rule is None or not re.search(rule["who"].replace("\\\\", "\\"), user):
            continue
        actions = {"publish", "subscribe"} if rule["what"] == "all" else {rule["what"]}
        for topic in re.findall(r'"([^"]+)"', rule["topics"]):
            placed = topic.replace("${client_attrs.gateway}", user.split(".", maxsplit=1)[0])
            found |= {(action, placed) for action in actions}
    return found


def rights_in_mosquitto(user: BrokerUser) -> set[tuple[str, str]]:
    found = set()
    for line in user.topics:
        _, kind, topic = line.split(" ", 2)
        found |= {(action, topic) for action in ACTIONS[kind]}
    return found


@pytest.mark.parametrize("user", USERS, ids=lambda user: user.name)
def test_a_user_may_do_the_same_and_no_more(user: BrokerUser) -> None:
    expected = rights_in_mosquitto(user)
    given = rights_in_emqx(user.name)
    if user.name == "tw-platform":
        given.discard(("publish", "$SYS/#"))
    assert given == expected


def test_every_line_is_a_rule_and_the_rest_is_refused() -> None:
    lines = [line for line in RULES.splitlines() if line and not line.startswith("%%")]
    assert lines[-1] == "{deny, all}."
    assert all(RULE.match(line) for line in lines[:-1])
    assert re.search(r"no_match = deny", CONF)


@pytest.mark.parametrize(
    "name", ["", "#", "+", "x.alarm", "gw-1.alarm.data", "GW-1.alarm", "tw-probe"]
)
def test_a_name_that_is_none_of_ours_has_no_rights(name: str) -> None:
    assert rights_in_emqx(name) == set()


def test_limits_are_those_of_the_private_broker() -> None:
    shipped = dict(
        line.split(" ", 1)
        for line in configuration(Path("/x"), BrokerPorts(platform=1, gateway=2)).splitlines()
        if " " in line
    )
    assert f"max_packet_size = {MAX_PACKET}B" in CONF
    assert f"max_inflight = {shipped['max_inflight_messages']}" in CONF
    assert int(shipped["max_inflight_messages"]) >= RECEIVE_MAXIMUM
    assert f"max_mqueue_len = {shipped['max_queued_messages']}" in CONF
    assert f"max_connections = {PLATFORM_CONNECTIONS}" in CONF
    assert f"max_connections = {GATEWAY_CONNECTIONS}" in CONF
    assert "shared_subscription = false" in CONF
    assert "use_username_as_clientid = true" in CONF
