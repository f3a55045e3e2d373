"""Several brokers: one that grants too little must not end the reading of another."""

import threading

import pytest
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.reasoncodes import ReasonCode

from ingest.consume import BrokerAccess, Link, Subscription
from ingest.errors import Deaf
from ingest.links import Links

ALARMS = Subscription(topic="tw/1/+/alarm")
ACCESS = BrokerAccess(host="127.0.0.1", port=9, user="tw-ingest", password="-")


def answered(link: Link, code: int) -> None:
    """As if the broker had taken the connection and answered the subscription."""
    link._thread = threading.current_thread()
    link._is_up = True
    link._asked[1] = [ALARMS]
    link._on_subscribe(None, None, 1, [ReasonCode(PacketTypes.SUBACK, identifier=code)], None)


def test_the_only_broker_must_grant_what_is_asked_for() -> None:
    links = Links([ACCESS], [ALARMS])
    answered(links._links[0], 0x87)
    with pytest.raises(Deaf, match="does not grant"):
        links.check()


def test_a_broker_that_grants_too_little_counts_as_lost_beside_another() -> None:
    links = Links([ACCESS, ACCESS], [ALARMS])
    answered(links._links[0], 0x87)
    answered(links._links[1], 1)
    links.check()
    assert links.is_up
    assert links.count_lost == 1
