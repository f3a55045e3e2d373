"""Sessions: how long they live, whom they belong to, who takes them over (3.1.2.4, 3.1.2.11.2)."""

from gateway import topic, wire
from gateway.topic import Lane
from tests.conformance.conftest import INGEST, Field, payloads_of
from tests.conformance.packet import Connect, Kind, Property, Publish, Wish, goodbye
from tests.conformance.wire import WAIT_S, Closed, raw
from towerwatch.process import wait_until


def test_what_is_sent_while_ingest_is_away_waits_in_its_session(ground: Field) -> None:
    """[MQTT-3.1.2-23], [MQTT-3.1.2-5], [MQTT-4.5.0-1]: a session outlives its connection."""
    ground.link().stop()
    road = ground.road()
    for number in range(20):
        assert road.publish_answered(ground.alarm, str(number).encode()) == 0
    assert payloads_of(ground.link(), 20) == [str(number).encode() for number in range(20)]


def test_ingest_asks_for_a_session_for_ever_and_is_told_whether_it_had_one(
    ground: Field,
) -> None:
    """[MQTT-3.1.2-6], [MQTT-3.2.2-3]: Session Present is 0 at first, and 1 from then on."""
    for _ in range(2):
        ground.link().stop()
    first, second = ground.down.heard
    for one in (first, second):
        assert not one.connect.is_clean
        assert one.connect.properties[Property.SESSION_EXPIRY] == 0xFFFF_FFFF
        assert Property.SESSION_EXPIRY not in one.connack.properties, "the broker keeps it shorter"
    assert [one.connack.has_session for one in (first, second)] == [False, True]


def test_a_session_that_expires_at_once_keeps_nothing(ground: Field) -> None:
    """[MQTT-4.1.0-2]: the same without an expiry interval loses all; so it is asked for."""
    ground.link(expiry_s=0).stop()
    ground.down.wait_until_over()
    road = ground.road()
    assert road.publish_answered(ground.alarm, b"lost") == 0x10
    link = ground.link(expiry_s=0)
    assert road.publish_answered(ground.alarm, b"seen") == 0
    assert payloads_of(link, 1) == [b"seen"]


def test_a_gateway_begins_anew_and_gets_no_receipt_of_before(ground: Field) -> None:
    """[MQTT-3.1.2-4], [MQTT-3.2.2-2]: Clean Start; a missed receipt is asked for by a resend."""
    receipt = wire.encode(wire.Receipt(stream=1, through=1))
    with raw(ground.platform_url) as platform:
        first = ground.road()
        assert platform.publish(Publish(topic=ground.receipts, payload=receipt, id=1)) == 0
        first.wait_for(lambda road: road.arrived)
        first.session.stop()
        ground.up.wait_until_over()
        assert platform.publish(Publish(topic=ground.receipts, payload=b"missed", id=2)) == 0x10
        second = ground.road()
        assert platform.publish(Publish(topic=ground.receipts, payload=receipt, id=3)) == 0
        second.wait_for(lambda road: road.arrived)
    assert second.arrived == [receipt]
    for heard in ground.up.heard:
        assert heard.connect.is_clean
        assert heard.connect.properties.get(Property.SESSION_EXPIRY, 0) == 0
        assert not heard.connack.has_session


def test_a_second_connection_of_a_lane_ends_the_first_with_its_reason(ground: Field) -> None:
    """[MQTT-3.1.4-3]: DISCONNECT with 0x8E, and the connection is closed."""
    road = ground.road()
    with raw(ground.gateway_url()) as thief:
        assert thief.connack.code == 0
        road.wait_for(lambda one: one.lost)
    assert "Session taken over" in road.lost
    assert [goodbye(one) for one in ground.up.heard[0].received(Kind.DISCONNECT)] == [0x8E]


def test_a_foreign_client_id_takes_over_nobody(ground: Field) -> None:
    """3.1.3.1 and the option that makes a user's name its id: ingest's session stays its own."""
    link = ground.link()
    with raw(ground.gateway_url(), Connect(client_id=INGEST, is_clean=True)) as thief:
        assert thief.connack.code == 0
        assert thief.subscribe(Wish(topic.receipt(ground.gateway, Lane.ALARM))) == [1]
    assert (link.is_up, link.epoch) == (True, 1)


def test_who_takes_ingests_name_without_an_expiry_throws_its_session_away(ground: Field) -> None:
    """3.1.2.11.2: the interval of the newest connection counts; the gateways' outboxes mend it."""
    link = ground.link()
    with raw(ground.platform_url, Connect(client_id="", is_clean=False)) as other:
        assert other.connack.has_session
    assert wait_until(lambda: link.epoch >= 2 and link.is_up, within_s=WAIT_S)
    assert not ground.down.heard[-1].connack.has_session
    assert ground.road().publish_answered(ground.alarm, b"read again") == 0


def test_a_link_that_is_taken_over_comes_back_to_its_session(ground: Field) -> None:
    """[MQTT-3.1.4-3], [MQTT-3.2.2-3]: an operator's mistake with ingest's name costs no message."""
    link = ground.link()
    stays = Connect(client_id="", is_clean=False, properties={Property.SESSION_EXPIRY: 600})
    with raw(ground.platform_url, stays) as other:
        assert other.connack.has_session
        road = ground.road()
        assert road.publish_answered(ground.alarm, b"between") == 0
        try:
            while True:
                other.read()
        except Closed:
            pass
    assert wait_until(lambda: link.epoch >= 2 and link.is_up, within_s=WAIT_S)
    assert b"between" in payloads_of(link, 1)
